"""The queues of /v1, in memory: one a workspace."""

import sys

from smart_support.api.schemas import QuickTicketOut
from smart_support.domain.priority_queue import PriorityQueue, Room

_MOST_BYTES = 256 * 2**20


class QuickQueues:
    """A queue of at most `limit` tickets for each workspace that asks for one; its length is that of all of them. All
    together they hold at most so many bytes of text."""

    def __init__(self, limit: int, most_bytes: int = _MOST_BYTES) -> None:
        self._limit = limit
        self._room = Room(most_bytes)
        self._queues: dict[str, PriorityQueue[QuickTicketOut]] = {}

    def push(self, workspace: str, ticket: QuickTicketOut) -> None:
        """Raises QueueFull."""
        size = sys.getsizeof(ticket.subject) + sys.getsizeof(ticket.body)  # as they are held: up to 4 bytes a character
        self.of(workspace).push(ticket.urgency_level, ticket, size)

    def of(self, workspace: str) -> PriorityQueue[QuickTicketOut]:
        """The workspace's queue."""
        return self._queues.setdefault(workspace, PriorityQueue(self._limit, self._room))

    def __len__(self) -> int:
        return sum(map(len, list(self._queues.values())))
