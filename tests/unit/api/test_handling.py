"""What agents do with tickets over HTTP: each act is one event, however often it is sent."""

from typing import Any

import pytest

from smart_support.domain.event import Position
from smart_support.pipeline.agents import Act
from tests.unit.api.system import System, refused

ALL = {"Billing": 1.0, "Technical": 1.0, "Legal": 1.0, "General": 1.0}


def act(system: System, kind: str, ticket_id: str = "t1", headers: dict[str, str] | None = None, **told: Any) -> Any:
    answer = system.http.post(f"/v2/tickets/{ticket_id}/{kind}", json=told, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def events(system: System, ticket_id: str = "t1") -> list[str]:
    return [one.event.kind for one in system.pipeline.store.events("default", Position(), 100, ticket_id)]


@pytest.fixture
def held(system: System) -> System:
    """Ann has a ticket; Bob, who is not there yet, will have room."""
    agents = [{"id": "ann", "skills": ALL, "capacity": 1}, {"id": "bob", "skills": ALL, "capacity": 1}]
    assert system.http.put("/agents", json=agents).status_code == 200
    system.http.post("/agents/bob/status", json={"status": "away"})
    system.post(ticket_id="t1", body="My invoice is wrong")
    system.process()
    return system


def test_a_ticket_is_begun_resolved_and_reopened(held: System):
    begun = act(held, "start", agent_id="ann")
    assert (begun["state"], begun["agent_id"], begun["answered_at"]) == ("in_progress", "ann", "2025-10-09T09:00:00Z")
    held.clock.set(held.clock.now() + 60)
    done = act(held, "resolve")
    assert (done["state"], done["resolved_at"]) == ("resolved", "2025-10-09T09:01:00Z")
    again = act(held, "reopen")
    assert (again["state"], again["resolved_at"]) == ("waiting", None)


def test_an_offer_is_accepted_or_declined_and_goes_to_the_next(make_system: Any):
    system = make_system(offer_seconds=30)
    agents = [{"id": name, "skills": ALL, "capacity": 1} for name in ("ann", "bob")]
    system.http.put("/agents", json=agents)
    system.post(ticket_id="t1", body="My invoice is wrong")
    system.process()
    offered = system.http.get("/v2/tickets/t1").json()
    assert (offered["state"], offered["agent_id"], offered["offer_until"]) == ("offered", "ann", "2025-10-09T09:00:30Z")
    assert act(system, "decline", agent_id="ann")["state"] == "waiting"
    system.process()
    accepted = act(system, "accept", agent_id="bob")
    assert (accepted["state"], accepted["agent_id"], accepted["offer_until"]) == ("assigned", "bob", None)


def test_it_is_moved_to_an_agent_or_to_a_team(held: System):
    assert act(held, "reassign", agent_id="bob")["agent_id"] == "bob"
    moved = act(held, "reassign", team="second line")
    assert (moved["state"], moved["agent_id"], moved["team"]) == ("waiting", None, "second line")


def test_it_goes_to_an_agent_or_to_a_team_and_not_to_both(held: System):
    wrong = held.http.post("/v2/tickets/t1/reassign", json={"agent_id": "bob", "team": "second line"})
    refused(wrong, 422, "agent_id", "team", "not both")
    assert held.http.get("/v2/tickets/t1").json()["agent_id"] == "ann"


def test_it_is_told_from_whom_it_is_taken(held: System, monkeypatch: pytest.MonkeyPatch):
    acts: list[Act] = []
    monkeypatch.setattr(held.pipeline.store, "handle", acts.append)
    for told in ({"from_agent_id": "ann"}, {"from_agent_id": "ann", "agent_id": "bob"}, {}):
        refused(held.http.post("/v2/tickets/t1/reassign", json=told), 404)
    assert [(act.from_agent, act.agent_id) for act in acts] == [("ann", None), ("ann", "bob"), (None, None)]
    refused(held.http.post("/v2/tickets/t1/reassign", json={"from_agent_id": "a b"}), 422, "from_agent_id")


def test_only_what_was_resolved_is_reopened(held: System):
    held.post(ticket_id="new", body="My invoice is wrong")
    happened = events(held, "new")
    assert act(held, "reopen", "new")["state"] == "accepted"
    assert act(held, "reopen")["state"] == "assigned"
    assert events(held, "new") == happened


def test_what_is_escalated_goes_to_somebody_else(held: System):
    shown = act(held, "escalate", team="second line")
    assert (shown["state"], shown["team"], shown["escalated_at"]) == ("waiting", "second line", "2025-10-09T09:00:00Z")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("accept", {}),
        ("start", {}),
        ("resolve", {}),
        ("decline", {"agent_id": "ann"}),
        ("escalate", {"team": "second line"}),
        ("reassign", {}),
        ("reassign", {"agent_id": "bob"}),
    ],
)
def test_repeated_it_changes_nothing(held: System, kind: str, told: dict[str, str]):
    first = act(held, kind, **told)
    happened = events(held)
    assert act(held, kind, **told) == first
    assert events(held) == happened


def test_with_a_key_the_first_answer_is_given_again(held: System):
    key = {"Idempotency-Key": "k1"}
    first = act(held, "start", headers=key, agent_id="ann")
    act(held, "resolve")
    assert act(held, "start", headers=key, agent_id="ann") == first
    other = held.http.post("/v2/tickets/t1/start", json={"agent_id": "bob"}, headers=key)
    refused(other, 422, "Idempotency-Key")


def test_what_cannot_be_done_is_refused_with_its_reason(held: System):
    post = held.http.post
    refused(post("/v2/tickets/t1/start", json={"agent_id": "bob"}), 409, "not bob's: it is assigned to ann")
    refused(post("/v2/tickets/t1/reassign", json={"agent_id": "carl"}), 409, "no agent 'carl'")
    act(held, "resolve")
    refused(post("/v2/tickets/t1/start", json={}), 409, "resolved")
    refused(post("/v2/tickets/unknown/start", json={}), 404, "unknown")
    refused(post("/v2/tickets/t1/start", json={"team": "second line"}), 422, "team")
    refused(post("/v2/tickets/t1/forget", json={}), 404)


def test_only_agents_may(held: System):
    reader, agent = held.key("read"), held.key("agent")
    refused(held.http.post("/v2/tickets/t1/start", json={}, headers=reader), 403, "agent")
    assert act(held, "start", headers=agent)["state"] == "in_progress"
    (*_, last) = held.pipeline.store.events("default", Position(), 100, "t1")
    assert last.event.actor.startswith("key:")
