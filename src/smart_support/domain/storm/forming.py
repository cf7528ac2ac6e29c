"""What may become an incident: the clusters that the detector looks closer at and has not spoken of yet.

Nothing here decides anything. The detector goes ticket by ticket; this looks at all free tickets of its window at once,
by the same likenesses and the same tests, and says how many more would be enough.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smart_support.domain.incident import LinkKind
from smart_support.domain.storm.burst import log10_chance, may_be_usual
from smart_support.domain.storm.rule import Rule
from smart_support.domain.storm.search import Search
from smart_support.domain.storm.vectors import Floats
from smart_support.domain.storm.window import FREE, Places, Window

FEWEST = 3
"""Of fewer copies, or reports in different words, nobody speaks of a cluster."""

_MOST, _PAST = 512, 2_048  # tickets that are looked at, and those before that they are compared with
_TRIES, _ROUNDS = 16, 3
_UNREACHED = 4_096

_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Forming:
    """Tickets that may become an incident: their ids, the likest first, their mean similarity (of copies the cosine
    with the likest, of reports the likeness to what they have in common), and when the first and the last of them came.

    With `missing` more, and nothing else meanwhile, they are `threshold` and open one; both are None where no number
    would be enough.
    """

    kind: LinkKind
    ticket_ids: tuple[str, ...]
    similarity: float
    threshold: int | None
    missing: int | None
    first_at: float
    last_at: float


@dataclass(frozen=True, slots=True)
class Past:
    """What a topic's number is judged by: `seen` of `seen_of` earlier tickets had it, and `among` came in the last
    seconds, or usually do."""

    among: float
    seen: int
    seen_of: int


def enough(count: int, past: Past, rule: Rule) -> int | None:
    """The smallest number of reports above `count` that opens an incident, where nothing but these comes beside the
    `count` that are there; None where no number does."""

    def opens(number: int) -> bool:
        among = past.among + number - count
        if number < rule.least or may_be_usual(number, among, past.seen, past.seen_of):
            return False
        return log10_chance(number, among, past.seen, past.seen_of) <= rule.chance

    low, high = count, count + 1
    while not opens(high):
        if high > _UNREACHED:
            return None
        low, high = high, 2 * high
    while high - low > 1:  # more reports never make it likelier that they are usual
        middle = (low + high) // 2
        low, high = (low, middle) if opens(middle) else (middle, high)
    return high


def usual_per_minute(window: Window, rule: Rule, at: float) -> float | None:
    """How many tickets a minute came before the last seconds, of those that belong to no incident; None without any."""
    older = _older(window, rule, at)
    if len(older) == 0:
        return None
    span = at - rule.seconds - float(window.at[older].min())
    return 60.0 * len(older) / max(span, rule.seconds)


def forming(window: Window, search: Search, rule: Rule, at: float) -> list[Forming]:
    """The clusters among the free tickets of the last seconds, those nearest to an incident first. A ticket is in one
    at most."""
    if len(window) == 0:
        return []
    recent = np.flatnonzero((window.belongs == FREE) & (at - window.at <= rule.seconds))
    if len(recent) < FEWEST:
        return []
    found = list(_Look(window, search, rule, recent, at).clusters())
    return sorted(found, key=lambda one: (one.missing is None, one.missing, -len(one.ticket_ids)))


class _Look:
    """One look at the `recent` tickets; each array has one row for each of the last of them."""

    def __init__(self, window: Window, search: Search, rule: Rule, recent: Places, at: float) -> None:
        self._window = window
        self._search = search
        self._rule = rule
        self._earlier = search.drawn(_older(window, rule, at))
        usual = usual_per_minute(window, rule, at) or 0.0
        self._among = max(float(len(recent)), usual * rule.seconds / 60.0)
        self._places = recent[-_MOST:]
        self._drawn = search.drawn(self._places)
        vectors, inverse = self._drawn.vectors, self._drawn.inverse
        self._cosines: Floats = (vectors @ vectors.T) * (inverse[:, None] * inverse[None, :])
        self._copies = self._cosines > rule.similarity
        self._left = np.ones(len(self._places), dtype=bool)

    def clusters(self) -> Iterator[Forming]:
        yield from self._reports()
        while (group := self._most_copies(self._left)) is not None:
            yield self._exact(group)
            self._left &= ~group

    def _reports(self) -> Iterator[Forming]:
        alike = self._search.alike(self._places, self._cosines) >= self._rule.near
        for _ in range(_TRIES):
            counts = np.where(self._left, (alike & self._left).sum(axis=1), 0)
            seed = int(counts.argmax())
            if 2 * counts[seed] < self._rule.least:
                return
            group = self._gathered(alike[seed] & self._left)
            found = self._cluster(group) if group.sum() >= FEWEST else None
            if found is not None:
                yield found
            self._left &= ~group
            self._left[seed] = False

    def _gathered(self, group: _Mask) -> _Mask:
        """The tickets that are like what a group has in common, as the detector gathers them."""
        for _ in range(_ROUNDS):
            likeness = self._search.likeness_of(self._drawn, self._search.middle(self._places[group]))
            before, group = group, (likeness >= self._rule.core) & self._left
            if not group.any() or (group == before).all():
                break
        return group

    def _cluster(self, group: _Mask) -> Forming | None:
        """Reports of one cause or, where these are nearer to an incident or the reports are no more than usual, the
        copies among them; None where there are none either."""
        rule, places = self._rule, self._places[group]
        middle = self._search.middle(places)
        likeness = self._search.likeness(places, middle)
        earlier = self._search.likeness_of(self._earlier, middle)
        past = Past(self._among, int((earlier >= rule.core).sum()), len(earlier))
        copies = self._most_copies(group)
        exact = None if copies is None else self._exact(copies)
        line = max(rule.core, self._search.line(earlier)) if len(earlier) >= rule.enough else rule.core
        voices = self._window.voices(places[likeness >= line], rule.similarity)
        usual = log10_chance(len(places), past.among, past.seen, past.seen_of) > rule.doubt
        if usual or voices < FEWEST:
            return exact
        threshold = enough(len(places) + max(0, rule.least - voices - 1), past, rule)
        told = self._told(LinkKind.SEMANTIC, places, likeness, threshold)
        nearer = exact is not None and (told.missing is None or (exact.missing or 0) < told.missing)
        return exact if nearer else told

    def _most_copies(self, group: _Mask) -> _Mask | None:
        """The largest number of tickets that are copies of one of a group."""
        counts = np.where(group, (self._copies & self._left).sum(axis=1), 0)
        one = int(counts.argmax())
        return self._copies[one] & self._left if counts[one] >= FEWEST else None

    def _exact(self, group: _Mask) -> Forming:
        mutual = self._cosines[np.ix_(group, group)]
        leader = int(mutual.sum(axis=1).argmax())
        threshold = max(self._rule.threshold, int(group.sum())) + 1
        return self._told(LinkKind.EXACT, self._places[group], mutual[leader], threshold)

    def _told(self, kind: LinkKind, places: Places, similarity: Floats, threshold: int | None) -> Forming:
        likest = places[np.argsort(-similarity, kind="stable")]
        times = self._window.at[places]
        return Forming(
            kind,
            tuple(self._window.ids[place] for place in likest.tolist()),
            float(similarity.mean()),
            threshold,
            None if threshold is None else threshold - len(places),
            float(times.min()),
            float(times.max()),
        )


def _older(window: Window, rule: Rule, at: float) -> Places:
    """The last tickets that came before the last seconds and belong to no incident."""
    found: Places = np.flatnonzero((window.at < at - rule.seconds) & (window.belongs < 0))[-_PAST:]
    return found
