"""The first of two questions: which tickets get a slot. Rank alone decides, cost has no say.

The sets of tickets that can all be served at once are the independent sets of a transversal matroid. So going from the
highest rank down, and keeping each ticket that can be served together with those kept before it, gives a set that is as
large as any, and whose weight is the largest for every weight above 0 that rises with rank (Edmonds 1971). That is why
the place in the ranking serves as the weight here, and no price has to be made larger than all others together.

A ticket is left out only where higher ranked ones fill every slot of its eligible agents (Hall), so **it is served once
those have more free slots than there are tickets above it**.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from smart_support.domain.assignment.counting import earlier_alike
from smart_support.domain.assignment.eligibility import Eligible, Roster
from smart_support.domain.assignment.problem import Demand
from smart_support.domain.assignment.solver import Network, Solver, Whole

_SURELY = 1 - 1e-9


def served(demands: Sequence[Demand], roster: Roster, solver: Solver) -> list[int]:
    """The ranks of the tickets that get a slot, ascending; `demands` are given from the highest rank down."""
    groups: dict[int, tuple[int, Eligible]] = {}
    numbers = []
    for demand in demands:
        eligible = roster.eligible(demand)
        numbers.append(groups.setdefault(id(eligible), (len(groups), eligible))[0])
    eligibles = [eligible for _, eligible in groups.values()]
    slots = np.array([eligible.slots for eligible in eligibles], dtype=np.int64)
    group = np.array(numbers, dtype=np.int64)
    # Of tickets with the same eligible agents no more are served than these have slots, and the highest ones are.
    ranks = np.flatnonzero(earlier_alike(group) < slots[group])
    waiting = np.bincount(group[ranks], minlength=len(slots))
    if len(ranks) and not _all_fit(eligibles, slots, waiting):
        network = _network(group[ranks], eligibles, roster.free)
        ranks = ranks[solver(network)[: len(ranks)] > 0]
    return [int(rank) for rank in ranks]


def _all_fit(eligibles: Sequence[Eligible], slots: Whole, waiting: Whole) -> bool:
    """Whether all fit where each group spreads evenly over its slots. Where shares of tickets fit, whole ones do: the
    flow is integral. False may be wrong."""
    share = waiting / np.maximum(1, slots)
    places = np.concatenate([eligible.agents for eligible in eligibles])
    used = np.bincount(places, np.repeat(share, [len(eligible.agents) for eligible in eligibles]))
    return bool((used <= _SURELY).all())


def _network(group: Whole, eligibles: Sequence[Eligible], free: Whole) -> Network:
    """Source → groups, an arc a ticket → agents → sink; who is left goes from the source to the sink. Nodes: groups,
    agents, source, sink."""
    tickets, groups, agents = len(group), len(eligibles), len(free)
    source, sink = groups + agents, groups + agents + 1
    sizes = [len(eligible.agents) for eligible in eligibles]
    places = np.concatenate([eligible.agents for eligible in eligibles])
    tails = _joined(np.full(tickets, source), np.repeat(np.arange(groups), sizes), groups + np.arange(agents), [source])
    heads = _joined(group, groups + places, np.full(agents, sink), [sink])
    capacities = _joined(np.ones(tickets), free[places], free, [tickets])
    costs = _joined(np.arange(tickets) - tickets, np.zeros(len(places) + agents + 1))
    supplies = np.zeros(sink + 1, dtype=np.int64)
    supplies[source], supplies[sink] = tickets, -tickets
    return Network(tails.astype(np.int32), heads.astype(np.int32), capacities, costs, supplies)


def _joined(*pieces: ArrayLike) -> Whole:
    return np.concatenate([np.asarray(piece, dtype=np.int64) for piece in pieces])
