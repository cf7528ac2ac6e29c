"""Privacy: what the store is asked for when a person's data are shown, erased, or kept long enough."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import structlog

from smart_support.domain.event import Event
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.records import Unavailable

log = structlog.get_logger(__name__)

Retitle = Callable[[Sequence[str], Sequence[str]], tuple[str, tuple[str, ...]]]
"""Title and keywords of an incident from the texts of its members, set off against those of other tickets."""


@dataclass(frozen=True, slots=True)
class Person:
    """A customer by the id or the mail address that tickets came with; whatever has one of them is his, and what came
    by mail and wants its answer there. A mail address is the same in either case. So are `tickets`, by their ids: those
    that came without a name, or were written to after it was gone. At least one is given."""

    customer_id: str | None = None
    email: str | None = None
    tickets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (self.customer_id or self.email or self.tickets):
            raise ValueError("a person is named by customer_id, by email, or by ids of tickets")


class Kept(StrEnum):
    """What is kept of finished tickets for a time of its own."""

    TEXT = "text"
    CUSTOMER = "customer"
    VECTORS = "vectors"
    EVENTS = "events"


class PrivacyStore(Protocol):
    """A person's data. Every method raises Unavailable as StepStore's do."""

    def person_tickets(self, workspace: str, person: Person, before: float) -> list[TicketKey]:
        """His tickets accepted up to `before`."""
        ...

    def person_records(self, keys: Sequence[TicketKey]) -> list[dict[str, Any]]:
        """All that is kept of each ticket, table by table, as JSON; times are ISO 8601."""
        ...

    def replies_of(self, workspace: str, person: Person) -> list[dict[str, Any]]:
        """What he wrote to tickets of others, all that is kept of it, as JSON; times are ISO 8601."""
        ...

    def erase_tickets(self, keys: Sequence[TicketKey], at: float, retitle: Retitle, actor: str) -> int:
        """Take everything personal out of tickets, and out of all that was made of them; what is left says that there
        was one, of which category and urgency, and what became of it. How many; one that is gone already is none. Some
        at a time, each with its event."""
        ...

    def erase_replies(self, workspace: str, person: Person, at: float, actor: str) -> int:
        """Take the words and the author out of what he wrote to tickets of others, whatever its date says, with an
        event where there are any; how many replies."""
        ...

    def count_kept(self, kept: Kept, before: float, later: Collection[Kept] = ()) -> int:
        """How many tickets that ended before a time, and to which nothing has happened since, have it still; of EVENTS
        how many events they have, but for the last of a ticket that has something that is let go of `later`, where
        that alone says when this is due."""
        ...

    def purge(
        self, kept: Kept, before: float, at: float, limit: int, retitle: Retitle, later: Collection[Kept] = ()
    ) -> Mapping[str, int]:
        """Take it from at most `limit` of them (of EVENTS: delete so many events); by workspace, how many. Some at a
        time, each with its event."""
        ...

    def purged(self) -> Mapping[str, int]:
        """How many were purged ever, by what (Kept)."""
        ...

    def note(self, event: Event) -> None: ...

    def unscrubbed(self) -> bool:
        """Whether `scrub` has something to do."""
        ...

    def scrub(self) -> bool:
        """See to it that the files hold nothing of what was erased; False where that is not done yet, because somebody
        still reads from before. PostgreSQL does so by itself, by and by: always True."""
        ...


def scrubbed(store: PrivacyStore) -> bool:
    """Whether the files hold nothing of what was erased. Where they cannot be seen to (they are read, the disk is full)
    the log says why, and it has to be tried again: what was erased is gone from the rows all the same."""
    try:
        done, reason = store.scrub(), "somebody has read the database since before"
    except Unavailable as error:
        done, reason = False, str(error)
    if not done:
        log.warning("not_scrubbed", reason=reason)
    return done


def in_batches(keys: Sequence[TicketKey], size: int) -> Iterator[Sequence[TicketKey]]:
    """The keys, at most `size` at a time."""
    return (keys[start : start + size] for start in range(0, len(keys), size))
