"""The steps over a real store: what each promises, and what a failure of one leaves behind."""

import math
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from smart_support.adapters.clock import ManualClock
from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.sql.store import GRACE, SqlStore
from smart_support.domain.batch import BatchSize
from smart_support.domain.event import Position
from smart_support.domain.retry import STEP_DELAYS
from smart_support.domain.ticket import State
from smart_support.domain.triage import Tier
from smart_support.pipeline.accept import AcceptStep
from smart_support.pipeline.alerting import AlertStep
from smart_support.pipeline.compose import Composer
from smart_support.pipeline.dispatch import DispatchStep
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.notify import Alerts, NotifyStep
from smart_support.pipeline.publish import PublishStep
from smart_support.pipeline.records import Step, Unavailable
from smart_support.pipeline.sweep import SweepStep
from smart_support.pipeline.triage import TriageStep
from smart_support.pipeline.watch import Watch
from tests.builders import key, no_rules, no_storms, ticket, triage
from tests.recorder import Recorder


class WordModel:
    """S is what the body says; the word "poison" makes it fail."""

    tier = Tier.LIGHT
    version = "words"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def triage(self, texts):
        self.batches.append(len(texts))
        if any("poison" in text.body for text in texts):
            raise ArithmeticError("poison")
        return [triage(float(text.body)) for text in texts]


class World:
    """All steps, driven by hand."""

    def __init__(self, store: SqlStore, sender=None, model=None) -> None:
        self.store, self.broker, self.clock = store, MemoryBroker(), ManualClock(1_000.0)
        self.model = model or WordModel()
        self.publish = PublishStep(self.broker)
        self.accept = AcceptStep(store, self.publish)
        size, watch = BatchSize(64, 0.1), Watch(timer=lambda: 0.0)
        self.triage = TriageStep(store, self.broker, self.publish, lambda _: self.model, self.clock, watch, size)
        self.lead = LeadStep(store, self.broker, "test")
        self.dispatch = DispatchStep(store, self.broker, self.clock, self.lead, no_storms(store), 0.8, no_rules)
        self.sent = Recorder()
        self.alerting = AlertStep(store, self.clock, self.lead, no_rules, 0.8, ["test"])
        deliver = Alerts(Composer(store, None), sender or self.sent).deliver
        self.notify = NotifyStep("test", deliver, store, self.clock, lambda: 0.0, per_second=math.inf)
        self.sweep = SweepStep(store, self.broker, self.clock, GRACE)

    def take(self, *bodies: str) -> list[str]:
        tickets = [ticket(f"t{n}", body, at=self.clock.now()) for n, body in enumerate(bodies)]
        self.accept.accept(tickets, "test")
        self.publish.run_once(0)
        return [t.id for t in tickets]

    def run(self) -> None:
        self.lead.run_once()
        while (
            self.publish.run_once(0)
            or self.triage.run_once(0)
            or self.dispatch.run_once(0)
            or self.alerting.run_once()
            or self.notify.run_once()
        ):
            pass

    def state(self, ticket_id: str) -> State:
        return self.store.find(key(ticket_id)).state

    def kinds(self) -> list[str]:
        return [found.event.kind for found in self.store.events("default", Position(), 1_000)]

    def close(self) -> None:
        self.accept.close()
        self.broker.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = SqlStore.open(f"sqlite:///{tmp_path}/store.db", durable=False)
    yield opened
    opened.close()


@pytest.fixture
def world(store: SqlStore) -> Iterator[World]:
    made = World(store)
    yield made
    made.close()


def test_one_ticket_from_end_to_end(world: World):
    world.take("0.9")
    world.run()
    assert world.state("t0") is State.WAITING
    assert [notice.ticket_id for notice in world.sent.notices] == ["t0"]
    assert world.kinds() == ["ticket.accept", "ticket.triage", "ticket.queue", "alert.sent"]
    assert world.store.due(9e9, 9e9, 10) == []
    assert [world.broker.lag(step) for step in Step] == [0, 0]


def test_a_ticket_that_breaks_the_model_stops_no_other_and_ends_buried(world: World):
    world.take("0.1", "0.2", "poison", "0.3", "0.4")
    world.run()
    assert [world.state(f"t{n}") for n in (0, 1, 3, 4)] == [State.WAITING] * 4
    for delay in STEP_DELAYS:
        assert world.state("t2") is State.ACCEPTED
        world.clock.set(world.clock.now() + delay)
        world.sweep.run_once()
        world.run()
    assert world.state("t2") is State.DEAD
    assert world.kinds().count("ticket.bury") == 1


def test_a_batch_is_one_call_of_the_model(world: World):
    world.take(*["0.5"] * 40)
    world.run()
    assert world.model.batches == [40]


def test_what_the_broker_forgot_is_enqueued_again_at_once(world: World, store: SqlStore):
    world.take("0.5", "0.6", "0.7")
    world.close()
    restarted = World(store)
    restarted.sweep = SweepStep(store, restarted.broker, restarted.clock, GRACE, batch=2)
    restarted.clock.set(1_001.0)
    assert [restarted.sweep.run_once() for _ in range(3)] == [2, 1, 0]
    assert restarted.triage.run_once(0) == 3
    restarted.close()
    again = World(store)  # now they were forgotten between triage and dispatch
    again.clock.set(1_002.0)
    assert again.sweep.run_once() == 3
    again.run()
    assert again.state("t0") is State.WAITING
    again.close()


