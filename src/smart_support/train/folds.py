"""Folds: which rows are held out together."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def split(labels: Sequence[str], groups: Sequence[str], count: int, seed: int) -> list[npt.NDArray[np.int64]]:
    """`count` folds of row numbers (ascending); each row is in exactly one.

    Rows of one group (other than "") stay together; each label is spread over the folds as evenly as that allows.
    Depends on nothing but its arguments.
    """
    units: dict[tuple[str, int | str], list[int]] = {}
    for row, group in enumerate(groups):
        units.setdefault(("group", group) if group else ("row", row), []).append(row)
    shuffled = list(units.values())
    shuffled = [shuffled[place] for place in np.random.default_rng(seed).permutation(len(shuffled))]
    shuffled.sort(key=len, reverse=True)
    held: dict[str, list[int]] = {label: [0] * count for label in labels}
    sizes = [0] * count
    folds: list[list[int]] = [[] for _ in range(count)]
    for unit in shuffled:
        of_label = held[labels[unit[0]]]
        chosen = min(range(count), key=lambda fold: (of_label[fold], sizes[fold], fold))
        folds[chosen].extend(unit)
        sizes[chosen] += len(unit)
        for row in unit:
            held[labels[row]][chosen] += 1
    return [np.array(sorted(fold), dtype=np.int64) for fold in folds]
