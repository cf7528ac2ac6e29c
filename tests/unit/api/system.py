"""A whole system in this process: the real pipeline over SQLite in a folder, and its HTTP API without a network."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI
from sqlalchemy.engine import Connection

from smart_support import bootstrap, serving
from smart_support.adapters.clock import ManualClock
from smart_support.adapters.sql.database import Database
from smart_support.domain.alert import Alert
from smart_support.pipeline.records import Unavailable
from smart_support.settings import load
from smart_support.simulator import traffic
from tests.builders import raised
from tests.recorder import Recorder

T = TypeVar("T")

NOON = 1_760_000_400.0
"""What the clock of a system says at first."""

PROBLEM = "application/problem+json"
EMPTY = {"pending": 0, "processed": 0, "waiting": 0, "assigned": 0, "suppressed": 0, "dead": 0}


class CutOff:
    """A database that can be made unreachable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.engine = database.engine
        self.write_refusal = database.write_refusal
        self.down = False

    def write(self, unit: Callable[[Connection], T]) -> T:
        self._check()
        return self._database.write(unit)

    def read(self, unit: Callable[[Connection], T]) -> T:
        self._check()
        return self._database.read(unit)

    def scrub(self) -> bool:
        self._check()
        return self._database.scrub()

    def close(self) -> None:
        self._database.close()

    def _check(self) -> None:
        if self.down:
            raise Unavailable("cut off by a test")


class InProcess(httpx.BaseTransport):
    """Requests straight into an app, on the portal's event loop; any number of threads may send at once.

    An error that the app did not foresee is raised here, in the test that provoked it.
    """

    def __init__(self, app: FastAPI, portal: BlockingPortal) -> None:
        self._asgi = httpx.ASGITransport(app)
        self._portal = portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._portal.call(self._send, request)

    async def _send(self, request: httpx.Request) -> httpx.Response:
        request.stream = httpx.ByteStream(request.read())
        answer = await self._asgi.handle_async_request(request)
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        sent = b"".join([part async for part in answer.stream])  # as it came, compressed where the headers say so
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(sent))


@dataclass(frozen=True, slots=True, repr=False)
class System:
    """The parts that tests look at. Nothing runs by itself: `process` takes every ticket as far as it goes."""

    pipeline: bootstrap.Pipeline
    app: FastAPI
    http: httpx.Client
    clock: ManualClock
    sent: Recorder
    database: CutOff
    file: Path

    def process(self) -> None:
        self.pipeline.drain()

    def post(self, **ticket: Any) -> httpx.Response:
        return self.http.post("/v2/tickets", json=ticket)

    def counts(self) -> dict[str, int]:
        return self.http.get("/v2/tickets/status").json()

    def key(self, *scopes: str, **more: Any) -> dict[str, str]:
        """Make a key, as an admin would on this machine; the headers that send it."""
        body = {"name": "test", "scopes": scopes, **more}
        answer = self.http.post("/keys", json=body, headers=self.local)
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    @property
    def alerts(self) -> list[Alert]:
        """What there was to tell, in order."""
        return raised(self.pipeline.store)

    @property
    def local(self) -> dict[str, str]:
        """The headers of a command on this machine, which may do everything."""
        return {"Authorization": "Bearer local"}


@contextmanager
def open_system(folder: Path, portal: BlockingPortal, *, open_loopback: bool = True, **given: Any) -> Iterator[System]:
    """A system with these settings; its files lie in `folder`. Unless they say otherwise it has the light model alone,
    which answers alike however busy the machine is."""
    file, clock, sent = folder / "smart-support.db", ManualClock(NOON), Recorder()
    settings = load(**{"data_dir": folder, "database_url": f"sqlite:///{file}", "model_fallback": True} | given)
    with bootstrap.open_pipeline(settings, clock=clock, senders={"test": sent}, durable=False) as pipeline:
        database = pipeline.store._database = CutOff(pipeline.store._database)
        with (
            serving.open_app(
                pipeline, settings, open_loopback=open_loopback, local_token="local", simulate=traffic.burst
            ) as app,
            httpx.Client(transport=InProcess(app, portal), base_url="http://127.0.0.1:8000") as http,
        ):
            yield System(pipeline, app, http, clock, sent, database, file)


def refused(answer: httpx.Response, status: int, *words: str) -> dict[str, Any]:
    """The answer is a problem of this status that says so in every way, and names `words`; its body."""
    what = f"{answer.request.method} {answer.request.url.path}: {answer.text}"
    assert answer.status_code == status, what
    assert answer.headers["content-type"] == PROBLEM, what
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    for word in words:
        assert word in answer.text, what
    return body
