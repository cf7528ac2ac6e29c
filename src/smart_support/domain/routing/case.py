"""A ticket as routing sees it: all but its text."""

from dataclasses import dataclass
from typing import Self

from smart_support.domain.sla import Progress
from smart_support.domain.ticket import Ticket
from smart_support.domain.triage import Triage


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket that waits for an agent. `order` is its place in the dispatch order, `urgency` S in [0, 1], `language`
    an ISO 639-1 code or None.

    `team` is the only one that may have it, where a person said so, and `escalated` that it must not wait. `preferred`
    is the agent who had it or other tickets of its customer last; those in `barred` declined it, the last at
    `barred_at`. It `stands` for an open incident, which is why nobody else's duplicate of it waits.
    """

    ticket_id: str
    order: int
    category: str
    urgency: float
    progress: Progress
    language: str | None = None
    tags: tuple[str, ...] = ()
    channel: str | None = None
    customer_id: str | None = None
    customer_email: str | None = None
    customer_tier: str | None = None
    team: str | None = None
    escalated: bool = False
    preferred: str | None = None
    barred: frozenset[str] = frozenset()
    barred_at: float | None = None
    stands: bool = False

    @classmethod
    def of(cls, ticket: Ticket, triage: Triage) -> Self:
        """What the ticket itself says, with this triage."""
        return cls(
            ticket_id=ticket.id,
            order=ticket.dispatch_order or 0,
            category=triage.category,
            urgency=triage.urgency,
            progress=Progress(ticket.accepted_at, ticket.answered_at, ticket.resolved_at),
            language=triage.language,
            tags=ticket.tags,
            channel=ticket.channel,
            customer_id=ticket.customer.id,
            customer_email=ticket.customer.email,
            customer_tier=ticket.customer.tier,
            team=ticket.team,
        )
