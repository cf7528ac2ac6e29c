"""A consumer: what fails, fails alone, is counted, and is given up in the end; an outage is nobody's fault."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from smart_support.adapters.clock import ManualClock
from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.retry import STEP_DELAYS
from smart_support.domain.ticket import State, TicketKey
from smart_support.pipeline.consume import MOST_DELIVERIES, Consumer
from smart_support.pipeline.records import LeaseLost, Step, Unavailable
from tests.builders import key, ticket

OUTAGES = [Unavailable("down"), LeaseLost("another leads")]


class Bench:
    """A consumer of the triage stream whose work raises the errors that tickets are given."""

    def __init__(self, store: SqlStore) -> None:
        self.store, self.broker, self.clock = store, MemoryBroker(), ManualClock(1_000.0)
        self.errors: dict[str, Exception] = {}
        self.tried: list[str] = []
        """The calls of the work, each as the ids it was given, joined."""
        self.consumer = Consumer(Step.TRIAGE, store, self.broker, self.clock, "test", self._work)

    def _work(self, keys: list[TicketKey]) -> None:
        self.tried.append("".join(k.ticket_id for k in keys))
        for failing in keys:
            if failing.ticket_id in self.errors:
                raise self.errors[failing.ticket_id]

    def take(self, names: str) -> None:
        self.store.accept([ticket(name, at=self.clock.now()) for name in names], ["test"] * len(names))
        self.broker.publish(Step.TRIAGE, [key(name) for name in names])

    def hand_out(self, times: int, limit: int = 10) -> None:
        """Let readers die with what they were handed."""
        for _ in range(times):
            self.broker.read(Step.TRIAGE, limit, 0)
            self.broker.reclaim(Step.TRIAGE)

    def run(self) -> list[str]:
        """Until there is nothing to do; what was tried."""
        self.tried.clear()
        while self.consumer.run_once(10, 0):
            pass
        return self.tried

    def left(self) -> list[tuple[str, int]]:
        """What can be read at once, with its deliveries."""
        found = []
        while messages := self.broker.read(Step.TRIAGE, 10, 0):
            found += [(message.key.ticket_id, message.deliveries) for message in messages]
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = SqlStore.open(f"sqlite:///{tmp_path}/store.db", durable=False)
    yield Bench(store)
    store.close()


def test_a_batch_that_fails_is_tried_one_by_one(bench: Bench):
    bench.take("abc")
    bench.errors["b"] = ArithmeticError("boom")
    assert bench.run() == ["abc", "a", "b", "c"]
    assert bench.broker.lag(Step.TRIAGE) == 0
    now = bench.clock.now() + STEP_DELAYS[0]
    assert [(entry.key, entry.failures) for entry in bench.store.due(now, now, 10)] == [(key("b"), 1)]


def test_who_fails_alone_is_tried_again_after_each_delay_and_buried_then(bench: Bench):
    bench.take("a")
    bench.errors["a"] = ArithmeticError("boom")
    bench.run()
    for delay in STEP_DELAYS:
        now = bench.clock.now()
        assert bench.store.due(now + delay - 0.001, now + 9, 10) == []
        assert bench.store.find(key("a")).state is State.ACCEPTED
        bench.clock.set(now + delay)
        bench.broker.publish(Step.TRIAGE, [entry.key for entry in bench.store.due(now + delay, now + delay, 10)])
        assert bench.run() == ["a"]
    (buried,) = bench.store.buried("default", 10)
    assert (buried.failures, buried.reason) == (len(STEP_DELAYS) + 1, "ArithmeticError: boom")
    assert bench.store.find(key("a")).state is State.DEAD
    assert bench.broker.lag(Step.TRIAGE) == 0


def test_what_was_handed_out_before_travels_alone(bench: Bench):
    bench.take("ab")
    bench.hand_out(1)
    bench.take("cd")
    assert bench.run() == ["a", "b", "cd"]
    assert bench.broker.lag(Step.TRIAGE) == 0


def test_what_ends_its_worker_each_time_is_buried_untried(bench: Bench):
    bench.take("ab")
    bench.hand_out(MOST_DELIVERIES - 1, limit=1)
    assert bench.run() == ["a", "b"]  # the last time
    bench.take("cd")
    bench.hand_out(MOST_DELIVERIES)
    assert bench.run() == ["d"]
    (buried,) = bench.store.buried("default", 10)
    assert buried.key == key("c")
    assert f"handed out {MOST_DELIVERIES} times" in buried.reason
    assert bench.broker.lag(Step.TRIAGE) == 0


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda error: type(error).__name__)
class TestOutage:
    def test_in_the_middle_gives_back_what_is_not_done_and_keeps_what_is(self, bench: Bench, outage: Unavailable):
        bench.take("abc")
        bench.hand_out(1)
        bench.take("de")
        bench.errors["b"] = outage
        with pytest.raises(type(outage)):
            bench.run()
        assert bench.tried == ["a", "b"]
        assert sorted(bench.left()) == [("b", 2), ("c", 2), ("d", 1), ("e", 1)]
        assert bench.broker.lag(Step.TRIAGE) == 4

    def test_counts_against_nobody(self, bench: Bench, outage: Unavailable):
        bench.take("abc")
        bench.errors["b"] = outage
        for _ in range(2 * MOST_DELIVERIES):
            with pytest.raises(type(outage)):
                bench.run()
        bench.errors.clear()
        assert bench.run() == ["abc"]
        assert bench.broker.lag(Step.TRIAGE) == 0
        assert [entry.failures for entry in bench.store.due(9e9, 9e9, 10)] == [0, 0, 0]

    def test_while_a_failure_is_recorded_gives_back_too(
        self, bench: Bench, outage: Unavailable, monkeypatch: pytest.MonkeyPatch
    ):
        def down(*_: object) -> None:
            raise outage

        bench.take("ab")
        bench.errors["a"] = ArithmeticError("boom")
        monkeypatch.setattr(bench.store, "record_failure", down)
        with pytest.raises(type(outage)):
            bench.run()
        assert bench.left() == [("a", 1), ("b", 1)]


def test_an_error_of_the_store_takes_no_other_ticket_along(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    def wrong(*_: object) -> None:
        raise ValueError("a reason that the database does not take")

    bench.take("ab")
    bench.hand_out(1)
    bench.errors["a"] = ArithmeticError("boom")
    monkeypatch.setattr(bench.store, "record_failure", wrong)
    with pytest.raises(ValueError, match="reason"):
        bench.run()
    assert bench.left() == [("b", 2)]  # the other comes back later, counted
    bench.broker.reclaim(Step.TRIAGE)
    assert ("a", 3) in bench.left()
