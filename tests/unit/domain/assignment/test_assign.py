"""What an assignment promises: nobody overlooked by rank, nothing cheaper, no chance in it."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.adapters.flow import solve
from smart_support.domain.assignment.assign import assign
from smart_support.domain.assignment.priority import ranked
from smart_support.domain.assignment.problem import Demand, Plan, Policy, Supply
from tests.unit.domain.assignment.worlds import every_assignment, follows_the_rules, free_slots, worlds

POLICY = Policy()
World = tuple[list[Demand], list[Supply]]


def plan_of(world: World, policy: Policy = POLICY) -> Plan:
    return assign(*world, policy, solve)


@given(worlds())
def test_the_set_that_is_served_is_the_greedy_one_by_rank_and_no_other_way_to_serve_it_costs_less(world: World):
    possible = every_assignment(*world, POLICY)
    kept: frozenset[str] = frozenset()
    for demand in ranked(world[0], POLICY):
        if any(kept | {demand.ticket_id} <= served for served in possible):
            kept |= {demand.ticket_id}
    plan = plan_of(world)
    assert frozenset(one.ticket_id for one in plan.assigned) == kept
    assert len(kept) == max(map(len, possible))
    assert plan.cost == possible[kept]


@given(worlds(tickets=12, agents=4))
def test_no_rule_is_broken(world: World):
    follows_the_rules(plan_of(world), *world, POLICY)


@given(worlds(tickets=12, agents=4))
def test_nothing_starves(world: World):
    plan = plan_of(world)
    for above, demand in enumerate(ranked(world[0], POLICY)):
        if free_slots(demand, world[1], POLICY) > above:
            assert demand.ticket_id not in plan.left


@given(worlds(tickets=12, agents=4), st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_makes_no_difference(world: World, chance: random.Random):
    tickets, agents = list(world[0]), list(world[1])
    chance.shuffle(tickets)
    chance.shuffle(agents)
    assert plan_of((tickets, agents)) == plan_of(world)


@given(worlds(tickets=12, agents=4))
def test_the_plan_goes_by_rank(world: World):
    plan = plan_of(world)
    order = [demand.ticket_id for demand in ranked(world[0], POLICY)]
    for ids in ([one.ticket_id for one in plan.assigned], list(plan.left)):
        assert ids == sorted(ids, key=order.index)


def test_large_weights_and_many_tickets_overflow_nothing():
    heavy = Policy(skill_weight=1000, urgent_weight=1000, relaxed_weight=1000, preferred_weight=1000, load_weight=1000)
    agents = [Supply(f"a{number}", {"Billing": 0.1 + number / 1000}, capacity=2) for number in range(500)]
    tickets = [Demand(f"t{number}", number, ("Billing",), 1.0, 1e9) for number in range(2000)]
    plan = plan_of((tickets, agents), heavy)
    assert [one.ticket_id for one in plan.assigned] == [f"t{number}" for number in range(1000)]


def test_of_two_experts_the_idle_one_is_asked():
    agents = [Supply("ann", {"Billing": 1.0}, capacity=4, load=2), Supply("bob", {"Billing": 1.0}, capacity=4)]
    plan = plan_of(([Demand("t", 1, ("Billing",), 0.5, 0.0)], agents))
    assert plan.assigned[0].agent_id == "bob"


def test_the_more_urgent_ticket_gets_the_better_agent():
    agents = [Supply("ann", {"Billing": 1.0}), Supply("bob", {"Billing": 0.7})]
    tickets = [Demand("calm", 1, ("Billing",), 0.1, 0.0), Demand("urgent", 2, ("Billing",), 0.9, 0.0)]
    assert {one.ticket_id: one.agent_id for one in plan_of((tickets, agents)).assigned} == {
        "calm": "bob",
        "urgent": "ann",
    }


def test_a_customer_stays_with_his_agent():
    agents = [Supply("ann", {"Billing": 1.0}, capacity=4), Supply("bob", {"Billing": 0.7}, capacity=4, load=3)]
    ticket = Demand("t", 1, ("Billing",), 0.9, 0.0, preferred="bob")
    assert plan_of(([ticket], agents)).assigned[0].agent_id == "bob"
    assert plan_of(([ticket], [agents[0], replace(agents[1], absences=("offline",))])).assigned[0].agent_id == "ann"


def test_a_second_best_agent_is_asked_once_the_ticket_has_waited():
    agents = [Supply("ann", {"Billing": 1.0}, absences=("away",)), Supply("bob", {"Billing": 0.3})]
    for waited, agent in ((299.0, None), (300.0, "bob")):
        plan = plan_of(([Demand("t", 1, ("Billing",), 0.9, waited)], agents))
        assert [one.agent_id for one in plan.assigned] == ([agent] if agent else [])


def test_who_can_never_take_a_ticket_does_not_raise_its_bar():
    agents = [Supply("ann", {"Billing": 1.0}, frozenset({"en"})), Supply("bob", {"Billing": 0.3}, frozenset({"de"}))]
    ticket = Demand("t", 1, ("Billing",), 0.9, 0.0, language="de")
    assert plan_of(([ticket], agents)).assigned[0].agent_id == "bob"
    ticket = Demand("t", 1, ("Billing",), 0.9, 0.0, barred=frozenset({"ann"}))
    assert plan_of(([ticket], agents)).assigned[0].agent_id == "bob"


@pytest.mark.parametrize("given_twice", ["tickets", "agents"])
def test_an_id_given_twice_is_refused(given_twice: str):
    tickets = [Demand("t", 1, ("Billing",), 0.5, 0.0)] * (1 + (given_twice == "tickets"))
    agents = [Supply("a", {"Billing": 1.0})] * (1 + (given_twice == "agents"))
    with pytest.raises(ValueError, match="is there twice"):
        plan_of((tickets, agents))
