"""Tickets that differ in nothing but rank: one node of the network for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from smart_support.domain.assignment.eligibility import Eligible, Roster
from smart_support.domain.assignment.problem import Demand

LEVELS = 8
"""S counts in eighths in the cost, so that tickets alike are few kinds; the rank takes it as it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Tickets with the same eligible agents and the same costs. `level` is S in eighths. `preferred` is a place in the
    roster, None where nobody eligible is preferred. `ranks` are those of its tickets, ascending."""

    eligible: Eligible
    level: int
    preferred: int | None
    ranks: list[int] = field(default_factory=list)


def kinds(demands: Sequence[Demand], ranks: Sequence[int], roster: Roster) -> list[Kind]:
    """The kinds of the demands at these ranks (ascending); every one of them has an eligible agent."""
    found: dict[tuple[int, int, int | None], Kind] = {}
    for rank in ranks:
        demand = demands[rank]
        eligible = roster.eligible(demand)
        preferred = None if demand.preferred is None else roster.places.get(demand.preferred)
        if preferred is not None and preferred not in eligible.agents:
            preferred = None
        level = round(demand.urgency * LEVELS)
        key = id(eligible), level, preferred
        kind = found.get(key)
        if kind is None:
            kind = found[key] = Kind(eligible, level, preferred)
        kind.ranks.append(rank)
    return list(found.values())
