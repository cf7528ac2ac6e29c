"""What an assignment costs, in whole thousandths.

    skill      1000 * skill_weight * (1 + urgent_weight * level / 8) * (1 - proficiency), level = S in eighths, rounded
    relaxed    1000 * relaxed_weight * the step from which on the agent is good enough
    preferred  -1000 * preferred_weight for the agent who has the customer's other tickets
    load       1000 * load_weight * (k - 1/2) / capacity for the slot in which he holds his k-th ticket

An agent's slots grow dearer one by one, so the load spreads by share of capacity: for one agent it sums up to
1000 * load_weight / 2 * capacity * share^2, and over all agents that is least where they have the same share.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smart_support.domain.assignment.kinds import LEVELS, Kind
from smart_support.domain.assignment.problem import Policy
from smart_support.domain.assignment.solver import Places, Whole

THOUSANDTHS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Arcs:
    """The pairs of a kind of tickets and an agent, kind by kind, with the parts of their cost but for the load's.
    All [arcs]."""

    kinds: Whole
    agents: Places
    skill: Whole
    relaxed: Whole
    preferred: Whole

    @property
    def costs(self) -> Whole:
        return self.skill + self.relaxed + self.preferred


def arcs(kinds: Sequence[Kind], policy: Policy) -> Arcs:
    """Every kind (at least one) with each of its eligible agents."""
    numbers = np.repeat(np.arange(len(kinds)), [len(kind.eligible.agents) for kind in kinds])
    agents = np.concatenate([kind.eligible.agents for kind in kinds])
    proficiency = np.concatenate([kind.eligible.proficiency for kind in kinds])
    step = np.concatenate([kind.eligible.step for kind in kinds])
    level = np.array([kind.level for kind in kinds])[numbers]
    preferred = np.array([-1 if kind.preferred is None else kind.preferred for kind in kinds])[numbers]
    return Arcs(
        numbers,
        agents,
        _whole(policy.skill_weight * (1 + policy.urgent_weight * level / LEVELS) * (1 - proficiency)),
        _whole(policy.relaxed_weight * step),
        _whole(-policy.preferred_weight * (agents == preferred)),
    )


def slot_costs(held: Whole, capacity: Whole, policy: Policy) -> Whole:
    """The part for load of one more ticket for agents who hold this many; all [n]."""
    return _whole(policy.load_weight * (held + 0.5) / capacity)


def _whole(cost: NDArray[np.float64]) -> Whole:
    return np.rint(THOUSANDTHS * cost).astype(np.int64)
