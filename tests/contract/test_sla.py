"""What a store promises of SLA clocks, on every database."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial

import pytest

from smart_support.domain.agent import Agent
from smart_support.domain.alert import AlertKind
from smart_support.domain.assignment.problem import Assigned, Parts
from smart_support.domain.calendar import WeeklyHours
from smart_support.domain.event import Event, Position
from smart_support.domain.sla import Escalation, SlaState, Target, clocks
from smart_support.domain.ticket import Action, State
from smart_support.pipeline.agents import Act, Handling
from smart_support.pipeline.assignments import Given
from smart_support.pipeline.ports import Store
from smart_support.pipeline.records import Dispatched, LeaseLost, Triaged
from smart_support.pipeline.sla import judged
from tests.builders import key, lease, ticket, triage

OFFICE = WeeklyHours.parse(
    {"zone": "Europe/Berlin", "mon": "09:00-12:30, 13:30-18:00", "holidays": [date(2026, 12, 24)], "country": "DE"}
)
TARGET = Target(first_response=100.0, resolution=1_000.0)


def dispatch(
    store: Store,
    *names: str,
    target: Target = TARGET,
    escalation: Escalation | None = None,
    action: Action = Action.QUEUE,
) -> None:
    """Tickets that were accepted at 100 and are promised something."""
    made = [ticket(name, at=100.0) for name in names]
    store.accept(made, ["test"] * len(made))
    store.record_triage([Triaged(one.key, triage()) for one in made], 100.0, "triage")
    decisions = [Dispatched(one.key, action, clocks=clocks(target, 100.0, escalation)) for one in made]
    store.record_dispatch(decisions, 100.0, "dispatcher", lease(store))


def look(store: Store, now: float) -> list[str]:
    """A look at all that is due; their names."""
    due = store.due_clocks(now, 100)
    if due:
        store.record_look(due, partial(judged, now=now), lease(store))
    return [one.ticket_id for one in due]


def told(store: Store) -> list[tuple[str, str, str]]:
    events = [one.event for one in store.events("default", Position(), 1_000)]
    return [(one.ticket_id, one.kind, one.data["promise"]) for one in events if one.kind.startswith("sla.")]


def act(store: Store, kind: Handling, at: float, name: str = "t1") -> State:
    done = store.handle(Act(key(name), kind, at, "key:1"))
    assert done is not None
    return done.state


def last_events(store: Store, number: int) -> Sequence[Event]:
    return [one.event for one in store.events("default", Position(), 1_000)][-number:]


class TestPromises:
    def test_they_are_as_they_were_made(self, store: Store):
        targets = {"a": Target(60.0, None, OFFICE, 0.5), "b": Target(60.0, 70.0, OFFICE), "c": Target(resolution=1.0)}
        for name, target in targets.items():
            dispatch(store, name, target=target, escalation=Escalation("x") if name == "b" else None)
        dispatch(store, "d", target=TARGET, escalation=Escalation())
        dispatch(store, "e", target=Target())
        for name, target in targets.items():
            given = clocks(target, 100.0, Escalation("x") if name == "b" else None)
            assert store.clocks(key(name)) == list(given)
        assert [one.escalation for one in store.clocks(key("d"))] == [Escalation()] * 2
        assert store.clocks(key("e")) == store.clocks(key("unknown")) == []

    def test_who_comes_too_late_to_dispatch_changes_no_promise(self, store: Store):
        dispatch(store, "t1")
        late = Dispatched(key("t1"), clocks=clocks(Target(1.0, 1.0), 100.0))
        assert store.record_dispatch([late], 101.0, "dispatcher", lease(store)) == []
        assert store.clocks(key("t1")) == list(clocks(TARGET, 100.0))


class TestLooks:
    def test_they_are_due_by_time_and_only_right_after_their_moment(self, store: Store):
        dispatch(store, "t1")
        dispatch(store, "t2", target=Target(first_response=50.0))
        assert store.due_clocks(140.0, 100) == []
        assert store.due_clocks(140.1, 100) == [key("t2")]
        assert store.due_clocks(2_000.0, 100) == [key("t2"), key("t1")]
        assert store.due_clocks(2_000.0, 1) == [key("t2")]

    def test_each_promise_is_told_once_when_its_time_comes(self, store: Store):
        dispatch(store, "t1")
        seen = [(now, look(store, now)) for now in (180.5, 190.0, 200.5, 300.0, 901.0, 1_101.0, 9_999.0)]
        assert [now for now, names in seen if names] == [180.5, 200.5, 901.0, 1_101.0]
        assert told(store) == [
            ("t1", "sla.due_soon", "first_response"),
            ("t1", "sla.breached", "first_response"),
            ("t1", "sla.due_soon", "resolution"),
            ("t1", "sla.breached", "resolution"),
        ]
        assert [one.told for one in store.clocks(key("t1"))] == [SlaState.BREACHED] * 2
        (event,) = last_events(store, 1)
        assert (event.actor, event.at, event.data["due_at"]) == ("sla", 1_101.0, 1_100.0)
        alerts = store.raised("default")
        assert [one.kind for one in alerts] == [
            AlertKind.SLA_DUE_SOON,
            AlertKind.SLA_BREACHED,
            AlertKind.SLA_DUE_SOON,
            AlertKind.SLA_BREACHED,
        ]
        assert len({one.id for one in alerts}) == 4

    def test_a_late_look_tells_all_and_alerts_once_a_promise(self, store: Store):
        dispatch(store, "t1", "t2")
        assert look(store, 5_000.0) == ["t1", "t2"]
        assert len(told(store)) == 8
        assert {one.kind for one in store.raised("default")} == {AlertKind.SLA_BREACHED}
        assert store.due_clocks(1e12, 100) == []

    def test_what_was_kept_in_the_meantime_is_told_to_nobody(self, store: Store):
        dispatch(store, "t1")
        act(store, Handling.RESOLVE, 300.0)
        look(store, 5_000.0)
        assert told(store) == [("t1", "sla.due_soon", "first_response"), ("t1", "sla.breached", "first_response")]
        assert store.raised("default") == []

    def test_what_was_resolved_is_looked_at_no_more(self, store: Store):
        dispatch(store, "t1")
        act(store, Handling.RESOLVE, 150.0)
        assert [bool(look(store, now)) for now in (181.0, 201.0, 1e6)] == [True, False, False]
        assert store.due_clocks(1e12, 100) == []
        assert told(store) == []

    def test_only_who_leads_tells(self, store: Store):
        dispatch(store, "t1")
        old = lease(store)
        lease(store)
        with pytest.raises(LeaseLost):
            store.record_look([key("t1")], partial(judged, now=500.0), old)
        assert told(store) == []
        assert store.due_clocks(500.0, 100) == [key("t1")]

    def test_looks_at_once_tell_once(self, store: Store):
        names = [f"t{n}" for n in range(40)]
        dispatch(store, *names)
        held = lease(store)
        due = store.due_clocks(300.0, 1_000)
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(store.record_look, due, partial(judged, now=300.0), held) for _ in range(4)]:
                done.result()
        assert len(told(store)) == 80
        assert len(set(told(store))) == 80


class TestReopening:
    def test_what_passed_while_it_was_resolved_is_told_when_it_is_reopened(self, store: Store):
        dispatch(store, "t1")
        act(store, Handling.RESOLVE, 150.0)
        look(store, 5_000.0)
        assert store.due_clocks(1e12, 100) == []
        act(store, Handling.REOPEN, 6_000.0)
        assert look(store, 6_000.5) == ["t1"]
        assert told(store) == [("t1", "sla.due_soon", "resolution"), ("t1", "sla.breached", "resolution")]

    def test_what_was_told_is_not_told_again(self, store: Store):
        dispatch(store, "t1")
        look(store, 950.0)
        before = told(store)
        for at in (960.0, 970.0, 980.0):
            act(store, Handling.RESOLVE, at)
            act(store, Handling.REOPEN, at + 1.0)
            look(store, at + 2.0)
        assert told(store) == before
        look(store, 1_200.0)
        assert told(store)[len(before) :] == [("t1", "sla.breached", "resolution")]


class TestSuppressed:
    def test_nothing_is_told_until_it_has_its_own_life_back(self, store: Store):
        dispatch(store, "t1", target=Target(resolution=100.0), action=Action.SUPPRESS)
        assert look(store, 500.0) == ["t1"]
        assert told(store) == []
        assert store.due_clocks(1e12, 100) == []
        assert act(store, Handling.REASSIGN, 600.0) is State.WAITING
        assert look(store, 600.5) == ["t1"]
        assert told(store) == [("t1", "sla.due_soon", "resolution"), ("t1", "sla.breached", "resolution")]

    @pytest.mark.parametrize("looked", [True, False])
    def test_what_is_resolved_with_its_incident_is_not_told(self, store: Store, looked: bool):
        dispatch(store, "t1", target=Target(resolution=100.0), action=Action.SUPPRESS)
        if looked:
            look(store, 210.0)
        act(store, Handling.RESOLVE, 220.0)
        look(store, 230.0)
        assert told(store) == []
        act(store, Handling.REOPEN, 300.0)
        look(store, 301.0)
        assert [kind for _, kind, _ in told(store)] == ["sla.due_soon", "sla.breached"]


class TestEscalation:
    def held(self, store: Store, escalation: Escalation) -> None:
        """A ticket that Ann has begun to work on."""
        store.save_agents([Agent("default", "ann", skills={"Technical": 1.0}, capacity=1)], 1.0, "key:1")
        dispatch(store, "t1", target=Target(100.0, 200.0), escalation=escalation)
        given = [Given(Assigned("t1", "ann", Parts(0, 0, 0, 0)), None)]
        store.record_assignments("default", given, 110.0, "dispatcher", lease(store), None)

    def test_a_breach_does_what_a_person_would(self, store: Store):
        self.held(store, Escalation("second line"))
        look(store, 190.0)
        assert store.find(key("t1")).escalated_at is None
        look(store, 201.0)
        found = store.find(key("t1"))
        assert (found.state, found.agent_id, found.team, found.escalated_at) == (
            State.WAITING,
            None,
            "second line",
            201.0,
        )
        (case,) = store.cases("default")
        assert (case.escalated, case.barred, case.team) == (True, {"ann"}, "second line")
        # The resolution is due soon at 260: not yet.
        (breach, escalated) = last_events(store, 2)
        assert (breach.kind, breach.agent_id) == ("sla.breached", "ann")
        assert (escalated.kind, escalated.actor, escalated.data) == ("ticket.escalate", "sla", {"team": "second line"})

    def test_the_team_that_may_have_it_stays_without_another(self, store: Store):
        self.held(store, Escalation())
        store.handle(Act(key("t1"), Handling.REASSIGN, 120.0, "key:1", team="first line"))
        look(store, 201.0)
        found = store.find(key("t1"))
        assert (found.escalated_at, found.team) == (201.0, "first line")

    def test_what_somebody_escalated_is_left_where_it_is(self, store: Store):
        self.held(store, Escalation("second line"))
        act(store, Handling.ESCALATE, 120.0)
        look(store, 500.0)
        found = store.find(key("t1"))
        assert (found.escalated_at, found.team) == (120.0, None)

    def test_what_is_resolved_stays_so(self, store: Store):
        self.held(store, Escalation())
        act(store, Handling.RESOLVE, 205.0)
        look(store, 206.0)
        assert [kind for _, kind, _ in told(store)] == ["sla.due_soon", "sla.breached"]
        assert store.find(key("t1")).state is State.RESOLVED
