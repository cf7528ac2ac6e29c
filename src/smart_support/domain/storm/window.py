"""The recent tickets of a workspace as storms see them: when they came, what they said, what they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from smart_support.domain.storm.vectors import Floats, Whole, inverse_lengths

FREE = -1
"""In place of an incident: the ticket belongs to none."""

APART = -2
"""In place of an incident: a person said that the ticket is a case of its own, or that its incident was none."""

Places = npt.NDArray[np.int64]

_ROOM, _VOICES = 1024, 256


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One ticket as it comes to the detector, in dispatch order: its `order` there, its acceptance `at`, `vector` [d]
    as `vectors.rounded` gives it, and its S."""

    ticket_id: str
    order: int
    at: float
    vector: Whole
    urgency: float


class _Columns(NamedTuple):
    """A row of each for every ticket, and room for more; what they hold stands at `Window`."""

    vectors: Floats
    inverse: Floats
    at: npt.NDArray[np.float64]
    order: npt.NDArray[np.int64]
    urgency: Floats
    belongs: npt.NDArray[np.int64]
    linked: npt.NDArray[np.int64]


class Window:
    """The last `most` tickets, in dispatch order. Place i of every array is one ticket.

    `vectors` [n, d] are whole numbers in float32, `inverse` [n] one over their lengths, `belongs` [n] an incident's
    place among the detector's, FREE or APART; `linked` [n] is the order of the ticket with which it came to belong.
    """

    def __init__(self, dimension: int, most: int) -> None:
        self._most = most
        self._size = 0
        self._full = _Columns(
            vectors=np.zeros((_ROOM, dimension), dtype=np.float32),
            inverse=np.zeros(_ROOM, dtype=np.float32),
            at=np.zeros(_ROOM),
            order=np.zeros(_ROOM, dtype=np.int64),
            urgency=np.zeros(_ROOM, dtype=np.float32),
            belongs=np.zeros(_ROOM, dtype=np.int64),
            linked=np.zeros(_ROOM, dtype=np.int64),
        )
        self.ids: list[str] = []
        self._show()

    def __len__(self) -> int:
        return self._size

    def append(self, sightings: Sequence[Sighting]) -> range:
        """Their places. What came before the last `most` may be let go: places of earlier calls do not hold."""
        self._make_room(len(sightings))
        start, self._size = self._size, self._size + len(sightings)
        self._show()
        added = slice(start, self._size)
        self.vectors[added] = np.stack([sighting.vector for sighting in sightings])
        self.inverse[added] = inverse_lengths(self.vectors[added])
        self.at[added] = [sighting.at for sighting in sightings]
        self.order[added] = [sighting.order for sighting in sightings]
        self.urgency[added] = [sighting.urgency for sighting in sightings]
        self.belongs[added] = FREE
        self.ids += [sighting.ticket_id for sighting in sightings]
        return range(start, self._size)

    def recent(self, place: int, seconds: float) -> Places:
        """The places of free tickets of the last seconds, among the last `most`; its own at the end."""
        start = max(0, place + 1 - self._most)
        age = self.at[place] - self.at[start : place + 1]
        free = self.belongs[start : place + 1] == FREE
        found: Places = np.flatnonzero((np.abs(age) <= seconds) & free) + start
        return found

    def linked_lately(self, place: int, seconds: float, incidents: Sequence[int]) -> list[int]:
        """The places of tickets of the last seconds that belong to these incidents' places; its own among them."""
        start = max(0, place + 1 - self._most)
        age = self.at[place] - self.at[start : place + 1]
        ours = np.isin(self.belongs[start : place + 1], incidents)
        return [int(one) + start for one in np.flatnonzero((np.abs(age) <= seconds) & ours)]

    def before(self, place: int, seconds: float, most: int) -> Places:
        """The places of tickets that are older than that and belong to no incident, the last `most` of them."""
        older = self.at[:place] < self.at[place] - seconds
        found: Places = np.flatnonzero(older & (self.belongs[:place] < 0))[-most:]
        return found

    def usual_number(self, place: int, before: Places, seconds: float) -> float:
        """How many of those `before` came in so many seconds, on average."""
        if len(before) == 0:
            return 0.0
        past = self.at[place] - seconds - self.at[before].min()
        return float(len(before) * seconds / max(past, seconds))

    def voices(self, places: Places, similarity: float) -> int:
        """How many of tickets are no copy of an earlier one of them, as far as the first 256 show."""
        looked_at = places[:_VOICES]
        cosines = self.vectors[looked_at] @ self.vectors[looked_at].T
        cosines *= self.inverse[looked_at][:, None] * self.inverse[looked_at][None, :]
        copies = np.triu(cosines > similarity, 1).any(axis=0)
        return len(places) - int(copies.sum())

    def cosine(self, place: int, vector: Whole) -> float:
        """That of a ticket and a vector."""
        other = vector.astype(np.float32)
        inverse = inverse_lengths(other[None, :])[0]
        return float((self.vectors[place] @ other) * (self.inverse[place] * inverse))

    def _show(self) -> None:
        """The filled part of each column."""
        self.vectors = self._full.vectors[: self._size]
        self.inverse = self._full.inverse[: self._size]
        self.at = self._full.at[: self._size]
        self.order = self._full.order[: self._size]
        self.urgency = self._full.urgency[: self._size]
        self.belongs = self._full.belongs[: self._size]
        self.linked = self._full.linked[: self._size]

    def _make_room(self, more: int) -> None:
        if self._size + more <= len(self._full.at):
            return
        gone = max(0, self._size + more - self._most)
        left = self._size - gone
        room = 2 * (left + more)

        def moved(old: Any) -> npt.NDArray[Any]:
            new = np.zeros((room, *old.shape[1:]), dtype=old.dtype)
            new[:left] = old[gone : self._size]
            return new

        self._full = _Columns(*map(moved, self._full))
        self.ids = self.ids[gone:]
        self._size = left
