"""What takes several calls, written once for both clients: generators that ask for calls and pauses, and do no I/O."""

import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from smart_support.client import calls
from smart_support.client.answers import Imported, Ticket
from smart_support.client.call import Call
from smart_support.client.told import PastTicket

T = TypeVar("T")

_FIRST_LOOK, _LAST_LOOK = 0.05, 1.0
_BATCH_TICKETS, _BATCH_BYTES = 500, 200_000


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds to wait."""

    seconds: float


Steps = Generator[Call[Any] | Pause, Any, T]


def wait_until_processed(ticket_id: str, timeout: float = 30.0) -> Steps[Ticket]:
    """A ticket once it is triaged: it has its category, its urgency and their reasons.

    Raises TimeoutError where it is not after so many seconds, and NotFound.
    """
    end, pause = time.monotonic() + timeout, _FIRST_LOOK
    while True:
        ticket: Ticket = yield calls.get(ticket_id)
        if ticket.status == "processed":
            return ticket
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"ticket {ticket_id} is not triaged after {timeout:g} s")
        yield Pause(min(pause, left))
        pause = min(2 * pause, _LAST_LOOK)


def import_tickets(tickets: Iterable[PastTicket], *, live: bool = False) -> Steps[Imported]:
    """Take any number of tickets of the past in: triaged and searchable, but nobody is alerted unless `live`.

    They are read as they are sent. Repeating an import adds nothing twice, so one that broke off is repeated.
    """
    imported, known, conflicts = 0, 0, list[str]()
    for batch in _batches(tickets):
        answer: Imported = yield calls.import_batch(batch, live=live)
        imported += answer.imported
        known += answer.known
        conflicts += answer.conflicts
    return Imported(imported=imported, known=known, conflicts=tuple(conflicts))


def _batches(tickets: Iterable[PastTicket]) -> Generator[list[PastTicket], None, None]:
    batch, size = list[PastTicket](), 0
    for ticket in tickets:
        length = len(ticket.written().encode())
        if batch and (len(batch) >= _BATCH_TICKETS or size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(ticket)
        size += length
    if batch:
        yield batch
