"""Places among equals."""

import numpy as np

from smart_support.domain.assignment.solver import Places, Whole


def earlier_alike(values: Whole | Places) -> Whole:
    """How many before each one are the same [n]."""
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    order = np.argsort(values, kind="stable")
    firsts = np.flatnonzero(np.diff(values[order], prepend=values[order][0] - 1))
    earlier = np.empty(len(values), dtype=np.int64)
    earlier[order] = np.arange(len(values)) - np.repeat(firsts, np.diff(firsts, append=len(values)))
    return earlier
