"""What goes over the wire. Times are ISO 8601 in UTC; unknown fields are refused by name."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from smart_support.domain.ticket import DEFAULT_WORKSPACE, Customer, State, Ticket, check_ticket_id
from smart_support.domain.triage import Reason, Text
from smart_support.pipeline.written import ID_SCHEMA
from smart_support.triage.places import MOST, Place, places

MAX_METADATA = 16_384
LATEST = 32_503_680_000.0  # 3000-01-01


def moment(at: float) -> datetime:
    """UTC epoch seconds as a time."""
    return datetime.fromtimestamp(at, UTC)


def maybe_moment(at: float | None) -> datetime | None:
    return None if at is None else moment(at)


def _between_eras(value: datetime) -> datetime:
    """The time in UTC, where databases, clocks and calendars agree on what it means."""
    value = value if value.tzinfo else value.replace(tzinfo=UTC)
    if not 0.0 <= value.timestamp() < LATEST:
        raise ValueError("the time must lie between the years 1970 and 2999")
    return value.astimezone(UTC)


def not_blank(value: str) -> str:
    """The text, if it says something."""
    if not value.strip():
        raise ValueError("must not be blank")
    return value


TicketId = Annotated[str, AfterValidator(check_ticket_id), ID_SCHEMA]
Subject = Annotated[str, Field(max_length=1_000)]
Body = Annotated[str, Field(max_length=200_000)]
Short = Annotated[str, Field(max_length=320)]
Moment = Annotated[datetime, AfterValidator(_between_eras)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class CustomerOut(BaseModel):
    """Who wrote, as the sender has it."""

    id: str | None = None
    email: str | None = None
    name: str | None = None
    tier: str | None = None

    @classmethod
    def of_customer(cls, customer: Customer) -> "CustomerOut":
        return cls(id=customer.id, email=customer.email, name=customer.name, tier=customer.tier)


class CustomerIn(_In):
    """Who wrote."""

    id: Short | None = None
    email: Short | None = None
    name: Short | None = None
    tier: Annotated[str, Field(max_length=64)] | None = None


_EXAMPLE: dict[str, JsonValue] = {"subject": "Checkout is down", "body": "No customer can pay since 9:00."}
_FULL_EXAMPLE: dict[str, JsonValue] = {
    **_EXAMPLE,
    "ticket_id": "HD-4711",
    "customer": {"id": "c-17", "email": "ann@example.org", "tier": "gold"},
    "channel": "mail",
    "tags": ["shop"],
    "received_at": "2026-02-21T15:00:00Z",
}


class QuickTicketIn(_In):
    """A ticket for /v1: a subject, a body, or both."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    subject: Subject = ""
    body: Body = ""

    @model_validator(mode="after")
    def _has_text(self) -> "QuickTicketIn":
        if not self.subject.strip() and not self.body.strip():
            raise ValueError("subject and body are both empty; one of them must say something")
        return self


class TicketIn(QuickTicketIn):
    """A ticket. `received_at` is the sender's time (ISO 8601 or epoch seconds); it is kept, and decides nothing."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FULL_EXAMPLE, _EXAMPLE]})

    ticket_id: TicketId | None = None
    customer: CustomerIn = Field(default_factory=CustomerIn)
    channel: Annotated[str, Field(max_length=64)] | None = None
    tags: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=50)] = Field(default_factory=list)
    received_at: Moment | None = None
    metadata: dict[str, JsonValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _small_metadata(self) -> "TicketIn":
        if self.metadata and len(self.model_dump_json(include={"metadata"})) > MAX_METADATA:
            raise ValueError(f"metadata is larger than {MAX_METADATA} bytes of JSON")
        return self

    def ticket(self, new_id: str, at: float, *, workspace: str = DEFAULT_WORKSPACE, history: bool = False) -> Ticket:
        """The record; `new_id` names it where the sender gave no id."""
        who = self.customer
        return Ticket(
            workspace=workspace,
            id=self.ticket_id or new_id,
            subject=self.subject,
            body=self.body,
            accepted_at=at,
            customer=Customer(who.id, who.email, who.name, who.tier),
            channel=self.channel,
            tags=tuple(self.tags),
            received_at=self.received_at.timestamp() if self.received_at else None,
            metadata=self.metadata,
            history=history,
        )


class QuickTicketOut(BaseModel):
    """A ticket in /v1's queue; level 1 is urgent, 5 is normal."""

    ticket_id: str
    subject: str
    body: str
    category: str
    urgency_level: Literal[1, 5]
    queued_at: datetime


