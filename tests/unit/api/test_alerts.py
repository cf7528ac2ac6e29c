"""The outbox over HTTP: what went out, another try, a sample."""

import uuid
from collections.abc import Callable

import pytest

from smart_support.domain.alert import Alert, AlertKind
from smart_support.domain.alerting.rules import Send
from smart_support.pipeline.messages import MessageState, Routed
from smart_support.pipeline.records import Undelivered
from tests.builders import lease
from tests.unit.api.system import NOON, System, refused


@pytest.fixture
def system(make_system: Callable[..., System]) -> System:
    oncall = {"url": "https://oncall.example/SECRET", "secret": "SECRET too"}
    return make_system(webhook_url="https://hooks.example/SECRET", destinations={"oncall": oncall})


@pytest.fixture
def sent(system: System) -> dict[str, str]:
    """One message sent, one given up, one that waits for another try; their ids by how they stand."""
    store = system.pipeline.store
    ids = {}
    for name in ("sent", "dead", "waits", "new"):
        alert = Alert(str(uuid.uuid4()), "default", AlertKind.INCIDENT_OPENED, NOON, None, f"inc-{name}")
        store.add_alerts([alert])
        routed = Routed(alert, [Send("oncall", alert.topic, 0.0, 0.0, 0.0)])
        store.record_routes([routed], NOON, "test", lease(store))
        if name == "new":
            break
        claimed = store.claim_message("oncall", NOON, NOON + 60.0, 0.0)
        ids[name] = claimed.message.id
        if name == "sent":
            store.message_sent(claimed, {}, NOON, "notifier", again=False)
        else:
            retry_at = None if name == "dead" else NOON + 300.0
            store.message_failed(claimed, Undelivered("it answered 500"), NOON, retry_at, NOON, "notifier")
    return ids


def listed(system: System, **asked: object) -> list[dict]:
    answer = system.http.get("/alerts", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestList:
    def test_each_message_says_where_it_stands(self, system: System, sent: dict[str, str]):
        found = {one["id"]: one for one in listed(system)}
        assert len(found) == 4
        assert found[sent["dead"]] == {
            "id": sent["dead"],
            "purpose": "alert",
            "destination": "oncall",
            "topic": "incident:inc-dead",
            "ordinal": 1,
            "alerts": found[sent["dead"]]["alerts"],
            "state": "dead",
            "at": "2025-10-09T09:00:00Z",
            "due_at": found[sent["dead"]]["due_at"],
            "sent_at": None,
            "attempts": 1,
            "last_error": "it answered 500",
        }
        assert found[sent["sent"]]["sent_at"] == "2025-10-09T09:00:00Z"
        assert found[sent["waits"]]["due_at"] == "2025-10-09T09:05:00Z"

    def test_by_state_topic_and_number(self, system: System, sent: dict[str, str]):
        assert [one["id"] for one in listed(system, state="dead")] == [sent["dead"]]
        assert len(listed(system, state=["dead", "sent"])) == 2
        assert [one["id"] for one in listed(system, topic="incident:inc-sent")] == [sent["sent"]]
        assert len(listed(system, limit=1)) == 1
        assert listed(system, topic="ticket:none") == []

    @pytest.mark.parametrize(
        "asked", [{"state": "lost"}, {"limit": 0}, {"limit": 1_001}, {"topic": "x" * 257}, {"topic": "a\0b"}]
    )
    def test_what_cannot_be_asked(self, system: System, asked: dict):
        answer = system.http.get("/alerts", params=asked)
        assert answer.status_code == 422, answer.text

    def test_destinations_are_named_and_their_addresses_are_not(self, system: System):
        answer = system.http.get("/alerts/destinations")
        assert answer.json() == ["webhook", "oncall"]
        assert "SECRET" not in answer.text


class TestRetry:
    def retry(self, system: System, ids: list[str] | None) -> list[str]:
        answer = system.http.post("/alerts/retry", json={"message_ids": ids}, headers=system.local)
        assert answer.status_code == 200, answer.text
        return answer.json()["retried"]

    def test_all_that_were_given_up(self, system: System, sent: dict[str, str]):
        assert self.retry(system, None) == [sent["dead"]]
        assert self.retry(system, None) == []
        (found,) = [one for one in listed(system) if one["id"] == sent["dead"]]
        assert (found["state"], found["attempts"]) == ("pending", 1)

    def test_some_by_name_and_those_that_wait_too(self, system: System, sent: dict[str, str]):
        assert set(self.retry(system, [*sent.values(), str(uuid.uuid4())])) == {sent["dead"], sent["waits"]}

    @pytest.mark.parametrize(
        "body",
        [{}, {"message_ids": []}, {"message_ids": ["x"]}, {"message_ids": None, "all": True}, {"message_ids": 7}],
    )
    def test_what_names_none(self, system: System, body: dict):
        assert system.http.post("/alerts/retry", json=body, headers=system.local).status_code == 422


class TestSample:
    def post(self, system: System, body: dict):
        return system.http.post("/alerts/test", json=body, headers=system.local)

    def test_everywhere_or_to_one(self, system: System):
        answer = self.post(system, {})
        assert answer.status_code == 202, answer.text
        assert [one["destination"] for one in answer.json()] == ["webhook", "oncall"]
        assert {one["state"] for one in answer.json()} == {"pending"}
        system.clock.set(NOON + 1.0)
        assert [one["destination"] for one in self.post(system, {"destination": "oncall"}).json()] == ["oncall"]
        samples = system.pipeline.store.messages("default", [MessageState.PENDING], 10)
        assert len(samples) == 3

    def test_to_nobody(self, system: System):
        answer = self.post(system, {"destination": "nobody"})
        assert refused(answer, 404)
        assert "webhook, oncall" in answer.json()["detail"]
        assert system.pipeline.store.messages("default", (), 10) == []

    @pytest.mark.parametrize("body", [{"destination": 1}, {"to": "oncall"}, {"destination": "x" * 65}])
    def test_what_cannot_be_meant(self, system: System, body: dict):
        assert self.post(system, body).status_code == 422


def test_other_workspaces_are_not_seen(system: System, sent: dict[str, str]):
    assert len(listed(system)) == 4
    assert system.pipeline.store.messages("other", (), 10) == []
