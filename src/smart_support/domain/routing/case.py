"""A ticket as routing sees it: all but its text."""

from dataclasses import dataclass

from smart_support.domain.sla import Progress


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
