"""What a store promises of agents, and of who is given which ticket, on every database."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from smart_support.adapters.sql import agents as sql_agents
from smart_support.adapters.sql import bulk
from smart_support.domain.access import Scope, new_key
from smart_support.domain.agent import Agent, AgentStatus, Silence
from smart_support.domain.assignment.problem import Assigned, Parts
from smart_support.domain.calendar import WeeklyHours
from smart_support.domain.event import Position
from smart_support.domain.ticket import HELD, Customer, State, Ticket, TicketKey
from smart_support.pipeline.access import UnknownAgent
from smart_support.pipeline.agents import Act, Handling, Refused
from smart_support.pipeline.assignments import Given
from smart_support.pipeline.ports import Store
from smart_support.pipeline.records import Dispatched, LeaseLost, Triaged
from tests.builders import key, lease, ticket, triage

ANN = Agent("default", "ann", skills={"Billing": 0.9}, capacity=2, languages=("en", "de"))
BOB = Agent(
    "default", "bob", "Bob", {"Technical": 0.5}, 1, hours=WeeklyHours.parse({"zone": "UTC", "mon": "09:00-17:00"})
)
NO_COST = Parts(0, 0, 0, 0)


def queue(store: Store, *names: str, at: float = 100.0, urgency: float = 0.5, customer: str | None = None) -> None:
    """Tickets that wait."""
    made = [replace(ticket(name, at=at), customer=Customer(id=customer)) for name in names]
    store.accept(made, ["test"] * len(made))
    store.record_triage([Triaged(one.key, triage(urgency)) for one in made], at, "triage")
    store.record_dispatch([Dispatched(one.key) for one in made], at, "dispatcher", lease(store))


def give(store: Store, *pairs: tuple[str, str], until: float | None = None, at: float = 200.0) -> list[str]:
    seen = {case.ticket_id: case for case in store.cases("default")}
    given = [
        Given(
            Assigned(ticket_id, agent_id, Parts(1, 2, -3, 4)),
            "vip",
            seen[ticket_id].team if ticket_id in seen else None,
            seen[ticket_id].barred if ticket_id in seen else frozenset(),
        )
        for ticket_id, agent_id in pairs
    ]
    return store.record_assignments("default", given, at, "dispatcher", lease(store), until)


def act(store: Store, kind: str, name: str = "t1", agent: str | None = None, at: float = 300.0, **more: Any) -> Ticket:
    done = store.handle(Act(key(name), Handling(kind), at, "key:1", agent, **more))
    assert done is not None
    return done


def kinds(store: Store, name: str | None = None) -> list[str]:
    return [one.event.kind for one in store.events("default", Position(), 1_000, name)]


def load(store: Store, agent_id: str) -> int:
    found = store.agent("default", agent_id)
    assert found is not None
    return found.load


class TestAgents:
    def test_they_are_as_they_were_given(self, store: Store):
        store.save_agents([BOB, ANN], 1.0, "key:1")
        assert [one.agent for one in store.agents("default")] == [ANN, BOB]
        assert store.agents("other") == []
        assert store.agent("default", "nobody") is None

    def test_a_change_leaves_status_and_tickets_alone_and_is_an_event_once(self, store: Store):
        store.save_agents([ANN], 1.0, "key:1")
        store.set_status("default", "ann", AgentStatus.WRAP_UP, 2.0, "key:1")
        changed = replace(ANN, capacity=5, skills={"Legal": 1.0})
        for _ in range(2):
            (after,) = store.save_agents([changed], 3.0, "key:1")
            assert after == replace(changed, status=AgentStatus.WRAP_UP)
        assert store.agents("default")[0].agent == after
        assert kinds(store) == ["agent.add", "agent.status", "agent.change"]

    def test_who_goes_offline_gives_back_what_he_has_not_begun_with_its_age(self, store: Store):
        store.save_agents([replace(ANN, capacity=3)], 1.0, "key:1")
        queue(store, "t1", "t2")
        give(store, ("t1", "ann"), ("t2", "ann"))
        act(store, "start", "t1")
        store.set_status("default", "ann", AgentStatus.OFFLINE, 400.0, "key:1")
        first, second = (store.find(key(name)) for name in ("t1", "t2"))
        assert (first.state, first.agent_id) == (State.IN_PROGRESS, "ann")
        assert (second.state, second.agent_id, second.accepted_at) == (State.WAITING, None, 100.0)
        assert second.last_agent_id == "ann"
        assert load(store, "ann") == 1

    def test_who_is_away_keeps_what_is_his_but_not_what_is_only_offered(self, store: Store):
        store.save_agents([ANN], 1.0, "key:1")
        queue(store, "t1", "t2")
        give(store, ("t1", "ann"))
        give(store, ("t2", "ann"), until=900.0)
        store.set_status("default", "ann", AgentStatus.AWAY, 400.0, "key:1")
        assert [store.find(key(name)).state for name in ("t1", "t2")] == [State.ASSIGNED, State.WAITING]

    def test_who_is_removed_gives_back_everything(self, store: Store):
        store.save_agents([ANN], 1.0, "key:1")
        queue(store, "t1")
        give(store, ("t1", "ann"))
        act(store, "start", "t1")
        assert store.remove_agent("default", "ann", 400.0, "key:1")
        assert not store.remove_agent("default", "ann", 400.0, "key:1")
        assert store.find(key("t1")).state is State.WAITING
        assert store.agents("default") == []

    def test_who_is_removed_gives_back_what_he_claimed_too(self, store: Store):
        store.save_agents([ANN], 1.0, "key:1")
        queue(store, "t1")
        store.claim_next("default", 300.0, "key:2", "ann")
        store.remove_agent("default", "ann", 400.0, "key:1")
        found = store.find(key("t1"))
        assert (found.state, found.agent_id, found.accepted_at) == (State.WAITING, None, 100.0)
        assert store.claim_next("default", 500.0, "key:2", "ann") is None
        assert store.claim_next("default", 500.0, "key:3").id == "t1"

    def test_the_keys_of_who_is_removed_are_revoked_and_no_others(self, store: Store):
        store.save_agents([ANN, BOB, replace(ANN, workspace="acme")], 1.0, "key:1")
        for name, workspace, agent_id in (
            ("a1", "default", "ann"),
            ("a2", "default", "ann"),
            ("b1", "default", "bob"),
            ("c1", "acme", "ann"),
            ("d1", "default", None),
        ):
            made, _ = new_key(
                name, frozenset({Scope.READ}), 1.0, "0".__mul__, key_id=name, workspace=workspace, agent_id=agent_id
            )
            store.add_key(made, "key:1")
        store.revoke_key("default", "a2", 2.0, "key:1")
        store.remove_agent("default", "ann", 400.0, "key:1")
        revoked = {one.id: one.revoked_at for one in store.list_keys()}
        assert revoked == {"a1": 400.0, "a2": 2.0, "b1": None, "c1": None, "d1": None}
        told = [one.event for one in store.events("default", Position(), 100) if one.event.kind == "key.revoke"]
        assert [(event.at, event.data["key"]) for event in told] == [(2.0, "a2"), (400.0, "a1")]

    def test_no_key_of_an_agent_outlives_him(self, store: Store, monkeypatch: pytest.MonkeyPatch):
        """Or it would open for whoever gets his id later."""
        given = {"key_id": "a1", "agent_id": "ann"}
        made, _ = new_key("ann's", frozenset({Scope.READ}), 1.0, "0".__mul__, **given)
        with pytest.raises(UnknownAgent):
            store.add_key(made, "key:1")
        store.save_agents([replace(ANN, workspace="acme")], 1.0, "key:1")
        with pytest.raises(UnknownAgent):
            store.add_key(made, "key:1")
        store.save_agents([ANN], 1.0, "key:1")
        remover = threading.Thread(target=store.remove_agent, args=("default", "ann", 400.0, "key:1"))
        insert_new = bulk.insert_new

        def while_he_is_removed(*told: Any) -> Any:
            remover.start()
            remover.join(0.5)
            return insert_new(*told)

        with monkeypatch.context() as patch:
            patch.setattr(bulk, "insert_new", while_he_is_removed)
            assert store.add_key(made, "key:1")
        remover.join()
        assert store.agent("default", "ann") is None
        assert [one.revoked_at for one in store.list_keys()] == [400.0]

    def test_silence_makes_away_and_then_offline_those_who_ever_spoke_and_a_heartbeat_brings_them_back(
        self, store: Store
    ):
        limits = Silence(away=60.0, offline=600.0)
        store.save_agents([ANN, BOB], 1.0, "key:1")
        store.heartbeat("default", "ann", 100.0, "key:1")
        assert store.silence(limits, 160.0, "dispatcher") == 0
        assert store.silence(limits, 161.0, "dispatcher") == 1
        assert store.silence(limits, 162.0, "dispatcher") == 0
        assert [one.agent.status for one in store.agents("default")] == [AgentStatus.AWAY, AgentStatus.ONLINE]
        assert store.silence(limits, 701.0, "dispatcher") == 1
        assert store.agent("default", "ann").agent.status is AgentStatus.OFFLINE
        assert store.silence(limits, 9_999.0, "dispatcher") == 0
        back = store.heartbeat("default", "ann", 10_000.0, "key:1")
        assert (back.status, back.silent) == (AgentStatus.ONLINE, False)

    def test_who_is_heard_while_silence_is_looked_for_stays(self, store: Store, monkeypatch: pytest.MonkeyPatch):
        """On SQLite he has to wait until that is done; his heartbeat brings him back."""
        store.save_agents([ANN], 1.0, "key:1")
        store.heartbeat("default", "ann", 1.0, "key:1")
        beating = threading.Thread(target=store.heartbeat, args=("default", "ann", 500.0, "key:1"))
        lock_agents = sql_agents.lock_agents

        def heard_first(*args):
            if not beating.ident:
                monkeypatch.undo()
                beating.start()
                beating.join(0.5)
            return lock_agents(*args)

        monkeypatch.setattr(sql_agents, "lock_agents", heard_first)
        store.silence(Silence(away=60.0, offline=600.0), 500.0, "dispatcher")
        beating.join()
        ann = store.agent("default", "ann").agent
        assert (ann.status, ann.silent, ann.heartbeat_at) == (AgentStatus.ONLINE, False, 500.0)
        told = [one.event.data for one in store.events("default", Position(), 100) if one.event.kind == "agent.status"]
        assert len(told) == (2 if store._database.engine.dialect.name == "sqlite" else 0), (
            "away and back, or never away"
        )

    @pytest.mark.parametrize("status", [AgentStatus.AWAY, AgentStatus.WRAP_UP])
    def test_who_went_away_himself_stays_away_whatever_his_heart_says(self, store: Store, status: AgentStatus):
        limits = Silence(away=60.0, offline=600.0)
        store.save_agents([ANN], 1.0, "key:1")
        store.heartbeat("default", "ann", 1.0, "key:1")
        store.set_status("default", "ann", status, 2.0, "key:1")
        assert store.heartbeat("default", "ann", 3.0, "key:1").status is status
        for now in (70.0, 700.0):
            store.silence(limits, now, "dispatcher")
        assert store.agent("default", "ann").agent.status is AgentStatus.OFFLINE
        assert store.heartbeat("default", "ann", 701.0, "key:1").status is status

    def test_who_says_that_he_is_there_is_there_without_heartbeats(self, store: Store):
        store.save_agents([ANN], 1.0, "key:1")
        store.heartbeat("default", "ann", 1.0, "key:1")
        store.silence(Silence(away=60.0, offline=600.0), 700.0, "dispatcher")
        assert store.set_status("default", "ann", AgentStatus.ONLINE, 701.0, "key:1").status is AgentStatus.ONLINE
        assert store.silence(Silence(away=60.0, offline=600.0), 9_999.0, "dispatcher") == 0


class TestAssignment:
    def test_what_is_given_is_held_and_told(self, store: Store):
        store.save_agents([ANN], 1.0, "key:1")
        queue(store, "t1")
        assert store.assignable() == ["default"]
        assert give(store, ("t1", "ann")) == ["t1"]
        found = store.find(key("t1"))
        assert (found.state, found.agent_id, found.last_agent_id) == (State.ASSIGNED, "ann", "ann")
        assert [one.id for one in store.tickets_of("default", "ann")] == ["t1"]
        told = store.events("default", Position(), 100, "t1")[-1].event
        assert (told.kind, told.agent_id) == ("ticket.assign", "ann")
        assert told.data == {"cost": 4, "skill": 1, "relaxed": 2, "preferred": -3, "load": 4, "rule": "vip"}
        assert store.assignable() == []

    def test_capacity_is_never_exceeded_and_nobody_absent_is_given_anything(self, store: Store):
        store.save_agents([ANN, BOB], 1.0, "key:1")
        queue(store, "t1", "t2", "t3", "t4")
        store.set_status("default", "bob", AgentStatus.AWAY, 2.0, "key:1")
        assert give(store, ("t1", "ann"), ("t2", "ann"), ("t3", "ann"), ("t4", "bob"), ("t4", "nobody")) == ["t1", "t2"]
        assert (load(store, "ann"), load(store, "bob")) == (2, 0)

    def test_what_no_longer_waits_is_not_given(self, store: Store):
        store.save_agents([ANN], 1.0, "key:1")
        queue(store, "t1")
        store.claim_next("default", 1.0, "key:1")
        assert give(store, ("t1", "ann")) == []

    def test_only_who_leads_gives(self, store: Store):
        store.save_agents([ANN], 1.0, "key:1")
        queue(store, "t1")
        old = lease(store)
        lease(store)
        with pytest.raises(LeaseLost):
            store.record_assignments(
                "default", [Given(Assigned("t1", "ann", Parts(0, 0, 0, 0)), None)], 1.0, "d", old, None
            )

    def test_a_case_is_all_that_routing_asks(self, store: Store):
        store.save_agents([ANN], 1.0, "key:1")
        queue(store, "t0", customer="c1")
        give(store, ("t0", "ann"))
        act(store, "resolve", "t0")
        queue(store, "t1", at=150.0, customer="c1")
        queue(store, "t2", at=160.0)
        first, second = sorted(store.cases("default"), key=lambda case: case.order)
        assert (first.ticket_id, first.preferred, first.progress.accepted_at) == ("t1", "ann", 150.0)
        assert (second.ticket_id, second.preferred, second.barred) == ("t2", None, frozenset())

    def test_the_case_of_one_ticket_that_waits_is_the_one_among_all(self, store: Store):
        store.save_agents([ANN, BOB], 1.0, "key:1")
        queue(store, "t0", customer="c1")
        give(store, ("t0", "bob"))
        act(store, "resolve", "t0")
        queue(store, "t1", "t2", at=150.0, customer="c1")
        queue(store, "t3", at=160.0)
        give(store, ("t2", "ann"))
        act(store, "decline", "t2", "ann")
        cases = store.cases("default")
        assert len(cases) == 3
        assert [store.case(key(case.ticket_id)) for case in cases] == cases

    def test_the_case_of_a_held_ticket_forgets_who_has_it_but_not_who_had_it_or_declined(self, store: Store):
        store.save_agents([ANN, BOB], 1.0, "key:1")
        queue(store, "t1")
        before = store.case(key("t1"))
        give(store, ("t1", "ann"))
        assert store.case(key("t1")) == before
        act(store, "decline", "t1", "ann")
        give(store, ("t1", "bob"))
        assert store.case(key("t1")) == replace(before, barred=frozenset({"ann"}), barred_at=300.0)
        queue(store, "t2", at=150.0, customer="c1")
        give(store, ("t2", "ann"))
        queue(store, "t3", at=150.0, customer="c1")
        give(store, ("t3", "ann"))
        assert store.case(key("t3")).preferred == "ann"  # for the customer's other ticket

    def test_what_is_not_dispatched_has_no_case(self, store: Store):
        store.accept([ticket("t1")], ["test"])
        assert store.case(key("t1")) is None
        assert store.case(key("unknown")) is None


class TestOffers:
    def test_an_offer_that_is_accepted_in_time_is_his(self, store: Store):
        store.save_agents([ANN], 1.0, "key:1")
        queue(store, "t1")
        give(store, ("t1", "ann"), until=230.0)
        assert store.find(key("t1")).state is State.OFFERED
        assert act(store, "accept", agent="ann").state is State.ASSIGNED
        assert store.expire_offers(231.0, "dispatcher") == 0

    def test_one_that_lapses_goes_back_and_its_agent_is_away(self, store: Store):
        store.save_agents([ANN], 1.0, "key:1")
        queue(store, "t1")
        give(store, ("t1", "ann"), until=230.0)
        assert store.expire_offers(229.0, "dispatcher") == 0
        assert store.expire_offers(230.0, "dispatcher") == 1
        assert store.find(key("t1")).state is State.WAITING
        assert store.agent("default", "ann").agent.status is AgentStatus.AWAY

    def test_who_let_one_lapse_has_no_other_offers(self, store: Store):
        store.save_agents([ANN], 1.0, "key:1")
        queue(store, "t1", "t2")
        give(store, ("t1", "ann"), until=230.0)
        give(store, ("t2", "ann"), until=240.0)
        assert store.expire_offers(230.0, "dispatcher") == 1
        assert [store.find(key(name)).state for name in ("t1", "t2")] == [State.WAITING] * 2
        assert load(store, "ann") == 0

    def test_what_somebody_said_since_holds(self, store: Store):
        store.save_agents([ANN, BOB], 1.0, "key:1")
        queue(store, "t1", "t2")
        seen = [Given(Assigned(name, "ann", NO_COST)) for name in ("t1", "t2")]
        act(store, "reassign", "t1", team="second-line")
        give(store, ("t2", "ann"))
        act(store, "decline", "t2", agent="ann")
        assert store.record_assignments("default", seen, 200.0, "dispatcher", lease(store), None) == []

    def test_who_declines_is_never_given_it_again(self, store: Store):
        store.save_agents([ANN], 1.0, "key:1")
        queue(store, "t1")
        give(store, ("t1", "ann"), until=230.0)
        for who in ("ann", None, "ann"):
            assert act(store, "decline", agent=who).state is State.WAITING
        (case,) = store.cases("default")
        assert case.barred == {"ann"}
        assert kinds(store, "t1").count("ticket.decline") == 1


class TestHandling:
    def held(self, store: Store) -> None:
        store.save_agents([ANN, BOB], 1.0, "key:1")
        queue(store, "t1")
        give(store, ("t1", "ann"))

    def test_a_ticket_is_begun_resolved_and_reopened(self, store: Store):
        self.held(store)
        begun = act(store, "start", agent="ann", at=300.0)
        assert (begun.state, begun.answered_at) == (State.IN_PROGRESS, 300.0)
        done = act(store, "resolve", at=400.0)
        assert (done.state, done.agent_id, done.resolved_at, load(store, "ann")) == (State.RESOLVED, "ann", 400.0, 0)
        again = act(store, "reopen", at=500.0)
        assert (again.state, again.agent_id, again.resolved_at, again.answered_at) == (State.WAITING, None, None, 300.0)
        assert store.cases("default")[0].preferred == "ann"

    @pytest.mark.parametrize("kind", ["accept", "start", "resolve", "decline", "escalate"])
    def test_each_is_idempotent(self, store: Store, kind: str):
        self.held(store)
        first = act(store, kind, agent="ann")
        assert act(store, kind, agent="ann", at=999.0) == first
        told = kinds(store, "t1")
        assert told.count("ticket.accept_offer") == 0  # what was assigned needs no acceptance
        assert kind == "accept" or told.count(f"ticket.{kind}") == 1

    def test_what_is_claimed_and_begun_takes_a_slot_of_who_begins_it(self, store: Store):
        store.save_agents([replace(ANN, capacity=1)], 1.0, "key:1")
        queue(store, "t1", "t2")
        store.claim_next("default", 1.0, "key:1")
        store.claim_next("default", 1.0, "key:1")
        begun = act(store, "start", "t1", "ann")
        assert (begun.state, begun.agent_id, load(store, "ann")) == (State.IN_PROGRESS, "ann", 1)
        assert act(store, "start", "t1", "ann") == begun
        with pytest.raises(Refused, match="room"):
            act(store, "start", "t2", "ann")
        with pytest.raises(Refused, match="no agent"):
            act(store, "start", "t2", "ghost")

    def test_what_was_escalated_can_be_again_by_who_has_it_then(self, store: Store):
        self.held(store)
        act(store, "escalate")
        give(store, ("t1", "bob"))
        assert act(store, "escalate", agent="bob", at=400.0).escalated_at == 400.0
        assert store.cases("default")[0].barred == {"ann", "bob"}
        act(store, "resolve")
        assert act(store, "reopen").escalated_at is None

    def test_a_clock_leaves_it_with_who_works_on_it(self, store: Store):
        self.held(store)
        act(store, "start")
        after = act(store, "escalate", keeps=True)
        assert (after.state, after.agent_id, after.escalated_at) == (State.IN_PROGRESS, "ann", 300.0)

    def test_taken_from_one_it_is_not_taken_from_the_next(self, store: Store):
        self.held(store)
        act(store, "reassign", from_agent="ann")
        give(store, ("t1", "bob"))
        assert act(store, "reassign", from_agent="ann").agent_id == "bob"
        with pytest.raises(Refused, match="carl"):
            act(store, "reassign", from_agent="carl")

    def test_the_event_says_who_gets_it_or_who_had_it(self, store: Store):
        self.held(store)
        act(store, "reassign", agent="bob")
        act(store, "reassign", team="second-line")
        given, queued = [one.event for one in store.events("default", Position(), 1_000, "t1")][-2:]
        assert (given.agent_id, given.data) == ("bob", {"from_agent": "ann"})
        assert (queued.agent_id, queued.data) == ("bob", {"team": "second-line", "queued": True})

    def test_a_reopening_by_who_had_it_is_done_once(self, store: Store):
        self.held(store)
        act(store, "resolve", agent="ann")
        with pytest.raises(Refused, match="bob"):
            act(store, "reopen", agent="bob")
        again = act(store, "reopen", agent="ann")
        assert act(store, "reopen", agent="ann", at=999.0) == again

    def test_another_agent_may_not(self, store: Store):
        self.held(store)
        for kind in ("accept", "start", "decline", "escalate", "resolve"):
            with pytest.raises(Refused, match=r"ann|bob"):
                act(store, kind, agent="bob")
        assert store.handle(Act(key("unknown"), Handling.START, 1.0, "key:1")) is None

    def test_what_cannot_be_is_refused(self, store: Store):
        store.save_agents([ANN], 1.0, "key:1")
        queue(store, "t1")
        for kind in ("accept", "start"):
            with pytest.raises(Refused, match="waiting"):
                act(store, kind)
        with pytest.raises(Refused, match="nobody"):
            act(store, "decline")

    def test_it_is_moved_to_somebody_with_room(self, store: Store):
        self.held(store)
        assert act(store, "reassign", agent="bob").agent_id == "bob"
        assert (load(store, "ann"), load(store, "bob")) == (0, 1)
        queue(store, "t2")
        with pytest.raises(Refused, match="room"):
            act(store, "reassign", "t2", agent="bob")
        with pytest.raises(Refused, match="no agent"):
            act(store, "reassign", "t2", agent="carl")

    def test_it_is_moved_to_the_queue_for_anybody_else(self, store: Store):
        self.held(store)
        after = act(store, "reassign", team="second-line")
        assert (after.state, after.team) == (State.WAITING, "second-line")
        (case,) = store.cases("default")
        assert (case.barred, case.team) == ({"ann"}, "second-line")

    def test_what_is_escalated_waits_for_somebody_else_before_all_others(self, store: Store):
        self.held(store)
        act(store, "start")
        after = act(store, "escalate")
        assert (after.state, after.escalated_at) == (State.WAITING, 300.0)
        (case,) = store.cases("default")
        assert case.escalated
        assert case.barred == {"ann"}


def test_any_calls_at_once_leave_capacities_kept_and_every_ticket_with_one_owner(store: Store):
    agents = [replace(ANN, id=f"a{n}", capacity=1 + n % 3) for n in range(4)]
    store.save_agents(agents, 1.0, "key:1")
    names = [f"t{n}" for n in range(16)]
    queue(store, *names)
    held = lease(store)
    wrong: list[str] = []

    def steps(seed: int) -> None:
        for step in range(30):
            name, agent = names[(7 * seed + 3 * step) % 16], f"a{(seed + step) % 4}"
            kind = list(Handling)[(seed + step) % 7]
            try:
                store.handle(Act(TicketKey("default", name), kind, 300.0, "key:1", agent if step % 2 else None))
                if step % 11 == 0:
                    store.set_status(
                        "default", agent, AgentStatus.OFFLINE if step % 2 else AgentStatus.ONLINE, 1.0, "k"
                    )
            except Refused:
                continue

    def dispatch() -> None:
        for tick in range(20):
            given = [
                Given(Assigned(case.ticket_id, f"a{n % 4}", NO_COST), None, case.team, case.barred)
                for n, case in enumerate(store.cases("default"))
            ]
            store.record_assignments("default", given, 200.0, "d", held, 900.0 if tick % 3 else None)

    def watch(done: threading.Event) -> None:
        while not done.is_set():
            wrong.extend(one.agent.id for one in store.agents("default") if one.load > one.agent.capacity)

    done = threading.Event()
    with ThreadPoolExecutor(8) as pool:
        watching = pool.submit(watch, done)
        try:
            for future in [pool.submit(dispatch), *(pool.submit(steps, seed) for seed in range(6))]:
                future.result()
        finally:
            done.set()
        watching.result()
    assert wrong == []
    found: Sequence[Ticket] = store.page("default", None, 100)
    assert len(found) == 16
    assert all(one.agent_id is not None for one in found if one.state in HELD)
    assert all(one.agent_id is None for one in found if one.state is State.WAITING)
