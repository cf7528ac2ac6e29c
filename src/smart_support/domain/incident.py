"""A Master Incident: many tickets, one cause."""

from dataclasses import dataclass
from enum import StrEnum


class IncidentState(StrEnum):
    """Where an incident stands. It is open from its first moment, growing while reports come in, quiet once none has
    for the gap limit; resolved when a person or its absolute life ends it, dismissed when a person says that it is
    none."""

    OPEN = "open"
    GROWING = "growing"
    QUIET = "quiet"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"

    @property
    def closed(self) -> bool:
        return self in {IncidentState.RESOLVED, IncidentState.DISMISSED}


class Severity(StrEnum):
    """How much an incident weighs, from its size, its growth and the urgency of its members."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class LinkKind(StrEnum):
    """How a ticket came to its incident: as a copy, by meaning, or by a person's hand."""

    EXACT = "exact"
    SEMANTIC = "semantic"
    MANUAL = "manual"


_PREFIX = "inc-"

INCIDENT_ID_PATTERN = rf"^{_PREFIX}[1-9][0-9]{{0,8}}$"


def incident_id(number: int) -> str:
    """The id of a workspace's n-th incident."""
    return f"{_PREFIX}{number}"


def incident_number(id_: str) -> int:
    """The number of the incident with this id."""
    return int(id_.removeprefix(_PREFIX))


@dataclass(frozen=True, slots=True)
class Link:
    """What ties a ticket to its incident.

    `representative` is the ticket that stood for the incident then. `similarity` is in [-1, 1]: of a copy the cosine
    with that ticket, of a report the likeness (`domain.storm.likeness`) to the centroid of the first members. Both are
    None for a link by hand. A `recurrence` came after the incident was closed.
    `exception` says why the ticket is routed and told all the same, though it is linked; None where it is not.
    """

    ticket_id: str
    incident_id: str
    kind: LinkKind
    at: float
    similarity: float | None = None
    representative: str | None = None
    recurrence: bool = False
    exception: str | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """One cause and how many tickets report it. Times are UTC epoch seconds.

    `tickets` counts all members, `suppressed` those among them that are routed nowhere by themselves, `customers` how
    many different customers are affected. `representative` is the ticket that copies are compared with. `follows` names
    an earlier incident of the same cause, closed too long ago to be the same; `merged_into` the one that has its
    members now. `closed_at` is when it ended, or was dismissed, even after that; `reopened_at` is when a flood of late
    reports last opened it again. `cues` are what its first members have in common beyond the fault itself
    (`domain.storm.exception`). `owner` is the agent who has the ticket that stands for all.
    """

    workspace: str
    id: str
    number: int
    title: str
    keywords: tuple[str, ...]
    severity: Severity
    state: IncidentState
    opened_at: float
    reported_at: float
    representative: str
    tickets: int = 0
    suppressed: int = 0
    customers: int = 0
    closed_at: float | None = None
    reopened_at: float | None = None
    follows: str | None = None
    merged_into: str | None = None
    cues: tuple[str, ...] = ()
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """How long what lasts, in seconds: `gap` without a report makes an incident quiet; `span` after it opened, for the
    last time, it ends by itself, and for as long after its end late reports are recurrences."""

    gap: float = 600.0
    span: float = 86_400.0


SIZES = (25, 100)
FAST = 3.0
"""Reports a minute."""


def severity(size: int, urgency: float, seconds: float) -> Severity:
    """The severity of an incident with so many members, of this mean S, the first and the last `seconds` apart.

    One point each for 25 members, for 100, for three reports a minute, for a mean S above 0.5, and one above 0.8;
    minor below two points, critical from four.
    """
    rate = size / max(1.0, seconds / 60)
    points = sum(size >= limit for limit in SIZES) + (rate >= FAST) + (urgency > 0.5) + (urgency > 0.8)
    return Severity.MINOR if points < 2 else Severity.MAJOR if points < 4 else Severity.CRITICAL


def state_at(incident: Incident, now: float, life: Life) -> IncidentState:
    """Where an incident stands by the clock alone; a closed one stays as it is."""
    if incident.state.closed:
        return incident.state
    if now - (incident.reopened_at or incident.opened_at) > life.span:
        return IncidentState.RESOLVED
    if now - incident.reported_at > life.gap:
        return IncidentState.QUIET
    return incident.state if incident.state is not IncidentState.QUIET else IncidentState.GROWING
