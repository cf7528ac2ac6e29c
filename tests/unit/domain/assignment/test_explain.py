"""What an explanation says is so: the world is changed as told, and the answer changes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.adapters.flow import solve
from smart_support.domain.assignment.assign import assign
from smart_support.domain.assignment.change import Change, Lever
from smart_support.domain.assignment.explain import Explanation, explain
from smart_support.domain.assignment.priority import ranked
from smart_support.domain.assignment.problem import Demand, Policy, Supply
from smart_support.domain.assignment.reasons import Code
from smart_support.domain.assignment.words import words
from tests.unit.domain.assignment.worlds import may, worlds

POLICY = Policy(urgent_weight=1.0, load_weight=0.5)
SOFT = {Code.OUTRANKED, Code.DISPLACES, Code.COSTLIER}
World = tuple[list[Demand], list[Supply]]


def explained(ticket_id: str, world: World, tries: int = 200) -> Explanation:
    return explain(ticket_id, *world, POLICY, solve, tries)


def agent_of(ticket_id: str, world: World) -> str | None:
    found = assign(*world, POLICY, solve).assigned
    return next((one.agent_id for one in found if one.ticket_id == ticket_id), None)


def after(change: Change, ticket_id: str, agent_id: str, world: World) -> list[World]:
    """As the words say it."""

    def with_agent(**fields: object) -> World:
        return world[0], [replace(one, **fields) if one.agent_id == agent_id else one for one in world[1]]

    agent = next(one for one in world[1] if one.agent_id == agent_id)
    match change.lever:
        case Lever.PRESENT:
            return [with_agent(absences=())]
        case Lever.FREE_SLOT:
            fewer = [with_agent(load=agent.load - int(change.value))] if agent.load >= change.value else []
            return [with_agent(capacity=agent.capacity + int(change.value)), *fewer]
        case Lever.PROFICIENCY:
            return [with_agent(skills={**agent.skills, change.name: change.value})]
        case Lever.LANGUAGE:
            return [with_agent(languages=agent.languages | {change.name})]
        case Lever.TEAM:
            return [with_agent(team=change.name)]
        case Lever.ALLOWED:
            allowed = [replace(one, barred=frozenset()) if one.ticket_id == ticket_id else one for one in world[0]]
            return [(allowed, world[1])]


@given(worlds(tickets=6, agents=4), st.data())
def test_where_one_change_is_said_to_change_it_it_does(world: World, data: st.DataObject):
    for demand in world[0][:2]:
        found = explained(demand.ticket_id, world)
        assert (found.chosen.agent_id if found.chosen else None) == agent_of(demand.ticket_id, world)
        for other in found.others:
            if other.change is not None:
                for changed in after(other.change, demand.ticket_id, other.agent_id, world):
                    assert agent_of(demand.ticket_id, changed) == other.agent_id


@given(worlds(tickets=6, agents=4))
def test_every_other_agent_has_a_reason_and_a_hard_one_where_he_is_not_eligible(world: World):
    for demand in world[0][:3]:
        found = explained(demand.ticket_id, world)
        there = {one.agent_id: one for one in world[1]}
        assert {one.agent_id for one in found.others} == set(there) - {found.chosen and found.chosen.agent_id}
        for other in found.others:
            eligible = may(demand, there[other.agent_id], world[1], POLICY)
            codes = {reason.code for reason in other.reasons}
            assert codes
            assert codes <= SOFT if eligible else not codes & SOFT
        assert len(words(found)) == 1 + len(found.others)


@given(worlds(tickets=6, agents=4))
def test_reasons_of_eligible_agents_are_true(world: World):
    order = [one.ticket_id for one in ranked(world[0], POLICY)]
    plan = assign(*world, POLICY, solve)
    for demand in world[0][:3]:
        for other in explained(demand.ticket_id, world).others:
            reason = other.reasons[0]
            if reason.code is Code.OUTRANKED:
                with_him = [one.ticket_id for one in plan.assigned if one.agent_id == other.agent_id]
                assert len(with_him) == reason.has
                assert all(order.index(one) < order.index(demand.ticket_id) for one in with_him)
            if reason.code is Code.DISPLACES:
                assert reason.name not in plan.left
            if reason.code is Code.COSTLIER:
                assert reason.asked == plan.cost <= reason.has


BILLING = ("Billing",)
TICKET = Demand("t", 1, BILLING, 0.5, 120.0, language="de")
LOAD = round(100 * POLICY.load_weight)  # that of half a slot of five
ANN = Supply("ann", {"Billing": 1.0}, frozenset({"de"}), capacity=5, load=1)


BOB = replace(ANN, agent_id="bob", load=0)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (replace(BOB, absences=("away",)), "away; being there would change it"),
        (replace(BOB, languages=frozenset({"en"})), "no German; speaking German would change it"),
        (replace(BOB, skills={}), "no Billing; a proficiency of 1 in Billing would change it"),
        (replace(BOB, load=5), "5 of 5"),
        (replace(BOB, load=5, absences=("away",)), "away, 5 of 5"),
        (
            replace(BOB, skills={"Billing": 0.2}, load=2),
            "proficiency 0.2, 0.6 is asked for now, his will do in 780 s",
        ),
        (replace(BOB, load=2), f"all would cost {5 * LOAD} instead of {3 * LOAD}"),
    ],
)
def test_the_words(other: Supply, said: str):
    found = words(explained("t", ([TICKET], [ANN, other])))
    assert found[0] == f"t: 0 of 1 waiting tickets rank higher; ann costs {3 * LOAD} (load {3 * LOAD})"
    assert found[1] == f"bob: {said}"


def test_a_full_expert_would_be_asked_if_he_had_a_free_slot():
    expert = replace(ANN, agent_id="eve", load=5)
    middling = replace(ANN, agent_id="mid", skills={"Billing": 0.6}, load=0)
    assert words(explained("t", ([TICKET], [expert, middling])))[1] == "eve: 5 of 5; one free slot would change it"


def test_a_ticket_that_is_outranked_says_so():
    tickets = [replace(TICKET, ticket_id="first", urgency=0.9), TICKET]
    found = words(explained("t", (tickets, [replace(ANN, capacity=2)])))
    assert found[0] == "t: 1 of 2 waiting tickets rank higher; no agent"
    assert found[1] == "ann: higher ranked tickets get one free slot; one free slot would change it"


def test_without_tries_nothing_is_claimed():
    found = explained("t", ([TICKET], [ANN, replace(ANN, agent_id="bob", absences=("away",))]), tries=0)
    assert found.others[0].change is None


def test_a_ticket_that_does_not_wait_is_an_error():
    with pytest.raises(KeyError):
        explained("gone", ([TICKET], [ANN]))
