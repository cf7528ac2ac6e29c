"""`/events` of a running system: everything once, in order, across lost connections, and no brake on stopping it."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.integration.system import Up, up


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Up]:
    with up(tmp_path / "data") as system:
        yield system


@contextmanager
def listening(system: Up, **headers: str) -> Iterator[Iterator[tuple[str, dict]]]:
    """The events as (id, data), once the stream is open."""
    with httpx.stream("GET", f"{system.url}/events", headers=headers, timeout=10.0, trust_env=False) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines) == ": connected"
        yield parsed(lines)


def parsed(lines: Iterator[str]) -> Iterator[tuple[str, dict]]:
    data: dict = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "data":
            data = json.loads(value)
        elif name == "id" and data:  # without data it says only where the stream begins
            yield value, data
            data = {}


def post(system: Up, *ids: str) -> None:
    for id_ in ids:
        assert system.api.post("/v2/tickets", json={"ticket_id": id_, "body": "Nobody can pay"}).status_code == 202


def test_what_happens_is_told_once_and_in_order_also_to_who_was_away(running: Up):
    with listening(running, **{"Last-Event-ID": "0-0"}) as events:
        post(running, "a", "b")
        heard = [next(events) for _ in range(3)]
    post(running, "c")
    running.until_waiting(3)
    with listening(running, **{"Last-Event-ID": heard[-1][0]}) as events:
        heard += [next(events) for _ in range(6)]
    assert len({id_ for id_, _ in heard}) == 9
    for name in "abc":
        kinds = [data["kind"] for _, data in heard if data["ticket_id"] == name]
        assert kinds == ["ticket.accept", "ticket.triage", "ticket.queue"]
    assert "Nobody can pay" not in json.dumps(heard)


def test_who_asks_for_nothing_older_hears_only_what_is_new(running: Up):
    post(running, "old")
    running.until_waiting(1)
    with listening(running) as events:
        time.sleep(1.0)  # until it has looked where the end is
        post(running, "new")
        assert next(events)[1]["ticket_id"] == "new"


def test_a_listener_does_not_keep_the_system_from_stopping(running: Up):
    with listening(running):
        start = time.monotonic()
        assert running.end(signal.SIGTERM) == 0
    assert time.monotonic() - start < 5


def test_a_key_that_is_revoked_hears_no_more(running: Up):
    made = {}
    for name, scope in (("admin", "admin"), ("watcher", "read")):
        headers = {"Authorization": f"Bearer {made['admin']['token']}"} if made else {}
        answer = running.api.post("/keys", json={"name": name, "scopes": [scope]}, headers=headers)
        made[name] = answer.raise_for_status().json()
    admin = {"Authorization": f"Bearer {made['admin']['token']}"}
    with listening(running, Authorization=f"Bearer {made['watcher']['token']}") as events:
        running.api.delete(f"/keys/{made['watcher']['id']}", headers=admin).raise_for_status()
        time.sleep(1.0)
        running.api.post("/v2/tickets", json={"body": "Nobody can pay"}, headers=admin).raise_for_status()
        assert list(events) == []
