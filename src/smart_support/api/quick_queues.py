"""The queues of /v1, in memory: one a workspace."""

from smart_support.api.schemas import QuickTicketOut
from smart_support.domain.priority_queue import PriorityQueue


class QuickQueues:
    """A queue of at most `limit` tickets for each workspace that asks for one; its length is that of all of them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._queues: dict[str, PriorityQueue[QuickTicketOut]] = {}

    def of(self, workspace: str) -> PriorityQueue[QuickTicketOut]:
        """The workspace's queue."""
        return self._queues.setdefault(workspace, PriorityQueue(self._limit))

    def __len__(self) -> int:
        return sum(map(len, list(self._queues.values())))
