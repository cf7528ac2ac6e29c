"""How like each other tickets are: what the detector decides by.

The likeness of a ticket and a centroid is their cosine without what is usual (`storm.usual`), less a penalty for a
ticket that is much calmer: who asks how to set something up writes in the words of those for whom it is broken, but
with a lower S. With s the S of the ticket and t the median S of those that make the centroid,

    cosine - Rule.penalty * max(0, Rule.calmer * t - s)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smart_support.domain.storm.rule import Rule
from smart_support.domain.storm.usual import Usual, direction
from smart_support.domain.storm.vectors import Floats, inverse_lengths


@dataclass(frozen=True, slots=True, eq=False)
class Centroid:
    """The middle of some tickets: its direction [d], one over its length [1], its share of what is usual [1], and their
    median S."""

    vector: Floats
    inverse: Floats
    share: Floats
    urgency: float


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """Likenesses by a rule and what is usual now."""

    rule: Rule
    usual: Usual

    def centroid(self, vectors: Floats, urgencies: Sequence[float]) -> Centroid:
        """The middle of tickets with these vectors [n, d], n > 0."""
        vector = direction(vectors, inverse_lengths(vectors)).astype(np.float32)
        inverse = inverse_lengths(vector[None, :])
        return Centroid(vector, inverse, self.usual.shares(vector[None, :], inverse), float(np.median(urgencies)))

    def to_centroid(
        self, middle: Centroid, vectors: Floats, inverse: Floats, shares: Floats, urgency: Floats
    ) -> Floats:
        """The likeness [n] of tickets with these vectors [n, d], inverse lengths, shares of what is usual and S."""
        cosines = (vectors @ middle.vector) * (inverse * middle.inverse)
        return self._less(self.usual.without(cosines[None, :], middle.share, shares)[0], urgency, middle.urgency)

    def to_ticket(self, share: Floats, urgency: float, cosines: Floats, shares: Floats, urgencies: Floats) -> Floats:
        """The likeness [n] of tickets to one, which stands for a centroid; from their cosines with it."""
        return self._less(self.usual.without(cosines[None, :], share, shares)[0], urgencies, urgency)

    def mutual(self, cosines: Floats, shares: Floats, urgencies: Floats) -> Floats:
        """The likeness [n, n] of tickets to each other: in row i, to the i-th as `to_ticket` has it."""
        found = self.usual.without(cosines, shares, shares)
        calmer = np.float32(self.rule.calmer) * urgencies[:, None] - urgencies[None, :]
        found -= np.maximum(calmer, np.float32(0.0)) * np.float32(self.rule.penalty)
        return found

    def of_centroids(self, one: Centroid, other: Centroid) -> float:
        """The likeness of one centroid to another, as if it were a ticket."""
        cosine = (one.vector @ other.vector) * one.inverse * other.inverse
        likeness = self.usual.without(cosine[None, :], one.share, other.share)[0]
        return float(self._less(likeness, np.array([one.urgency], dtype=np.float32), other.urgency)[0])

    def _less(self, likeness: Floats, urgencies: Floats, urgency: float) -> Floats:
        calmer = np.maximum(np.float32(self.rule.calmer * urgency) - urgencies, np.float32(0.0))
        likeness -= calmer * np.float32(self.rule.penalty)
        return likeness
