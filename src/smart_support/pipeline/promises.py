"""Promises as the store knows them: the clocks of tickets, and what comes of a look at them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from smart_support.domain.alert import Alert
from smart_support.domain.event import Event
from smart_support.domain.sla import SlaClock
from smart_support.domain.ticket import Ticket, TicketKey
from smart_support.pipeline.agents import Act
from smart_support.pipeline.records import Lease


@dataclass(frozen=True, slots=True)
class Judged:
    """What comes of a look at the clocks of one ticket: the clocks after it, and all that it has to tell and to do."""

    clocks: tuple[SlaClock, ...]
    events: tuple[Event, ...] = ()
    alerts: tuple[Alert, ...] = ()
    escalate: Act | None = None


Judge = Callable[[Ticket, Sequence[SlaClock]], Judged]


class SlaStore(Protocol):
    """The clocks of tickets. Every method raises Unavailable as StepStore's do."""

    def clocks(self, key: TicketKey) -> list[SlaClock]:
        """What was promised to a ticket, the first answer first; nothing where there is no such ticket either."""
        ...

    def due_clocks(self, at: float, limit: int) -> list[TicketKey]:
        """The tickets of all workspaces of which a clock is to be looked at by then, the longest overdue first; at most
        so many clocks."""
        ...

    def record_look(self, keys: Sequence[TicketKey], judge: Judge, lease: Lease) -> None:
        """Look at the clocks of tickets (from `due_clocks`) as they stand now, and store what `judge` says of each: in
        this order, in one transaction.

        A ticket whose clock has nothing to tell is due again once it is released or reopened. Raises LeaseLost where
        the lease has another holder by now.
        """
        ...
