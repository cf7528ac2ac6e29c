"""What people are told about one thing, before any service gives it its form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Whether somebody still has to do something about it."""

    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Weight(StrEnum):
    """How much it weighs; the words are PagerDuty's."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Condition:
    """Why somebody is told: a kind of alert (`AlertKind`), since when (UTC epoch seconds), and what it is in words."""

    kind: str
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that people are told about: a ticket, an incident, a part of the system, or a group of such.

    `id` names this message and stays the same over retries; `topic_id` names what it is about and stays the same over
    all messages about that, of which this is the `ordinal`-th, from 1 on. `title` says what, `conditions` why it is
    told, the newest last, `reasons` why it is as urgent as it is, `facts` who has it and what else there is to know, as
    names and values, and `link` leads to it. `excerpt` is from what a customer wrote. Titles, reasons, facts and
    excerpts are the words of strangers: a sender cuts and escapes them.

    `parts` are further things in the same message. `data` is the same for programs: JSON.
    """

    id: str
    topic_id: str
    ordinal: int
    at: float
    status: Status
    weight: Weight
    title: str
    conditions: tuple[Condition, ...]
    workspace: str = "default"
    ticket_id: str | None = None
    incident_id: str | None = None
    urgency: float | None = None
    reasons: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    excerpt: str = ""
    link: str | None = None
    parts: tuple["Notice", ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
