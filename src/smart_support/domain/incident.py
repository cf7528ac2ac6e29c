"""A Master Incident: many tickets, one cause."""

from dataclasses import dataclass
from enum import StrEnum


class IncidentState(StrEnum):
    """Where an incident stands; a resolved or dismissed one takes no new members."""

    OPEN = "open"
    GROWING = "growing"
    QUIET = "quiet"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


class Severity(StrEnum):
    """How much an incident weighs, from its size, its growth and the urgency of its members."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Incident:
    """One cause and the tickets that report it. Times are UTC epoch seconds.

    `ticket_ids` are all members in dispatch order, `suppressed` those among them that are routed nowhere by
    themselves, `customers` how many different customers are affected.
    """

    workspace: str
    id: str
    title: str
    severity: Severity
    state: IncidentState
    opened_at: float
    ticket_ids: tuple[str, ...]
    suppressed: tuple[str, ...] = ()
    customers: int = 0
    closed_at: float | None = None
