"""Degraded tickets are scored again once the transformer answers: each once, and none at the cost of fresh ones."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.ticket import State
from smart_support.domain.triage import Tier, Triage
from smart_support.pipeline import rescore
from smart_support.pipeline.publish import PublishStep
from smart_support.pipeline.records import Step, Unavailable
from smart_support.pipeline.rescore import RescoreStep
from tests.builders import by_transformer, degraded, key, ticket
from tests.unit.pipeline.test_steps import World


class Tiers:
    """An engine: S is what the body says, 0.1 of it while the breaker is open. A text with "poison" fails its run;
    `opens_after` so many failing runs the breaker is open."""

    def __init__(self) -> None:
        self.tier, self.version, self.opens_after = Tier.TRANSFORMER, "tiers", 99
        self.calls: list[list[str]] = []

    def triage(self, texts):
        bodies = [text.body for text in texts]
        self.calls.append(bodies)
        if self.tier is Tier.TRANSFORMER and not any("poison" in body for body in bodies):
            return [by_transformer(float(body)) for body in bodies]
        if self.tier is Tier.TRANSFORMER:
            self.opens_after -= 1
            self.tier = Tier.TRANSFORMER if self.opens_after > 0 else Tier.LIGHT
        return [degraded(0.1) for _ in bodies]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = SqlStore.open(f"sqlite:///{tmp_path}/store.db", durable=False)
    yield opened
    opened.close()


@pytest.fixture
def world(store: SqlStore) -> Iterator[World]:
    made = World(store, model=Tiers())
    yield made
    made.close()


def step_of(world: World, worker: str = "one", batch: int = 4) -> RescoreStep:
    return RescoreStep(world.store, world.broker, world.publish, lambda _: world.model, world.clock, worker, batch)


def degrade(world: World, *bodies: str) -> None:
    """Tickets that came while the breaker was open, dispatched since."""
    world.model.tier = Tier.LIGHT
    world.take(*bodies)
    world.run()
    world.model.tier = Tier.TRANSFORMER
    world.model.calls.clear()


def results(world: World, number: int) -> list[Triage]:
    return [world.store.find(key(f"t{n}")).triage for n in range(number)]


def test_what_waits_is_scored_again_and_the_urgent_are_told_of_once(world: World):
    degrade(world, "0.9", "0.3", "0.95")
    assert world.sent.notices == []
    step = step_of(world)
    assert [step.run_once() for _ in range(2)] == [3, 0]
    world.run()
    assert [(r.tier, r.degraded, r.urgency) for r in results(world, 3)] == [
        (Tier.TRANSFORMER, False, urgency) for urgency in (0.9, 0.3, 0.95)
    ]
    assert sorted(notice.ticket_id for notice in world.sent.notices) == ["t0", "t2"]
    assert [world.state(f"t{n}") for n in range(3)] == [State.WAITING] * 3
    assert world.store.claim_next("default", 9e9, "agent").id == "t2"
    for name in ("t0", "t1", "t2"):  # whoever hears of it twice does nothing
        world.broker.publish(Step.DISPATCH, [key(name)])
    world.run()
    assert len(world.sent.notices) == 2
    assert world.kinds().count("ticket.rescore") == 3
    assert world.store.due(9e9, 9e9, 10) == []


def test_it_takes_the_oldest_first_in_batches(world: World):
    degrade(world, *["0.5"] * 10)
    step = step_of(world)
    assert [step.run_once() for _ in range(4)] == [4, 4, 2, 0]
    assert [len(call) for call in world.model.calls] == [4, 4, 2]


def test_only_while_the_transformer_answers_and_fresh_tickets_do_not_wait(world: World):
    degrade(world, "0.9")
    step = step_of(world)
    world.model.tier = Tier.LIGHT
    assert step.run_once() == 0
    world.model.tier = Tier.TRANSFORMER
    fresh = [ticket(f"f{n}", "0.5", at=1_000.0) for n in range(40)]
    world.accept.accept(fresh, "test")
    world.publish.run_once(0)
    assert step.run_once() == 0
    assert world.model.calls == []
    world.run()
    assert step.run_once() == 1


def test_one_worker_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch):
    degrade(world, "0.9")
    held = world.store.take_lease(rescore.LEASE, "another", 60.0)
    assert step_of(world).run_once() == 0
    world.store.give_up_lease(held)
    with monkeypatch.context() as outage:
        outage.setattr(world.store, "record_rescore", _down)
        with pytest.raises(Unavailable):
            step_of(world).run_once()
    assert step_of(world, "two").run_once() == 1


def _down(*_: object) -> None:
    raise Unavailable("gone")


def test_a_breaker_that_opens_again_leaves_the_rest_for_later(world: World):
    degrade(world, "0.9", "poison", "0.3")
    world.model.opens_after = 1
    step = step_of(world)
    assert step.run_once() == 0
    assert world.model.tier is Tier.LIGHT
    world.model.tier, world.model.opens_after = Tier.TRANSFORMER, 99
    assert step.run_once() == 2


def test_what_fails_alone_stands_in_nobodys_way(world: World):
    degrade(world, "poison", "0.9", "poison", "0.3", "0.4", "0.5")
    step = step_of(world)
    assert [step.run_once() for _ in range(3)] == [2, 2, 0]
    assert [r.degraded for r in results(world, 6)] == [True, False, True, False, False, False]
    world.model.calls.clear()
    degrade(world)
    assert step.run_once() == 0
    assert world.model.calls == []


def test_the_dispatcher_hears_of_it_though_the_process_ends_before_it_can_say_so(world: World, store: SqlStore):
    degrade(world, "0.9")
    unsaid = PublishStep(world.broker)
    RescoreStep(store, world.broker, unsaid, lambda _: world.model, world.clock, "one").run_once()
    world.run()
    assert world.sent.notices == []
    world.clock.set(2_000.0)
    world.broker.set_refilled()
    assert world.sweep.run_once() == 1
    world.run()
    assert [notice.ticket_id for notice in world.sent.notices] == ["t0"]


def test_what_comes_before_the_examples_are_read_is_tried_again(world: World):
    degrade(world, "0.9")
    triage, early = world.model.triage, [True]

    def while_reading(texts):
        return [replace(result, degraded=early[0]) for result in triage(texts)]

    world.model.triage = while_reading
    step = step_of(world)
    assert step.run_once() == 0
    early[0] = False
    assert step.run_once() == 1
