"""How answers of the accept step, which comes from a thread of its own, reach those who wait in the event loop."""

import asyncio
from collections import deque
from contextlib import suppress
from functools import partial

from smart_support.domain.ticket import Ticket
from smart_support.pipeline.accept import AcceptStep
from smart_support.pipeline.records import Accepted, Unavailable

MOST_SECONDS = 12.0
"""A database that hangs says nothing; after so long it counts as one that is down."""

_Waiting = asyncio.Future[Accepted]


class Answers:
    """Hands tickets in and awaits the answers: those of one commit arrive in one call of the event loop."""

    def __init__(self, accept: AcceptStep) -> None:
        self._accept = accept
        self._arrived: deque[tuple[_Waiting, Accepted | Exception]] = deque()
        self._called = False

    async def accept(self, ticket: Ticket, actor: str) -> Accepted:
        """The store's answer, once committed; raises Unavailable where the store cannot write."""
        waiting: _Waiting = asyncio.get_running_loop().create_future()
        self._accept.submit(ticket, actor, partial(self._arrive, waiting))
        timer = waiting.get_loop().call_later(MOST_SECONDS, _give_up, waiting)
        try:
            return await waiting
        finally:
            timer.cancel()

    def _arrive(self, waiting: _Waiting, answer: Accepted | Exception) -> None:
        self._arrived.append((waiting, answer))
        if not self._called:
            self._called = True
            with suppress(RuntimeError):  # the loop has ended, and with it those who asked
                waiting.get_loop().call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._called = False
        while self._arrived:
            waiting, answer = self._arrived.popleft()
            if waiting.done():  # who asked has gone away
                continue
            if isinstance(answer, Unavailable):
                waiting.set_exception(Unavailable(*answer.args))  # one for each: where it is raised is added to it
            elif isinstance(answer, Exception):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)


def _give_up(waiting: _Waiting) -> None:
    if not waiting.done():
        waiting.set_exception(Unavailable("the database does not answer; whether the ticket is stored is not known"))
