"""What `/events` says, line by line: events with their place, and that the connection lives."""

import json
import threading

import pytest

from smart_support.api import events
from tests.unit.api.system import System


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_ALIVE_SECONDS", 0.3)


def heard(system: System, seconds: float) -> list[dict[str, str]]:
    """The fields of each block of the stream from its beginning, until the system stops."""
    timer = threading.Timer(seconds, system.app.state.parts.stopping.set)
    timer.start()
    try:
        text = system.http.get("/events?after=0-0").text
    finally:
        timer.join()
    return [dict(line.partition(": ")[::2] for line in block.splitlines()) for block in text.split("\n\n") if block]


def test_a_heartbeat_without_an_id_says_that_the_connection_lives(system: System):
    system.post(body="Help")
    told = heard(system, 1.2)
    alive = [block for block in told if block.get("event") == "alive"]
    assert 1 <= len(alive) <= 4
    assert all("id" not in block for block in alive)
    assert json.loads(alive[0]["data"]) == {"at": "2025-10-09T09:00:00Z"}
    (accepted,) = [block for block in told if "id" in block]
    assert "event" not in accepted
    assert json.loads(accepted["data"])["kind"] == "ticket.accept"


def test_the_heartbeat_goes_on_while_the_database_is_down(system: System):
    system.post(body="Help")
    system.database.down = True
    told = heard(system, 1.2)
    assert "alive" in {block.get("event") for block in told}
    assert not any("id" in block for block in told)
