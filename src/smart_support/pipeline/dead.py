"""What the store knows of tickets that were given up."""

from collections.abc import Sequence
from typing import Protocol

from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.records import Buried


class DeadStore(Protocol):
    """Tickets that were given up."""

    def buried(self, workspace: str, limit: int) -> list[Buried]:
        """The oldest first."""
        ...

    def count_buried(self, workspace: str) -> int: ...

    def exhume(self, workspace: str, ticket_ids: Sequence[str] | None, at: float, actor: str) -> list[TicketKey]:
        """Let tickets (None: all that are buried) take the step again that gave them up; those that were buried."""
        ...
