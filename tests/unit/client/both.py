"""Either client over a receiver in this process, told apart by nothing but its name."""

import asyncio
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import httpx
import pytest

from smart_support.client import AsyncClient, Client

ACCEPTED = {"ticket_id": "t1", "status": "accepted", "message": "Queued.", "accepted_at": "2026-01-01T12:00:00Z"}
TICKET = {
    "ticket_id": "t1",
    "subject": "Checkout is down",
    "body": "",
    "customer": {"id": "c1"},
    "channel": None,
    "tags": [],
    "received_at": None,
    "metadata": {},
    "source": None,
    "source_id": None,
    "status": "processed",
    "state": "waiting",
    "accepted_at": "2026-01-01T12:00:00Z",
}

Answer = httpx.Response | Exception


def problem(
    status: int, detail: str = "Do something else.", errors: list[dict[str, str]] | None = None, **headers: str
) -> httpx.Response:
    body = {"type": "about:blank", "title": "Refused", "status": status, "detail": detail, "errors": errors}
    return httpx.Response(status, json=body, headers={"Content-Type": "application/problem+json", **headers})


@dataclass
class Both:
    """A client whose tries are answered in this order, the last answer again and again."""

    kind: str
    answers: list[Answer] = field(default_factory=list)
    tries: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)

    def transport(self) -> httpx.MockTransport:
        def handle(request: httpx.Request) -> httpx.Response:
            self.tries.append(request)
            answer = self.answers[min(len(self.tries), len(self.answers)) - 1]
            if isinstance(answer, Exception):
                raise answer
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

        return httpx.MockTransport(handle)

    def call(self, name: str, *arguments: Any, **named: Any) -> Any:
        """What the method of the client returns or raises."""
        given = {"url": "http://desk.test", "transport": self.transport()} | self.given
        if self.kind == "sync":
            with Client(**given) as client:
                return getattr(client, name)(*arguments, **named)

        async def run() -> Any:
            async with AsyncClient(**given) as client:
                return await getattr(client, name)(*arguments, **named)

        return asyncio.run(run())

    def first(self, number: int, name: str, *arguments: Any, transport: httpx.MockTransport | None = None) -> list[Any]:
        """The first so many things that an iterator of the client gives."""
        given = {"url": "http://desk.test", "transport": transport or self.transport()} | self.given
        if self.kind == "sync":
            with Client(**given) as client:
                return list(islice(getattr(client, name)(*arguments), number))

        async def run() -> list[Any]:
            found: list[Any] = []
            async with AsyncClient(**given) as client:
                stream = getattr(client, name)(*arguments)
                async for one in stream:
                    found.append(one)
                    if len(found) == number:
                        break
                await stream.aclose()
            return found

        return asyncio.run(run())


def patient(kind: str, monkeypatch: pytest.MonkeyPatch) -> Both:
    """One whose pauses are noted and not waited for."""
    both = Both(kind)
    real = asyncio.sleep

    async def noted(seconds: float, *_: object) -> None:
        both.slept.append(seconds)
        await real(0)

    monkeypatch.setattr("time.sleep", both.slept.append)
    monkeypatch.setattr("asyncio.sleep", noted)
    return both
