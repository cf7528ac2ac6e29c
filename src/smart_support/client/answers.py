"""What the system answers. Fields that a later version adds are left aside, so that this one can still read it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from smart_support.client.told import Customer

State = Literal[
    "accepted", "waiting", "offered", "assigned", "in_progress", "resolved", "claimed", "suppressed", "dead"
]

MessageState = Literal["pending", "sent", "dead", "skipped"]


class Answer(BaseModel):
    """What every answer is: not to be changed. Times are in UTC."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Accepted(Answer):
    """The ticket is on disk; triage follows. `urgency_score` is there only where it was waited for and came in time."""

    ticket_id: str
    status: Literal["accepted"] = "accepted"
    message: str = "Ticket queued for processing."
    accepted_at: datetime
    urgency_score: float | None = None


class Span(Answer):
    """A place in a text of a ticket, from `start` to before `end`, in UTF-16 code units: slice
    `text.encode("utf-16-le")` by twice the numbers."""

    field: Literal["subject", "body"]
    start: int
    end: int


class Reason(Answer):
    """Words of the ticket that decided; `weight` is below 0 where they spoke against; `spans` are where they stand."""

    of: Literal["category", "urgency"]
    quote: str
    weight: float
    spans: tuple[Span, ...]


class Ticket(Answer):
    """A ticket as it stands, with all that its sender gave. `source` is the helpdesk or mailbox that it came from,
    `source_id` its id there; `status` is `processed` from triage on; `state` is the life cycle; `urgency_score` is S in
    [0, 1]; `needs_review`: nobody is sure of the category; `agent_id` has it, or had it when it was resolved."""

    ticket_id: str
    subject: str
    body: str
    customer: Customer
    channel: str | None
    tags: tuple[str, ...]
    received_at: datetime | None
    metadata: Mapping[str, JsonValue]
    source: str | None
    source_id: str | None
    status: Literal["pending", "processed"]
    state: State
    category: str | None = None
    urgency_score: float | None = None
    sentiment: float | None = None
    confidence: float | None = None
    needs_review: bool = False
    model_used: Literal["m1", "m2"] | None = None
    tier: Literal["light", "transformer"] | None = None
    language: str | None = None
    reasons: tuple[Reason, ...] = ()
    incident_id: str | None = None
    agent_id: str | None = None
    team: str | None = None
    accepted_at: datetime
    processed_at: datetime | None = None
    offer_until: datetime | None = None
    answered_at: datetime | None = None
    resolved_at: datetime | None = None
    escalated_at: datetime | None = None


class Reply(Answer):
    """A text that came after a ticket's first: a customer's, an agent's, or an internal note. `quoted` is what of it
    repeats earlier ones."""

    id: str
    at: datetime | None
    author: str | None
    by_customer: bool
    internal: bool
    body: str
    quoted: str


class Replies(Answer):
    """The replies to a ticket, in the order of their times."""

    ticket_id: str
    replies: tuple[Reply, ...]


class Record(Ticket):
    """A ticket with the replies to it, as an export has it."""

    replies: tuple[Reply, ...]


class QueueStatus(Answer):
    """How many tickets stand where. `processed` are all that triage has seen, whatever became of them since."""

    pending: int
    processed: int
    waiting: int
    assigned: int
    suppressed: int
    dead: int


class Imported(Answer):
    """What became of tickets of the past; a conflict is an id that belongs to a ticket with another content."""

    imported: int
    known: int
    conflicts: tuple[str, ...]


class Feedback(Answer):
    """A correction as it is stored, beside what the model had said."""

    feedback_id: str
    ticket_id: str
    category: str | None
    urgency: float | None
    not_duplicate: bool | None
    note: str | None
    model_version: str | None
    said_category: str | None
    said_urgency: float | None
    actor: str
    created_at: datetime


class Message(Answer):
    """A message of an alert or to a helpdesk: to whom, about what, and where it stands. `id` is what its receiver knows
    it by; `attempts` counts all tries; a pending one is tried at `due_at`."""

    id: str
    purpose: Literal["alert", "write_back", "test"]
    destination: str
    topic: str
    ordinal: int
    alerts: tuple[str, ...]
    state: MessageState
    at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    attempts: int
    last_error: str | None


class Retried(Answer):
    """The messages that are tried again now."""

    retried: tuple[str, ...]


class Event(Answer):
    """One thing that happened; ids, codes and numbers, never a ticket's text. `id` is where to go on after it."""

    id: str
    kind: str
    at: datetime
    actor: str
    ticket_id: str | None
    incident_id: str | None
    agent_id: str | None
    data: Mapping[str, JsonValue]
