"""What a store promises about degraded results and those that take their place, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from smart_support.domain.alert import urgent_ticket
from smart_support.domain.event import Position
from smart_support.domain.feedback import Feedback
from smart_support.domain.ticket import State
from smart_support.pipeline.ports import Store
from smart_support.pipeline.records import Dispatched, LeaseLost, OutboxEntry, Reviewed, Step, Triaged
from tests.builders import by_transformer, degraded, key, lease, queued, ticket, triage
from tests.contract.test_store import ALL, kinds


def test_degraded_tickets_that_wait_are_found_the_oldest_first(store: Store):
    queued(store, degraded(), triage(), degraded(), degraded())
    queued(store, degraded(), workspace="other")
    store.accept([ticket("new")], ["a"])
    store.record_triage([Triaged(key("new"), degraded())], 200.0, "triage")
    for _ in range(2):  # t1, then t0
        store.claim_next("default", 300.0, "agent")
    assert [(t.workspace, t.id) for t in store.degraded(10)] == [("other", "t0"), ("default", "t2"), ("default", "t3")]
    assert [t.id for t in store.degraded(2)] == ["t0", "t2"]


def test_a_better_result_takes_the_place_of_all_that_was_said_and_the_dispatcher_hears_of_it(store: Store):
    queued(store, degraded(0.2, "General"))
    better = replace(by_transformer(0.9, "Legal"), language="de", sentiment=0.5, reasons=())
    assert store.record_rescore([Triaged(key("t0"), better)], 300.0, "rescore") == [key("t0")]
    found = store.find(key("t0"))
    assert (found.triage, found.state, found.processed_at, found.dispatch_order) == (better, State.WAITING, 200.0, 1)
    assert store.due(ALL, ALL, 10) == [OutboxEntry(key("t0"), Step.DISPATCH)]
    event = store.events("default", Position(), 100)[-1].event
    assert (event.kind, event.actor, event.at, event.ticket_id) == ("ticket.rescore", "rescore", 300.0, "t0")
    assert event.data == {
        "category_before": "General",
        "category": "Legal",
        "urgency_before": 0.2,
        "urgency": 0.9,
        "confidence": 0.9,
        "tier": "transformer",
        "model": "transformer-test",
    }
    assert store.degraded(10) == []


def test_the_queue_goes_by_the_better_result(store: Store):
    queued(store, triage(0.5), degraded(0.2))
    store.record_rescore([Triaged(key("t1"), by_transformer(0.9))], 300.0, "rescore")
    assert store.claim_next("default", 301.0, "agent").id == "t1"


def test_what_a_person_corrected_no_model_changes(store: Store):
    queued(store, degraded(0.2, "General"))
    store.record_feedback(Feedback("f1", key("t0"), 300.0, "key:1", category="Legal"))
    assert store.degraded(10) == []
    assert store.record_rescore([Triaged(key("t0"), by_transformer(0.9))], 301.0, "rescore") == []
    assert store.find(key("t0")).triage.category == "Legal"


def test_nothing_but_a_degraded_result_of_a_waiting_ticket_is_replaced(store: Store):
    queued(store, degraded(0.9), triage(), degraded())
    store.claim_next("default", 300.0, "agent")  # t0
    better = [Triaged(key(name), by_transformer(0.7)) for name in ("t0", "t1", "never-stored")]
    again = [Triaged(key("t2"), degraded(0.3))]
    assert store.record_rescore(better + again, 301.0, "rescore") == []
    assert store.record_rescore([], 301.0, "rescore") == []
    assert [store.find(key(f"t{n}")).triage.urgency for n in range(3)] == [0.9, 0.5, 0.2]
    assert "ticket.rescore" not in kinds(store)
    assert store.due(ALL, ALL, 10) == []


def test_of_several_at_once_one_replaces_it(store: Store):
    queued(store, *[degraded()] * 20)

    def rescore(number: int) -> int:
        results = [Triaged(key(f"t{n}"), by_transformer(number / 10)) for n in range(20)]
        return len(store.record_rescore(results, 300.0, f"rescore-{number}"))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(rescore, range(4))) == 20
    assert kinds(store).count("ticket.rescore") == 20


class TestReview:
    def rescored(self, store: Store, urgency: float = 0.95) -> Reviewed:
        queued(store, degraded())
        store.record_rescore([Triaged(key("t0"), by_transformer(urgency))], 300.0, "rescore")
        return Reviewed(key("t0"), urgent_ticket(store.find(key("t0")), 0.8, 301.0))

    def test_tells_somebody_once(self, store: Store):
        review = self.rescored(store)
        assert store.record_review([review], lease(store)) == [key("t0")]
        assert store.record_review([review], lease(store)) == []
        assert store.raised("default") == [review.alert]
        assert store.due(ALL, ALL, 10) == []

    def test_tells_nobody_a_second_time(self, store: Store):
        store.accept([ticket()], ["a"])
        store.record_triage([Triaged(key(), degraded(0.85))], 200.0, "triage")
        alert = urgent_ticket(store.find(key()), 0.8, 201.0)
        store.record_dispatch([Dispatched(key(), alert=alert)], 201.0, "dispatcher", lease(store))
        store.record_rescore([Triaged(key(), by_transformer(0.95))], 300.0, "rescore")
        again = urgent_ticket(store.find(key()), 0.8, 301.0)
        assert store.record_review([Reviewed(key(), again)], lease(store)) == [key()]
        assert store.raised("default") == [alert]

    def test_happens_whatever_became_of_the_ticket_meanwhile(self, store: Store):
        review = self.rescored(store)
        store.claim_next("default", 300.5, "agent")
        assert store.record_review([review], lease(store)) == [key("t0")]
        assert store.find(key("t0")).state is State.CLAIMED

    def test_needs_the_lease(self, store: Store):
        review, old = self.rescored(store), lease(store)
        lease(store)
        with pytest.raises(LeaseLost):
            store.record_review([review], old)
        assert store.raised("default") == []
        assert store.due(ALL, ALL, 10) == [OutboxEntry(key("t0"), Step.DISPATCH)]

    def test_that_fails_for_good_leaves_the_ticket_in_the_queue(self, store: Store):
        self.rescored(store)
        store.record_failure(key("t0"), Step.DISPATCH, "boom", 301.0, (), "dispatcher", lease(store))
        assert store.find(key("t0")).state is State.WAITING
        assert store.buried("default", 10) == []
        assert store.due(ALL, ALL, 10) == []
        assert "ticket.bury" not in kinds(store)

    def test_leaves_alone_what_was_never_dispatched(self, store: Store):
        store.accept([ticket()], ["a"])
        store.record_triage([Triaged(key(), triage())], 200.0, "triage")
        assert store.record_review([Reviewed(key())], lease(store)) == []
        assert store.due(ALL, ALL, 10) == [OutboxEntry(key(), Step.DISPATCH)]
