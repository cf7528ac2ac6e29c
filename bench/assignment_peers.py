"""What others do: one ticket after the other, each to an eligible agent with a free slot, chosen by a simple rule.

All go by the same hard constraints, relaxation by waiting included. Tickets come up in the order of arrival, as in the
helpdesks that do it this way.
"""

from collections.abc import Callable, Mapping, Sequence

from bench.support_day import Dispatch
from smart_support.adapters.flow import solve
from smart_support.domain.assignment.assign import assign
from smart_support.domain.assignment.eligibility import Roster
from smart_support.domain.assignment.problem import Demand, Policy, Supply

Rule = Callable[[Demand, Supply, int], tuple[float, ...]]
"""How an agent with so many tickets compares with others for a ticket: the least gets it."""


def ours(policy: Policy) -> Dispatch:
    def dispatch(demands: Sequence[Demand], supplies: Sequence[Supply]) -> list[tuple[str, str]]:
        return [(one.ticket_id, one.agent_id) for one in assign(demands, supplies, policy, solve).assigned]

    return dispatch


def round_robin(policy: Policy) -> Dispatch:
    """The one whose last ticket lies back longest."""
    turn: dict[str, int] = {}

    def taken(_demand: Demand, supply: Supply, _load: int) -> tuple[float, ...]:
        return (turn.get(supply.agent_id, -1),)

    def given(supply: Supply) -> None:
        turn[supply.agent_id] = max(turn.values(), default=0) + 1

    return _one_by_one(policy, taken, given)


def least_loaded(policy: Policy) -> Dispatch:
    """The one with the lowest share of his slots in use."""
    return _one_by_one(policy, lambda _demand, supply, load: (load / supply.capacity,))


def greedy_skill(policy: Policy) -> Dispatch:
    """The one with the highest proficiency, of equals the least loaded."""
    return _one_by_one(
        policy, lambda demand, supply, load: (-supply.proficiency(demand.skills), load / supply.capacity)
    )


def _one_by_one(policy: Policy, rule: Rule, given: Callable[[Supply], None] = lambda _supply: None) -> Dispatch:
    def dispatch(demands: Sequence[Demand], supplies: Sequence[Supply]) -> list[tuple[str, str]]:
        roster = Roster(supplies, policy)
        load = {one.agent_id: one.load for one in supplies}
        pairs = []
        for demand in demands:
            open_ = [roster.supplies[place] for place in roster.eligible(demand).agents]
            open_ = [one for one in open_ if load[one.agent_id] < one.capacity]
            if open_:
                chosen = min(open_, key=lambda one: (*rule(demand, one, load[one.agent_id]), one.agent_id))
                load[chosen.agent_id] += 1
                given(chosen)
                pairs.append((demand.ticket_id, chosen.agent_id))
        return pairs

    return dispatch


PEERS: Mapping[str, Callable[[Policy], Dispatch]] = {
    "round robin": round_robin,
    "least loaded": least_loaded,
    "greedy skill": greedy_skill,
}
