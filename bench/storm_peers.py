"""Detectors of storms on one stream: ours, and the peers that it is measured beside.

Every peer groups tickets as they come and calls a group an incident once it has more than `THRESHOLD` members within
`SECONDS`: those are its first members, and what the group takes later belongs to it too. A group that has taken none
for `SECONDS` is forgotten. They differ in what a ticket is compared with.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from smart_support.domain.storm.detector import Detector
from smart_support.domain.storm.rule import Begun, Joined, Past, Rule
from smart_support.domain.storm.usual import Usual
from smart_support.domain.storm.vectors import Floats, Whole
from smart_support.domain.storm.window import Sighting

SECONDS, THRESHOLD = 300.0, 10
COPY, NEAR_LEADER, NEAR_CENTROID = 0.9, 0.5, 0.55
_BATCH = 64


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """Tickets by time: seconds [n], vectors as `vectors.rounded` gives them [n, d], the same at unit length, S [n]."""

    at: list[float]
    whole: Whole
    unit: Floats
    urgency: list[float]


@dataclass(frozen=True, slots=True)
class Group:
    """An incident as a detector has it: when it opened, and the places of its tickets in the stream."""

    opened_at: float
    places: list[int]


Detect = Callable[[Stream], list[Group]]


def ours(rule: Rule, usual: Usual) -> Detect:
    """The detector that ships, with nothing before the stream."""

    def detect(stream: Stream) -> list[Group]:
        groups: dict[str, Group] = {}
        numbers = itertools.count(1)
        detector = Detector(rule, usual, Past((), (), frozenset(), ()), lambda: str(next(numbers)))
        for start in range(0, len(stream.at), _BATCH):
            places = range(start, min(start + _BATCH, len(stream.at)))
            sightings = [
                Sighting(str(place), place + 1, stream.at[place], stream.whole[place], stream.urgency[place])
                for place in places
            ]
            for place, verdict in zip(places, detector.observe(sightings), strict=True):
                if isinstance(verdict, Begun):
                    group = groups.setdefault(verdict.incident, Group(stream.at[place], []))
                    group.places.extend(int(name) for name, _ in verdict.members)
                if isinstance(verdict, Begun | Joined):
                    groups[verdict.incident].places.append(place)
        return list(groups.values())

    return detect


@dataclass(slots=True)
class _Gathering:
    """Tickets that belong together: the sum of the vectors that others are compared with, the places of the last
    seconds, and the incident."""

    vector: Floats
    recent: list[int] = field(default_factory=list)
    incident: Group | None = None

    def take(self, stream: Stream, place: int) -> Group | None:
        """The incident that this ticket opens."""
        at = stream.at[place]
        self.recent = [*(one for one in self.recent if at - stream.at[one] <= SECONDS), place]
        if self.incident is not None:
            self.incident.places.append(place)
        elif len(self.recent) > THRESHOLD:
            self.incident = Group(at, list(self.recent))
            return self.incident
        return None


def copies_alone(stream: Stream) -> list[Group]:
    """A ticket belongs with the nearest of the last seconds that it is a copy of (cosine > 0.9)."""
    groups: list[Group] = []
    of: list[_Gathering] = []
    start = 0
    for place, vector in enumerate(stream.unit):
        while stream.at[place] - stream.at[start] > SECONDS:
            start += 1
        cosines = stream.unit[start:place] @ vector
        if len(cosines) and cosines.max() > COPY:
            of.append(of[start + int(cosines.argmax())])
        else:
            of.append(_Gathering(vector))
        groups += _opened(of[-1], stream, place)
    return groups


def leader(stream: Stream) -> list[Group]:
    """A ticket belongs to the nearest leader, from a cosine of 0.5 on; else it leads (Hartigan, "Clustering
    Algorithms", 1975, chapter 3)."""
    return _nearest(stream, NEAR_LEADER, moving=False)


def centroid(stream: Stream) -> list[Group]:
    """The same with the mean of all members in place of the leader, from 0.55 on: online single-pass clustering, as
    topic detection has it (Allan et al., "Topic Detection and Tracking Pilot Study", 1998)."""
    return _nearest(stream, NEAR_CENTROID, moving=True)


PEERS: dict[str, Detect] = {"copies alone": copies_alone, "leader": leader, "centroid": centroid}


def _nearest(stream: Stream, least: float, *, moving: bool) -> list[Group]:
    groups: list[Group] = []
    known: list[_Gathering] = []
    for place, vector in enumerate(stream.unit):
        known = [one for one in known if stream.at[place] - stream.at[one.recent[-1]] <= SECONDS]
        chosen: _Gathering | None = None
        if known:
            vectors = np.stack([one.vector for one in known])
            cosines = vectors @ vector / np.linalg.norm(vectors, axis=1)
            if cosines.max() >= least:
                chosen = known[int(cosines.argmax())]
        if chosen is None:
            chosen = _Gathering(vector)
            known.append(chosen)
        elif moving:
            chosen.vector = chosen.vector + vector
        groups += _opened(chosen, stream, place)
    return groups


def _opened(gathering: _Gathering, stream: Stream, place: int) -> Iterator[Group]:
    group = gathering.take(stream, place)
    if group is not None:
        yield group
