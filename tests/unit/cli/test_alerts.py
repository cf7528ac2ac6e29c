"""`alerts`: what went out, another try, a sample."""

import json
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from smart_support.bootstrap import Pipeline
from smart_support.domain.alert import Alert, AlertKind
from smart_support.domain.alerting.rules import Send
from smart_support.pipeline.messages import Routed
from smart_support.pipeline.records import Undelivered
from tests.builders import lease
from tests.unit.cli.conftest import Cli, served

SECRET = "hooks-secret"
AT = 1_760_000_000.0


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Pipeline]:
    """A system with two destinations that nothing is sent to by itself."""
    given = {name: {"url": f"https://{name}.example/{SECRET}"} for name in ("chat", "mail")}
    with served(tmp_path / "data", model_fallback=True, destinations=given) as pipeline:
        yield pipeline


@pytest.fixture
def stored(running: Pipeline) -> dict[str, str]:
    """One that was sent and one that was given up; their ids."""
    store, ids = running.store, {}
    for name in ("sent", "dead"):
        alert = Alert(str(uuid.uuid4()), "default", AlertKind.INCIDENT_OPENED, AT, None, f"inc-{name}")
        store.add_alerts([alert])
        routed = Routed(alert, [Send("chat", alert.topic, 0.0, 0.0, 0.0)])
        store.record_routes([routed], AT, "test", lease(store))
        claimed = store.claim_message("chat", AT, AT + 60.0, 0.0)
        ids[name] = claimed.message.id
        if name == "sent":
            store.message_sent(claimed, {}, AT, "notifier", again=False)
        else:
            store.message_failed(claimed, Undelivered("it answered [bold]410[/]"), AT, None, AT, "notifier")
    return ids


def test_the_list_says_where_each_stands(cli: Cli, stored: dict[str, str]):
    ended = cli("alerts", "list", "--json")
    assert (ended.code, ended.err) == (0, "")
    assert {one["id"]: one["state"] for one in json.loads(ended.out)} == {
        stored["sent"]: "sent",
        stored["dead"]: "dead",
    }
    (dead,) = json.loads(cli("alerts", "list", "--state", "dead", "--json").out)
    assert (dead["id"], dead["last_error"]) == (stored["dead"], "it answered [bold]410[/]")
    assert len(json.loads(cli("alerts", "list", "--limit", "1", "--json").out)) == 1
    assert json.loads(cli("alerts", "list", "--topic", "incident:inc-sent", "--json").out)[0]["id"] == stored["sent"]
    shown = cli("alerts", "list").out
    for text in (*stored.values(), "chat", "incident:inc-dead", "it answered [bold]410[/]"):
        assert text in shown
    assert SECRET not in shown


def test_an_error_can_be_read_on_a_narrow_terminal(cli: Cli, stored: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = cli("alerts", "list").out.splitlines()
    (failed,) = [line for line in lines if "it answered" in line]
    assert stored["dead"] in failed


def test_nothing_to_list(cli: Cli, running: Pipeline):
    ended = cli("alerts", "list")
    assert (ended.code, ended.out) == (0, "")
    assert "no such message" in ended.err
    assert json.loads(cli("alerts", "list", "--json").out) == []


def test_another_try_for_what_was_given_up(cli: Cli, stored: dict[str, str]):
    ended = cli("alerts", "retry", "--all", "--json")
    assert (ended.code, json.loads(ended.out)) == (0, {"retried": [stored["dead"]]})
    cli("alerts", "retry", stored["dead"]).failed("neither given up nor waiting", stored["dead"])
    assert "0 messages" in cli("alerts", "retry", "--all").err


def test_which_must_be_said(cli: Cli, stored: dict[str, str]):
    cli("alerts", "retry").failed("--all")
    cli("alerts", "retry", stored["dead"], "--all").failed("--all")
    cli("alerts", "retry", stored["sent"], stored["dead"]).failed(stored["sent"])
    assert cli("alerts", "retry", "no-id").code == 1


class TestSample:
    def test_it_says_whether_it_has_arrived(self, cli: Cli, running: Pipeline):
        stop = threading.Event()

        def notifier() -> None:
            while not stop.wait(0.02):
                now = running.clock.now()
                for name in ("chat", "mail"):
                    if claimed := running.store.claim_message(name, now, now + 60.0, 0.0):
                        running.store.message_sent(claimed, {}, now, "notifier", again=False)

        thread = threading.Thread(target=notifier)
        thread.start()
        try:
            ended = cli("alerts", "test", "--json")
            one = cli("alerts", "test", "mail")
        finally:
            stop.set()
            thread.join()
        assert ended.code == 0, ended.err
        assert [(one["destination"], one["state"]) for one in json.loads(ended.out)] == [
            ("chat", "sent"),
            ("mail", "sent"),
        ]
        assert one.code == 0
        assert "mail" in one.out
        assert "chat" not in one.out

    def test_it_does_not_wait_for_ever(self, cli: Cli, running: Pipeline):
        cli("alerts", "test", "chat", "--wait", "0").failed("has not arrived", "chat")

    def test_it_says_why_it_has_not(self, cli: Cli, running: Pipeline):
        stop = threading.Event()

        def notifier() -> None:
            while not stop.wait(0.02):
                now = running.clock.now()
                if claimed := running.store.claim_message("chat", now, now + 60.0, 0.0):
                    error = Undelivered("it answered 404")
                    running.store.message_failed(claimed, error, now, now + 300.0, now, "notifier")

        thread = threading.Thread(target=notifier)
        thread.start()
        try:
            ended = cli("alerts", "test", "chat")
        finally:
            stop.set()
            thread.join()
        ended.failed("has not arrived", "chat")
        assert "it answered 404" in ended.out

    def test_to_nobody(self, cli: Cli, running: Pipeline):
        cli("alerts", "test", "nobody").failed("nobody", "chat, mail")
