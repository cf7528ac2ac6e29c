"""The assignment problem without any of our shortcuts: a node a ticket, an arc a pair that is possible.

On it stand the raw solver, the optimum of the linear programme, and the greedy way.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smart_support.domain.assignment.cost import arcs, slot_costs
from smart_support.domain.assignment.eligibility import Roster
from smart_support.domain.assignment.kinds import kinds
from smart_support.domain.assignment.priority import ranked
from smart_support.domain.assignment.problem import Demand, Policy, Supply
from smart_support.domain.assignment.solver import Network, Whole

Instance = tuple[list[Demand], list[Supply]]


@dataclass(frozen=True, slots=True, eq=False)
class Plain:
    """Pairs [p] of a rank and an agent with their cost, and slots [s] of an agent with theirs, cheapest first."""

    tickets: int
    agents: int
    pair_ranks: Whole
    pair_agents: Whole
    pair_costs: Whole
    slot_agents: Whole
    slot_costs: Whole

    @property
    def dearest(self) -> int:
        """What no single assignment exceeds."""
        return int(self.pair_costs.max() + self.slot_costs.max())


def instance(seed: str, tickets: int, agents: int, capacity: int, skills: int = 60) -> Instance:
    """Agents with three skills each of 60: 5 % of the pairs are possible. Of the tickets, 10 % have an agent who is
    preferred and 2 % one who declined."""
    chance = random.Random(seed)
    names = [f"skill-{number}" for number in range(skills)]
    supplies = []
    for number in range(agents):
        proficiencies = {name: chance.uniform(0.2, 1) for name in chance.sample(names, 3)}
        supplies.append(Supply(f"agent-{number:04}", proficiencies, capacity=capacity))
    able: dict[str, list[str]] = {name: [] for name in names}
    for supply in supplies:
        for name in supply.skills:
            able[name].append(supply.agent_id)
    demands = []
    for number in range(tickets):
        name, kind = chance.choice(names), chance.random()
        someone = chance.choice(able[name] or [supplies[0].agent_id])
        demands.append(
            Demand(
                f"ticket-{number:05}",
                number,
                (name,),
                chance.random(),
                chance.uniform(900, 7_200),
                preferred=someone if kind < 0.1 else None,
                barred=frozenset({someone}) if kind > 0.98 else frozenset(),
            )
        )
    return demands, supplies


def plain(demands: Sequence[Demand], supplies: Sequence[Supply], policy: Policy) -> Plain:
    """The problem by rank."""
    roster, tickets = Roster(supplies, policy), ranked(demands, policy)
    alike = [one for rank in range(len(tickets)) for one in kinds(tickets, [rank], roster)]
    pairs = arcs(alike, policy)
    ranks = np.array([kind.ranks[0] for kind in alike])
    slots = np.repeat(np.arange(len(supplies)), roster.free)
    earlier = np.concatenate([np.arange(free) for free in roster.free])
    costs = slot_costs(roster.load[slots] + earlier, roster.capacity[slots], policy)
    return Plain(
        len(tickets), len(supplies), ranks[pairs.kinds], pairs.agents.astype(np.int64), pairs.costs, slots, costs
    )


def network(problem: Plain) -> Network:
    """All in one: to leave a ticket costs more than any assignment, and for each rank by that much more."""
    sink = problem.tickets + problem.agents
    ranks = np.arange(problem.tickets)
    left = problem.dearest * (problem.tickets - ranks + 1)
    tails = np.concatenate([problem.pair_ranks, problem.tickets + problem.slot_agents, ranks])
    heads = np.concatenate([problem.tickets + problem.pair_agents, np.full(len(tails) - len(problem.pair_ranks), sink)])
    supplies = np.zeros(sink + 1, dtype=np.int64)
    supplies[: problem.tickets], supplies[sink] = 1, -problem.tickets
    return Network(
        tails.astype(np.int32),
        heads.astype(np.int32),
        np.ones(len(tails), dtype=np.int64),
        np.concatenate([problem.pair_costs, problem.slot_costs, left]),
        supplies,
    )


def optimum(problem: Plain) -> tuple[float, float]:
    """The weight of the tickets that the linear programme serves, each that of its place from the last rank up, and the
    least cost at this weight. HiGHS, through SciPy. Variables: pairs, then slots."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    pairs, slots = len(problem.pair_ranks), len(problem.slot_agents)
    ones = np.ones(pairs)
    once = coo_array((ones, (problem.pair_ranks, np.arange(pairs))), (problem.tickets, pairs + slots))
    rows = np.concatenate([problem.pair_agents, problem.slot_agents])
    held = coo_array((np.concatenate([ones, -np.ones(slots)]), (rows, np.arange(pairs + slots))))
    weights = np.concatenate([(problem.tickets - problem.pair_ranks).astype(float), np.zeros(slots)])
    fixed = {"A_eq": held, "b_eq": np.zeros(held.shape[0]), "bounds": (0, 1), "method": "highs"}
    first = linprog(-weights, A_ub=once, b_ub=np.ones(problem.tickets), **fixed)
    both = coo_array(np.vstack([once.toarray(), -weights]))
    limits = np.concatenate([np.ones(problem.tickets), [first.fun + 1e-6]])
    costs = np.concatenate([problem.pair_costs, problem.slot_costs])
    second = linprog(costs, A_ub=both, b_ub=limits, **fixed)
    return -float(first.fun), float(second.fun)


def greedy(problem: Plain) -> tuple[list[int], int]:
    """The ranks that are served, and the cost, where each takes the cheapest agent left when its turn comes."""
    free: dict[int, list[int]] = {}
    for agent, cost in zip(problem.slot_agents.tolist(), problem.slot_costs.tolist(), strict=True):
        free.setdefault(agent, []).append(cost)
    choices: dict[int, list[tuple[int, int]]] = {}
    for rank, agent, cost in zip(
        problem.pair_ranks.tolist(), problem.pair_agents.tolist(), problem.pair_costs.tolist(), strict=True
    ):
        choices.setdefault(rank, []).append((cost, agent))
    served, total = list[int](), 0
    for rank, possible in sorted(choices.items()):
        left = [(cost + free[agent][0], agent) for cost, agent in possible if free.get(agent)]
        if left:
            cost, agent = min(left)
            free[agent].pop(0)
            served.append(rank)
            total += cost
    return served, total
