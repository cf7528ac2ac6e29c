"""What most tickets of a workspace have in common, and cosines without it.

Tickets of one company resemble each other: at a bank all are about money. With u the unit vector of a ticket and m the
mean of those that came before, tickets are compared by

    cos(u - m, v - m)

which is computed from plain cosines, so that it is the same to the last bit in any batch. What is more like all tickets
than like each other so has a cosine near zero. (Mu and Viswanath, "All-but-the-Top", 2018, take the mean from word
vectors for the same reason.)
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smart_support.domain.storm.vectors import Floats, Whole, inverse_lengths, rounded

PRIOR = 16
"""So many tickets the mean that comes with the model counts for."""

FIRST, EVERY, AMONG = 16, 256, 4_096
"""The mean is taken anew after the first 16, 32, 64 and 128 tickets and after every 256, from the last 4,096."""


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """A mean of unit vectors: its direction `vector` [d], whole numbers in float32, and its length in [0, 1]."""

    vector: Floats
    length: float

    @classmethod
    def of_mean(cls, mean: npt.NDArray[np.float64]) -> "Usual":
        return cls(rounded(mean).astype(np.float32), float(np.round(np.sqrt((mean * mean).sum()), 6)))

    @classmethod
    def none(cls, dimension: int) -> "Usual":
        """Nothing in common: cosines stay as they are."""
        return cls.of_mean(np.zeros(dimension))

    def mean(self) -> npt.NDArray[np.float64]:
        found: npt.NDArray[np.float64] = self.vector.astype(np.float64) * (self.length * _inverse(self.vector))
        return found

    def updated(self, vectors: Floats, inverse: Floats) -> "Usual":
        """The mean of this one, as of `PRIOR` tickets, and of tickets with these vectors."""
        total = np.add.reduce(vectors.astype(np.float64) * inverse[:, None], axis=0)
        return Usual.of_mean((PRIOR * self.mean() + total) / (PRIOR + len(vectors)))

    def shares(self, vectors: Floats, inverse: Floats) -> Floats:
        """The part of each unit vector that lies in the mean's direction, times the mean's length."""
        found: Floats = (vectors @ self.vector) * (inverse * np.float32(self.length * _inverse(self.vector)))
        return found

    def without(self, cosines: Floats, rows: Floats, columns: Floats) -> Floats:
        """Cosines [r, c] without the mean; `rows` and `columns` are the shares of the vectors compared."""
        square = np.float32(self.length**2)
        found = cosines - rows[:, None]
        found -= columns[None, :] - square
        found *= _scale(rows, square)[:, None]
        found *= _scale(columns, square)[None, :]
        return found


def _inverse(vector: Floats) -> float:
    return float(inverse_lengths(vector[None, :])[0])


def _scale(shares: Floats, square: np.float32) -> Floats:
    """1 / |u - m|."""
    left = np.maximum(1.0 - 2.0 * shares + square, np.float32(1e-6))
    found: Floats = (1.0 / np.sqrt(left)).astype(np.float32)
    return found


def due(order: int) -> int:
    """The order of the last ticket that belongs to the mean that holds for the ticket with this order."""
    before = order - 1
    if before >= EVERY:
        return before - before % EVERY
    return FIRST << (before // FIRST).bit_length() - 1 if before >= FIRST else 0


def direction(vectors: Floats, inverse: Floats) -> Whole:
    """The direction of the sum of unit vectors, as whole numbers."""
    return rounded(np.add.reduce(vectors.astype(np.float64) * inverse[:, None], axis=0))
