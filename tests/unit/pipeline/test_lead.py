"""One leader at a time: it dispatches, the others wait, and the next one goes on where it ended."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from smart_support.adapters.clock import ManualClock
from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.alert import Alert
from smart_support.domain.retry import STEP_DELAYS
from smart_support.domain.ticket import State, Ticket
from smart_support.pipeline import dispatch
from smart_support.pipeline.dispatch import DispatchStep
from smart_support.pipeline.lead import LEASE_SECONDS, LeadStep
from smart_support.pipeline.records import Lease, OutboxEntry, Step, Triaged, Unavailable
from tests.builders import key, no_rules, no_storms, ticket, triage


class Dispatchers:
    """Two processes that could dispatch, on one store and one broker."""

    def __init__(self, store: SqlStore) -> None:
        self.store, self.broker, self.clock = store, MemoryBroker(), ManualClock(1_000.0)
        self.leads = [LeadStep(store, self.broker, name) for name in ("one", "two")]
        self.told: list[int] = []
        self.steps = [
            DispatchStep(store, self.broker, self.clock, lead, no_storms(store), 0.8, no_rules, self.tell)
            for lead in self.leads
        ]

    def tell(self, lease: Lease) -> None:
        self.told.append(lease.token)

    def ready(self, *names: str) -> None:
        """Tickets that wait for dispatch."""
        self.store.accept([ticket(name, at=self.clock.now()) for name in names], ["test"] * len(names))
        self.store.record_triage([Triaged(key(name), triage(0.9)) for name in names], self.clock.now(), "test")
        self.broker.publish(Step.DISPATCH, [key(name) for name in names])

    def states(self, *names: str) -> list[State]:
        return [self.store.find(key(name)).state for name in names]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Dispatchers]:
    store = SqlStore.open(f"sqlite:///{tmp_path}/store.db", durable=False)
    yield Dispatchers(store)
    store.close()


def test_one_takes_and_keeps_the_lease_and_the_other_waits(two: Dispatchers):
    one, two_ = two.leads
    for _ in range(3):
        one.run_once()
        two_.run_once()
    assert one.lease(0).token == 1
    assert two_.lease(0) is None


def test_who_resigns_is_followed_at_once(two: Dispatchers):
    one, two_ = two.leads
    one.run_once()
    one.resign()
    assert one.lease(0) is None
    two_.run_once()
    assert two_.lease(0).token == 2
    one.resign()  # a second time takes nothing from the next
    one.run_once()
    assert one.lease(0) is None
    assert two.store.keep_lease(two_.lease(0), LEASE_SECONDS)


def test_who_leads_again_tells_nothing_until_a_ticket_has_come(two: Dispatchers):
    """What it saw when it led before was another's to decide about since."""
    (one, two_), (step, _) = two.leads, two.steps
    one.run_once()
    step.run_once(0)
    assert two.told == []
    two.ready("t1")
    step.run_once(0)
    step.run_once(0)
    assert two.told == [1, 1]
    one.resign()
    two_.run_once()
    two_.resign()
    one.run_once()
    step.run_once(0)
    assert two.told == [1, 1]
    two.ready("t2")
    step.run_once(0)
    assert two.told == [1, 1, 3]


def test_who_has_lost_the_lease_notices(two: Dispatchers):
    one, two_ = two.leads
    one.run_once()
    two.store.give_up_lease(one.lease(0))  # it runs out
    two_.run_once()
    one.run_once()
    assert one.lease(0) is None
    assert two_.lease(0) is not None


def test_an_outage_of_the_store_is_no_loss_of_the_lease(two: Dispatchers, monkeypatch: pytest.MonkeyPatch):
    def down(*_: object) -> bool:
        raise Unavailable("down")

    lead = two.leads[0]
    lead.run_once()
    with monkeypatch.context() as outage:
        outage.setattr(two.store, "keep_lease", down)
        with pytest.raises(Unavailable):
            lead.run_once()
    lead.run_once()
    assert lead.lease(0).token == 1


def test_without_the_lease_nothing_is_read_or_dispatched(two: Dispatchers):
    two.ready("a")
    two.leads[0].run_once()
    assert two.steps[1].run_once(0) == 0
    assert two.states("a") == [State.ACCEPTED]
    (message,) = two.broker.read(Step.DISPATCH, 1, 0)
    assert message.deliveries == 1


def test_the_next_leader_goes_on_with_what_the_last_had_in_hand(two: Dispatchers):
    two.ready("a", "b", "c")
    two.leads[0].run_once()
    two.broker.read(Step.DISPATCH, 2, 0)  # and there it stops
    two.leads[0].resign()
    two.leads[1].run_once()
    while two.steps[1].run_once(0):
        pass
    assert sorted(two.store.find(key(name)).dispatch_order for name in "abc") == [1, 2, 3]
    assert two.broker.lag(Step.DISPATCH) == 0


def test_who_still_believes_that_he_leads_commits_nothing_and_gives_back(two: Dispatchers):
    two.ready("a")
    two.leads[0].run_once()
    two.store.give_up_lease(two.leads[0].lease(0))  # it runs out unnoticed
    two.leads[1].run_once()
    assert two.steps[0].run_once(0) == 0
    assert two.states("a") == [State.ACCEPTED]
    assert two.steps[1].run_once(0) == 1
    assert two.states("a") == [State.WAITING]


def test_a_ticket_that_cannot_be_decided_stops_no_other_and_comes_through_once_it_can(
    two: Dispatchers, monkeypatch: pytest.MonkeyPatch
):
    decide = dispatch.urgent_ticket

    def poisoned(found: Ticket, threshold: float, at: float) -> Alert | None:
        if found.id == "bad":
            raise ArithmeticError("boom")
        return decide(found, threshold, at)

    two.ready("a", "bad", "b")
    two.leads[0].run_once()
    with monkeypatch.context() as broken:
        broken.setattr(dispatch, "urgent_ticket", poisoned)
        two.steps[0].run_once(0)
        assert two.states("a", "bad", "b") == [State.WAITING, State.ACCEPTED, State.WAITING]
        for failures, delay in enumerate(STEP_DELAYS, 1):
            now = two.clock.now() + delay
            two.clock.set(now)
            assert two.store.due(now, now + 60, 10) == [OutboxEntry(key("bad"), Step.DISPATCH, failures)]
            two.broker.publish(Step.DISPATCH, [key("bad")])
            two.steps[0].run_once(0)
    (buried,) = two.store.buried("default", 10)
    assert (buried.step, buried.reason) == (Step.DISPATCH, "ArithmeticError: boom")
    assert two.states("bad") == [State.DEAD]
    assert two.store.exhume("default", ["bad"], two.clock.now(), "test") == [key("bad")]
    (again,) = two.store.due(two.clock.now(), two.clock.now(), 10)
    two.broker.publish(again.step, [again.key])
    two.steps[0].run_once(0)
    assert two.states("bad") == [State.WAITING]
    assert sorted(alert.ticket_id for alert in two.store.raised("default")) == ["a", "b", "bad"]


def test_who_cannot_reach_the_broker_does_not_lead(two: Dispatchers, monkeypatch: pytest.MonkeyPatch):
    def gone(_step: Step) -> int:
        raise Unavailable("no way to it from here")

    one, other = two.leads
    one.run_once()
    with monkeypatch.context() as cut_off:
        cut_off.setattr(two.broker, "lag", gone)
        for _ in range(2):
            with pytest.raises(Unavailable):
                one.run_once()
        assert one.lease(0) is None
    other.run_once()
    assert other.lease(0) is not None
