"""Tickets sent to the API, several at once and each at its time."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

IN_FLIGHT = 8
PATIENCE_SECONDS = 60.0
"""For how long a ticket is sent again where the system has no room for it."""

_BUSY = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}


def send(
    api: httpx.Client, tickets: Sequence[tuple[float, dict[str, Any]]], speed: float, done: Callable[[], object]
) -> list[httpx.Response]:
    """The last answer to each of these (seconds after now, ticket), at `speed` times real time or, at 0, at once.

    Busy answers are heeded (`Retry-After`). `done` is called after each ticket, in any thread. Raises httpx.HTTPError
    soon after the connection broke off.
    """
    stopping = threading.Event()

    def post(ticket: dict[str, Any]) -> httpx.Response:
        try:
            answer = _post(api, ticket, stopping)
        except httpx.HTTPError:
            stopping.set()
            raise
        done()
        return answer

    pool = ThreadPoolExecutor(IN_FLIGHT, "send")
    try:
        return list(pool.map(post, _due(tickets, speed, stopping)))
    finally:
        stopping.set()
        pool.shutdown(cancel_futures=True)


def _due(
    tickets: Sequence[tuple[float, dict[str, Any]]], speed: float, stopping: threading.Event
) -> Iterator[dict[str, Any]]:
    """Each ticket when its time has come."""
    began = time.monotonic()
    for at, ticket in tickets:
        if stopping.wait(max(0.0, began + at / speed - time.monotonic()) if speed else 0.0):
            return
        yield ticket


def _post(api: httpx.Client, ticket: dict[str, Any], stopping: threading.Event) -> httpx.Response:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = api.post("/v2/tickets", json=ticket)
        pause = float(answer.headers.get("Retry-After", 1.0))
        if answer.status_code not in _BUSY or time.monotonic() + pause > end or stopping.wait(pause):
            return answer
