"""Above the limit tickets are turned away whole, with the time to come back; once there is room, they are let in."""

import threading
from collections.abc import Callable

import pytest

from smart_support import bootstrap
from smart_support.api import intake
from smart_support.pipeline.admission import Admission
from tests.builders import key
from tests.unit.api.system import System, refused
from tests.waiting import until

LIMIT = 3
WAYS = {
    "/v2/tickets": {"ticket_id": "new", "body": "Help"},
    "/tickets": {"ticket_id": "new", "description": "Help"},
    "/webhook": {"ticket_id": "new", "text": "Help"},
    "/ticket": {"ticket_id": "new", "description": "Help"},
    "/v2/import": {"tickets": [{"ticket_id": "new", "body": "Help"}]},
}
every_way = pytest.mark.parametrize(("path", "body"), WAYS.items(), ids=WAYS)


@pytest.fixture
def limited(make_system: Callable[..., System], monkeypatch: pytest.MonkeyPatch) -> System:
    """A system that lets three tickets in, and counts what waits when it is told to."""
    counted_by, refresh = [], Admission.refresh

    def noting(self: Admission) -> int:
        refresh(self)
        counted_by.append(threading.current_thread().name)
        return 0

    monkeypatch.setattr(intake, "DISPATCH_WAIT", 0.0)
    monkeypatch.setattr(bootstrap, "_LOOK_SECONDS", 600.0)
    monkeypatch.setattr(Admission, "refresh", noting)
    system = make_system(lag_limit=LIMIT)
    until(lambda: "admission" in counted_by, "it has counted by itself, and does not do so again")
    return system


@pytest.fixture
def full(limited: System) -> System:
    """The same with as many tickets underway as it lets in."""
    for number in range(LIMIT):
        assert limited.post(ticket_id=f"t{number}", body="Help").status_code == 202
    return limited


def work_off(system: System) -> None:
    system.process()
    system.app.state.parts.admission.refresh()


@every_way
def test_over_the_limit_nothing_is_stored_and_the_time_to_come_back_is_told(full: System, path: str, body: dict):
    for _ in range(2):
        answer = full.http.post(path, json=body)
        refused(answer, 429, f"{LIMIT} tickets wait", "nothing was stored", "ticket_id")
        assert full.http.post(path, json=body, headers={"Idempotency-Key": "one"}).json() == answer.json()
        assert 1 <= int(answer.headers["retry-after"]) <= 10
    full.app.state.parts.admission.refresh()  # counted anew it is as full
    refused(full.http.post(path, json=body), 429)
    assert full.pipeline.store.find(key("new")) is None
    assert full.counts()["pending"] == LIMIT


@every_way
def test_once_the_backlog_is_worked_off_it_is_let_in(full: System, path: str, body: dict):
    refused(full.http.post(path, json=body), 429)
    work_off(full)
    assert full.http.post(path, json=body).is_success
    assert full.pipeline.store.find(key("new")) is not None


@every_way
def test_the_idempotency_key_of_a_refused_request_can_be_used_again(full: System, path: str, body: dict):
    once = {"Idempotency-Key": f"key-{path}"}
    refused(full.http.post(path, json=body, headers=once), 429)
    work_off(full)
    first = full.http.post(path, json=body, headers=once)
    assert first.is_success
    assert "idempotency-replayed" not in first.headers
    if path != "/v2/import":  # which is harmless to repeat without one
        assert full.http.post(path, json=body, headers=once).headers["idempotency-replayed"] == "true"


def test_a_batch_is_let_in_whole_or_not_at_all(limited: System):
    batch = {"tickets": [{"ticket_id": f"b{n}", "body": "Help"} for n in range(LIMIT + 1)]}
    limited.post(ticket_id="first", body="Help")
    refused(limited.http.post("/v2/import?live=true", json=batch), 429)
    assert limited.counts()["pending"] == 1
    assert limited.http.post("/v2/import?live=true", json={"tickets": batch["tickets"][:2]}).json()["imported"] == 2
    work_off(limited)
    # Where nothing waits there is nothing to wait for, however large the batch.
    assert limited.http.post("/v2/import?live=true", json=batch).json() == {"imported": 2, "known": 2, "conflicts": []}


def test_tickets_of_the_past_come_after_new_ones(limited: System):
    """Where little waits beside the limit, a ticket of the past has no room and a new one has."""
    limited.post(ticket_id="first", body="Help")
    past = {"tickets": [{"ticket_id": "old", "body": "Help"}]}
    answer = limited.http.post("/v2/import", json=past)
    refused(answer, 429, "those of the past come last", "nothing was stored")
    assert limited.post(ticket_id="second", body="Help").status_code == 202
    work_off(limited)
    assert limited.http.post("/v2/import", json=past).json()["imported"] == 1


def test_everything_but_new_tickets_goes_on(full: System):
    refused(full.post(body="Help"), 429)
    assert full.http.get("/v2/tickets/t0").is_success
    assert full.http.get("/readyz").is_success
    assert full.http.post("/v1/tickets", json={"subject": "Help"}).status_code == 201
