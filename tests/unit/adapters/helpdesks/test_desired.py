"""What a helpdesk is to show of a ticket."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.adapters.helpdesks.desired import Priority, changes, merged_tags, priority, slug, their_name, wanted
from tests.builders import triage
from tests.unit.adapters.helpdesks.fakes import ADA, GRACE, told

URGENCY = st.floats(0.0, 1.0)
TEXT = st.text(max_size=60)


@pytest.mark.parametrize(
    ("urgency", "expected"),
    [
        (0.0, Priority.LOW),
        (0.29, Priority.LOW),
        (0.3, Priority.NORMAL),
        (0.6, Priority.HIGH),
        (0.8, Priority.URGENT),
        (1.0, Priority.URGENT),
    ],
)
def test_a_priority_begins_at_its_threshold(urgency: float, expected: Priority):
    assert priority(urgency) is expected


@given(URGENCY, URGENCY)
def test_what_is_more_urgent_has_no_lower_priority(one: float, other: float):
    assert (one <= other) <= (priority(one) <= priority(other))


@given(URGENCY, TEXT, st.booleans(), st.booleans(), st.booleans())
def test_what_is_written_is_not_written_again(urgency: float, category: str, agent: bool, incident: bool, more: bool):
    told_ = told(agent=ADA if agent else None, incident=incident)
    told_ = replace(told_, ticket=replace(told_.ticket, triage=triage(urgency, category)))
    written = changes(wanted(told_), {"tags": ["old"], "assignee": "grace"} if more else {})
    assert changes(wanted(told_), {"assignee": None, **written}) == {}
    assert "assignee" in written or not (agent or more)


def test_before_triage_nothing_is_said_of_category_and_priority():
    told_ = told(agent=None)
    untriaged = replace(told_, ticket=replace(told_.ticket, triage=None))
    assert changes(wanted(untriaged), {}) == {}
    assert changes(wanted(untriaged), {"category": "Billing", "priority": "low"}) == {}


def test_what_somebody_escalated_is_urgent():
    told_ = told(0.1)
    assert wanted(replace(told_, ticket=replace(told_.ticket, escalated_at=5.0))).priority is Priority.URGENT


def test_tags_say_category_and_incident():
    assert wanted(told(incident=True)).tags == ("billing", "inc-3")


@given(TEXT)
def test_a_slug_is_a_tag_everywhere(text: str):
    found = slug(text)
    assert len(found) <= 36
    assert all(part.isalnum() for part in found.split("-")) or found == ""
    assert slug(found) == found


@given(st.lists(TEXT, max_size=4), st.lists(TEXT.map(slug), max_size=3))
def test_other_peoples_tags_stay(there: list[str], ours: list[str]):
    merged = merged_tags(there, ours, "ss-")
    assert {tag for tag in merged if not tag.startswith("ss-")} == {tag for tag in there if not tag.startswith("ss-")}
    assert {tag for tag in merged if tag.startswith("ss-")} == {f"ss-{tag}" for tag in ours}
    assert merged_tags(merged, ours, "ss-") == merged


def test_agents_have_their_names_there():
    assert their_name({"7": "grace"}, "grace") == "7"
    assert their_name({"7": "grace"}, "ada") == "ada"
    assert changes(wanted(told(agent=GRACE)), {"assignee": "ada"})["assignee"] == "grace"
