"""Storms through the steps, on a real store: duplicates, alerts, the queue, and what people undo."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from smart_support.adapters.clock import ManualClock
from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.alert import AlertKind
from smart_support.domain.incident import IncidentState, Life
from smart_support.domain.routing.routing import DEFAULT
from smart_support.domain.storm.rule import Rule
from smart_support.domain.storm.usual import Usual
from smart_support.domain.storm.vectors import Whole, rounded
from smart_support.domain.ticket import State
from smart_support.domain.triage import Text
from smart_support.pipeline.desk import AgeStep, Desk
from smart_support.pipeline.dispatch import DispatchStep
from smart_support.pipeline.incidents import Change
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.records import Step, Triaged
from smart_support.pipeline.routing_file import routing_of
from smart_support.pipeline.sla import SlaStep
from smart_support.pipeline.storms import BACKLOG_SECONDS, StormModels, Storms
from tests.builders import key, newly_raised, ticket, triage

D = 64


def vector(word: str) -> np.ndarray:
    found = np.random.default_rng(crc32(word.encode())).normal(size=D)
    return (found / np.linalg.norm(found)).astype(np.float32)


class World:
    """A dispatcher over a store. Tickets whose bodies begin with the same word are copies."""

    def __init__(self, store: SqlStore) -> None:
        self.store, self.broker, self.clock = store, MemoryBroker(), ManualClock(1_000.0)
        self.version = "v1"
        self.desk, self.lead, self.routing = Desk(store, 0.8), None, DEFAULT
        self.start()

    def start(self) -> None:
        """A dispatcher that knows nothing but what is stored."""
        if self.lead is not None:
            self.lead.resign()
        self.lead = LeadStep(self.store, self.broker, "test")
        self.lead.run_once()
        storms = Storms(self.store, StormModels(self.rule, self.embed, str.split), 0.8)
        self.dispatch = DispatchStep(
            self.store, self.broker, self.clock, self.lead, storms, 0.8, lambda _: self.routing
        )
        self.age = AgeStep(self.store, self.clock, self.lead, Life())
        self.sla = SlaStep(self.store, self.clock, self.lead)

    @staticmethod
    def rule(_: str) -> tuple[Rule, Usual]:
        return Rule(), Usual.none(D)

    @staticmethod
    def embed(version: str, texts: Sequence[Text]) -> list[Whole]:
        if version == "unreadable":
            raise RuntimeError("no such session")
        return [rounded(vector(version + one.body.split()[0])) for one in texts]

    def send(
        self,
        *bodies: str,
        urgency: float = 0.9,
        customer: str | None = None,
        versions: Sequence[str] = (),
        source: str | None = None,
        age: float = 0.0,
    ) -> list[str]:
        """Tickets that arrive one second after the other and are dispatched; `versions` take turns."""
        names = []
        for body in bodies:
            self.clock.set(self.clock.now() + 1.0)
            number = self.store.counts("default").processed
            made = replace(ticket(f"t{number}", body, at=self.clock.now()), source=source)
            made = replace(made, received_at=self.clock.now() - age) if age else made
            if customer:
                made = replace(made, customer=replace(made.customer, id=customer))
            self.store.accept([made], ["test"])
            version = versions[len(names) % len(versions)] if versions else self.version
            said = replace(triage(urgency), vector=vector(version + body.split()[0]), vector_version=version)
            self.store.record_triage([Triaged(made.key, said)], self.clock.now(), "test")
            self.broker.publish(Step.DISPATCH, [made.key])
            names.append(made.id)
        while self.dispatch.run_once(0):
            pass
        return names

    def states(self) -> dict[str, State]:
        return {one.id: one.state for one in self.store.page("default", None, 1_000)}

    def alerts(self) -> list[tuple[AlertKind, str]]:
        return [(one.kind, one.ticket_id) for one in newly_raised(self.store)]

    def change(self, kind: str, incident: str = "inc-1", **given: object):
        return self.desk.change(Change("default", incident, kind, self.clock.now(), "key:ann", **given))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    store = SqlStore.open(f"sqlite:///{tmp_path}/test.db", durable=False)
    yield World(store)
    store.close()


def test_a_flood_is_one_incident_with_ten_single_alerts_and_one_of_its_own(world: World):
    world.send(*["down again"] * 40)
    (incident,) = world.store.incidents("default", (), None, 10)
    assert (incident.id, incident.tickets, incident.suppressed) == ("inc-1", 40, 39)
    alerts = world.alerts()
    assert [kind for kind, _ in alerts].count(AlertKind.INCIDENT_OPENED) == 1
    assert {name for kind, name in alerts if kind is AlertKind.URGENT_TICKET} == {f"t{n}" for n in range(10)}
    assert len(alerts) == 11
    assert [name for name, state in world.states().items() if state is State.WAITING] == ["t0"]


@pytest.mark.parametrize(("source", "age", "incidents"), [("desk", 1.0, 0), ("desk", -0.5, 1), (None, 1.0, 1)])
def test_a_helpdesks_backlog_is_no_storm(world: World, source: str | None, age: float, incidents: int):
    world.clock.set(10 * BACKLOG_SECONDS)
    world.send(*["down again"] * 40, source=source, age=BACKLOG_SECONDS + age * 100)
    assert len(world.store.incidents("default", (), None, 10)) == incidents


def test_another_leader_goes_on_where_the_first_ended(world: World):
    for number in range(25):
        world.start()
        world.send("down again" if number % 2 else f"word{number} alone")
    (incident,) = world.store.incidents("default", (), None, 10)
    assert incident.tickets == 12


def test_what_a_person_unlinks_has_its_own_life_back_and_is_never_linked_again(world: World):
    *_, last = world.send(*["down again"] * 12)
    world.alerts()
    changed = world.change("unlink", ticket_ids=(last,))
    assert list(changed.ticket_ids) == [last]
    found = world.store.find(key(last))
    assert (found.state, found.incident_id, found.accepted_at) == (State.WAITING, None, 1_012.0)
    assert world.alerts() == [(AlertKind.URGENT_TICKET, last)]
    world.start()
    world.send(*["down again"] * 3)
    assert world.store.find(key(last)).incident_id is None
    assert world.store.incident("default", "inc-1").tickets == 14


def breached(world: World) -> list[str]:
    """The tickets that a look tells of, an hour after the last one."""
    world.clock.set(world.clock.now() + 3_600.0)
    before = world.store.last_position("default")
    while world.sla.run_once():
        pass
    found = (one.event for one in world.store.events("default", before, 1_000))
    return [one.ticket_id for one in found if one.kind == "sla.breached"]


def test_the_clock_of_a_duplicate_runs_and_speaks_once_it_is_parted_or_released(world: World):
    world.routing = routing_of({"sla": [{"name": "all", "resolution": "10m", "match": {}}]})
    first, *_, last = world.send(*["down again"] * 12)
    assert breached(world) == [first]
    world.change("unlink", ticket_ids=(last,))
    assert breached(world) == [last]
    world.change("resolve")
    assert sorted(breached(world)) == sorted(f"t{number}" for number in range(1, 11))
    assert breached(world) == []


def test_of_duplicates_that_are_resolved_with_their_incident_nothing_is_told(world: World):
    world.routing = routing_of({"sla": [{"name": "all", "resolution": "10m", "match": {}}]})
    first, *_ = world.send(*["down again"] * 12)
    world.clock.set(world.clock.now() + 3_600.0)
    world.change("resolve", answer=True)
    assert breached(world) == [first]
    assert breached(world) == []


def test_an_incident_without_members_still_knows_its_own(world: World):
    names = world.send(*["down again"] * 12)
    world.change("unlink", ticket_ids=tuple(names))
    world.send(*["down again"] * 14)
    (incident,) = world.store.incidents("default", (), None, 10)
    assert incident.tickets == 14


def test_what_was_dismissed_is_not_opened_again(world: World):
    world.send(*["down again"] * 12)
    world.change("dismiss")
    assert set(world.states().values()) == {State.WAITING}
    world.send(*["down again"] * 15)
    assert len(world.store.incidents("default", (), None, 10)) == 1
    assert set(world.states().values()) == {State.WAITING}


def test_a_late_report_is_a_recurrence_that_is_routed_and_told(world: World):
    world.send(*["down again"] * 12)
    world.change("resolve", answer=True)
    assert set(world.states().values()) == {State.RESOLVED}
    world.alerts()
    late, *_ = world.send(*["down again"] * 5)
    assert len(world.store.incidents("default", (), None, 10)) == 1
    assert world.store.link_of_ticket(key(late)).recurrence
    assert world.store.find(key(late)).state is State.WAITING
    assert (AlertKind.URGENT_TICKET, late) in world.alerts()


def test_a_flood_after_its_end_in_one_batch_leaves_no_recurrence(world: World):
    world.send(*["down again"] * 12)
    world.change("resolve", answer=True)
    world.send(*["down again"] * 4, "down and my lawyer will sue you", "down again", urgency=0.5)
    world.send(*["down again"] * 20, urgency=0.5)
    links = world.store.links("default", "inc-1")
    assert [one.recurrence for one in links] == [False] * len(links)
    world.change("resolve", answer=True)
    open_still = [name for name, state in world.states().items() if state is not State.RESOLVED]
    assert [world.store.link_of_ticket(key(name)).exception for name in open_still] == ["legal_threat"]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_flood_after_its_end_opens_it_again_and_is_told_once(world: World, restarts: bool):
    world.send(*["down again"] * 12)
    world.change("resolve", answer=True)
    world.alerts()
    for _ in range(40):
        if restarts:
            world.start()
        world.send("down again")
    (incident,) = world.store.incidents("default", (), None, 10)
    assert (incident.state, incident.closed_at, incident.tickets) == (IncidentState.GROWING, None, 52)
    alerts = world.alerts()
    assert [kind for kind, _ in alerts].count(AlertKind.INCIDENT_REOPENED) == 1
    assert len(alerts) == 11  # the first ten were told of one by one
    assert [name for name, state in world.states().items() if state is State.WAITING] == ["t12"]
    world.age.run_once()
    assert world.store.incident("default", "inc-1").state is IncidentState.GROWING
    world.change("resolve", answer=True)
    assert set(world.states().values()) == {State.RESOLVED}


def test_a_model_that_takes_over_knows_the_incident_in_its_own_vectors(world: World):
    world.send(*["down again"] * 12)
    world.version = "v2"
    world.send(*["down again"] * 12)
    world.version = "v1"
    world.send(*["down again"] * 12)
    (incident,) = world.store.incidents("default", (), None, 10)
    assert incident.tickets == 36


def test_two_models_that_take_turns_in_one_batch_find_one_incident(world: World):
    world.send(*["down again"] * 40, versions=("v1", "v2"))
    (incident,) = world.store.incidents("default", (), None, 10)
    assert incident.tickets == 40
    assert [kind for kind, _ in world.alerts()].count(AlertKind.INCIDENT_OPENED) == 1


def test_a_model_that_cannot_read_holds_nothing_up(world: World):
    world.send(*["down again"] * 12)
    world.version = "unreadable"
    world.start()
    late = world.send("down again")
    assert world.states()[late[0]] is State.WAITING


def test_what_was_merged_is_judged_by_what_its_own_members_say(world: World):
    world.send(*["down and all our data is lost"] * 12, urgency=0.5)
    world.send(*["slow today"] * 12, urgency=0.5)
    world.change("merge", other="inc-2")
    world.alerts()
    more = world.send(*["down and all our data is lost"] * 12, "slow today", urgency=0.5)
    assert {world.states()[name] for name in more} == {State.SUPPRESSED}
    assert world.alerts() == []


def test_of_an_exception_that_came_before_the_incident_somebody_is_told(world: World):
    world.send(*["down again"] * 5, urgency=0.5)
    (threat,) = world.send("down and my lawyer will sue you", urgency=0.5)
    world.send(*["down again"] * 6, urgency=0.5)
    assert set(world.alerts()) == {(AlertKind.INCIDENT_OPENED, "t0"), (AlertKind.EXCEPTION, threat)}


def test_what_one_model_finds_another_one_at_work_beside_it_knows(world: World):
    for number in range(12):
        world.version = f"v{number % 2}"
        world.send("quiet day")
    world.version = "v0"
    world.send(*["down again"] * 12)
    world.version = "v1"
    world.send(*["down again"] * 12)
    (incident,) = world.store.incidents("default", (), None, 10)
    assert incident.tickets == 24


def test_after_its_life_a_new_incident_names_the_old(world: World):
    world.send(*["down again"] * 12)
    world.change("resolve")
    world.clock.set(world.clock.now() + 2 * 86_400.0)
    world.send(*["down again"] * 12)
    newest, _ = world.store.incidents("default", (), None, 10)
    assert (newest.id, newest.follows) == ("inc-2", "inc-1")


@pytest.mark.parametrize(
    ("body", "urgency", "reason"),
    [
        ("down and my lawyer will sue you", 0.5, "legal_threat"),
        ("down and we have data loss", 0.5, "lost_data"),
        ("down and worse", 0.95, "urgency"),
    ],
)
def test_a_duplicate_that_says_more_is_linked_routed_and_told(world: World, body: str, urgency: float, reason: str):
    world.send(*["down again"] * 12, urgency=0.5)
    world.alerts()
    (more,) = world.send(body, urgency=urgency)
    link = world.store.link_of_ticket(key(more))
    assert (link.incident_id, link.exception) == ("inc-1", reason)
    assert world.store.find(key(more)).state is State.WAITING
    assert world.alerts() == [(AlertKind.EXCEPTION, more)]


def test_of_many_duplicates_that_say_more_all_are_routed_and_the_first_ten_are_told(world: World):
    world.send(*["down again"] * 12, urgency=0.5)
    world.alerts()
    threats = world.send(*["down and my lawyer will sue you"] * 7, urgency=0.5)
    threats += world.send(*["down and my lawyer will sue you"] * 7, urgency=0.5)
    assert sorted(world.alerts()) == sorted((AlertKind.EXCEPTION, name) for name in threats[:10])
    assert {world.states()[name] for name in threats} == {State.WAITING}


def test_a_threat_that_came_before_the_incident_stays_in_the_queue_and_waits_for_an_answer_of_its_own(world: World):
    world.send(*["down again"] * 5, urgency=0.5)
    (more,) = world.send("down and my lawyer will sue you", urgency=0.5)
    world.send(*["down again"] * 6, urgency=0.5)
    assert world.store.find(key(more)).state is State.WAITING
    world.change("resolve", answer=True)
    assert [name for name, state in world.states().items() if state is not State.RESOLVED] == [more]


def test_an_incident_grows_is_quiet_and_grows_again(world: World):
    def state() -> IncidentState:
        return world.store.incident("default", "inc-1").state

    world.send(*["down again"] * 11)
    assert state() is IncidentState.OPEN
    world.send("down again")
    assert state() is IncidentState.GROWING
    world.clock.set(world.clock.now() + 601.0)
    world.age.run_once()
    assert state() is IncidentState.QUIET
    world.send("down again")
    assert state() is IncidentState.GROWING


def test_an_incident_that_nobody_ends_ends_by_itself_and_nothing_is_lost(world: World):
    world.send(*["down again"] * 12)
    world.clock.set(world.clock.now() + 86_401.0)
    assert world.age.run_once() == 1
    assert world.store.incident("default", "inc-1").state is IncidentState.RESOLVED
    assert set(world.states().values()) == {State.WAITING}


def test_two_customers_in_a_hundred_tickets_are_two_customers(world: World):
    world.send(*["down again"] * 12, customer="ann")
    world.send(*["down again"] * 3, customer="bob")
    assert world.store.incident("default", "inc-1").customers == 2


def test_its_name_comes_from_its_members(world: World):
    world.send(*[f"word{n} about an invoice" for n in range(30)])
    world.send(*["down is the login page since nine"] * 11)
    incident = world.store.incident("default", "inc-1")
    assert incident.title == "down is the login page since nine"
    assert {"login", "page"} <= set(incident.keywords)
