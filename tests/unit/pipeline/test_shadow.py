"""The model in shadow: sees what live triage has stored, when there is time, and stands in nobody's way."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from smart_support.adapters.clock import ManualClock
from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.comparison import Pair
from smart_support.domain.registry import Roles
from smart_support.pipeline.models import FollowStep
from smart_support.pipeline.records import Step, Triaged
from smart_support.pipeline.shadow import KEPT_SECONDS, ShadowStep
from tests.builders import key, ticket, triage
from tests.unit.pipeline.models import Registry, Source

A, B = "light-aaaaaaaaaaaa", "light-bbbbbbbbbbbb"


class World:
    """A worker whose registry has a model in shadow."""

    def __init__(self, store: SqlStore) -> None:
        self.store, self.broker, self.clock = store, MemoryBroker(), ManualClock(1_000.0)
        self.time = 0.0
        self.registry, self.source = Registry(Roles(shadow=A)), Source()
        self.follow = FollowStep(self.registry, self.source, lambda: self.time)
        self.shadow = ShadowStep(store, self.source, self.follow, self.broker, self.clock, lambda: self.time)
        self.shadow.run_once(0)

    def roles(self, roles: Roles) -> None:
        self.registry.now = roles
        self.follow.run_once()

    def triaged(self, *names: str, history: bool = False) -> list[Triaged]:
        given = [replace(ticket(name), history=history) for name in names]
        self.store.accept(given, ["a"] * len(given))
        results = [Triaged(one.key, triage(0.5)) for one in given]
        self.store.record_triage(results, 200.0, "triage")
        return results

    def compared(self, version: str = A) -> int:
        return sum(pair.tickets for pair in self.store.pairs("default", version, {"light-test"}, 0.8))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    store = SqlStore.open(f"sqlite:///{tmp_path}/store.db", durable=False)
    yield World(store)
    store.close()


def test_what_is_stored_is_scored_beside_and_kept(world: World):
    world.shadow.offer(world.triaged(*"abcdef"))
    assert [world.shadow.run_once(0) for _ in range(3)] == [4, 2, 0]
    (pair,) = world.store.pairs("default", A, {"light-test"}, 0.8)
    assert pair == Pair("Technical", "Legal", 6, pytest.approx(2.4), 0, 6)
    assert world.store.find(key("a")).triage.category == "Technical"
    assert world.shadow.dropped == 0


def test_while_a_ticket_waits_for_triage_the_shadow_waits_too(world: World):
    world.shadow.offer(world.triaged("a"))
    world.broker.publish(Step.TRIAGE, [key("b")])
    assert world.shadow.run_once(0) == 0
    (message,) = world.broker.read(Step.TRIAGE, 1, 0)
    assert world.shadow.run_once(0) == 0
    world.broker.acknowledge(Step.TRIAGE, [message])
    assert world.shadow.run_once(0) == 1


def test_what_finds_the_queue_full_is_dropped_and_counted(world: World):
    (result,) = world.triaged("a")
    world.shadow.offer([result] * 1_100)
    assert world.shadow.dropped == 100


def test_a_shadow_that_fails_costs_its_batch_alone(world: World):
    def fail() -> None:
        raise ArithmeticError("no")

    model = world.shadow._loaded.model
    model.before = fail
    world.shadow.offer(world.triaged(*"abcde"))
    with pytest.raises(ArithmeticError):
        world.shadow.run_once(0)
    model.before = lambda: None
    assert world.shadow.run_once(0) == 1
    assert (world.shadow.dropped, world.compared()) == (4, 1)


def test_without_a_shadow_nothing_is_gathered_and_another_one_takes_its_place(world: World):
    world.roles(Roles())
    world.shadow.run_once(0)
    world.shadow.offer(world.triaged("a"))
    world.roles(Roles(shadow=B))
    assert world.shadow.run_once(0) == 0
    world.shadow.offer(world.triaged("b"))
    assert world.shadow.run_once(0) == 1
    assert (world.compared(A), world.compared(B)) == (0, 1)


def test_a_shadow_that_cannot_be_loaded_is_told(world: World):
    world.source.broken = {B}
    world.roles(Roles(shadow=B))
    assert world.shadow.run_once(0) == 0
    assert world.shadow.refusal.version == B
    world.roles(Roles())
    world.shadow.run_once(0)
    assert world.shadow.refusal is None


def test_history_is_left_out(world: World):
    world.shadow.offer(world.triaged("old", history=True))
    assert world.shadow.run_once(0) == 1
    assert world.compared() == 0


def test_results_are_kept_for_a_month(world: World):
    world.shadow.offer(world.triaged("a"))
    world.shadow.run_once(0)
    for seconds, left in ((KEPT_SECONDS, 1), (1.0, 0)):
        world.clock.set(world.clock.now() + seconds)
        world.time += 3_600.0
        world.shadow.run_once(0)
        assert world.compared() == left
