"""What an agent's own key opens: his tickets and what waits, and of those only his to move."""

import json
import threading
from typing import Any

import pytest

from tests.unit.api.system import System, refused

ANN = {"skills": {"Technical": 1.0, "Billing": 1.0, "Legal": 1.0, "General": 1.0}, "capacity": 5}


@pytest.fixture
def desk(system: System) -> System:
    """Ann has t-ann, Bob has t-bob, t-free waits; both are offline for the solver, but can be given tickets."""
    for name in ("ann", "bob"):
        system.http.put(f"/agents/{name}", json=ANN | {"capacity": 1}).raise_for_status()
    for name in ("ann", "bob"):
        system.post(ticket_id=f"t-{name}", body=f"The secret of {name}").raise_for_status()
        for other in ("ann", "bob"):
            system.http.post(f"/agents/{other}/status", json={"status": "online" if other == name else "away"})
        system.process()
    for name in ("ann", "bob"):
        system.http.post(f"/agents/{name}/status", json={"status": "away"})
    system.post(ticket_id="t-free", body="Whose is this?").raise_for_status()
    system.process()
    held = {one: system.http.get(f"/v2/tickets/t-{one}").json()["agent_id"] for one in ("ann", "bob", "free")}
    assert held == {"ann": "ann", "bob": "bob", "free": None}
    return system


@pytest.fixture
def ann(desk: System) -> dict[str, str]:
    return desk.key("read", "agent", agent_id="ann")


def act(desk: System, ann: dict[str, str], ticket: str, what: str, **told: object):
    return desk.http.post(f"/v2/tickets/{ticket}/{what}", json=told, headers=ann)


def told(desk: System, headers: dict[str, str]) -> list[dict[str, Any]]:
    """What the stream tells from the beginning."""
    stopping = desk.app.state.parts.stopping
    timer = threading.Timer(0.4, stopping.set)
    timer.start()
    try:
        text = desk.http.get("/events?after=0-0", headers=headers).text
    finally:
        timer.join()
        stopping.clear()
    return [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]


VIEWS = ("", "/timeline", "/replies", "/sla", "/route", "/link")


@pytest.mark.parametrize("view", VIEWS)
def test_tickets_of_others_are_not_there(desk: System, ann: dict[str, str], view: str):
    refused(desk.http.get(f"/v2/tickets/t-bob{view}", headers=ann), 404, "t-bob")
    missing = refused(desk.http.get(f"/v2/tickets/t-nil{view}", headers=ann), 404)
    assert (
        missing["detail"].replace("t-nil", "t-bob")
        == (desk.http.get(f"/v2/tickets/t-bob{view}", headers=ann).json()["detail"])
    )
    for mine in ("t-ann", "t-free"):
        found = desk.http.get(f"/v2/tickets/{mine}{view}", headers=ann)
        assert found.status_code == 200 or "belongs to no incident" in found.text


@pytest.mark.parametrize("query", [{}, {"order": "urgent"}, {"id": ["t-ann", "t-bob", "t-free"]}, {"text": "the sec"}])
def test_lists_show_his_own_and_what_waits(desk: System, ann: dict[str, str], query: dict):
    page = desk.http.get("/v2/tickets", params=query, headers=ann).raise_for_status().json()
    shown = {one["ticket_id"] for one in page["tickets"]}
    assert shown == ({"t-ann"} if "text" in query else {"t-ann", "t-free"})
    assert page["total"] in {None, len(shown)}
    assert "secret of bob" not in desk.http.get("/v2/tickets", params=query, headers=ann).text


def test_facets_count_what_he_may_see(desk: System, ann: dict[str, str]):
    states = desk.http.get("/v2/tickets/facets", headers=ann).json()["states"]
    assert {one["value"]: one["tickets"] for one in states} == {"assigned": 1, "waiting": 1}
    states = desk.http.get("/v2/tickets/facets", headers=desk.local).json()["states"]
    assert {one["value"]: one["tickets"] for one in states} == {"assigned": 2, "waiting": 1}


