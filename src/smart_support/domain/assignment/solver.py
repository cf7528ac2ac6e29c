"""What a solver of minimum cost flows takes and gives."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A network whose supplies sum up to 0.

    Arc i leads from node `tails[i]` to node `heads[i]`, takes at most `capacities[i]` and costs `costs[i]` a unit
    (all [arcs]). `supplies` [nodes] is what comes in at a node; below 0 it goes out there.
    """

    tails: Places
    heads: Places
    capacities: Whole
    costs: Whole
    supplies: Whole


class Solver(Protocol):
    """Owned by `assignment.assign`."""

    def __call__(self, network: Network, /) -> Whole:
        """The flow [arcs] of least cost, whole numbers, the same for the same network. Raises Unsolvable."""
        ...


class Unsolvable(Exception):
    """The network has no flow that takes every supply to a demand, or the solver cannot compute it."""
