"""Assignment through its step, on a real store: who is given what, when, and what becomes of offers."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from smart_support.adapters.clock import ManualClock
from smart_support.adapters.flow import solve
from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.agent import Agent, AgentStatus, Silence
from smart_support.domain.routing.routing import DEFAULT, Routing
from smart_support.domain.ticket import Customer, State
from smart_support.pipeline.agents import Act, Handling
from smart_support.pipeline.assign import AssignStep
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.metrics import Metrics
from smart_support.pipeline.records import Dispatched, Triaged
from tests.builders import key, ticket, triage

ANN = Agent("default", "ann", skills={"Billing": 1.0, "Technical": 0.2}, capacity=1, languages=("en",))
BOB = Agent("default", "bob", skills={"Technical": 1.0, "Billing": 0.35}, capacity=1, languages=("en", "de"))


class Desk:
    """A store with a leader that assigns."""

    def __init__(self, store: SqlStore, offer_seconds: float = 0.0) -> None:
        self.store, self.clock, self.routing = store, ManualClock(1_000.0), DEFAULT
        self.lead = LeadStep(store, MemoryBroker(), "test")
        self.lead.run_once()
        self.solved = 0
        self.metrics = Metrics()
        self.step = AssignStep(
            store, self.clock, self.lead, self._solve, self._rules, offer_seconds, Silence(60.0, 600.0), self.metrics
        )

    def _rules(self, _: str) -> Routing:
        return self.routing

    def _solve(self, network):
        self.solved += 1
        return solve(network)

    def queue(self, name: str, category: str = "Billing", urgency: float = 0.5, **more: object) -> None:
        made = replace(ticket(name, at=self.clock.now()), **more)
        self.store.accept([made], ["test"])
        self.store.record_triage([Triaged(made.key, triage(urgency, category))], self.clock.now(), "test")
        lease = self.lead.lease(0)
        assert lease is not None
        self.store.record_dispatch([Dispatched(made.key)], self.clock.now(), "dispatcher", lease)

    def owner(self, name: str) -> str | None:
        found = self.store.find(key(name))
        assert found is not None
        return found.agent_id

    def counted(self) -> dict[tuple[str, str], float]:
        """How often each outcome came, for each reason."""
        (family,) = self.metrics.assignments.collect()
        samples = [one for one in family.samples if one.name.endswith("_total") and one.value]
        return {(one.labels["outcome"], one.labels["reason"]): one.value for one in samples}

    def after(self, seconds: float) -> int:
        self.clock.set(self.clock.now() + seconds)
        return self.step.run_once()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = SqlStore.open(f"sqlite:///{tmp_path}/test.db", durable=False)
    yield Desk(store)
    store.close()


def test_all_that_wait_are_given_to_who_is_best_at_them(desk: Desk):
    desk.store.save_agents([ANN, BOB], 1.0, "test")
    desk.queue("t1", "Technical")
    desk.queue("t2", "Billing")
    assert desk.step.run_once() == 2
    assert (desk.owner("t1"), desk.owner("t2")) == ("bob", "ann")


def test_the_second_best_is_asked_once_it_has_waited(desk: Desk):
    desk.store.save_agents([replace(ANN, status=AgentStatus.AWAY), BOB], 1.0, "test")
    desk.queue("t1", "Billing")
    assert desk.after(10.0) == 0
    assert desk.after(289.0) == 0
    assert desk.after(5.0) == 1
    assert desk.owner("t1") == "bob"
    assert desk.counted() == {("assigned", "relaxed"): 1}


def test_the_queue_drains_as_soon_as_capacity_frees_and_the_most_urgent_is_first(desk: Desk):
    desk.store.save_agents([ANN], 1.0, "test")
    desk.queue("calm", urgency=0.1)
    desk.step.run_once()
    desk.queue("low", urgency=0.2)
    desk.queue("high", urgency=0.9)
    assert desk.step.run_once() == 0
    desk.store.handle(Act(key("calm"), Handling.RESOLVE, desk.clock.now(), "test"))
    assert desk.step.run_once() == 1
    assert desk.owner("high") == "ann"


def test_a_follow_up_goes_to_who_had_the_customer_though_another_is_better(desk: Desk):
    desk.store.save_agents([replace(ANN, capacity=2), replace(BOB, skills={"Billing": 0.8}, capacity=2)], 1.0, "test")
    desk.queue("first", customer=Customer(id="c1"))
    desk.store.handle(Act(key("first"), Handling.REASSIGN, desk.clock.now(), "test", "bob"))
    desk.queue("second", customer=Customer(id="c1"))
    desk.queue("other", customer=Customer(id="c2"))
    desk.step.run_once()
    assert (desk.owner("second"), desk.owner("other")) == ("bob", "ann")
    assert desk.counted() == {("assigned", "preferred"): 1, ("assigned", "skill"): 1}


def test_a_language_is_asked_for_unless_nobody_speaks_it(desk: Desk):
    desk.store.save_agents([replace(ANN, capacity=5), replace(BOB, capacity=5, skills={"Billing": 0.7})], 1.0, "test")
    for name, language in (("german", "de"), ("welsh", "cy")):
        made = replace(ticket(name, at=1_000.0))
        desk.store.accept([made], ["test"])
        said = replace(triage(0.5, "Billing"), language=language)
        desk.store.record_triage([Triaged(made.key, said)], 1_000.0, "test")
        desk.store.record_dispatch([Dispatched(made.key)], 1_000.0, "dispatcher", desk.lead.lease(0))
    assert desk.step.run_once() == 2
    assert (desk.owner("german"), desk.owner("welsh")) == ("bob", "ann")


def test_what_is_offered_and_not_accepted_goes_to_the_next(tmp_path: Path):
    store = SqlStore.open(f"sqlite:///{tmp_path}/test.db", durable=False)
    desk = Desk(store, offer_seconds=30.0)
    store.save_agents([ANN, replace(BOB, skills={"Billing": 0.7})], 1.0, "test")
    desk.queue("t1")
    desk.step.run_once()
    assert (store.find(key("t1")).state, desk.owner("t1")) == (State.OFFERED, "ann")
    assert desk.after(29.0) == 0
    assert desk.after(1.0) == 2  # taken from one, given to the other
    assert desk.owner("t1") == "bob"
    assert desk.counted() == {("offered", "skill"): 2, ("lapsed", ""): 1}
    store.handle(Act(key("t1"), Handling.DECLINE, desk.clock.now(), "test", "bob"))
    store.set_status("default", "ann", AgentStatus.ONLINE, desk.clock.now(), "test")
    desk.step.run_once()
    assert desk.owner("t1") == "ann"
    store.close()


def test_what_all_have_declined_they_are_asked_again_after_a_while(desk: Desk):
    desk.store.save_agents([ANN, replace(BOB, skills={"Legal": 1.0})], 1.0, "test")
    desk.queue("t1")
    desk.step.run_once()
    desk.store.handle(Act(key("t1"), Handling.DECLINE, desk.clock.now(), "test", "ann"))
    assert desk.after(290.0) == 0
    assert desk.after(15.0) == 1
    assert desk.owner("t1") == "ann"


def test_who_falls_silent_is_given_nothing(desk: Desk):
    desk.store.save_agents([ANN], 1.0, "test")
    desk.store.heartbeat("default", "ann", 1_000.0, "test")
    desk.queue("t1")
    assert desk.after(61.0) == 1
    assert desk.owner("t1") is None
    desk.store.heartbeat("default", "ann", desk.clock.now(), "test")
    assert desk.step.run_once() == 1


def test_pull_and_push_are_one_pool(desk: Desk):
    desk.store.save_agents([ANN], 1.0, "test")
    desk.queue("t1")
    assert desk.store.claim_next("default", 1.0, "key:1").id == "t1"
    assert desk.step.run_once() == 0
    desk.queue("t2")
    assert desk.step.run_once() == 1
    assert desk.store.claim_next("default", 1.0, "key:1") is None


def test_where_nothing_happened_nothing_is_solved_again(desk: Desk):
    desk.store.save_agents([replace(ANN, skills={"Legal": 1.0})], 1.0, "test")
    desk.queue("t1", "Billing")
    desk.step.run_once()
    solved = desk.solved
    for _ in range(10):
        assert desk.after(0.25) == 0
    assert desk.solved == solved


def test_what_somebody_took_in_the_meantime_is_counted_as_such(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    desk.store.save_agents([ANN, BOB], 1.0, "test")
    desk.queue("t1")
    record = desk.store.record_assignments

    def late(*given):
        desk.store.handle(Act(key("t1"), Handling.REASSIGN, desk.clock.now(), "test", "bob"))
        return record(*given)

    monkeypatch.setattr(desk.store, "record_assignments", late)
    assert desk.step.run_once() == 0
    assert desk.counted() == {("overtaken", "skill"): 1}


def test_only_who_leads_assigns(desk: Desk):
    desk.store.save_agents([ANN], 1.0, "test")
    desk.queue("t1")
    desk.lead.resign()
    assert desk.step.run_once() == 0
    assert desk.owner("t1") is None
