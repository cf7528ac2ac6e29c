"""Looking among the tickets of a window: how like each other they are, and which of them report one cause."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from smart_support.domain.storm.burst import log10_chance, may_be_usual
from smart_support.domain.storm.likeness import Centroid, Likeness
from smart_support.domain.storm.rule import Rule
from smart_support.domain.storm.vectors import Floats
from smart_support.domain.storm.window import Places, Window

_ROUNDS = 3
_NEAREST = 2_048  # of the window that reports are looked for in, and of the past that they are compared with


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Reports of one cause, by place, with their likeness [n] to what they have in common."""

    members: Places
    likeness: Floats
    middle: Centroid


class Drawn(NamedTuple):
    """A row of each for every ticket: its vector, inverse length, share of what is usual and S."""

    vectors: Floats
    inverse: Floats
    shares: Floats
    urgency: Floats


class Search:
    """Over a window. `use` a likeness before anything else, and tell of tickets that were `added`."""

    def __init__(self, window: Window, rule: Rule) -> None:
        self._window = window
        self._rule = rule

    def use(self, likeness: Likeness) -> None:
        """Compare by this likeness from now on."""
        self._likeness = likeness
        self._shares = likeness.usual.shares(self._window.vectors, self._window.inverse)

    def added(self, places: range) -> None:
        """Tickets came; what was before their places may have been let go."""
        self._shares = self._shares[len(self._shares) - places.start :]
        added = slice(places.start, places.stop)
        shares = self._likeness.usual.shares(self._window.vectors[added], self._window.inverse[added])
        self._shares = np.concatenate([self._shares, shares])

    def likeness(self, places: Places, middle: Centroid) -> Floats:
        """How like a centroid tickets are."""
        return self.likeness_of(self.drawn(places), middle)

    def drawn(self, places: Places) -> Drawn:
        """Tickets taken out of the window, for who compares them again and again."""
        window = self._window
        return Drawn(window.vectors[places], window.inverse[places], self._shares[places], window.urgency[places])

    def likeness_of(self, drawn: Drawn, middle: Centroid) -> Floats:
        """How like a centroid they are."""
        return self._likeness.to_centroid(middle, drawn.vectors, drawn.inverse, drawn.shares, drawn.urgency)

    def alike(self, places: Places, cosines: Floats) -> Floats:
        """How like each other [n, n] tickets are, from their cosines with each other."""
        return self._likeness.mutual(cosines, self._shares[places], self._window.urgency[places])

    def middle(self, places: Places) -> Centroid:
        """The centroid of tickets."""
        return self._likeness.centroid(self._window.vectors[places], self._window.urgency[places].tolist())

    def join_from(self, place: int, middle: Centroid) -> float:
        """The likeness from which on tickets join: what hardly any of the usual ones reaches."""
        before = self._window.before(place, self._rule.seconds, _NEAREST)
        if len(before) < self._rule.enough:
            return self._rule.surely
        return max(self._rule.join, self.line(self.likeness(before, middle)))

    def reports(self, place: int, cosines: Floats) -> Found | None:
        """The free tickets of the last seconds that report one cause with this one, where they are so many that the
        topic's past makes it unlikely. `cosines` are those of the ticket with all up to its own place."""
        window, rule = self._window, self._rule
        recent = window.recent(place, rule.seconds)[-_NEAREST:]
        likeness = self._to_ticket(place, cosines, recent)
        chosen = recent[likeness >= rule.near]
        if 2 * len(chosen) < rule.least:
            return None
        before = window.before(place, rule.seconds, _NEAREST)
        # All that came in these seconds; in a quiet hour, what usually does.
        among = max(float(len(recent)), window.usual_number(place, before, rule.seconds))
        # Most topics are as frequent as ever, which a look at those that are like this ticket shows at once.
        seen = int((self._to_ticket(place, cosines, before) >= rule.near).sum())
        if log10_chance(len(chosen), among, seen, len(before)) > rule.doubt:
            return None
        middle = self.middle(chosen)
        for rounds_left in reversed(range(_ROUNDS)):
            likeness = self.likeness(recent, middle)
            chosen = recent[likeness >= rule.core]
            if len(chosen) < rule.least or chosen[-1] != place:
                return None
            if rounds_left:
                middle = self.middle(chosen)
        earlier = self.likeness(before, middle)
        voices, seen = window.voices(chosen, rule.similarity), int((earlier >= rule.core).sum())
        if voices < rule.least or log10_chance(len(chosen), among, seen, len(before)) > rule.chance:
            return None
        if may_be_usual(len(chosen), among, seen, len(before)):
            return None
        line = max(rule.core, self.line(earlier)) if len(before) >= rule.enough else rule.core
        chosen, likeness = recent[likeness >= line], likeness[likeness >= line]
        if chosen[-1:] != place or window.voices(chosen, rule.similarity) < rule.least:
            return None
        return Found(chosen, likeness, middle)

    def _to_ticket(self, place: int, cosines: Floats, others: Places) -> Floats:
        """How like a ticket others are, from its cosines with them."""
        share, urgency = self._shares[place : place + 1], float(self._window.urgency[place])
        urgencies = self._window.urgency[others]
        return self._likeness.to_ticket(share, urgency, cosines[others], self._shares[others], urgencies)

    def line(self, usual: Floats) -> float:
        """What hardly any of these likenesses of earlier tickets reaches."""
        rank = max(1, int(len(usual) * self._rule.usual_share))
        return float(min(np.partition(usual, -rank)[-rank], self._rule.surely))
