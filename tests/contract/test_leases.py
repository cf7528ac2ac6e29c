"""What a store promises about leases and about tickets that were given up, on both databases."""

import pytest

from smart_support.domain.ticket import State
from smart_support.pipeline.ports import Store
from smart_support.pipeline.records import Buried, Dispatched, LeaseLost, OutboxEntry, Step, Triaged
from tests.builders import key, lease, ticket, triage
from tests.contract.test_store import kinds
from tests.waiting import until


class TestDead:
    def test_a_buried_ticket_tells_why_and_can_take_the_step_again(self, store: Store):
        store.accept([ticket("a", at=100.0), ticket("b", at=99.0), ticket("c")], ["x"] * 3)
        store.record_triage([Triaged(key("a"), triage())], 200.0, "triage")
        store.record_failure(key("a"), Step.DISPATCH, "boom", 201.0, (), "dispatcher")
        store.record_failure(key("b"), Step.TRIAGE, "bang\0\ud800", 202.0, (), "triage")
        assert store.buried("default", 10) == [
            Buried(key("b"), Step.TRIAGE, 1, "bang?", 99.0),
            Buried(key("a"), Step.DISPATCH, 1, "boom", 100.0),
        ]
        assert len(store.buried("default", 1)) == 1
        assert store.buried("other", 10) == []
        assert store.exhume("default", ["a", "c", "never-stored"], 300.0, "local") == [key("a")]
        assert store.find(key("a")).state is State.ACCEPTED
        assert OutboxEntry(key("a"), Step.DISPATCH) in store.due(300.0, 330.0, 10)
        assert kinds(store, "a")[-2:] == ["ticket.bury", "ticket.retry"]
        assert store.exhume("default", None, 301.0, "local") == [key("b")]
        assert store.buried("default", 10) == []


class TestLease:
    def test_one_holder_at_a_time(self, store: Store):
        first = store.take_lease("dispatcher", "one", 60.0)
        assert store.take_lease("dispatcher", "two", 60.0) is None
        assert store.take_lease("other", "two", 60.0) is not None
        assert store.keep_lease(first, 60.0)
        store.give_up_lease(first)
        second = store.take_lease("dispatcher", "two", 60.0)
        assert second.token > first.token
        assert not store.keep_lease(first, 60.0)
        store.give_up_lease(first)
        assert store.keep_lease(second, 60.0)

    def test_a_lease_that_has_run_out_is_free(self, store: Store):
        assert store.take_lease("dispatcher", "one", 0.05) is not None
        until(lambda: store.take_lease("dispatcher", "two", 60.0), "the lease runs out", 5.0)

    def test_a_lease_dated_by_a_clock_that_was_set_back_is_free(self, store: Store):
        store.take_lease("dispatcher", "one", 100_000.0)
        assert store.take_lease("dispatcher", "two", 1.0) is not None

    def test_whoever_has_lost_the_lease_commits_nothing(self, store: Store):
        store.accept([ticket()], ["a"])
        store.record_triage([Triaged(key(), triage())], 200.0, "triage")
        old = lease(store)
        new = lease(store)
        with pytest.raises(LeaseLost):
            store.record_dispatch([Dispatched(key())], 201.0, "old", old)
        with pytest.raises(LeaseLost):
            store.record_failure(key(), Step.DISPATCH, "boom", 201.0, (), "old", old)
        assert store.find(key()).state is State.ACCEPTED
        assert store.record_dispatch([Dispatched(key())], 201.0, "new", new) == [key()]
