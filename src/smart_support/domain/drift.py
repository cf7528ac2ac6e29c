"""Whether tickets are still what a model was trained on."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FLOOR = 1e-4
"""A share of 0 counts as this, so that a category which comes or goes weighs much, and not infinitely much."""


@dataclass(frozen=True, slots=True)
class CategoryCount:
    """How many of some tickets have this category, and the sum of the confidence in it."""

    category: str
    tickets: int
    confidence: float


def shares(counts: Mapping[str, int]) -> dict[str, float]:
    """Each name's share in the whole; empty where nothing was counted."""
    whole = sum(counts.values())
    return {name: number / whole for name, number in counts.items()} if whole else {}


def mean_confidence(counted: Iterable[CategoryCount]) -> float | None:
    """Over all tickets; None without any."""
    found = list(counted)
    tickets = sum(one.tickets for one in found)
    return sum(one.confidence for one in found) / tickets if tickets else None


def population_stability_index(expected: Mapping[str, float], actual: Mapping[str, float]) -> float:
    """PSI = sum over categories c of (a_c - e_c) * ln(a_c / e_c), from shares that sum up to 1 on each side.

    0 where both are alike, and the same whichever comes first. Rule of thumb: below 0.1 nothing has changed, above
    0.25 much has (Siddiqi, "Credit Risk Scorecards", 2006). It is the divergence of Jeffreys ("An Invariant Form for
    the Prior Probability in Estimation Problems", 1946).
    """
    total = 0.0
    for name in expected.keys() | actual.keys():
        e, a = max(expected.get(name, 0.0), FLOOR), max(actual.get(name, 0.0), FLOOR)
        total += (a - e) * math.log(a / e)
    return total
