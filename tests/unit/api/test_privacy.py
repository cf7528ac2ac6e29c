"""A person's data over HTTP: shown, erased, on the record; and what is too old, purged."""

import json
import sqlite3
from contextlib import closing

import pytest
from structlog.testing import capture_logs

from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.event import Position
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.records import Unavailable
from smart_support.pipeline.sources import Reply
from tests.unit.api.system import NOON, System, refused

ANN = {"id": "ann", "email": "ann@example.org", "name": "Ann"}
DAY = 86_400.0


def filled(system: System) -> None:
    for name, customer in (("a1", ANN), ("a2", {"email": "Ann@Example.org"}), ("b1", {"id": "bob"})):
        assert system.post(
            ticket_id=name, subject=f"Help {name}", body="My printer burns", customer=customer
        ).is_success
    system.process()


def noted(system: System, kind: str) -> list:
    found = system.pipeline.store.events("default", Position(), 1_000)
    return [one.event for one in found if one.event.kind == f"privacy.{kind}"]


def test_an_export_has_a_line_for_each_of_his_tickets(system: System):
    filled(system)
    answer = system.http.post("/v2/privacy/export", json={"email": "ANN@example.org"})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["ticket"]["subject"] for one in found] == ["Help a1", "Help a2"]
    (event,) = noted(system, "export")
    assert (event.data["tickets"], event.data["replies"]) == (2, 0)


def test_an_erasure_is_on_the_record_without_the_name(system: System):
    filled(system)
    who = {"customer": "ann", "email": "Ann@example.org"}
    assert system.http.post("/v2/privacy/erase", json=who).json() == {"tickets": 2, "replies": 0, "scrubbed": True}
    assert system.http.get("/v2/tickets/a1").json()["subject"] == "[erased]"
    assert system.http.get("/v2/tickets/b1").json()["subject"] == "Help b1"
    assert system.http.post("/v2/privacy/export", json=who).text == ""
    (event,) = noted(system, "erase")
    assert event.data == {"tickets": 2, "replies": 0}
    assert event.actor == "local"


def test_tickets_are_named_by_their_ids_where_nobody_is(system: System):
    system.post(ticket_id="c1", subject="Whose", body="My name is Ann")
    filled(system)
    who = {"tickets": ["c1", "nil"]}
    (line,) = system.http.post("/v2/privacy/export", json=who).text.splitlines()
    assert json.loads(line)["ticket"]["subject"] == "Whose"
    for number in (1, 0):
        assert system.http.post("/v2/privacy/erase", json=who).json()["tickets"] == number
    assert len(noted(system, "erase")) == 1
    assert [system.http.get(f"/v2/tickets/{one}").json()["subject"] for one in ("c1", "a1")] == ["[erased]", "Help a1"]


@pytest.mark.parametrize("path", ["export", "erase"])
def test_somebody_has_to_be_named(system: System, path: str):
    refused(system.http.post(f"/v2/privacy/{path}", json={}), 422, "customer", "email")
    refused(system.http.post(f"/v2/privacy/{path}", json={"email": "", "who": 1}), 422, "who")


def test_nothing_is_purged_where_everything_is_kept(system: System):
    filled(system)
    answer = system.http.post("/v2/privacy/purge")
    assert answer.json() == {"text": None, "customer": None, "vectors": None, "events": None}


def test_what_is_too_old_is_counted_and_then_purged(make_system):
    system = make_system(retention_text_days=10, retention_events_days=30)
    filled(system)
    assert system.http.post("/v2/tickets/a1/resolve", json={}).is_success
    system.clock.set(NOON + 11 * DAY)
    counted = {"text": 1, "customer": None, "vectors": None, "events": 0}
    for _ in range(2):
        assert system.http.post("/v2/privacy/purge", params={"dry_run": True}).json() == counted
    assert system.http.post("/v2/privacy/purge").json() == counted
    assert system.http.get("/v2/tickets/a1").json()["subject"] == "[erased]"
    assert system.http.get("/v2/tickets/a2").json()["subject"] == "Help a2"
    assert [dict(one.data) for one in noted(system, "purge")] == [{"text": 1}]
    assert 'smart_support_purged_total{kept="text"} 1.0' in system.http.get("/metrics").text


