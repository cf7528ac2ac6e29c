"""One look for all who ask for the same at about the same time: pages that are open ask the same every few seconds."""

import asyncio
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool

T = TypeVar("T")


class SharedLooks:
    """Looks into the store that last a while. Used in one event loop."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._looks: dict[Hashable, tuple[float, asyncio.Future[Any]]] = {}

    async def share(self, place: Hashable, seconds: float, look: Callable[[], T]) -> T:
        """What `look` gives, run in a thread, or gave at this place within the last `seconds`. A look that failed is
        not kept. Raises what it raises."""
        now = self._timer()
        for old in [key for key, (until, of) in self._looks.items() if until <= now or _failed(of)]:
            del self._looks[old]
        if place not in self._looks:
            self._looks[place] = (now + seconds, asyncio.ensure_future(run_in_threadpool(look)))
        found: T = await asyncio.shield(self._looks[place][1])
        return found


def _failed(of: asyncio.Future[Any]) -> bool:
    return of.done() and (of.cancelled() or of.exception() is not None)
