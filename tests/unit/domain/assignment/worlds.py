"""Small worlds of tickets and agents, for properties."""

from dataclasses import replace
from itertools import product

from hypothesis import strategies as st

from smart_support.domain.assignment.eligibility import Roster, step_at
from smart_support.domain.assignment.problem import Demand, Plan, Policy, Supply

SKILLS = ("Billing", "Technical", "Legal")
LANGUAGES = ("de", "en")
AGENTS = ("ann", "bob", "cho", "dee")
LEVELS = (0.0, 0.2, 0.5, 0.6, 0.9, 1.0)

demands = st.builds(
    Demand,
    ticket_id=st.just(""),
    order=st.integers(0, 3),
    skills=st.lists(st.sampled_from(SKILLS), min_size=1, max_size=2, unique=True).map(tuple),
    urgency=st.sampled_from((0.0, 0.25, 0.3, 0.8, 1.0)),
    waited=st.sampled_from((0.0, 299.0, 300.0, 900.0, 5000.0)),
    slack=st.sampled_from((None, None, -600.0, 0.0, 1800.0)),
    language=st.sampled_from((None, None, None, *LANGUAGES)),
    team=st.sampled_from((None, None, None, "north")),
    preferred=st.sampled_from((None, None, *AGENTS)),
    barred=st.frozensets(st.sampled_from(AGENTS), max_size=1),
    boost=st.sampled_from((0.0, 0.0, 0.5)),
)
supplies = st.builds(
    Supply,
    agent_id=st.just(""),
    skills=st.dictionaries(st.sampled_from(SKILLS), st.sampled_from(LEVELS), min_size=1),
    languages=st.frozensets(st.sampled_from(LANGUAGES)),
    team=st.sampled_from((None, "north", "south")),
    capacity=st.integers(0, 3),
    load=st.integers(0, 2),
    absences=st.sampled_from(((), (), (), (), ("away",))),
)


@st.composite
def worlds(draw: st.DrawFn, tickets: int = 5, agents: int = 3) -> tuple[list[Demand], list[Supply]]:
    """Up to so many tickets and agents, in no order."""
    waiting = draw(st.lists(demands, max_size=tickets))
    there = draw(st.lists(supplies, max_size=agents))
    return (
        [replace(one, ticket_id=f"t{number}") for number, one in enumerate(waiting)],
        [replace(one, agent_id=agent_id) for one, agent_id in zip(there, AGENTS, strict=False)],
    )


def may(demand: Demand, supply: Supply, supplies: list[Supply], policy: Policy) -> bool:
    """Whether the agent is eligible, said straight from the rule."""

    def candidate(one: Supply) -> bool:
        return (
            one.agent_id not in demand.barred
            and (demand.team is None or demand.team == one.team)
            and (demand.language is None or not one.languages or demand.language in one.languages)
            and all(one.skills.get(skill, 0) > 0 for skill in demand.skills)
        )

    if not candidate(supply) or supply.absences or supply.load >= supply.capacity:
        return False
    best = max(one.proficiency(demand.skills) for one in supplies if candidate(one))
    share = [step.share for step in policy.steps if demand.waited >= step.after][-1]
    return supply.proficiency(demand.skills) >= share * best - 1e-9


def cost(demand: Demand, supply: Supply, kth: int, supplies: list[Supply], policy: Policy) -> int:
    """What an assignment to the agent's k-th slot costs, said straight from the formula."""
    urgency = 1 + policy.urgent_weight * round(8 * demand.urgency) / 8
    first = next(
        number
        for number, step in enumerate(policy.steps)
        if may(replace(demand, waited=step.after), supply, supplies, policy)
    )
    return (
        round(1000 * policy.skill_weight * urgency * (1 - supply.proficiency(demand.skills)))
        + round(1000 * policy.relaxed_weight * first)
        - (round(1000 * policy.preferred_weight) if demand.preferred == supply.agent_id else 0)
        + round(1000 * policy.load_weight * (kth - 0.5) / supply.capacity)
    )


def every_assignment(waiting: list[Demand], supplies: list[Supply], policy: Policy) -> dict[frozenset[str], int]:
    """Each set of tickets that can be served, with the least that it costs."""
    choices = [[None, *(one for one in supplies if may(demand, one, supplies, policy))] for demand in waiting]
    found: dict[frozenset[str], int] = {}
    for picks in product(*choices):
        held = {one.agent_id: one.load for one in supplies}
        total, fits = 0, True
        for demand, one in zip(waiting, picks, strict=True):
            if one is not None:
                held[one.agent_id] += 1
                fits = fits and held[one.agent_id] <= one.capacity
                total += cost(demand, one, held[one.agent_id], supplies, policy)
        served = frozenset(demand.ticket_id for demand, one in zip(waiting, picks, strict=True) if one is not None)
        if fits and total < found.get(served, total + 1):
            found[served] = total
    return found


def follows_the_rules(plan: Plan, waiting: list[Demand], supplies: list[Supply], policy: Policy) -> None:
    """Every ticket once, everybody eligible, nobody above capacity; fails where not."""
    by_ticket = {one.ticket_id: one for one in waiting}
    by_agent = {one.agent_id: one for one in supplies}
    assert sorted([*(one.ticket_id for one in plan.assigned), *plan.left]) == sorted(by_ticket)
    for one in plan.assigned:
        assert may(by_ticket[one.ticket_id], by_agent[one.agent_id], supplies, policy)
    for agent in supplies:
        assert sum(one.agent_id == agent.agent_id for one in plan.assigned) <= max(0, agent.capacity - agent.load)


def free_slots(demand: Demand, supplies: list[Supply], policy: Policy) -> int:
    """Of the agents who are eligible."""
    eligible = Roster(supplies, policy).eligible(demand)
    assert step_at(demand.waited, policy) < len(policy.steps)
    by_id = sorted(supplies, key=lambda one: one.agent_id)
    return sum(by_id[agent].free for agent in eligible.agents)
