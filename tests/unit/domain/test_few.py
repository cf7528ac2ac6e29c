"""What is small: who is absent, how long a session holds, when a destination is probed, the 95th percentile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain import ticket as tickets
from smart_support.domain.access import SESSION_SECONDS, Scope, new_key, new_session, session_hash
from smart_support.domain.agent import Agent, AgentStatus
from smart_support.domain.calendar import WeeklyHours
from smart_support.domain.engine import percentile
from smart_support.domain.ids import InvalidId
from smart_support.domain.language import language_name
from smart_support.domain.retry import probe_pause
from smart_support.domain.routing.case import Case
from smart_support.domain.sla import Progress
from smart_support.domain.ticket import Customer, Rule, State, Ticket, check_ticket_id
from tests.builders import triage

OFFICE = WeeklyHours.parse({"zone": "UTC", "mon": "09:00-17:00"})
MONDAY_NOON = 1_772_452_800.0  # 2026-03-02T12:00:00Z


def random(number: int) -> str:
    return "0f" * number


@pytest.mark.parametrize("status", AgentStatus)
@pytest.mark.parametrize(
    ("hours", "at"), [(None, MONDAY_NOON), (OFFICE, MONDAY_NOON), (OFFICE, MONDAY_NOON + 6 * 3_600)]
)
def test_who_is_absent_is_so_for_every_reason_there_is(status, hours, at):
    expected = () if status is AgentStatus.ONLINE else (status.value,)
    if hours is not None and at != MONDAY_NOON:
        expected = (*expected, "outside working hours")
    assert Agent("w", "a", status=status, hours=hours).absences(at) == expected


def test_an_agent_may_have_no_room_and_any_skill_between_none_and_all():
    assert Agent("w", "a", capacity=0, skills={"A": 0.0, "B": 1.0}).capacity == 0
    with pytest.raises(ValueError, match=r"^agent a: capacity -1 is below 0$"):
        Agent("w", "a", capacity=-1)
    with pytest.raises(ValueError, match=r"^agent a: a proficiency lies in 0 to 1, not \{'B': 2.0\}$"):
        Agent("w", "a", skills={"A": 1.0, "B": 2.0})


def test_a_key_is_what_was_asked_for():
    key, token = new_key("ci", frozenset({Scope.READ}), 7.0, random, workspace="w", expires_at=9.0, agent_id="ann")
    assert (key.workspace, key.name, key.scopes, key.created_at) == ("w", "ci", {Scope.READ}, 7.0)
    assert (key.expires_at, key.agent_id, key.revoked_at) == (9.0, "ann", None)
    assert token == f"ss_{key.id}_{random(32)}"
    assert key.principal.actor == f"key:{key.id}"
    named, _ = new_key("ci", frozenset(), 7.0, random, key_id="known")
    assert (named.id, named.workspace) == ("known", "default")


@pytest.mark.parametrize(("expires_at", "ends"), [(None, SESSION_SECONDS + 100.0), (150.0, 150.0), (1e12, None)])
def test_a_session_ends_by_itself_and_with_its_key(expires_at, ends):
    key, _ = new_key("ci", frozenset(), 0.0, random, expires_at=expires_at)
    session, token = new_session(key, 100.0, random)
    assert token == random(32)
    assert (session.token_sha256, session.key_id) == (session_hash(token), key.id)
    assert (session.created_at, session.expires_at) == (100.0, ends or SESSION_SECONDS + 100.0)
    assert session.token_sha256 != session_hash(token + "0")
    assert len(session.token_sha256) == 64


def test_a_destination_is_probed_at_growing_pauses_once_it_is_down():
    assert [probe_pause(n) for n in range(10)] == [0.0, 0.0, 0.0, 5.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0]
    assert probe_pause(10_000) == 60.0


@given(st.lists(st.floats(0, 9), min_size=1), st.floats(0.01, 1.0))
def test_a_percentile_is_the_smallest_that_a_share_does_not_exceed(values, share):
    found = percentile(values, share)
    assert found in values
    assert sum(one <= found for one in values) >= share * len(values)
    below = [one for one in values if one < found]
    assert len(below) < share * len(values)


def test_of_nothing_there_is_no_percentile():
    assert percentile([], 0.95) is None


def test_a_language_without_a_name_is_called_by_its_code():
    assert [language_name(code) for code in ("de", "fr", "xx")] == ["German", "French", "xx"]


def test_a_case_is_what_its_ticket_says():
    one = Ticket(
        *("w", "t", "s", "b", 5.0, Customer("c", "a@b.example", "Ann", "gold")),
        channel="mail",
        tags=("x",),
        dispatch_order=7,
        answered_at=6.0,
        resolved_at=8.0,
        team="first",
    )
    assert Case.of(one, triage(0.7, "Legal")) == Case(
        ticket_id="t",
        order=7,
        category="Legal",
        urgency=0.7,
        progress=Progress(5.0, 6.0, 8.0),
        language="en",
        tags=("x",),
        channel="mail",
        customer_id="c",
        customer_email="a@b.example",
        customer_tier="gold",
        team="first",
    )
    assert Case.of(Ticket("w", "t", "s", "b", 5.0), triage()).order == 0


def test_a_step_of_life_is_its_sources_and_its_target():
    """The table is made of these when it is imported."""
    assert tickets._rule(State.DEAD, State.ACCEPTED, State.WAITING) == Rule(
        frozenset({State.ACCEPTED, State.WAITING}), State.DEAD
    )


def test_an_id_that_is_refused_is_told_why():
    said = "an id is 1 to 128 letters, digits, dots, underscores, colons or hyphens, and more than dots alone"
    with pytest.raises(InvalidId, match=f"^{said}$"):
        check_ticket_id("a b")
    with pytest.raises(InvalidId, match=r"^'next' is the name of a route; choose another ticket_id$"):
        check_ticket_id("next")
