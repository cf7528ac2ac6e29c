"""What is left of a person after an erasure: every file, every row of every table, every key of Redis and every line
of the log is searched.

His tickets come in by every way there is, and everything is made of them that can be; each word of his has a mark.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import httpx
import psycopg
import pytest
import redis
from anyio.from_thread import start_blocking_portal
from structlog.testing import capture_logs

from smart_support import bootstrap, serving
from smart_support.adapters.clock import ManualClock
from smart_support.adapters.mail.read import incoming
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.records import Step, Undelivered
from smart_support.settings import Settings, load
from tests.helpdesk_calls import SECRET, call
from tests.unit.api.system import NOON, InProcess

MARK = "qzvxmark"
MAIL = f"{MARK}@example.org"
URGENT = f"Production is down, we lose all data, our lawyer will sue you {MARK}text"
PERSON = {"id": f"{MARK}id", "email": MAIL, "name": f"{MARK}name", "tier": f"{MARK}tier"}


class Refusing:
    """A receiver that takes the first message, and refuses others with words that quote them."""

    rate, follows = 1e6, True

    def __init__(self) -> None:
        self.told: list[str] = []

    def send(self, notice, _handle):
        self.told.append(f"{notice.title} {notice.excerpt}")
        if len(self.told) > 1:
            raise Undelivered(f"refused: {notice.title}", retry=False)
        return {"ts": "1"}


class World:
    """A system with all of its parts, and its clock."""

    def __init__(self, pipeline: bootstrap.Pipeline, http: httpx.Client, clock: ManualClock, desk: Refusing) -> None:
        self.pipeline, self.http, self.clock, self.desk = pipeline, http, clock, desk
        self.take_in = http._transport._asgi.app.state.parts.take_in

    def post(self, path: str, body: dict, status: int, **headers: str) -> dict:
        answer = self.http.post(path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    def drain(self) -> None:
        self.pipeline.drain()
        self.clock.set(self.clock.now() + 2.0)
        self.pipeline.drain()

    def mail(self, subject: str, body: str, number: int, answers: int | None = None) -> None:
        message = EmailMessage()
        message["From"] = f"{MARK}name <{MAIL}>"
        message["To"], message["Subject"] = "desk@example.net", subject
        message["Message-ID"] = f"<{MARK}{number}@example.org>"
        message["Date"] = "Thu, 09 Oct 2025 08:00:00 +0000"
        if answers is not None:
            message["In-Reply-To"] = f"<{MARK}{answers}@example.org>"
        message.set_content(body)
        store, take_in = self.pipeline.store, self.take_in
        said = incoming(
            message.as_bytes(), known=lambda name, _: store.find(TicketKey("default", f"support:{name}")) is not None
        )
        assert said is not None
        take_in.take("support", "default", [said], None, {}, self.clock.now())


@contextmanager
def world(settings: Settings) -> Iterator[World]:
    clock, desk = ManualClock(NOON), Refusing()
    with (
        start_blocking_portal() as portal,
        bootstrap.open_pipeline(settings, clock=clock, senders={"chat": desk}) as pipeline,
        serving.open_app(pipeline, settings, open_loopback=True, local_token="local") as app,
        httpx.Client(transport=InProcess(app, portal), base_url="http://127.0.0.1:8000") as http,
    ):
        yield World(pipeline, http, clock, desk)


def live(world: World) -> None:
    """Everything that can become of a person's tickets, beside those of somebody else."""
    ticket = {"subject": f"{MARK}subject", "body": URGENT, "customer": PERSON, "channel": MARK, "tags": [MARK]}
    ticket |= {"metadata": {MARK: MARK}}
    for number in range(4):  # a storm
        world.post(
            "/v2/tickets", ticket | {"ticket_id": f"api-{number}"}, 202, **{"Idempotency-Key": f"{MARK}{number}"}
        )
    world.post("/webhook", ticket | {"ticket_id": "hook"}, 202)
    told = {"id": "7", "subject": MARK, "body": URGENT, "reply": f"{MARK}reply", "reply_author": MAIL}
    told |= {"customer_email": MAIL, "customer_name": MARK, "tags": MARK, "url": f"https://example.org/{MARK}"}
    signed = call("generic", told | {"assignee": MARK, "closed": False}, world.clock.now())
    assert world.http.post("/webhook/desk", content=signed.body, headers=signed.headers).is_success
    world.mail(f"{MARK} mail", URGENT, 1)
    world.mail(f"Re: {MARK} mail", f"{MARK} reply by mail", 2, answers=1)
    past = ticket | {"ticket_id": "old", "received_at": "2025-01-01T00:00:00Z"}
    world.post("/v2/import", {"tickets": [past]}, 200)
    other = {"ticket_id": "other", "subject": "Somebody else", "body": "My printer", "customer": {"id": "bob"}}
    world.post("/v2/tickets", other, 202)
    world.post("/v2/tickets", ticket | {"ticket_id": "dead"}, 202)
    dead = TicketKey("default", "dead")
    world.pipeline.store.record_failure(dead, Step.TRIAGE, f"cannot read {MARK}", NOON, (), "triage")
    world.drain()
    note = {"category": "Legal", "note": f"{MARK}note"}
    world.post("/v2/tickets/hook/feedback", note, 201, **{"Idempotency-Key": f"{MARK}feedback"})
    world.post("/v2/tickets/hook/resolve", {}, 200, **{"Idempotency-Key": f"{MARK}resolve"})
    world.mail(f"Re: {MARK} mail", f"{MARK} late", 3, answers=1)
    world.drain()
    # One that nobody has read yet: only the streams and the outbox know of it.
    world.post("/v2/tickets", ticket | {"ticket_id": "unread"}, 202)
    world.pipeline.publish.run_once(0)


