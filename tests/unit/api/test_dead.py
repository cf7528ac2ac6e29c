"""Tickets that were given up: listed with their reason, and let try again."""

from smart_support.pipeline.records import Step
from tests.builders import key
from tests.unit.api.system import System, refused


def bury(system: System, *names: str) -> None:
    for name in names:
        system.post(ticket_id=name, body="Help")
        now = system.clock.now()
        system.pipeline.store.record_failure(key(name), Step.TRIAGE, "ValueError: boom", now, (), "triage")


def test_the_dead_are_listed_with_their_reason(system: System):
    assert system.http.get("/dead").json() == []
    bury(system, "a", "b")
    (first, _) = system.http.get("/dead").json()
    assert first == {
        "ticket_id": "a",
        "step": "triage",
        "failures": 1,
        "reason": "ValueError: boom",
        "accepted_at": "2025-10-09T09:00:00Z",
    }
    assert len(system.http.get("/dead?limit=1").json()) == 1
    assert system.counts()["dead"] == 2


def test_the_dead_try_again_and_come_through(system: System):
    bury(system, "a", "b", "c")
    system.post(ticket_id="alive", body="Help")
    answer = system.http.post("/dead/retry", json={"ticket_ids": ["a", "alive", "unknown"]})
    assert answer.json() == {"retried": ["a"]}
    assert system.http.post("/dead/retry", json={"ticket_ids": None}).json() == {"retried": ["b", "c"]}
    assert system.http.post("/dead/retry", json={"ticket_ids": None}).json() == {"retried": []}
    system.pipeline.sweep.run_once()
    system.process()
    assert system.counts()["waiting"] == 4


def test_one_that_always_fails_is_put_away(system: System):
    bury(system, "a", "b")
    for _ in range(2):
        answer = system.http.post("/v2/tickets/a/resolve", json={})
        assert (answer.status_code, answer.json()["state"]) == (200, "resolved")
    assert [one["ticket_id"] for one in system.http.get("/dead").json()] == ["b"]
    assert sum(system.pipeline.store.overview().buried.values()) == 1
    assert system.http.post("/dead/retry", json={"ticket_ids": None}).json() == {"retried": ["b"]}
    refused(system.http.post("/v2/tickets/a/reopen", json={}), 409, "put away")
    assert system.http.get("/v2/tickets/a/route").status_code == 200
    assert system.http.get("/v2/tickets?state=resolved").json()["tickets"][0]["ticket_id"] == "a"


def test_only_an_admin_may_let_them_try_again(system: System):
    reader = system.key("read", "intake", "agent")
    assert system.http.get("/dead", headers=reader).status_code == 200
    refused(system.http.post("/dead/retry", json={"ticket_ids": None}, headers=reader), 403)