@pytest.mark.parametrize("what", ["accept", "decline", "start", "resolve", "reopen", "reassign", "escalate"])
def test_he_moves_no_ticket_of_others(desk: System, ann: dict[str, str], what: str):
    before = desk.http.get("/v2/tickets/t-bob", headers=desk.local).json()
    refused(act(desk, ann, "t-bob", what), 404, "t-bob")
    if what == "reassign":
        refused(act(desk, ann, "t-bob", what, agent_id="ann"), 404)
    else:
        refused(act(desk, ann, "t-bob", what, agent_id="bob"), 403, "ann")
    assert desk.http.get("/v2/tickets/t-bob", headers=desk.local).json() == before


def test_what_waits_he_can_only_take(desk: System, ann: dict[str, str]):
    for what in ("decline", "resolve", "escalate"):
        refused(act(desk, ann, "t-free", what), 409, "ann")
    refused(act(desk, ann, "t-free", "reassign", agent_id="bob"), 409, "take it first")
    refused(act(desk, ann, "t-free", "reassign", team="legal"), 409, "take it first")
    act(desk, ann, "t-ann", "resolve").raise_for_status()
    taken = act(desk, ann, "t-free", "reassign", agent_id="ann").raise_for_status().json()
    assert (taken["state"], taken["agent_id"]) == ("assigned", "ann")
    assert act(desk, ann, "t-free", "start").json()["state"] == "in_progress"
    assert act(desk, ann, "t-free", "resolve").json()["state"] == "resolved"


def test_what_he_takes_with_next_is_his(desk: System, ann: dict[str, str]):
    taken = desk.http.get("/v2/tickets/next", headers=ann).json()
    assert (taken["ticket_id"], taken["state"], taken["agent_id"]) == ("t-free", "claimed", "ann")
    refused(desk.http.get("/v2/tickets/next", headers=ann), 404)
    bob = desk.key("read", "agent", agent_id="bob")
    refused(desk.http.get("/v2/tickets/t-free", headers=bob), 404)
    assert desk.http.get("/v2/tickets/t-free", headers=ann).status_code == 200
    assert act(desk, ann, "t-free", "resolve").json()["agent_id"] == "ann"


def test_what_he_gives_away_is_gone(desk: System, ann: dict[str, str]):
    desk.http.put("/agents/bob", json=ANN, headers=desk.local)
    assert act(desk, ann, "t-ann", "reassign", agent_id="bob", from_agent_id="ann").json()["agent_id"] == "bob"
    refused(desk.http.get("/v2/tickets/t-ann", headers=ann), 404)


def test_many_at_once_are_held_to_the_same(desk: System, ann: dict[str, str]):
    asked = {"act": "resolve", "ticket_ids": ["t-ann", "t-bob", "t-free", "t-nil"]}
    answer = desk.http.post("/v2/tickets/bulk", json=asked, headers=ann).json()
    assert answer["done"] == ["t-ann"]
    assert [(one["ticket_id"], one["status"]) for one in answer["refused"]] == [
        ("t-bob", 404),
        ("t-free", 409),
        ("t-nil", 404),
    ]


def test_nobody_is_told_what_was_answered_to_another_agent(desk: System, ann: dict[str, str]):
    key = {"Idempotency-Key": "k"}
    bob = desk.key("read", "agent", agent_id="bob")
    desk.http.post("/v2/tickets/t-bob/start", json={}, headers=bob | key).raise_for_status()
    refused(desk.http.post("/v2/tickets/t-bob/start", json={}, headers=ann | key), 422)


def test_feedback_is_for_what_is_his(desk: System, ann: dict[str, str]):
    told_ = {"category": "Legal"}
    refused(desk.http.post("/v2/tickets/t-bob/feedback", json=told_, headers=ann), 404, "t-bob")
    refused(desk.http.post("/v2/tickets/t-free/feedback", json=told_, headers=ann), 403, "take it")
    assert desk.http.post("/v2/tickets/t-ann/feedback", json=told_, headers=ann).status_code == 201


