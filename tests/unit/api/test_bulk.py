"""An act on many tickets: each is done or refused as it would be alone."""

from typing import Any

import pytest

from smart_support.domain.event import Position
from tests.unit.api.system import System, refused
from tests.unit.api.test_incidents import send

ALL = {"Billing": 1.0, "Technical": 1.0, "Legal": 1.0, "General": 1.0}
NAMES = [f"t{n}" for n in range(6)]
TEXT = "My invoice is wrong"


def bulk(system: System, act: str, *names: str, headers: dict[str, str] | None = None, **told: Any) -> dict[str, Any]:
    body = {"act": act, "ticket_ids": names, **told}
    answer = system.http.post("/v2/tickets/bulk", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def one_by_one(system: System, act: str, *names: str, **told: Any) -> dict[str, Any]:
    """The same by a call for each ticket."""
    done, not_done = [], []
    for name in names:
        answer = system.http.post(f"/v2/tickets/{name}/{act}", json=told)
        if answer.status_code == 200:
            done.append(name)
        else:
            not_done.append({"ticket_id": name, **{part: answer.json()[part] for part in ("status", "detail")}})
    return {"done": done, "refused": not_done}


def shown(system: System) -> list[tuple[Any, ...]]:
    found = [system.http.get(f"/v2/tickets/{name}").json() for name in NAMES]
    return [(one["state"], one["agent_id"], one["team"], one["escalated_at"], one["resolved_at"]) for one in found]


def happened(system: System) -> list[tuple[str, str | None]]:
    found = system.pipeline.store.events("default", Position(), 1_000)
    return [(one.event.kind, one.event.ticket_id) for one in found]


def filled(system: System) -> System:
    """t0 and t1 are Ann's, t2 to t4 wait, t5 is not dispatched yet; t4 was resolved."""
    agents = [{"id": "ann", "skills": ALL, "capacity": 2}, {"id": "bob", "skills": ALL, "capacity": 1}]
    assert system.http.put("/agents", json=agents).status_code == 200
    system.http.post("/agents/bob/status", json={"status": "away"})
    for n, name in enumerate(NAMES[:-1]):
        send(system, [name], {"body": f"{TEXT} {n}"})
    system.http.post("/v2/tickets/t4/resolve", json={})
    system.post(ticket_id=NAMES[-1], body=TEXT)
    return system


@pytest.mark.parametrize(
    ("act", "told"),
    [
        ("resolve", {}),
        ("resolve", {"agent_id": "ann"}),
        ("reopen", {}),
        ("escalate", {}),
        ("escalate", {"team": "second line"}),
        ("reassign", {}),
        ("reassign", {"team": "second line"}),
        ("reassign", {"agent_id": "bob"}),
        ("reassign", {"agent_id": "nobody"}),
    ],
)
def test_it_does_what_calls_for_each_do(make_system: Any, act: str, told: dict[str, str]):
    many, each = filled(make_system("many")), filled(make_system("each"))
    assert shown(many) == shown(each)
    names = [*NAMES, "unknown"]
    answer = bulk(many, act, *names, **told)
    assert answer == one_by_one(each, act, *names, **told)
    assert sorted([*answer["done"], *(one["ticket_id"] for one in answer["refused"])]) == sorted(names)
    assert {"ticket_id": "unknown", "status": 404, "detail": "There is no ticket 'unknown'."} in answer["refused"] or (
        told == {"agent_id": "nobody"}
    )
    assert shown(many) == shown(each)
    assert happened(many) == happened(each)


def test_repeated_it_changes_nothing_and_one_named_twice_is_one(system: System):
    filled(system)
    first = bulk(system, "resolve", "t0", "t2", "t0", "t5")
    assert first["done"] == ["t0", "t2"]
    assert [(one["ticket_id"], one["status"]) for one in first["refused"]] == [("t5", 409)]
    before = happened(system)
    assert bulk(system, "resolve", "t0", "t2", "t0", "t5") == first
    assert happened(system) == before


def test_with_a_key_the_first_answer_is_given_again(system: System):
    filled(system)
    key = {"Idempotency-Key": "k1"}
    first = bulk(system, "reassign", "t0", "t1", headers=key)
    system.http.post("/agents/bob/status", json={"status": "online"})
    system.process()
    before = happened(system)
    assert bulk(system, "reassign", "t0", "t1", headers=key) == first == {"done": ["t0", "t1"], "refused": []}
    assert happened(system) == before
    body = {"act": "resolve", "ticket_ids": ["t0"]}
    refused(system.http.post("/v2/tickets/bulk", json=body, headers=key), 422, "Idempotency-Key")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"act": "claim", "ticket_ids": ["t0"]}, "act"),
        ({"act": "resolve"}, "ticket_ids"),
        ({"act": "resolve", "ticket_ids": []}, "ticket_ids"),
        ({"act": "resolve", "ticket_ids": [f"t{n}" for n in range(201)]}, "ticket_ids"),
        ({"act": "resolve", "ticket_ids": ["a b"]}, "ticket_ids"),
        ({"act": "resolve", "ticket_ids": ["t0"], "team": "second line"}, "takes no team"),
        ({"act": "reopen", "ticket_ids": ["t0"], "team": "second line"}, "takes no team"),
        ({"act": "reassign", "ticket_ids": ["t0"], "team": "second line", "agent_id": "bob"}, "not both"),
        ({"act": "resolve", "ticket_ids": ["t0"], "note": "done"}, "note"),
    ],
)
def test_what_is_none_is_refused_as_a_whole(system: System, body: dict[str, Any], words: str):
    filled(system)
    before = happened(system)
    refused(system.http.post("/v2/tickets/bulk", json=body), 422, words)
    assert happened(system) == before


def test_only_agents_may(system: System):
    filled(system)
    reader, agent = system.key("read"), system.key("agent")
    body = {"act": "resolve", "ticket_ids": ["t0"]}
    refused(system.http.post("/v2/tickets/bulk", json=body, headers=reader), 403, "agent")
    assert bulk(system, "resolve", "t0", headers=agent)["done"] == ["t0"]
    (*_, last) = system.pipeline.store.events("default", Position(), 100, "t0")
    assert last.event.actor.startswith("key:")


def test_without_a_database_nothing_is_said_to_be_done(system: System):
    filled(system)
    system.database.down = True
    refused(system.http.post("/v2/tickets/bulk", json={"act": "resolve", "ticket_ids": ["t0"]}), 503)
