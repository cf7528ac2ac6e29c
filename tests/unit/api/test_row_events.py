"""Whatever changes a ticket writes an event with its id: a page that reads again what events name shows what is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from smart_support.adapters.sql.store import GRACE
from smart_support.domain.ticket import Ticket
from smart_support.pipeline.records import Step, Triaged
from tests.builders import by_transformer, degraded, key
from tests.unit.api.system import System
from tests.unit.api.test_incidents import ELEVEN, VAT, change, send
from tests.unit.api.test_models import FRUIT

ALL = {"Billing": 1.0, "Technical": 1.0, "Legal": 1.0, "General": 1.0}


@contextmanager
def told(system: System, *, changes: bool = True) -> Iterator[None]:
    """What happens inside changes some ticket, and each ticket that it changes is named by an event."""
    store = system.pipeline.store
    before, position = _tickets(system), store.last_position("default")
    yield
    after = _tickets(system)
    changed = {name for name, ticket in after.items() if before.get(name) != ticket}
    named = {found.event.ticket_id for found in store.events("default", position, 10_000)}
    assert bool(changed) is changes
    assert changed - named == set()


def _tickets(system: System) -> dict[str, Ticket]:
    return {ticket.id: ticket for ticket in system.pipeline.store.page("default", None, 1_000)}


def act(system: System, kind: str, ticket_id: str, **body: Any) -> None:
    answer = system.http.post(f"/v2/tickets/{ticket_id}/{kind}", json=body)
    assert answer.status_code == 200, answer.text


def test_from_the_first_word_to_the_answer(make_system: Callable[..., System]):
    system = make_system(offer_seconds=30)
    for name in ("ann", "bob"):
        system.http.put(f"/agents/{name}", json={"skills": ALL, "capacity": 2})
    with told(system):
        for name in ("t1", "t2"):
            system.post(ticket_id=name, body="My invoice is wrong")
    with told(system):
        system.process()
    assert {ticket.state.value for ticket in _tickets(system).values()} == {"offered"}
    for kind in ("accept", "decline"):
        with told(system):
            act(system, kind, "t1")
    with told(system):
        system.process()
    with told(system):
        system.clock.set(system.clock.now() + 31)
        system.process()
    for name in ("ann", "bob"):
        system.http.post(f"/agents/{name}/status", json={"status": "online"})
    for kind, body in (
        ("reassign", {"agent_id": "ann"}),
        ("start", {}),
        ("escalate", {"team": "second line"}),
        ("reassign", {"team": "first line"}),
        ("resolve", {}),
        ("reopen", {}),
        ("reassign", {"agent_id": "ann"}),
    ):
        with told(system):
            act(system, kind, "t1", **body)
    for correction in ({"category": "Legal"}, {"urgency": 0.9}):
        with told(system):
            assert system.http.post("/v2/tickets/t1/feedback", json=correction).is_success
    with told(system):
        system.http.post("/agents/ann/status", json={"status": "offline"})
    act(system, "reassign", "t2", agent_id="bob")
    with told(system):
        system.http.delete("/agents/bob")
    with told(system):
        assert system.http.get("/v2/tickets/next").status_code == 200
    with told(system, changes=False):
        assert system.http.put("/config/taxonomy", json=FRUIT).is_success
        system.pipeline.look.refresh()
        system.process()


def test_what_fails_what_is_scored_again_and_what_is_history(system: System):
    store = system.pipeline.store
    system.post(ticket_id="dead", body="Help")
    with told(system):
        store.record_failure(key("dead"), Step.TRIAGE, "ValueError: boom", system.clock.now(), (), "triage")
    with told(system):
        assert system.http.post("/dead/retry", json={"ticket_ids": None}).json() == {"retried": ["dead"]}
    system.process()

    system.post(ticket_id="hasty", body="Help")
    with told(system):
        store.record_triage([Triaged(key("hasty"), degraded())], system.clock.now(), "triage")
    system.clock.set(system.clock.now() + GRACE + 1)
    for _ in range(2):
        system.pipeline.sweep.run_once()
    with told(system):
        system.process()
    better = replace(by_transformer(0.9, "Legal"), reasons=())
    with told(system):
        assert store.record_rescore([Triaged(key("hasty"), better)], system.clock.now(), "rescore") == [key("hasty")]

    with told(system):
        past = {"ticket_id": "past", "body": "Help", "accepted_at": "2025-01-01T00:00:00Z"}
        assert system.http.post("/v2/import", json={"tickets": [past]}).is_success
        system.process()


@pytest.mark.parametrize("end", ["resolve", "dismiss", "time"])
def test_what_comes_to_an_incident_and_leaves_it(system: System, end: str):
    with told(system):
        send(system, ELEVEN)
    with told(system):
        send(system, [f"v{n:02}" for n in range(11)], VAT)
    send(system, ["free"], {"body": "How do I change the picture in my profile?"})
    for kind, body in (
        ("unlink", {"ticket_ids": ["t00"]}),  # who stood for all: another one does
        ("link", {"ticket_ids": ["free"]}),
        ("merge", {"incident_id": "inc-2"}),
    ):
        with told(system):
            assert change(system, kind, **body).is_success
    with told(system):
        act(system, "resolve", "t01")
    with told(system):
        if end == "time":
            system.clock.set(system.clock.now() + 90_000)
            system.pipeline.age.run_once()
        else:
            assert change(system, end, **({"members": "answer"} if end == "resolve" else {})).is_success
