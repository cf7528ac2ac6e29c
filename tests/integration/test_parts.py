"""The parts of a system as processes of their own: they wait for what they need, and end when told."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from smart_support.adapters.sql.store import SqlStore
from tests import servers
from tests.builders import key, ticket
from tests.integration.system import PROGRAM, environment, run, up
from tests.waiting import until

TICKET = {"subject": "Checkout is down", "body": "No customer can pay since 9:00. Urgent!"}
STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Part:
    """A running part; its log is JSON, but perhaps for its greeting."""

    process: subprocess.Popen
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for line in self.log.read_text().splitlines()
            if line.startswith("{") and line.endswith("}")
        ]

    def events(self) -> list[str]:
        return [line["event"] for line in self.lines()]

    def greets(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return "running" in self.events() or " runs on " in self.log.read_text()


@contextmanager
def part(folder: Path, *command: str, **given: str) -> Iterator[Part]:
    """`smart-support COMMAND`; killed afterwards if it still runs."""
    log = folder / f"{command[0]}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [PROGRAM, *command],
            cwd=folder,
            env=environment(LOG_JSON="true", **given),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield Part(process, log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def plain(url: str) -> str:
    return url.replace("+psycopg", "", 1)


def test_without_redis_one_up_at_a_time_dispatches_on_a_database(tmp_path: Path, postgres_database: str):
    at = {"DATABASE_URL": plain(postgres_database)}
    with up(tmp_path / "one", **at) as first:
        second = run("up", "--port", "0", "--data-dir", "two", folder=tmp_path, **at)
        assert second.returncode == 1
        assert second.stdout == ""
        assert "Traceback" not in second.stderr
        assert second.stderr.splitlines()[-1].startswith("error: another process dispatches")
        assert "REDIS_URL" in second.stderr.splitlines()[-1]
        first.api.post("/v2/tickets", json=TICKET).raise_for_status()
        first.until_waiting(1)
        first.end(signal.SIGKILL)
    with up(tmp_path / "two", **at) as follower:
        follower.api.post("/v2/tickets", json=TICKET).raise_for_status()
        follower.until_waiting(2)


def test_a_worker_that_is_there_before_postgresql_waits_for_it_and_then_works(tmp_path: Path, redis_url: str):
    with servers.postgres_server() as postgres:
        url = plain(servers.postgres_url(postgres))
        postgres.end()
        at = {"DATABASE_URL": url, "REDIS_URL": redis_url, "REDIS_QUEUE_KEY": "before-postgresql"}
        with part(tmp_path, "worker", **at) as worker:
            until(lambda: "unavailable" in worker.events(), "it says that it waits")
            assert not worker.greets()
            postgres.start()
            until(worker.greets, "it runs")
            store = SqlStore.open(url)
            try:
                store.accept([ticket()], ["test"])
                until(lambda: store.find(key()).triage, "the ticket is triaged")
            finally:
                store.close()
            assert worker.events().count("unavailable") == 1
            until(lambda: worker.events().count("recovered") == 1, "it says so")
            worker.process.send_signal(signal.SIGTERM)
            assert worker.process.wait(STOP_SECONDS) == 0


@pytest.mark.parametrize("redis_is_gone", [False, True], ids=["all is well", "Redis is gone"])
def test_each_part_ends_soon_when_it_is_told(tmp_path: Path, postgres_database: str, redis_is_gone: bool):
    with servers.redis_server() as redis, ExitStack() as stack:
        at = {"DATABASE_URL": plain(postgres_database), "REDIS_URL": servers.redis_url(redis)}
        port = str(servers.free_port())
        commands = [("api", "--port", port), ("worker",), ("dispatcher",)]
        parts = [stack.enter_context(part(tmp_path, *command, **at)) for command in commands]
        api = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False))
        for started in parts:
            until(started.greets, "it runs")
        api.post("/v2/tickets", json=TICKET).raise_for_status()
        until(lambda: api.get("/v2/tickets/status").json()["waiting"] == 1, "the ticket is dispatched")
        if redis_is_gone:
            redis.end(signal.SIGKILL)
            api.post("/v2/tickets", json=TICKET).raise_for_status()
            for started in parts:
                until(lambda started=started: "unavailable" in started.events(), "it has noticed")
        told = time.monotonic()
        for started in parts:
            started.process.send_signal(signal.SIGTERM)
        assert [started.process.wait(STOP_SECONDS) for started in parts] == [0, 0, 0]
        assert time.monotonic() - told < STOP_SECONDS
        for started in parts:
            assert "Traceback" not in started.log.read_text()
            assert {line["level"] for line in started.lines()} <= {"info", "warning"}
        store = SqlStore.open(postgres_database)
        assert store.take_lease("dispatcher", "next", 1.0) is not None  # nobody has to wait for it to run out
        store.close()
