"""How two models compare."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.comparison import ENOUGH, Judged, Opinion, Pair, Score, compare

names = st.sampled_from(["Billing", "Technical", "Legal"])
share = st.floats(0, 1)
opinions = st.builds(Opinion, names, share)
judgements = st.lists(st.builds(Judged, opinions, opinions, names | st.none(), share | st.none()), max_size=20)


def test_agreement_gap_and_alerts_are_over_all_tickets():
    found = compare(
        [
            Pair("A", "A", 6, 0.6, 2, 1),
            Pair("A", "B", 1, 0.5, 0, 1),
            Pair("B", "A", 3, 0.9, 1, 0),
        ],
        [],
    )
    assert (found.tickets, found.active_alerts, found.shadow_alerts) == (10, 3, 2)
    assert found.agreement == pytest.approx(0.6)
    assert found.urgency_gap == pytest.approx(0.2)
    assert [(pair.active, pair.shadow, pair.tickets) for pair in found.disagreements] == [("B", "A", 3), ("A", "B", 1)]
    assert not found.enough
    assert compare([Pair("A", "A", ENOUGH, 0.0, 0, 0)], []).enough


def test_without_tickets_there_is_nothing_to_say():
    found = compare([], [])
    assert (found.tickets, found.agreement, found.urgency_gap, found.enough) == (0, None, None, False)


def test_who_alone_was_right_wins():
    found = compare(
        [],
        [
            Judged(Opinion("A", 0.5), Opinion("B", 0.5), "B", None),
            Judged(Opinion("A", 0.5), Opinion("B", 0.9), "A", 0.9),
            Judged(Opinion("A", 0.50), Opinion("B", 0.52), "C", 0.55),
        ],
    )
    assert found.category == Score(active=1, shadow=1, tied=1)
    assert found.urgency == Score(active=0, shadow=1, tied=1)


@given(judgements)
def test_what_one_wins_the_other_loses(judged: list[Judged]):
    turned = [Judged(one.shadow, one.active, one.category, one.urgency) for one in judged]
    found, mirrored = compare([], judged), compare([], turned)
    for score, other in ((found.category, mirrored.category), (found.urgency, mirrored.urgency)):
        assert (score.active, score.shadow, score.tied) == (other.shadow, other.active, other.tied)
    assert sum(one.category is not None for one in judged) == sum(
        (found.category.active, found.category.shadow, found.category.tied)
    )