def lived(world: World) -> None:
    """That all of it came to be, so that there is something to erase."""
    incidents = world.http.get("/incidents").json()
    assert any(MARK in one["title"] for one in incidents)
    assert len(world.desk.told) > 1
    assert world.http.get("/dead").json()[0]["reason"]
    assert world.http.get("/v2/tickets/status").json()["dead"] == 1


def erased(world: World) -> None:
    """His data are shown, and then erased, and the system goes on."""
    who = {"email": MAIL, "customer": PERSON["id"]}
    answer = world.http.post("/v2/privacy/export", json=who)
    records = [json.loads(line) for line in answer.text.splitlines()]
    assert len(records) == 10
    assert sum(answer.text.count(word) for word in (f"{MARK}note", f"{MARK} late", f"{MARK}reply")) >= 3
    assert world.post("/v2/privacy/erase", who, 200) == {"tickets": 10, "replies": 0, "scrubbed": True}
    assert world.post("/v2/privacy/erase", who, 200) == {"tickets": 0, "replies": 0, "scrubbed": True}
    world.mail(f"Re: {MARK} mail", f"{MARK} reply by mail", 2, answers=1)  # the mailbox still has it
    world.drain()
    assert world.http.get("/v2/tickets/other").json()["subject"] == "Somebody else"
    gone = world.http.get("/v2/tickets/unread").json()
    assert (gone["subject"], gone["body"], gone["status"]) == ("[erased]", "", "processed")
    assert world.http.get("/v2/tickets", params={"text": MARK}).json()["tickets"] == []


def in_files(folder: Path) -> list[str]:
    """The files under a folder that hold the mark in some case, or are named so."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if MARK.encode() in path.read_bytes().lower() or MARK in path.name]


def in_tables(url: str) -> list[str]:
    """The tables of a PostgreSQL database with a row that holds the mark."""
    found = []
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert len(names) > 20
        for (name,) in names:
            rows = connection.execute(f'SELECT t::text FROM "{name}" AS t').fetchall()  # type: ignore[arg-type]
            found += [name for (row,) in rows if MARK in row.lower()]
    return sorted(set(found))


def in_redis(url: str) -> list[str]:
    """The keys of a Redis that hold the mark, or are named so."""
    read = {"stream": "xrange", "string": "get", "set": "smembers", "hash": "hgetall"}
    with redis.Redis.from_url(url) as server:
        found = []
        for name in server.keys("*"):
            kind = server.type(name).decode()
            value = server.zrange(name, 0, -1) if kind == "zset" else getattr(server, read[kind])(name)
            pending = server.xinfo_groups(name) if kind == "stream" else ()
            found += [name.decode()] if MARK in f"{name!r} {value!r} {pending!r}".lower() else []
        return found


COMMON = {
    "model_fallback": True,
    "storm_ticket_threshold": 2,
    "sources": {"desk": {"type": "generic", "secret": SECRET}},
    "mailboxes": {},
}


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """The lines of the log so far that hold the mark, before anything in them is redacted; libraries' among them."""
    caplog.set_level("DEBUG")
    with capture_logs() as ours:

        def found() -> list[str]:
            assert "undelivered" in {line["event"] for line in ours}
            theirs = [caplog.handler.format(one) for one in caplog.records if one.name != "httpx"]  # what we asked here
            return [line for line in [*map(repr, ours), *theirs] if MARK in line.lower()]

        yield found


@pytest.mark.usefixtures("clean_environment")
class TestNothingIsLeft:
    @pytest.fixture
    def clean_environment(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.chdir(tmp_path)

    def test_in_the_files_of_the_embedded_database(self, tmp_path: Path, logged: Callable[[], list[str]]):
        folder = tmp_path / "data"
        with world(load(data_dir=folder, database_url=f"sqlite:///{folder}/smart-support.db", **COMMON)) as system:
            live(system)
            lived(system)
            assert in_files(folder)
            erased(system)
            assert in_files(folder) == []
        assert in_files(folder) == []
        assert logged() == []

    def test_in_the_tables_of_postgresql_and_the_keys_of_redis(
        self, tmp_path: Path, postgres_database: str, redis_url: str, logged: Callable[[], list[str]]
    ):
        folder = tmp_path / "data"
        settings = load(
            data_dir=folder, database_url=postgres_database, redis_url=redis_url, redis_queue_key="erasure", **COMMON
        )
        with world(settings) as system:
            live(system)
            lived(system)
            assert {"tickets", "replies", "incidents", "idempotency", "feedback"} <= set(in_tables(postgres_database))
            with redis.Redis.from_url(redis_url) as server:
                assert any(server.xlen(name) for name in server.keys("*accepted*") if server.type(name) == b"stream")
            erased(system)
            assert in_tables(postgres_database) == []
            assert in_redis(redis_url) == []
            assert in_files(folder) == []
        assert in_files(folder) == []
        assert logged() == []
