"""Ways in: every one of them ends in the same pipeline, and a 202 is a promise."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from smart_support.api import intake
from smart_support.domain.event import Position
from tests.unit.api.system import EMPTY, System, refused

FULL = {
    "ticket_id": "t1",
    "subject": "Ärger 🙂",
    "body": "Checkout is down",
    "customer": {"id": "c1", "email": "a@example.org", "name": "Ann", "tier": "gold"},
    "channel": "mail",
    "tags": ["a", "b"],
    "received_at": "2025-10-01T12:00:00Z",
    "metadata": {"order": {"number": 7, "paid": None}},
}


class TestV2:
    def test_an_accepted_ticket_is_named_and_on_disk(self, system: System):
        answer = system.post(**FULL)
        assert answer.status_code == 202
        message = answer.json().pop("message")
        assert message
        assert answer.json() == {
            "ticket_id": "t1",
            "status": "accepted",
            "message": message,
            "accepted_at": "2025-10-09T09:00:00Z",
        }
        found = system.http.get("/v2/tickets/t1").json()
        assert (found["subject"], found["body"]) == ("Ärger 🙂", "Checkout is down")
        (kept,) = system.pipeline.store.page("default", None, 10)
        assert kept.customer.email == "a@example.org"
        assert (kept.channel, kept.tags, kept.metadata) == ("mail", ("a", "b"), FULL["metadata"])
        assert kept.received_at == 1_759_320_000.0

    def test_a_ticket_without_an_id_gets_one_of_its_own(self, system: System):
        ids = {system.post(body="The same words").json()["ticket_id"] for _ in range(2)}
        assert len(ids) == 2
        assert all(system.http.get(f"/v2/tickets/{name}").status_code == 200 for name in ids)

    def test_the_same_ticket_again_is_the_first_answer_again(self, system: System):
        first = system.post(**FULL)
        system.clock.set(system.clock.now() + 86_400)
        again = system.post(**FULL)
        assert again.status_code == 202
        assert again.content == first.content
        assert system.counts() == EMPTY | {"pending": 1}

    @pytest.mark.parametrize("change", [{"body": "Other"}, {"tags": []}, {"metadata": {"order": 8}}])
    def test_another_ticket_under_the_same_id_is_a_conflict(self, system: System, change: dict):
        system.post(**FULL)
        refused(system.post(**FULL | change), 409, "t1")
        assert system.http.get("/v2/tickets/t1").json()["body"] == "Checkout is down"
        assert system.counts() == EMPTY | {"pending": 1}

    def test_ten_equal_tickets_at_once_are_one(self, running: System):
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda _: running.post(**FULL), range(10)))
        assert [answer.status_code for answer in answers] == [202] * 10
        assert len({answer.content for answer in answers}) == 1
        kinds = [found.event.kind for found in running.pipeline.store.events("default", Position(), 100)]
        assert kinds.count("ticket.accept") == 1

    @pytest.mark.parametrize("ticket_id", ["next", "peek", "status", "", ".", "..", "a/b", "ä", "a\n", "x" * 129])
    def test_an_id_that_no_address_could_name_is_refused(self, system: System, ticket_id: str):
        refused(system.post(ticket_id=ticket_id, body="Help"), 422, "ticket_id")
        assert system.counts() == EMPTY

    def test_wait_brings_the_urgency(self, running: System):
        answer = running.http.post("/v2/tickets?wait=10", json={"ticket_id": "t1", "body": "Production is down"})
        assert answer.status_code == 202
        found = running.http.get("/v2/tickets/t1").json()
        assert found["status"] == "processed"
        assert answer.json()["urgency_score"] == found["urgency_score"]

    def test_wait_ends_without_the_urgency_where_nobody_triages(self, system: System):
        answer = system.http.post("/v2/tickets?wait=0.02", json={"body": "Production is down"})
        assert answer.status_code == 202
        assert "urgency_score" not in answer.json()

    @pytest.mark.parametrize("wait", ["-1", "11", "inf", "nan", "soon"])
    def test_a_wait_that_makes_no_sense_is_refused(self, system: System, wait: str):
        refused(system.http.post(f"/v2/tickets?wait={wait}", json={"body": "Help"}), 422, "wait")
        assert system.counts() == EMPTY

    def test_an_urgent_ticket_tells_somebody_once(self, make_system: Callable[..., System]):
        system = make_system(webhook_threshold=0.0)
        for _ in range(2):
            system.post(**FULL)
        system.process()
        assert [alert.ticket_id for alert in system.alerts] == ["t1"]


class TestDescribed:
    """POST /tickets: an id and a description."""

    def test_it_is_accepted_and_is_a_ticket_like_any_other(self, system: System):
        answer = system.http.post("/tickets", json={"ticket_id": "t1", "description": "Checkout is down"})
        assert (answer.status_code, answer.json()) == (202, {"status": "accepted", "ticket_id": "t1"})
        assert system.http.get("/v2/tickets/t1").json()["body"] == "Checkout is down"

    def test_wait_brings_the_urgency(self, running: System):
        answer = running.http.post("/tickets?wait=10", json={"ticket_id": "t1", "description": "Production is down"})
        assert answer.json()["urgency_score"] == running.http.get("/v2/tickets/t1").json()["urgency_score"]


class TestDirect:
    """POST /ticket: subject and body, or a description."""

    @pytest.mark.parametrize("given", [{"subject": "Refund", "body": "My refund is late"}, {"description": "Refund"}])
    def test_it_is_answered_with_its_triage_once_dispatched(self, running: System, given: dict):
        answer = running.http.post("/ticket", json=given)
        assert answer.status_code == 200
        body = answer.json()
        assert set(body) == {"ticket_id", "category", "urgency_score", "agent_id", "incident_id"}
        found = running.http.get(f"/v2/tickets/{body['ticket_id']}").json()
        assert found["state"] == "waiting"
        assert {name: found[name] for name in body} == body

    def test_it_is_triaged_in_the_request_where_no_worker_is_there(
        self, system: System, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(intake, "DISPATCH_WAIT", 0.02)
        answer = system.http.post("/ticket", json={"ticket_id": "t1", "body": "My refund is late"})
        assert answer.status_code == 200
        assert system.http.get("/v2/tickets/t1").json()["category"] == answer.json()["category"]
        system.process()
        assert system.counts() == EMPTY | {"processed": 1, "waiting": 1}

    def test_a_body_and_a_description_are_one_too_many(self, system: System):
        refused(system.http.post("/ticket", json={"body": "One", "description": "Two"}), 422, "description")
        assert system.counts() == EMPTY


class TestWebhook:
    """POST /webhook: a ticket, or an id and a text."""

    @pytest.mark.parametrize("given", [{"ticket_id": "t1", "text": "Checkout is down"}, FULL])
    def test_it_is_accepted_as_v2_does(self, system: System, given: dict):
        answer = system.http.post("/webhook", json=given)
        assert answer.status_code == 202
        assert answer.json()["ticket_id"] == "t1"
        assert answer.json()["status"] == "accepted"
        assert system.http.get("/v2/tickets/t1").json()["body"] == "Checkout is down"

    def test_the_same_ticket_through_another_way_in_is_the_same_ticket(self, system: System):
        system.http.post("/tickets", json={"ticket_id": "t1", "description": "Down"})
        assert system.http.post("/webhook", json={"ticket_id": "t1", "text": "Down"}).status_code == 202
        assert system.post(ticket_id="t1", body="Down").status_code == 202
        assert system.counts() == EMPTY | {"pending": 1}


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/v2/tickets", {"body": "Help"}),
        ("/tickets", {"ticket_id": "t1", "description": "Help"}),
        ("/ticket", {"body": "Help"}),
        ("/webhook", {"text": "Help"}),
    ],
)
def test_without_the_database_nothing_is_promised(system: System, path: str, given: dict):
    system.database.down = True
    answer = system.http.post(path, json=given)
    refused(answer, 503, "same ticket_id", "use /v1", "`smart-support doctor` says why")
    assert int(answer.headers["retry-after"]) > 0
    system.database.down = False
    assert system.counts() == EMPTY


@pytest.mark.parametrize(
    "time", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z", 4e13]
)
def test_a_time_beyond_the_calendar_is_refused(system: System, time):
    answer = system.post(body="x", received_at=time)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "received_at"


@pytest.mark.parametrize("blank", ["", " ", "\u001c", "\u2028\n"])
def test_a_blank_description_is_refused(system: System, blank: str):
    assert system.http.post("/tickets", json={"ticket_id": "blank", "description": blank}).status_code == 422
