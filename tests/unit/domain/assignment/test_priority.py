"""Rank: what is urgent, waits, or nears its target comes first, and nothing is overtaken for ever."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.assignment.priority import priorities, ranked
from smart_support.domain.assignment.problem import Demand, Policy, Step

POLICY = Policy()
TICKET = Demand("t", 1, ("Billing",), 0.5, 100.0, slack=400.0)


def priority(demand: Demand) -> float:
    return float(priorities([demand], POLICY)[0])


@pytest.mark.parametrize(
    "higher",
    [
        replace(TICKET, urgency=0.6),
        replace(TICKET, waited=110.0),
        replace(TICKET, slack=300.0),
        replace(TICKET, slack=-300.0),
        replace(TICKET, boost=0.1),
    ],
)
def test_what_counts_for_a_ticket_raises_it(higher: Demand):
    assert priority(higher) > priority(TICKET)


def test_what_is_critical_comes_before_what_has_waited_for_a_while():
    calm = replace(TICKET, ticket_id="calm", urgency=0.2, waited=800.0)
    critical = replace(TICKET, ticket_id="critical", urgency=0.85, waited=0.0, order=9)
    assert ranked([calm, critical], POLICY) == [critical, calm]
    assert ranked([replace(calm, waited=3_600.0), critical], POLICY)[-1] == critical


def test_a_target_that_is_far_counts_as_none():
    assert priority(replace(TICKET, slack=POLICY.sla_seconds)) == priority(replace(TICKET, slack=None))


def test_a_ticket_late_for_long_is_no_more_urgent_than_one_late():
    late = replace(TICKET, slack=-POLICY.sla_seconds)
    assert priority(late) == priority(replace(late, slack=-1e9))


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(-1, 1), st.floats(-1, 1))
def test_what_comes_later_never_overtakes_a_ticket_that_has_waited_long_enough(
    calm: float, urgent: float, slack: float, later: float, boost: float, other_boost: float
):
    least = 1 + POLICY.critical_weight + 2 * POLICY.sla_weight + abs(boost - other_boost)
    enough = POLICY.age_seconds * math.sqrt(least)
    old = Demand("old", 2, ("Billing",), calm, enough + 1 + later, boost=boost)
    new = Demand("new", 1, ("Billing",), urgent, later, slack=slack, boost=other_boost)
    assert ranked([new, old], POLICY) == [old, new]


def test_equals_go_by_the_dispatch_order():
    second = replace(TICKET, ticket_id="a", order=2)
    assert ranked([second, TICKET], POLICY) == [TICKET, second]


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": ()},
        {"steps": (Step(10.0, 0.6),)},
        {"steps": (Step(0.0, 0.3), Step(10.0, 0.6))},
        {"steps": (Step(0.0, 0.3), Step(0.0, 0.2))},
        {"steps": (Step(0.0, 1.3),)},
        {"age_seconds": 0.0},
        {"load_weight": -1.0},
        {"skill_weight": 1001.0},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, object]):
    with pytest.raises(ValueError, match=r"step|seconds|weight"):
        Policy(**wrong)
