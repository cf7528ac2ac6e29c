"""SLA clocks through the steps, on a real store: over nights and holidays, leaders and changes of the rules."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_support.adapters.clock import ManualClock
from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.alert import AlertKind
from smart_support.domain.event import Position
from smart_support.domain.routing.routing import DEFAULT
from smart_support.domain.sla import Escalation, Promise, Target, clocks
from smart_support.domain.taxonomy import Category, Sla, Taxonomy
from smart_support.domain.ticket import Customer
from smart_support.pipeline.agents import Act, Handling, Refused
from smart_support.pipeline.dispatch import DispatchStep
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.records import Dispatched, Step, Triaged
from smart_support.pipeline.routing_file import routing_of
from smart_support.pipeline.sla import SlaStep, judged, promised
from tests.builders import key, lease, no_storms, ticket, triage
from tests.examples import examples

RULES = {
    "sla": [
        {"name": "gold", "first_response": "1h", "escalate_to": "second line", "match": {"tier": "gold"}},
        {"name": "all", "first_response": "2h", "resolution": "8h", "calendar": "office", "match": {}},
    ],
    "calendars": {
        "office": {"zone": "Europe/Berlin", "country": "DE"}
        | dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-17:00")
    },
}


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


class World:
    """A dispatcher and its clocks over a store, by the rules in `routing`."""

    def __init__(self, store: SqlStore) -> None:
        self.store, self.clock, self.routing = store, ManualClock(), routing_of(RULES)
        self.lead: LeadStep | None = None
        self.names = map("t{}".format, count())
        self.take_over()

    def take_over(self) -> None:
        """Another process leads, which knows nothing but what is stored."""
        if self.lead is not None:
            self.lead.resign()
        broker = MemoryBroker()
        self.broker, self.lead = broker, LeadStep(self.store, broker, "test")
        self.lead.run_once()
        storms = no_storms(self.store)
        self.dispatch = DispatchStep(self.store, broker, self.clock, self.lead, storms, 0.8, lambda _: self.routing)
        self.sla = SlaStep(self.store, self.clock, self.lead)

    def send(self, moment: str) -> str:
        """A ticket that arrives, and is dispatched, then."""
        self.clock.set(at(moment))
        made = ticket(next(self.names), at=at(moment))
        self.store.accept([made], ["test"])
        self.store.record_triage([Triaged(made.key, triage())], at(moment), "test")
        self.broker.publish(Step.DISPATCH, [made.key])
        self.dispatch.run_once(0)
        return made.id

    def go(self, moment: str) -> list[str]:
        """What is told by a look at that moment: the ends of its kinds and promises."""
        before = len(self.told())
        self.clock.set(at(moment))
        while self.sla.run_once():
            pass
        return self.told()[before:]

    def told(self) -> list[str]:
        events = (one.event for one in self.store.events("default", Position(), 10_000))
        return [f"{one.kind} {one.data['promise']}" for one in events if one.kind.startswith("sla.")]

    def act(self, kind: Handling, moment: str, name: str) -> None:
        self.store.handle(Act(key(name), kind, at(moment), "key:1"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    store = SqlStore.open(f"sqlite:///{tmp_path}/test.db", durable=False)
    yield World(store)
    store.close()


def test_nothing_is_due_over_a_weekend_and_a_holiday(world: World):
    # Thursday, 30 April 2026, 16:00 in Berlin; the first of May is a holiday, then comes a weekend.
    world.send("2026-04-30 14:00")
    assert [world.go(f"2026-05-0{day} 12:00") for day in (1, 2, 3)] == [[], [], []]
    assert world.go("2026-05-04 07:30") == []
    assert world.go("2026-05-04 07:37") == ["sla.due_soon first_response"]
    world.take_over()
    assert world.go("2026-05-04 08:00") == []
    assert world.go("2026-05-04 08:01") == ["sla.breached first_response"]
    # 8 open hours after 16:00 are 16:00 on Monday; a fifth of them before is 14:24.
    assert world.go("2026-05-04 12:25") == ["sla.due_soon resolution"]
    assert world.go("2026-05-04 14:01") == ["sla.breached resolution"]
    assert world.go("2026-06-01 00:00") == []


def test_who_leads_no_more_tells_nothing_and_the_next_one_tells_it(world: World):
    world.send("2026-04-27 08:00")
    before = world.sla
    world.take_over()
    world.clock.set(at("2026-04-27 12:00"))
    assert before.run_once() == 0
    assert world.told() == []
    assert world.go("2026-04-27 12:00") == ["sla.due_soon first_response", "sla.breached first_response"]


def test_a_reopened_ticket_is_told_of_once(world: World):
    name = world.send("2026-04-27 08:00")
    world.act(Handling.RESOLVE, "2026-04-27 08:30", name)
    assert world.go("2026-04-28 12:00") == []
    world.act(Handling.REOPEN, "2026-04-28 13:00", name)
    assert world.go("2026-04-28 13:00") == ["sla.due_soon resolution", "sla.breached resolution"]
    world.act(Handling.RESOLVE, "2026-04-28 14:00", name)
    world.act(Handling.REOPEN, "2026-04-28 15:00", name)
    assert world.go("2026-04-28 15:01") == []


def test_a_ticket_underway_keeps_its_promise_when_the_rules_change(world: World):
    old = world.send("2026-04-27 08:00")
    world.routing = routing_of({"sla": [{"name": "quick", "resolution": "10m", "match": {}}]})
    new = world.send("2026-04-27 08:01")
    assert [one.promise for one in world.store.clocks(key(old))] == [Promise.FIRST_RESPONSE, Promise.RESOLUTION]
    (quick,) = world.store.clocks(key(new))
    assert (quick.promise, quick.due_at) == (Promise.RESOLUTION, at("2026-04-27 08:11"))


def test_many_that_are_due_at_once_are_told_in_as_many_batches_as_it_takes(world: World):
    for _ in range(5):
        world.send("2026-04-27 08:00")
    world.sla = SlaStep(world.store, world.clock, world.lead, batch=3)
    assert len(world.go("2026-06-01 00:00")) == 20


def test_what_is_breached_before_it_was_due_soon_alerts_once(world: World):
    name = world.send("2026-04-27 08:00")
    world.go("2026-04-27 10:01")
    (alert,) = world.store.raised("default")
    assert (alert.kind, alert.ticket_id) == (AlertKind.SLA_BREACHED, name)


GOLD = replace(ticket(at=0.0), triage=triage(), customer=Customer(tier="Gold"))


def test_a_promise_comes_from_the_rules_else_from_the_taxonomy():
    taxonomy = Taxonomy((Category("Technical", sla=Sla(resolution_minutes=5)), Category("Billing")))
    (gold,) = promised(GOLD, routing_of(RULES).on(taxonomy))
    assert (gold.promise, gold.due_at, gold.escalation) == (Promise.FIRST_RESPONSE, 3_600.0, Escalation("second line"))
    (usual,) = promised(GOLD, DEFAULT.on(taxonomy))
    assert (usual.promise, usual.due_at, usual.escalation) == (Promise.RESOLUTION, 300.0, None)
    assert promised(GOLD, DEFAULT) == ()


def test_history_is_promised_nothing():
    assert promised(replace(GOLD, history=True), routing_of(RULES)) == ()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    store = SqlStore.open(f"sqlite:///{tmp_path_factory.mktemp('sla')}/test.db", durable=False)
    yield store
    store.close()


NUMBERS = count()
COURSES = st.lists(st.tuples(st.integers(1, 99), st.sampled_from(["resolve", "reopen", "look", "look"])), max_size=12)


@given(COURSES)
@settings(max_examples=examples(0.4), deadline=None)
def test_however_time_is_cut_into_looks_the_same_is_told_and_once(shared: SqlStore, course: list[tuple[int, str]]):
    """Two tickets are resolved and reopened by turns; one is looked at now and then, the other only in the end."""
    number = next(NUMBERS)
    names = [f"often-{number}", f"once-{number}"]
    made = [ticket(name, at=0.0) for name in names]
    shared.accept(made, ["test"] * 2)
    shared.record_triage([Triaged(one.key, triage()) for one in made], 0.0, "test")
    held = lease(shared)
    promises = clocks(Target(30.0, 60.0, warn=0.5), 0.0)
    shared.record_dispatch([Dispatched(one.key, clocks=promises) for one in made], 0.0, "test", held)

    def look(name: str, now: float) -> None:
        if key(name) in shared.due_clocks(now, 1_000):
            shared.record_look([key(name)], partial(judged, now=now), held)

    for now, what in sorted(course):
        if what == "look":
            look(names[0], now)
            continue
        for name in names:
            with suppress(Refused):
                shared.handle(Act(key(name), Handling(what), now, "key:1"))
    told = []
    for name in names:
        look(name, 100.0)
        events = (one.event for one in shared.events("default", Position(), 1_000, name))
        told.append(sorted((one.kind, str(one.data["promise"])) for one in events if one.kind.startswith("sla.")))
    assert told[0] == told[1]
    assert len(set(told[0])) == len(told[0])