def test_where_counts_have_piled_up_is_looked_at_once_a_minute(world: World, monkeypatch: pytest.MonkeyPatch):
    looked = []
    monkeypatch.setattr(SqlStore, "fold_counts", lambda _: looked.append(world.clock.now()))
    for at in (1_000.0, 1_001.0, 1_059.0, 1_061.0, 1_062.0):
        world.clock.set(at)
        world.sweep.run_once()
    assert looked == [1_000.0, 1_061.0]


def test_what_gets_lost_underway_is_enqueued_again_after_a_while(world: World):
    world.broker.set_refilled()
    world.take("0.5")
    world.broker.acknowledge(Step.TRIAGE, world.broker.read(Step.TRIAGE, 1, 0))
    world.clock.set(1_000.0 + GRACE - 1)
    assert world.sweep.run_once() == 0
    world.clock.set(1_000.0 + GRACE)
    assert world.sweep.run_once() == 1
    world.run()
    assert world.state("t0") is State.WAITING


def test_a_step_done_twice_has_one_effect(world: World):
    world.take("0.9")
    world.run()
    for step in Step:
        world.broker.publish(step, [key("t0")])
    world.run()
    assert world.kinds() == ["ticket.accept", "ticket.triage", "ticket.queue", "alert.sent"]


def test_unknown_tickets_are_let_go(world: World):
    for step in Step:
        world.broker.publish(step, [key("never-stored")])
    world.run()
    assert [world.broker.lag(step) for step in Step] == [0, 0]


def submitted(step: AcceptStep, offered) -> Future:
    """The answer to one ticket, or what went wrong."""
    answered = Future()

    def answer(found):
        answered.set_exception(found) if isinstance(found, Exception) else answered.set_result(found)

    step.submit(offered, "test", answer)
    return answered


class TestAcceptStep:
    def test_tickets_that_arrive_together_are_committed_together(self, store: SqlStore):
        calls, gate = [], threading.Event()

        class Slow:
            def accept(self, offered, actors, traces):
                gate.wait(10)
                calls.append(len(offered))
                return store.accept(offered, actors)

        step = AcceptStep(Slow(), PublishStep(MemoryBroker()))
        answers = [submitted(step, ticket(f"t{n}")) for n in range(100)]
        gate.set()
        assert all(answer.result(10).fresh for answer in answers)
        step.close()
        assert sum(calls) == 100
        assert len(calls) <= 3

    def test_an_outage_reaches_every_caller_and_ends_with_it(self, store: SqlStore):
        class Flaky:
            down = True

            def accept(self, offered, actors, traces):
                if self.down:
                    raise Unavailable("disk full")
                return store.accept(offered, actors)

        flaky = Flaky()
        step = AcceptStep(flaky, PublishStep(MemoryBroker()))
        with pytest.raises(Unavailable, match="disk full"):
            submitted(step, ticket()).result(10)
        flaky.down = False
        assert submitted(step, ticket()).result(10).fresh
        step.close()


class TestPublishStep:
    def test_a_broker_that_is_down_delays_and_loses_nothing(self):
        class Flaky(MemoryBroker):
            down = True

            def publish(self, step, keys):
                if self.down:
                    raise Unavailable("gone")
                super().publish(step, keys)

        broker = Flaky()
        step = PublishStep(broker)
        step.add(Step.TRIAGE, [key("a"), key("b")])
        step.add(Step.DISPATCH, [key("c")])
        with pytest.raises(Unavailable):
            step.run_once(0)
        step.add(Step.TRIAGE, [key("d")])
        broker.down = False
        assert step.run_once(0) == 4
        assert [message.key.ticket_id for message in broker.read(Step.TRIAGE, 10, 0)] == ["a", "b", "d"]
        assert broker.lag(Step.DISPATCH) == 1
        assert step.run_once(0) == 0

    def test_what_is_held_is_bounded(self):
        broker = MemoryBroker()
        step = PublishStep(broker, most=2)
        step.add(Step.TRIAGE, [key("a"), key("b"), key("c")])
        step.run_once(0)
        assert [message.key.ticket_id for message in broker.read(Step.TRIAGE, 10, 0)] == ["b", "c"]


def test_history_is_archived_and_alerts_nobody(world: World):
    world.accept.accept([replace(ticket("old", "0.99"), history=True)], "import")
    world.run()
    assert world.state("old") is State.RESOLVED
    assert world.store.claim_next("default", 9e9, "agent") is None
    assert world.sent.notices == []


def test_an_outage_in_the_middle_of_a_step_delays_nothing_beyond_its_end(world: World, monkeypatch: pytest.MonkeyPatch):
    def down(*_: object) -> None:
        raise Unavailable("gone")

    world.take("0.5", "0.6")
    world.lead.run_once()
    for name, step in (("record_triage", world.triage), ("record_dispatch", world.dispatch)):
        with monkeypatch.context() as outage:
            outage.setattr(world.store, name, down)
            with pytest.raises(Unavailable):
                step.run_once(0)
        assert step.run_once(0) == 2
        world.publish.run_once(0)
    assert world.state("t0") is world.state("t1") is State.WAITING
