"""Events for many listeners at once: those who stand at the same place share one look into the store."""

import asyncio
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from smart_support.domain.event import Position, Recorded
from smart_support.pipeline.ports import TicketStore

PAGE = 500
_FRESH_SECONDS = 0.2

Page = tuple[Position, list[Recorded]]
_Place = tuple[str, Position | None]


class Feed:
    """What lies beyond a position, at most a fifth of a second old. Used in one event loop."""

    def __init__(self, store: TicketStore, timer: Callable[[], float]) -> None:
        self._store = store
        self._timer = timer
        self._looks: dict[_Place, tuple[float, asyncio.Future[Page]]] = {}

    async def read(self, workspace: str, after: Position | None) -> Page:
        """The next events of a workspace and the position behind them; beyond None is nothing yet.

        Raises Unavailable.
        """
        place, now = (workspace, after), self._timer()
        for old in [place for place, (at, _) in self._looks.items() if at + _FRESH_SECONDS <= now]:
            del self._looks[old]
        if place not in self._looks:
            self._looks[place] = (now, asyncio.ensure_future(run_in_threadpool(self._look, workspace, after)))
        return await asyncio.shield(self._looks[place][1])

    def _look(self, workspace: str, after: Position | None) -> Page:
        if after is None:
            return self._store.last_position(workspace), []
        found = self._store.events(workspace, after, PAGE)
        return (found[-1].position if found else after), found
