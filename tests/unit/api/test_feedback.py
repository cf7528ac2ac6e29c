"""Feedback: an agent's word holds from then on, is given once, and is there to learn from."""

import json

import pytest

from smart_support.domain.event import Position
from tests.unit.api.system import System, refused


@pytest.fixture
def triaged(system: System) -> System:
    """A system with the ticket t1, which waits."""
    system.post(ticket_id="t1", subject="Checkout is down", body="Critical: nobody can pay")
    system.process()
    return system


def tell(system: System, ticket_id: str = "t1", headers: dict[str, str] | None = None, **said: object):
    return system.http.post(f"/v2/tickets/{ticket_id}/feedback", json=said, headers=headers)


def events(system: System) -> list[dict]:
    found = system.pipeline.store.events("default", Position(), 100, "t1")
    return [one.event for one in found if one.event.kind == "ticket.feedback"]


def test_a_correction_is_stored_beside_what_was_said_and_the_ticket_follows(triaged: System):
    before = triaged.http.get("/v2/tickets/t1").json()
    answer = tell(triaged, category="Legal", urgency=0.25, note="They ask for a contract")
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body.pop("feedback_id")
    assert body == {
        "ticket_id": "t1",
        "category": "Legal",
        "urgency": 0.25,
        "not_duplicate": None,
        "note": "They ask for a contract",
        "model_version": triaged.pipeline.model.version,
        "said_category": before["category"],
        "said_urgency": before["urgency_score"],
        "actor": "local",
        "created_at": "2025-10-09T09:00:00Z",
    }
    right = {"category": "Legal", "urgency_score": 0.25, "confidence": 1.0, "reasons": []}
    assert triaged.http.get("/v2/tickets/t1").json() == before | right


def test_its_event_names_the_actor_and_holds_no_text(triaged: System):
    agent = triaged.key("agent")
    assert tell(triaged, headers=agent, category="Legal", not_duplicate=True, note="secret words").status_code == 201
    (event,) = events(triaged)
    assert event.actor.startswith("key:")
    assert (event.data["category"], event.data["not_duplicate"]) == ("Legal", True)
    assert "secret" not in json.dumps(dict(event.data))


def test_repeated_with_its_key_it_is_given_once(triaged: System):
    headers = {"Idempotency-Key": "k1"}
    first, second = (tell(triaged, headers=headers, category="Legal") for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert len(events(triaged)) == 1
    refused(tell(triaged, headers=headers, category="Billing"), 422, "Idempotency-Key")


def test_what_says_nothing_or_nonsense_is_refused_and_changes_nothing(triaged: System):
    refused(tell(triaged), 422, "not_duplicate")
    refused(tell(triaged, note="hm"), 422, "not_duplicate")
    for said in ({"urgency": 1.1}, {"urgency": "0.5"}, {"urgency": True}, {"not_duplicate": 1}, {"class": "Legal"}):
        refused(tell(triaged, **said), 422, next(iter(said)))
    refused(tell(triaged, not_duplicate=True, note="x" * 501), 422, "note")
    refused(tell(triaged, category="legal"), 422, "Billing", "Technical", "Legal", "General")
    assert events(triaged) == []


def test_there_must_be_a_triaged_ticket(system: System):
    refused(tell(system, urgency=0.5), 404, "t1")
    system.post(ticket_id="t1", body="Help")
    refused(tell(system, urgency=0.5), 409, "not triaged yet")


def test_all_of_it_is_exported_with_the_texts(triaged: System):
    assert triaged.http.get("/v2/feedback/export").text == ""
    for said in ({"category": "Legal"}, {"urgency": 0.5}):
        triaged.clock.set(triaged.clock.now() + 1)
        tell(triaged, **said)
    lines = [json.loads(line) for line in triaged.http.get("/v2/feedback/export").text.splitlines()]
    assert [(line["category"], line["urgency"], line["subject"]) for line in lines] == [
        ("Legal", None, "Checkout is down"),
        (None, 0.5, "Checkout is down"),
    ]
    triaged.database.down = True
    refused(triaged.http.get("/v2/feedback/export"), 503)