Urgency = Annotated[
    float | None,
    Field(
        exclude_if=lambda score: score is None,
        description="Only with ?wait=SECONDS, and where triage was finished in that time.",
    ),
]


class AcceptedOut(BaseModel):
    """The ticket is on disk; triage follows."""

    ticket_id: str
    status: Literal["accepted"] = "accepted"
    message: str = "Ticket queued for processing."
    accepted_at: datetime
    urgency_score: Urgency = None


class SpanOut(BaseModel):
    """A place in a text of the ticket, from `start` to before `end`, counted in UTF-16 code units, as JavaScript counts
    (a character beyond the Basic Multilingual Plane is two)."""

    field: Literal["subject", "body"]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]


class ReasonOut(BaseModel):
    """Words of the ticket that decided; `weight` is below 0 where they spoke against. `spans` are where they stand, in
    either case, the first 50 places at most; none where they stand so only in what triage made of an HTML body."""

    of: Literal["category", "urgency"]
    quote: str
    weight: float
    spans: list[SpanOut]

    @classmethod
    def of_reason(cls, reason: Reason, text: Text) -> "ReasonOut":
        subject, body = places(reason.quote, text.subject), places(reason.quote, text.body)
        spans = [*_spans("subject", subject), *_spans("body", body)][:MOST]
        return cls(of=reason.of.value, quote=reason.quote, weight=round(reason.weight, 4), spans=spans)


def _spans(field: Literal["subject", "body"], found: Sequence[Place]) -> list[SpanOut]:
    return [SpanOut(field=field, start=start, end=end) for start, end in found]


class TicketOut(BaseModel):
    """A ticket as it stands, with all that its sender gave. `status` is `processed` from triage on; `state` is the life
    cycle."""

    ticket_id: str
    subject: str
    body: str
    customer: CustomerOut
    channel: str | None
    tags: list[str]
    received_at: datetime | None = Field(description="The sender's own time.")
    metadata: Mapping[str, JsonValue]
    source: str | None = Field(description="The helpdesk or mailbox that it came from.")
    source_id: str | None = Field(description="Its id there.")
    status: Literal["pending", "processed"]
    state: State
    category: str | None = None
    urgency_score: float | None = Field(default=None, description="S in [0, 1].")
    sentiment: float | None = None
    confidence: float | None = None
    needs_review: bool = Field(default=False, description="Nobody is sure of the category: look at it.")
    model_used: Literal["m1", "m2"] | None = None
    tier: Literal["light", "transformer"] | None = None
    language: str | None = None
    reasons: list[ReasonOut] = []
    incident_id: str | None = None
    agent_id: str | None = Field(default=None, description="Who has it, or had it when it was resolved.")
    team: str | None = Field(default=None, description="The only team that may have it, where somebody said so.")
    accepted_at: datetime
    processed_at: datetime | None = None
    offer_until: datetime | None = Field(default=None, description="By when the agent has to accept it.")
    answered_at: datetime | None = Field(default=None, description="When somebody first began to work on it.")
    resolved_at: datetime | None = None
    escalated_at: datetime | None = Field(default=None, description="When somebody said that it must not wait.")

    @classmethod
    def of_ticket(cls, ticket: Ticket) -> "TicketOut":
        known: dict[str, Any] = {}
        if ticket.triage is not None:
            triage = ticket.triage
            known = {
                "category": triage.category,
                "urgency_score": triage.urgency,
                "sentiment": triage.sentiment,
                "confidence": triage.confidence,
                "needs_review": triage.needs_review,
                "model_used": triage.tier.model_used,
                "tier": triage.tier.value,
                "language": triage.language,
                "reasons": [ReasonOut.of_reason(reason, ticket.text) for reason in triage.reasons],
            }
        return cls(
            ticket_id=ticket.id,
            subject=ticket.subject,
            body=ticket.body,
            customer=CustomerOut.of_customer(ticket.customer),
            channel=ticket.channel,
            tags=list(ticket.tags),
            received_at=maybe_moment(ticket.received_at),
            metadata=ticket.metadata,
            source=ticket.source,
            source_id=ticket.source_id,
            status="pending" if ticket.triage is None else "processed",
            state=ticket.state,
            incident_id=ticket.incident_id,
            agent_id=ticket.agent_id,
            team=ticket.team,
            accepted_at=moment(ticket.accepted_at),
            processed_at=maybe_moment(ticket.processed_at),
            offer_until=maybe_moment(ticket.offer_until),
            answered_at=maybe_moment(ticket.answered_at),
            resolved_at=maybe_moment(ticket.resolved_at),
            escalated_at=maybe_moment(ticket.escalated_at),
            **known,
        )