def test_feedback_is_for_what_is_his_when_it_is_written(
    desk: System, ann: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    store = desk.pipeline.store
    record = store.record_feedback

    def after_it_was_moved(*given: Any) -> Any:
        desk.http.put("/agents/bob", json=ANN, headers=desk.local)
        act(desk, desk.local, "t-ann", "reassign", agent_id="bob").raise_for_status()
        return record(*given)

    monkeypatch.setattr(store, "record_feedback", after_it_was_moved)
    refused(desk.http.post("/v2/tickets/t-ann/feedback", json={"category": "Legal"}, headers=ann), 404, "t-ann")
    assert desk.http.get("/v2/tickets/t-ann", headers=desk.local).json()["confidence"] != 1.0


def test_he_says_where_he_stands_and_nobody_else(desk: System, ann: dict[str, str]):
    assert desk.http.post("/agents/ann/status", json={"status": "online"}, headers=ann).status_code == 200
    assert desk.http.post("/agents/ann/heartbeat", headers=ann).status_code == 200
    assert desk.http.get("/agents/ann/tickets", headers=ann).json()[0]["ticket_id"] == "t-ann"
    refused(desk.http.post("/agents/bob/status", json={"status": "offline"}, headers=ann), 403, "ann")
    refused(desk.http.post("/agents/bob/heartbeat", headers=ann), 403, "ann")
    refused(desk.http.get("/agents/bob/tickets", headers=ann), 403, "ann")


def test_the_stream_tells_what_concerns_him(desk: System, ann: dict[str, str]):
    mine = told(desk, ann)
    assert {event["ticket_id"] for event in mine} == {"t-ann", "t-free", None}
    assert {event["agent_id"] for event in mine if event["ticket_id"] is None} == {"ann"}
    desk.http.put("/agents/bob", json=ANN, headers=desk.local)
    act(desk, ann, "t-ann", "reassign", agent_id="bob").raise_for_status()
    gone = [event for event in told(desk, ann) if event["kind"] == "ticket.reassign"]
    assert [(event["ticket_id"], event["data"]["from_agent"]) for event in gone] == [("t-ann", "ann")]


def test_the_whole_workspace_takes_another_key(desk: System, ann: dict[str, str]):
    for path in ("/dead", "/alerts", "/v2/arrivals", "/config/routing", "/metrics", "/models"):
        refused(desk.http.get(path, headers=ann), 403, "'ann'")
    assert desk.http.get("/dead", headers=desk.key("read")).status_code == 200


def test_an_admin_who_is_an_agent_too_is_held_to_nothing(desk: System):
    admin = desk.key("admin", agent_id="ann")
    assert desk.http.get("/v2/tickets/t-bob", headers=admin).status_code == 200
    assert act(desk, admin, "t-bob", "resolve").status_code == 200


def test_a_key_with_scope_agent_that_is_nobodys_acts_for_all(desk: System):
    helpdesk = desk.key("read", "agent")
    assert act(desk, helpdesk, "t-bob", "resolve", agent_id="bob").json()["state"] == "resolved"
    assert desk.http.get("/v2/tickets/next", headers=helpdesk).json()["agent_id"] is None


def test_his_keys_and_sessions_end_with_him(desk: System, ann: dict[str, str]):
    token = ann["Authorization"].removeprefix("Bearer ")
    page = {"Sec-Fetch-Site": "same-origin"}
    desk.http.post("/session", json={"key": token}, headers=page).raise_for_status()
    assert desk.http.get("/session", headers=page).json()["agent_id"] == "ann"
    desk.http.get("/v2/tickets/next", headers=ann).raise_for_status()
    desk.http.delete("/agents/ann", headers=desk.local).raise_for_status()
    refused(desk.http.get("/v2/tickets/next", headers=ann), 401)
    refused(desk.http.get("/v2/tickets", headers=page), 401)
    desk.http.cookies.clear()
    for one in ("t-ann", "t-free"):
        found = desk.http.get(f"/v2/tickets/{one}", headers=desk.local).json()
        assert (found["state"], found["agent_id"]) == ("waiting", None)
    desk.http.put("/agents/ann", json=ANN, headers=desk.local).raise_for_status()
    refused(desk.http.get("/v2/tickets", headers=ann), 401)
