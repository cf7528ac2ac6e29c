"""Events for many listeners at once: those who stand at the same place share one look into the store."""

from smart_support.api.shared import SharedLooks
from smart_support.domain.event import Position, Recorded
from smart_support.pipeline.ports import TicketStore

PAGE = 500
_FRESH_SECONDS = 0.2

Page = tuple[Position, list[Recorded]]


class Feed:
    """What lies beyond a position, at most a fifth of a second old. Used in one event loop."""

    def __init__(self, store: TicketStore, looks: SharedLooks) -> None:
        self._store = store
        self._looks = looks

    async def read(self, workspace: str, after: Position | None) -> Page:
        """The next events of a workspace and the position behind them; beyond None is nothing yet.

        Raises Unavailable.
        """
        place = ("events", workspace, after)
        return await self._looks.share(place, _FRESH_SECONDS, lambda: self._look(workspace, after))

    def _look(self, workspace: str, after: Position | None) -> Page:
        if after is None:
            return self._store.last_position(workspace), []
        found = self._store.events(workspace, after, PAGE)
        return (found[-1].position if found else after), found
