"""What the detector of storms goes by, what it remembers, and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from smart_support.domain.incident import LinkKind
from smart_support.domain.storm.vectors import Floats, Whole
from smart_support.domain.storm.window import Sighting

_NEVER = 2.0


@dataclass(frozen=True, slots=True)
class Rule:
    """When tickets belong together.

    Copies: more than `threshold` tickets within `seconds` with a cosine above `similarity`.

    Reports: likenesses (`storm.likeness`) from which on a ticket is looked at (`near`), helps to make a centroid
    (`core`) and may join (`join`), and from which on two centroids are of the `same` cause, or are `together` where
    the other incident opened within `seconds`; they belong to the vectors of one model. At least `least` different
    reports whose number has a chance of at most 10**`chance`; nobody looks closer where that of the tickets near one is
    above 10**`doubt`. A ticket joins above what `usual_share` of earlier tickets reach, and at the latest from `surely`
    on, which is the line while fewer than `enough` are known; once `quiet` seconds have passed without a report, it has
    to be `late` more like it. `calmer` and `penalty` are as in `storm.likeness`.

    `bounded` members make a centroid. `most` tickets are remembered. For `span` seconds after its end an incident still
    knows its own, and more than `threshold` of them within `seconds` open it again.
    """

    seconds: float = 300.0
    threshold: int = 10
    similarity: float = 0.9
    near: float = 0.33
    core: float = 0.45
    join: float = 0.38
    same: float = 0.7
    together: float = 0.5
    surely: float = 0.6
    usual_share: float = 0.001
    enough: int = 100
    late: float = 0.2
    quiet: float = 300.0
    least: int = 8
    chance: float = -8.0
    doubt: float = -2.0
    calmer: float = 0.7
    penalty: float = 0.8
    bounded: int = 24
    most: int = 100_000
    span: float = 86_400.0

    @property
    def copies_alone(self) -> "Rule":
        """The same without reports: no likeness is so large."""
        return replace(self, near=_NEVER, core=_NEVER, join=_NEVER, surely=_NEVER)


@dataclass(slots=True, eq=False)
class Cluster:
    """An incident as the detector sees it. `leader` is the vector of its representative, `base` [n, d] are those of its
    first members, `urgencies` their S. None and n = 0 where these have vectors of another version. `cues` are what the
    first members share beyond the fault (`storm.exception`)."""

    id: str
    representative: str
    leader: Whole | None
    base: Floats
    urgencies: list[float]
    join: float
    opened_at: float
    reported_at: float
    closed_at: float | None = None
    dismissed: bool = False
    cues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Joined:
    """The ticket belongs to a known incident, or, where `late`, would have before that was closed."""

    incident: str
    kind: LinkKind
    similarity: float
    representative: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """The ticket opens an incident, or, where that is not `new`, brings others with it to one. `members` are these,
    which came before, with their similarity, in dispatch order. An incident that was closed is open again with it where
    `reopened` is not None: those are the recurrences that are plain members from now on."""

    incident: str
    kind: LinkKind
    similarity: float
    representative: str
    members: tuple[tuple[str, float], ...]
    follows: str | None = None
    new: bool = True
    reopened: tuple[str, ...] | None = None


Verdict = Joined | Begun | None


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """What a detector goes on from: tickets in dispatch order, each with the incident it belongs to, the representative
    that it was compared with (None where a person linked it) and the order of the ticket with which it came to; those
    that are `apart` for ever; and the incidents by number, one for each cause. All that tickets belong to are there;
    those that ended long ago may be without vectors."""

    sightings: Sequence[Sighting]
    belongs: Sequence[tuple[str, str | None, int] | None]
    apart: frozenset[str]
    clusters: Sequence[Cluster]
