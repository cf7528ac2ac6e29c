"""What sources have said, as the store knows it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from smart_support.domain.event import Event
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.records import Lease
from smart_support.pipeline.sources import Reply

CLOSED, ASSIGNEE, REFUSED = "closed", "assignee", "refused"
"""What is remembered of what a source said last: whether it is over there, which of our agents has it there, and who
has it there and could not be given it here."""

CHANGED_AT, DISPLACED = "changed_at", "displaced"
"""When it was last changed there as far as is known, and who had it there before we wrote another, each with when."""

ECHO_SECONDS = 120.0
"""For how long after a write-back it may come that somebody has a ticket there who had it before: that is old news."""


class IntakeStore(Protocol):
    """What sources have said. Every method raises Unavailable as StepStore's do."""

    def is_delivered(self, source: str, delivery: str) -> bool:
        """Whether a delivery had its effect."""
        ...

    def mark_delivered(self, source: str, delivery: str, at: float) -> None: ...

    def purge_deliveries(self, before: float) -> int:
        """Forget the marks from before a time; how many."""
        ...

    def add_replies(self, key: TicketKey, replies: Sequence[Reply], at: float, actor: str) -> list[Reply]:
        """Store replies to a ticket, each with its event; those that were new. One without a time has `at`."""
        ...

    def replies(self, keys: Sequence[TicketKey]) -> dict[TicketKey, list[Reply]]:
        """What was written to tickets after their first texts, in the order of its times."""
        ...

    def said(self, source: str, key: TicketKey) -> dict[str, Any]:
        """What a source said last of a ticket; {} at first."""
        ...

    def remember_said(self, source: str, key: TicketKey, **said: Any) -> None:
        """Replace parts of that."""
        ...

    def postpone(self, source: str, key: TicketKey, said: Mapping[str, Any]) -> None:
        """Keep what cannot be acted on yet, beside what was kept of that ticket before."""
        ...

    def settled(self, source: str, key: TicketKey, kept: Mapping[str, Any]) -> None:
        """Keep nothing of that ticket any more, unless it is something else than `kept` by now."""
        ...

    def postponed(
        self, source: str, workspace: str, limit: int, after: str = ""
    ) -> list[tuple[TicketKey, dict[str, Any]]]:
        """By the tickets' ids, from the first one `after`."""
        ...

    def note(self, event: Event) -> None:
        """Write an event that changes nothing else."""
        ...

    def cursor(self, name: str) -> dict[str, Any]:
        """How far something was read; {} at first."""
        ...

    def move_cursor(self, name: str, value: Mapping[str, Any], lease: Lease) -> None:
        """Raises LeaseLost where the lease has another holder by now."""
        ...


def is_echo(has: str, before: Mapping[str, Any], now: float) -> bool:
    """Whether it shows the ticket as it was before our write-back, or comes of an earlier one."""
    return any(has == had and abs(now - at) < ECHO_SECONDS for had, at in before.get(DISPLACED, ()))