def test_events_that_go_early_let_nothing_else_go_early(make_system):
    system = make_system(retention_text_days=365, retention_events_days=30)
    filled(system)
    assert system.http.post("/v2/tickets/a1/resolve", json={}).is_success
    store, key = system.pipeline.store, TicketKey("default", "a1")
    system.clock.set(NOON + 300 * DAY)
    store.add_replies(key, [Reply("late", "Once more", system.clock.now())], system.clock.now(), "test")
    for days, subject, left in ((340, "Help a1", 1), (370, "Help a1", 1), (666, "[erased]", 0)):
        system.clock.set(NOON + days * DAY)
        for _ in range(2):
            system.pipeline.purge.purge()
        assert store.find(key).subject == subject
        assert len(store.events("default", Position(), 100, "a1")) == left


def test_the_step_looks_once_an_hour(make_system):
    system = make_system(retention_text_days=10)
    filled(system)
    purge = system.pipeline.purge
    assert purge.run_once() == 0
    assert system.http.post("/v2/tickets/a1/resolve", json={}).is_success
    system.clock.set(NOON + 11 * DAY)
    assert purge.run_once() == 1
    assert purge.run_once() == 0
    assert system.http.post("/v2/tickets/b1/resolve", json={}).is_success
    system.clock.set(system.clock.now() + 11 * DAY)
    assert purge.run_once() == 1


def test_files_that_cannot_be_written_anew_hold_up_no_purge(make_system, monkeypatch: pytest.MonkeyPatch):
    system = make_system(retention_text_days=10)
    filled(system)
    assert system.http.post("/v2/tickets/a1/resolve", json={}).is_success
    tries = []

    def full() -> bool:
        tries.append(system.clock.now())
        raise Unavailable("database or disk is full")

    monkeypatch.setattr(system.pipeline.store, "scrub", full)
    system.clock.set(NOON + 11 * DAY)
    assert system.pipeline.purge.run_once() == 1
    assert system.pipeline.purge.run_once() == 0
    assert len(tries) == 1
    system.clock.set(NOON + 11 * DAY + 301)
    system.pipeline.purge.run_once()
    assert len(tries) == 2


def test_an_erasure_that_is_left_in_the_files_is_logged_and_shown(system: System):
    def shown() -> float:
        (line,) = [one for one in system.http.get("/metrics").text.splitlines() if one.startswith("smart_support_unsc")]
        return float(line.split()[1])

    filled(system)
    assert shown() == 0.0
    with closing(sqlite3.connect(system.file, isolation_level=None)) as other, capture_logs() as lines:
        other.execute("BEGIN")
        other.execute("SELECT 1 FROM tickets").fetchall()
        answer = system.http.post("/v2/privacy/erase", json={"email": "ann@example.org"}).json()
        assert (answer["scrubbed"], shown()) == (False, 1.0)
    assert [(one["event"], "read" in one["reason"]) for one in lines] == [("not_scrubbed", True)]
    system.pipeline.purge.run_once()
    assert shown() == 0.0


def test_the_step_goes_on_while_messages_are_left(system: System, monkeypatch: pytest.MonkeyPatch):
    left = [500, 3, 0]
    monkeypatch.setattr(SqlStore, "purge_messages", lambda *_: left.pop(0))
    assert [system.pipeline.purge.run_once() for _ in range(4)] == [500, 3, 0, 0]
    assert not left


def test_the_dispatcher_forgets_what_it_held_of_an_erased_ticket(system: System):
    def held() -> set[str]:
        found = system.pipeline.dispatch._storms.detectors()["default"]
        return {name for detector in found for name in detector.latest(100)}

    filled(system)
    assert held() == {"a1", "a2", "b1"}
    assert system.http.post("/v2/privacy/erase", json={"email": "ann@example.org"}).json()["tickets"] == 2
    assert system.post(ticket_id="b2", subject="Another", body="Thing", customer={"id": "bob"}).is_success
    system.process()
    assert held() == {"b1", "b2"}


def test_what_waits_for_a_destination_that_nobody_serves_ends(make_system):
    system = make_system(retention_messages_days=10)
    store = system.pipeline.store
    store.add_test("default", "gone", NOON)
    system.clock.set(NOON + 11 * DAY)
    system.pipeline.purge.run_once()
    assert len(system.http.get("/alerts").json()) == 1  # one that is tried may still be
    system.clock.set(NOON + 14 * DAY)
    assert system.pipeline.purge.run_once() == 1
    assert system.http.get("/alerts").json() == []
