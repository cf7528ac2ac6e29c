"""The second question: which agent each ticket that gets a slot is given to, at the least cost in all."""

from collections.abc import Sequence

import numpy as np

from smart_support.domain.assignment.cost import Arcs, arcs, slot_costs
from smart_support.domain.assignment.counting import earlier_alike
from smart_support.domain.assignment.eligibility import Roster
from smart_support.domain.assignment.kinds import Kind, kinds
from smart_support.domain.assignment.problem import Demand, Parts, Policy
from smart_support.domain.assignment.solver import Network, Solver

Choice = tuple[int, int, Parts]
"""Rank of the ticket, place of the agent, cost."""


def chosen(alike: Sequence[Kind], roster: Roster, policy: Policy, solver: Solver) -> list[Choice]:
    """The choice for every ticket of these kinds, by rank; they can all be served at once.

    Tickets of one kind are the same to the sum: of their agents the highest ranked gets the cheapest. So it does of an
    agent's slots.
    """
    if not alike:
        return []
    pairs = arcs(alike, policy)
    flow = solver(_network(alike, pairs, roster, policy))[: len(pairs.agents)]
    used = np.flatnonzero(flow)
    used = used[np.lexsort((pairs.costs[used], pairs.kinds[used]))]
    taken = np.repeat(used, flow[used])
    ranks = np.concatenate([np.array(kind.ranks, dtype=np.int64) for kind in alike])
    taken = taken[np.argsort(ranks)]
    agents = pairs.agents[taken]
    load = slot_costs(roster.load[agents] + earlier_alike(agents), roster.capacity[agents], policy)
    columns = (pairs.skill[taken], pairs.relaxed[taken], pairs.preferred[taken], load)
    parts = (Parts(*row) for row in zip(*(column.tolist() for column in columns), strict=True))
    return list(zip(np.sort(ranks).tolist(), agents.tolist(), parts, strict=True))


def cheapest_slot(demand: Demand, roster: Roster, policy: Policy) -> dict[str, int]:
    """What the ticket costs with each agent who is eligible, in the first of his free slots."""
    pairs = arcs(kinds([demand], [0], roster), policy)
    slots = slot_costs(roster.load[pairs.agents], roster.capacity[pairs.agents], policy)
    ids = (roster.supplies[agent].agent_id for agent in pairs.agents)
    return dict(zip(ids, (pairs.costs + slots).tolist(), strict=True))


def _network(alike: Sequence[Kind], pairs: Arcs, roster: Roster, policy: Policy) -> Network:
    """Kinds → agents → sink, an arc a slot. Nodes: kinds, agents, sink."""
    sizes = np.array([len(kind.ranks) for kind in alike], dtype=np.int64)
    sink = len(alike) + len(roster.free)
    slots = np.minimum(roster.free, sizes.sum())
    agents = np.repeat(np.arange(len(slots)), slots)
    slot = slot_costs(roster.load[agents] + earlier_alike(agents), roster.capacity[agents], policy)
    supplies = np.zeros(sink + 1, dtype=np.int64)
    supplies[: len(alike)], supplies[sink] = sizes, -sizes.sum()
    return Network(
        np.concatenate([pairs.kinds, len(alike) + agents]).astype(np.int32),
        np.concatenate([len(alike) + pairs.agents, np.full(len(agents), sink)]).astype(np.int32),
        np.concatenate([np.minimum(sizes[pairs.kinds], roster.free[pairs.agents]), np.ones_like(agents)]),
        np.concatenate([pairs.costs, slot]),
        supplies,
    )
