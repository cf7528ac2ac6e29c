"""Which ticket comes first: the rank, which alone decides who gets a slot where slots are scarce.

    priority = S + boost + (waited / age_seconds)^2 + sla_weight * clip(1 - slack / sla_seconds, 0, 2)
               + critical_weight where S >= critical_from

The SLA term is 0 until `sla_seconds` before the target, sla_weight at the target, and twice that `sla_seconds` later.
Everything but waiting is bounded, so that nothing starves: whatever comes once a ticket has waited for

    age_seconds * sqrt(1 + critical_weight + 2 * sla_weight + the largest difference of two boosts)

ranks below it for ever. Waiting counts by its square, so that S orders the young, and age the old; what is critical
comes before all but what has waited very long.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from smart_support.domain.assignment.problem import Demand, Policy

_MOST = 2.0


def priorities(demands: Sequence[Demand], policy: Policy) -> NDArray[np.float64]:
    """The priority of each [demands]."""
    columns = np.array(
        [(d.urgency + d.boost, d.waited, math.inf if d.slack is None else d.slack) for d in demands], dtype=np.float64
    ).reshape(-1, 3)
    given, waited, slack = columns.T
    sla: NDArray[np.float64] = np.clip(1 - slack / policy.sla_seconds, 0.0, _MOST)
    critical = np.array([demand.urgency >= policy.critical_from for demand in demands], dtype=np.float64)
    return given + policy.critical_weight * critical + (waited / policy.age_seconds) ** 2.0 + policy.sla_weight * sla


def ranked(demands: Sequence[Demand], policy: Policy) -> list[Demand]:
    """From the highest rank down: by priority, then by the dispatch order, then by id."""
    first = sorted(demands, key=lambda demand: (demand.order, demand.ticket_id))
    return [first[place] for place in np.argsort(-priorities(first, policy), kind="stable")]
