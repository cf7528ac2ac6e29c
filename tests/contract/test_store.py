"""What a store promises, on every database."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from smart_support.adapters.sql.store import GRACE
from smart_support.domain.access import Scope, Session, new_key, new_session
from smart_support.domain.agent import Agent
from smart_support.domain.event import Position
from smart_support.domain.ticket import Action, Customer, State
from smart_support.pipeline.ports import Store
from smart_support.pipeline.records import Accepted, Dispatched, OutboxEntry, Step, Triaged
from tests.builders import key, lease, ticket, triage, waiting

ALL = 1_000_000.0


def kinds(store: Store, ticket_id: str | None = None, workspace: str = "default") -> list[str]:
    return [found.event.kind for found in store.events(workspace, Position(), 1_000, ticket_id)]


class TestAccept:
    def test_keeps_everything_it_was_given(self, store: Store):
        given = replace(
            ticket(body="Ärger 🙂\n\n<b>now</b>"),
            customer=Customer("c1", "a@example.org", "Ann", "gold"),
            channel="mail",
            tags=("a", "b"),
            received_at=12.5,
            metadata={"n": [1, {"x": None}]},
            history=True,
        )
        store.accept([given], ["key:1"])
        assert store.find(given.key) == given

    def test_ticket_outbox_row_and_event_are_one(self, store: Store):
        store.accept([ticket()], ["key:1"])
        assert store.due(ALL, ALL, 10) == [OutboxEntry(key(), Step.TRIAGE)]
        (event,) = store.events("default", Position(), 10)
        assert (event.event.kind, event.event.actor, event.event.ticket_id) == ("ticket.accept", "key:1", "t1")

    def test_a_repeated_ticket_is_one_ticket_with_the_first_answer(self, store: Store):
        first = store.accept([ticket(at=100.0)], ["a"])
        day_later = store.accept([ticket(at=86_500.0)], ["a"])
        assert first == [Accepted(key(), 100.0, fresh=True)]
        assert day_later == [Accepted(key(), 100.0, fresh=False)]
        assert kinds(store) == ["ticket.accept"]

    def test_a_reused_id_is_a_conflict_and_changes_nothing(self, store: Store):
        store.accept([ticket(body="one")], ["a"])
        (answer,) = store.accept([ticket(body="two")], ["a"])
        assert answer.conflict
        assert not answer.fresh
        assert store.find(key()).body == "one"

    def test_the_same_holds_within_one_call(self, store: Store):
        answers = store.accept([ticket(), ticket(), ticket(body="other"), ticket("t2")], ["a"] * 4)
        assert [(a.fresh, a.conflict) for a in answers] == [(True, False), (False, False), (False, True), (True, False)]

    def test_ten_equal_tickets_at_once_are_one(self, store: Store):
        barrier = threading.Barrier(10)

        def send(_: int) -> Accepted:
            barrier.wait()
            return store.accept([ticket()], ["a"])[0]

        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(send, range(10)))
        assert sum(answer.fresh for answer in answers) == 1
        assert not any(answer.conflict for answer in answers)
        assert kinds(store) == ["ticket.accept"]

    def test_workspaces_do_not_meet(self, store: Store):
        store.accept([ticket(workspace="a"), ticket(workspace="b", body="other")], ["x", "x"])
        assert store.find(key(workspace="a")).body == "It is broken"
        assert store.find(key(workspace="b")).body == "other"
        assert store.find(key()) is None
        assert kinds(store, workspace="a") == ["ticket.accept"]
        assert store.counts("default").pending == 0


class TestSteps:
    def test_a_ticket_goes_all_the_way(self, store: Store):
        store.accept([ticket()], ["a"])
        assert store.record_triage([Triaged(key(), triage(0.7))], 200.0, "triage") == [key()]
        found = store.find(key())
        assert (found.triage, found.processed_at, found.state) == (triage(0.7), 200.0, State.ACCEPTED)
        assert store.due(ALL, ALL, 10) == [OutboxEntry(key(), Step.DISPATCH)]
        assert store.record_dispatch([Dispatched(key())], 201.0, "dispatcher", lease(store)) == [key()]
        found = store.find(key())
        assert (found.state, found.dispatch_order) == (State.WAITING, 1)
        assert store.due(ALL, ALL, 10) == []
        assert kinds(store, "t1") == ["ticket.accept", "ticket.triage", "ticket.queue"]

    def test_history_is_archived_in_the_same_order(self, store: Store):
        store.accept([ticket("old"), ticket("new", at=101.0)], ["a", "a"])
        store.record_triage([Triaged(key(name), triage()) for name in ("old", "new")], 200.0, "triage")
        store.record_dispatch(
            [Dispatched(key("old"), Action.ARCHIVE), Dispatched(key("new"))], 201.0, "dispatcher", lease(store)
        )
        old, new = store.find(key("old")), store.find(key("new"))
        assert (old.state, old.dispatch_order) == (State.RESOLVED, 1)
        assert (new.state, new.dispatch_order) == (State.WAITING, 2)
        assert store.claim_next("default", 300.0, "agent").id == "new"
        assert kinds(store, "old")[-1] == "ticket.archive"

    def test_a_repeated_step_changes_nothing(self, store: Store):
        waiting(store, 0.5)
        assert store.record_triage([Triaged(key("t0"), triage(0.9))], 300.0, "late") == []
        assert store.record_dispatch([Dispatched(key("t0"))], 300.0, "late", lease(store)) == []
        assert store.find(key("t0")).triage.urgency == 0.5
        assert kinds(store) == ["ticket.accept", "ticket.triage", "ticket.queue"]

    def test_dispatch_needs_triage(self, store: Store):
        store.accept([ticket()], ["a"])
        assert store.record_dispatch([Dispatched(key())], 201.0, "dispatcher", lease(store)) == []
        assert store.find(key()).state is State.ACCEPTED

    def test_dispatch_orders_are_counted_per_workspace(self, store: Store):
        waiting(store, 0.1, 0.2, workspace="a")
        waiting(store, 0.3, workspace="b")
        assert [store.find(key(f"t{n}", "a")).dispatch_order for n in range(2)] == [1, 2]
        assert store.find(key("t0", "b")).dispatch_order == 1

    def test_a_failed_ticket_comes_back_later_and_is_buried_in_the_end(self, store: Store):
        store.accept([ticket()], ["a"])
        store.record_failure(key(), Step.TRIAGE, "boom", 200.0, (5.0,), "triage")
        assert store.due(204.9, ALL, 10) == []
        assert store.due(205.0, 235.0, 10) == [OutboxEntry(key(), Step.TRIAGE, failures=1)]
        store.record_failure(key(), Step.TRIAGE, "boom again", 206.0, (5.0,), "triage")
        assert store.find(key()).state is State.DEAD
        assert store.due(ALL, ALL, 10) == []
        assert kinds(store) == ["ticket.accept", "ticket.bury"]

    def test_what_is_due_is_given_out_once_in_a_while(self, store: Store):
        store.accept([ticket(f"t{n}", at=100.0 + n) for n in range(3)], ["a"] * 3)
        assert store.due(100.0 + GRACE - 0.1, 200.0, 10) == []
        assert [entry.key.ticket_id for entry in store.due(102.0 + GRACE, 200.0, 2)] == ["t0", "t1"]
        assert [entry.key.ticket_id for entry in store.due(102.0 + GRACE, 200.0, 2)] == ["t2"]
        assert store.due(199.0, 300.0, 10) == []
        assert len(store.due(200.0, 300.0, 10)) == 3

    @pytest.mark.parametrize("ahead", [600.0, 1_000_000.0])
    def test_what_a_clock_set_back_has_dated_is_due(self, store: Store, ahead: float):
        store.accept([ticket(at=2_000.0 + ahead)], ["a"])
        assert len(store.due(2_000.0, 2_010.0, 10)) == 1
        assert store.due(2_001.0, 2_011.0, 10) == []

    def test_the_backlog_counts_what_waits_for_a_step(self, store: Store):
        assert store.backlog(10) == 0
        waiting(store, 0.5)
        store.accept([ticket(name) for name in "abc"], ["a"] * 3)
        store.record_triage([Triaged(key("a"), triage())], 200.0, "triage")
        store.record_failure(key("b"), Step.TRIAGE, "boom", 200.0, (), "triage")
        assert store.backlog(10) == 2
        assert store.backlog(1) == 1


class TestQueue:
    def test_highest_urgency_first_oldest_among_equals(self, store: Store):
        waiting(store, 0.5, 0.9, 0.5, 0.1, 0.9)
        claimed = [store.claim_next("default", 300.0, "agent") for _ in range(6)]
        assert [t.id if t else None for t in claimed] == ["t1", "t4", "t0", "t2", "t3", None]
        assert {t.state for t in claimed if t} == {State.CLAIMED}
        assert kinds(store, "t1")[-1] == "ticket.claim"

    def test_nobody_gets_the_same(self, store: Store):
        waiting(store, *[n % 7 / 7 for n in range(60)])
        with ThreadPoolExecutor(8) as pool:
            claimed = list(pool.map(lambda _: store.claim_next("default", 300.0, "agent"), range(70)))
        ids = [t.id for t in claimed if t]
        assert len(ids) == len(set(ids)) == 60

    def test_only_of_the_own_workspace(self, store: Store):
        waiting(store, 0.5, workspace="a")
        assert store.claim_next("b", 300.0, "agent") is None

    def test_counts(self, store: Store):
        waiting(store, 0.5, 0.6)
        store.accept([ticket("new")], ["a"])
        store.claim_next("default", 300.0, "agent")
        counts = store.counts("default")
        assert (counts.pending, counts.processed) == (1, 2)
        assert (counts.of(State.WAITING), counts.of(State.CLAIMED), counts.of(State.DEAD)) == (1, 1, 0)


class TestReading:
    def test_pages_hold_every_ticket_once(self, store: Store):
        store.accept([ticket(f"t{n:02}", at=100.0 + n // 3) for n in range(20)], ["a"] * 20)
        seen, after = [], None
        while page := store.page("default", after, 7):
            seen += [t.id for t in page]
            after = (page[-1].accepted_at, page[-1].id)
        assert seen == [f"t{n:02}" for n in range(20)]

    def test_events_are_read_on_from_any_position(self, store: Store):
        waiting(store, 0.1, 0.2, 0.3)
        every = store.events("default", Position(), 100)
        assert len(every) == 9
        assert sorted(found.position for found in every) == [found.position for found in every]
        for index, found in enumerate(every):
            assert Position.parse(str(found.position)) == found.position
            assert store.events("default", found.position, 100) == every[index + 1 :]

    def test_find_many_asks_for_any_number(self, store: Store):
        store.accept([ticket(f"t{n}") for n in range(1_200)], ["a"] * 1_200)
        keys = [key(f"t{n}") for n in range(1_300)]
        assert store.find_many(keys).keys() == set(keys[:1_200])


def open_session(store: Store, at: float, byte: str) -> Session:
    """Somebody signs in with a key of his own."""
    made, _ = new_key("ann", frozenset({Scope.READ}), at, byte.__mul__)
    store.add_key(made, "local")
    session, _ = new_session(made, at, byte.__mul__)
    store.open_session(session, made.workspace, made.principal.actor)
    return session


class TestKeys:
    def test_life_of_a_key(self, store: Store):
        made, _ = new_key("ci", frozenset({Scope.READ, Scope.INTAKE}), 100.0, "ab".__mul__, expires_at=900.0)
        assert store.add_key(made, "local")
        assert not store.add_key(made, "local")
        assert store.list_keys() == [made]
        assert not store.revoke_key("elsewhere", made.id, 200.0, "local")
        assert store.revoke_key("default", made.id, 200.0, "local")
        assert not store.revoke_key("default", made.id, 201.0, "local")
        assert store.list_keys() == [replace(made, revoked_at=200.0)]
        assert kinds(store) == ["key.create", "key.revoke"]

    def test_a_key_may_name_its_agent(self, store: Store):
        store.save_agents([Agent("default", "ann")], 1.0, "local")
        made, _ = new_key("ann", frozenset({Scope.AGENT}), 100.0, "ab".__mul__, agent_id="ann")
        store.add_key(made, "local")
        assert store.list_keys() == [made]


class TestSessions:
    def test_life_of_a_session(self, store: Store):
        signed_in = open_session(store, 100.0, "ab")
        assert store.session(signed_in.token_sha256) == signed_in
        assert store.session("0" * 64) is None
        assert store.close_session(signed_in.token_sha256, "default", 200.0, "key:1")
        assert not store.close_session(signed_in.token_sha256, "default", 201.0, "key:1")
        assert store.session(signed_in.token_sha256) is None
        assert kinds(store)[1:] == ["session.open", "session.close"]

    def test_those_that_are_over_are_forgotten(self, store: Store):
        over, lasts = open_session(store, 100.0, "ab"), open_session(store, 101.0, "cd")
        assert store.purge_sessions(over.expires_at + 0.5) == 1
        assert store.session(over.token_sha256) is None
        assert store.session(lasts.token_sha256) == lasts
