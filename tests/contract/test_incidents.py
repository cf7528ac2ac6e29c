"""What a store promises of Master Incidents, on every database."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smart_support.adapters.sql.storm_schema import cannot_links
from smart_support.domain.agent import Agent
from smart_support.domain.alert import Alert, incident_opened, urgent_ticket
from smart_support.domain.assignment.problem import Assigned, Parts
from smart_support.domain.event import Event, Position
from smart_support.domain.incident import Incident, IncidentState, Life, Link, LinkKind, Severity
from smart_support.domain.storm.vectors import rounded
from smart_support.domain.ticket import Action, Customer, State, Ticket, TicketKey
from smart_support.pipeline.agents import Act, Handling
from smart_support.pipeline.assignments import Given
from smart_support.pipeline.incidents import (
    Change,
    Changed,
    ChangeRefused,
    IncidentDismissed,
    IncidentEnded,
    IncidentMerged,
    TicketsElsewhere,
    TicketsUnderway,
    Told,
    UnknownTickets,
)
from smart_support.pipeline.ports import Store
from smart_support.pipeline.records import Dispatched, Gathering, Lease, LeaseLost, Step, Triaged, Unavailable
from smart_support.pipeline.storms import Standing
from tests.builders import key, lease, newly_raised, ticket, triage
from tests.examples import examples

V, OTHER = "light-test", "light-other"
LIFE = Life(gap=600.0, span=3_600.0)
OPENED = 104.0
"""When `storm` opens its incident."""


def vector(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=np.float32)


def triaged(
    store: Store,
    *names: str,
    workspace: str = "default",
    at: float = 100.0,
    urgency: float = 0.5,
    version: str = V,
    customer: str | None = None,
) -> list[TicketKey]:
    """Tickets that wait for the dispatcher, accepted a second apart, each of a customer of its own."""
    made = [
        replace(ticket(name, workspace=workspace, at=at + n), customer=Customer(id=customer or f"c-{name}"))
        for n, name in enumerate(names)
    ]
    result = replace(triage(urgency), vector=vector(1.0, 0.5, len(names)), vector_version=version)
    store.accept(made, ["test"] * len(made))
    store.record_triage([Triaged(one.key, result) for one in made], at + 50.0, "triage")
    return [one.key for one in made]


def queue(store: Store, *names: str, **more: Any) -> list[TicketKey]:
    """Tickets that wait in the queue."""
    keys = triaged(store, *names, **more)
    return store.record_dispatch([Dispatched(one) for one in keys], 150.0, "dispatcher", lease(store))


def link(name: str, incident_id: str = "inc-1", **more: Any) -> Link:
    leader = "t4" if incident_id == "inc-1" else "u4"
    return replace(Link(name, incident_id, LinkKind.EXACT, OPENED, 0.95, leader), **more)


def incident(number: int = 1, **more: Any) -> Incident:
    made = Incident(
        workspace="default",
        id=f"inc-{number}",
        number=number,
        title="Checkout, pay",
        keywords=("checkout", "pay"),
        severity=Severity.MINOR,
        state=IncidentState.OPEN,
        opened_at=OPENED,
        reported_at=OPENED,
        representative="t4",
        cues=("loss",),
    )
    return replace(made, **more)


def gathering(opener: TicketKey, members: Sequence[str], new: Incident | None, incident_id: str = "inc-1") -> Gathering:
    told = (incident_opened(new.workspace, new.id, new.representative, OPENED),) if new else ()
    leader = {"representative": new.representative} if new else {}
    links = tuple(link(name, incident_id, **leader) for name in members)
    return Gathering(opener, incident_id, links, new, told, 0.6 if new else None)


def open_with(store: Store, opener: TicketKey, members: Sequence[str], new: Incident) -> None:
    """The triaged ticket `opener` opens an incident, and gathers the members, which were dispatched before."""
    joins = link(opener.ticket_id, new.id, representative=new.representative)
    decision = Dispatched(opener, Action.SUPPRESS, link=joins)
    gathered = [gathering(opener, members, new, new.id)]
    assert store.record_dispatch([decision], 160.0, "dispatcher", lease(store), gathered) == [opener]


def storm(store: Store, number: int = 1, mark: str = "t", workspace: str = "default", urgency: float = 0.5) -> None:
    """An incident of t0 to t4: t0 stands for all in the queue, t4 opened it, t1 to t4 are suppressed."""
    queue(store, *(f"{mark}{n}" for n in range(4)), workspace=workspace, urgency=urgency)
    (opener,) = triaged(store, f"{mark}4", workspace=workspace, at=OPENED, urgency=urgency)
    new = incident(number, workspace=workspace, representative=f"{mark}4")
    open_with(store, opener, [f"{mark}{n}" for n in range(4)], new)


def report(store: Store, name: str, at: float = 200.0, incident_id: str = "inc-1", **more: Any) -> TicketKey:
    """A further ticket of an incident."""
    (one,) = triaged(store, name, at=at)
    joins = link(name, incident_id, at=at, **more)
    action = Action.QUEUE if joins.recurrence or joins.exception else Action.SUPPRESS
    store.record_dispatch([Dispatched(one, action, link=joins)], at, "dispatcher", lease(store))
    return one


def nobody(_: Sequence[Ticket]) -> list[Alert]:
    return []


def urgent(released: Sequence[Ticket]) -> list[Alert]:
    return [alert for one in released if (alert := urgent_ticket(one, 0.8, 300.0))]


def change(
    store: Store,
    kind: Any,
    *names: str,
    incident_id: str = "inc-1",
    told: Told = nobody,
    at: float = 300.0,
    **more: Any,
) -> Changed:
    made = Change("default", incident_id, kind, at, "key:1", names, **more)
    changed = store.change_incident(made, told)
    assert changed is not None
    return changed


def states(store: Store, *names: str, workspace: str = "default") -> list[str]:
    return [store.find(key(name, workspace)).state.value for name in names]


def linked(store: Store, incident_id: str = "inc-1", workspace: str = "default") -> list[str]:
    return [one.ticket_id for one in store.links(workspace, incident_id)]


def events(store: Store, *kinds: str, workspace: str = "default") -> list[Event]:
    found = [one.event for one in store.events(workspace, Position(), 10_000)]
    return [event for event in found if event.kind in kinds]


def happened(store: Store, *kinds: str) -> list[tuple[str | None, str | None]]:
    return [(event.ticket_id, event.incident_id) for event in events(store, *kinds)]


def barred(store: Any, workspace: str = "default") -> set[tuple[str, str]]:
    """Who must never be linked to what."""
    query = sa.select(cannot_links).where(cannot_links.c.workspace == workspace)
    return {(row.ticket_id, row.incident_id) for row in store._database.read(lambda c: c.execute(query).all())}


def everything(store: Store, workspace: str = "default") -> tuple[object, ...]:
    """All that there is to see of a workspace, but for its revisions."""
    found = store.incidents(workspace, (), None, 100)
    return (
        store.page(workspace, None, 1_000),
        found,
        [store.links(workspace, one.id) for one in found],
        barred(store, workspace),
        len(store.events(workspace, Position(), 10_000)),
    )


class TestVectors:
    def test_comes_with_the_triage_and_is_read_back_as_whole_numbers(self, store: Store):
        store.accept([ticket("a"), ticket("b"), ticket("c", workspace="other")], ["x"] * 3)
        given_ = [
            (key("a"), replace(triage(), vector=vector(0.6, -0.8, 0.0), vector_version=V)),
            (key("b"), triage()),
            (key("c", "other"), replace(triage(), vector=vector(1.0, 0.0), vector_version=OTHER)),
        ]
        store.record_triage([Triaged(*one) for one in given_], 200.0, "triage")
        found = store.vectors([key("a"), key("b"), key("c", "other"), key("unknown")])
        assert {one: (version, whole.tolist()) for one, (version, whole) in found.items()} == {
            key("a"): (V, [95, -127, 0]),
            key("c", "other"): (OTHER, [127, 0]),
        }
        assert {whole.dtype for _, whole in found.values()} == {np.dtype(np.int8)}

    def test_that_of_the_first_triage_stays(self, store: Store):
        triaged(store, "a")
        again = replace(triage(), vector=vector(0.0, 0.0, 1.0), vector_version=OTHER)
        assert store.record_triage([Triaged(key("a"), again)], 200.0, "late") == []
        version, whole = store.vectors([key("a")])[key("a")]
        assert (version, whole.tolist()) == (V, rounded(vector(1.0, 0.5, 1.0)).tolist())


class TestOpening:
    def test_the_first_stands_for_all_and_the_others_leave_the_queue(self, store: Store):
        storm(store)
        names = [f"t{n}" for n in range(5)]
        assert states(store, *names) == ["waiting", *["suppressed"] * 4]
        assert {store.find(key(name)).incident_id for name in names} == {"inc-1"}
        assert store.incident("default", "inc-1") == incident(tickets=5, suppressed=4, customers=5)
        assert store.links("default", "inc-1") == [link(name) for name in names]
        assert store.link_of_ticket(key("t2")) == link("t2")
        assert store.claim_next("default", 300.0, "agent").id == "t0"
        assert store.claim_next("default", 300.0, "agent") is None

    def test_what_was_done_stands_in_the_events(self, store: Store):
        storm(store)
        (opened,) = events(store, "incident.open")
        assert (opened.incident_id, opened.actor, opened.data) == ("inc-1", "dispatcher", {"tickets": 5})
        assert happened(store, "ticket.link") == [("t0", "inc-1")]
        suppressed = events(store, "ticket.suppress")
        assert {(one.ticket_id, one.incident_id) for one in suppressed} == {(f"t{n}", "inc-1") for n in range(1, 5)}
        by_ticket = {one.ticket_id: one.data for one in suppressed}
        assert by_ticket["t1"] == {"kind": "exact", "similarity": 0.95}
        assert by_ticket["t4"] == {"order": 5, "kind": "exact", "similarity": 0.95}
        assert events(store, "incident.grow") == []

    def test_one_alert_tells_of_the_incident(self, store: Store):
        storm(store)
        assert newly_raised(store) == [incident_opened("default", "inc-1", "t4", OPENED)]

    def test_what_somebody_has_in_hand_is_linked_and_stays_there(self, store: Store):
        queue(store, "t0", "t1", "t2")
        store.claim_next("default", 155.0, "agent")
        store.claim_next("default", 155.0, "agent")
        (opener,) = triaged(store, "t4")
        open_with(store, opener, ["t0", "t1", "t2"], incident())
        assert states(store, "t0", "t1", "t2", "t4") == ["claimed", "claimed", "suppressed", "suppressed"]
        assert linked(store) == ["t0", "t1", "t2", "t4"]
        found = store.incident("default", "inc-1")
        assert (found.tickets, found.suppressed) == (4, 2)
        assert happened(store, "ticket.link") == [("t0", "inc-1"), ("t1", "inc-1")]

    def test_where_the_first_is_solved_already_the_next_stands_for_all(self, store: Store):
        queue(store, "t0", "t1", "t2")
        store.handle(Act(key("t0"), Handling.RESOLVE, 155.0, "key:1"))
        (opener,) = triaged(store, "t4")
        open_with(store, opener, ["t0", "t1", "t2"], incident())
        assert states(store, "t0", "t1", "t2", "t4") == ["resolved", "waiting", "suppressed", "suppressed"]
        found = store.incident("default", "inc-1")
        assert (found.tickets, found.suppressed) == (4, 2)

    def test_where_all_others_are_solved_the_one_that_opens_it_stands_for_all(self, store: Store):
        queue(store, "t0")
        store.handle(Act(key("t0"), Handling.RESOLVE, 155.0, "key:1"))
        (opener,) = triaged(store, "t4")
        open_with(store, opener, ["t0"], incident())
        assert states(store, "t0", "t4") == ["resolved", "waiting"]
        assert store.incident("default", "inc-1").suppressed == 0

    def test_a_report_of_one_whose_tickets_are_all_solved_stands_for_it(self, store: Store):
        """Else it would be suppressed, and seen by nobody until the incident ends by itself."""
        storm(store)
        for n in range(5):
            store.handle(Act(key(f"t{n}"), Handling.RESOLVE, 170.0, "key:1"))
        report(store, "t5")
        report(store, "t6", at=210.0)
        assert states(store, "t5", "t6") == ["waiting", "suppressed"]
        found = store.incident("default", "inc-1")
        assert (found.tickets, found.suppressed) == (7, 1)

    def test_so_does_one_of_an_incident_whose_tickets_were_all_unlinked(self, store: Store):
        storm(store)
        change(store, "unlink", *(f"t{n}" for n in range(5)))
        report(store, "t5", at=310.0)
        assert states(store, "t5") == ["waiting"]

    def test_tickets_of_the_same_batch_are_gathered_too(self, store: Store):
        keys = triaged(store, "t0", "t1", "t4")
        decisions = [Dispatched(one) for one in keys[:2]] + [Dispatched(keys[2], Action.SUPPRESS, link=link("t4"))]
        store.record_dispatch(
            decisions, 160.0, "dispatcher", lease(store), [gathering(keys[2], ["t0", "t1"], incident())]
        )
        assert states(store, "t0", "t1", "t4") == ["waiting", "suppressed", "suppressed"]
        assert linked(store) == ["t0", "t1", "t4"]

    def test_customers_are_counted_once(self, store: Store):
        queue(store, "t0", "t1", customer="ann")
        (opener,) = triaged(store, "t4", customer="bob")
        open_with(store, opener, ["t0", "t1"], incident())
        assert store.incident("default", "inc-1").customers == 2

    def test_without_the_lease_nothing_happens(self, store: Store):
        queue(store, "t0", "t1")
        (opener,) = triaged(store, "t4")
        lost = lease(store)
        lease(store)
        before = everything(store)
        with pytest.raises(LeaseLost):
            store.record_dispatch(
                [Dispatched(opener, Action.SUPPRESS, link=link("t4"))],
                160.0,
                "dispatcher",
                lost,
                [gathering(opener, ["t0", "t1"], incident())],
            )
        assert everything(store) == before
        assert newly_raised(store) == []

    def test_where_its_opener_was_taken_up_already_nothing_opens(self, store: Store):
        queue(store, "t0", "t1", "t4")
        (fresh,) = triaged(store, "fresh")
        late = Dispatched(key("t4"), Action.SUPPRESS, link=link("t4"))
        gathered = [gathering(key("t4"), ["t0", "t1"], incident())]
        decisions = [late, Dispatched(fresh)]
        assert store.record_dispatch(decisions, 160.0, "dispatcher", lease(store), gathered) == [fresh]
        assert states(store, "t0", "t1", "t4", "fresh") == ["waiting"] * 4
        assert store.incidents("default", (), None, 10) == []
        assert newly_raised(store) == []

    def test_numbers_are_counted_per_workspace(self, store: Store):
        storm(store)
        storm(store, workspace="b")
        assert linked(store, workspace="b") == linked(store)
        assert store.incident("b", "inc-1").workspace == "b"


class TestJoining:
    def test_the_incident_grows_and_the_ticket_leaves(self, store: Store):
        storm(store)
        report(store, "t5")
        found = store.incident("default", "inc-1")
        assert (found.state, found.reported_at) == (IncidentState.GROWING, 200.0)
        assert (found.tickets, found.suppressed, found.customers) == (6, 5, 6)
        assert states(store, "t5") == ["suppressed"]
        assert happened(store, "incident.grow") == [(None, "inc-1")]
        report(store, "t6", 201.0)
        assert len(events(store, "incident.grow")) == 1

    def test_one_that_says_more_is_linked_and_waits(self, store: Store):
        storm(store)
        report(store, "t5", exception="legal_threat")
        assert states(store, "t5") == ["waiting"]
        assert store.link_of_ticket(key("t5")).exception == "legal_threat"
        (queued,) = [one for one in events(store, "ticket.queue") if one.ticket_id == "t5"]
        assert (queued.incident_id, queued.data["exception"]) == ("inc-1", "legal_threat")
        found = store.incident("default", "inc-1")
        assert (found.tickets, found.suppressed) == (6, 4)

    def test_a_recurrence_waits_and_opens_nothing_again(self, store: Store):
        storm(store)
        change(store, "resolve")
        report(store, "t5", 400.0, recurrence=True)
        assert states(store, "t5") == ["waiting"]
        assert store.link_of_ticket(key("t5")).recurrence
        found = store.incident("default", "inc-1")
        assert (found.state, found.tickets, found.suppressed) == (IncidentState.RESOLVED, 6, 0)
        assert found.reported_at == OPENED
        assert events(store, "incident.grow") == []

    def test_what_a_known_incident_gathers_leaves_the_queue_to_the_last(self, store: Store):
        storm(store)
        queue(store, "t5", "t6")
        (opener,) = triaged(store, "t7", at=200.0)
        decision = Dispatched(opener, Action.SUPPRESS, link=link("t7"))
        gathered = [gathering(opener, ["t5", "t6"], None)]
        store.record_dispatch([decision], 200.0, "dispatcher", lease(store), gathered)
        assert states(store, "t5", "t6", "t7") == ["suppressed"] * 3
        assert store.incident("default", "inc-1").tickets == 8

    def test_a_closed_incident_opens_again_and_its_first_recurrence_stands_for_all(self, store: Store):
        storm(store)
        change(store, "resolve", answer=True)
        report(store, "t5", recurrence=True)
        report(store, "t6", recurrence=True)
        queue(store, "t7")
        (opener,) = triaged(store, "t8", at=200.0)
        again = Gathering(opener, "inc-1", (link("t7"),), reopened={"t5": None, "t6": "legal_threat"})
        decision = Dispatched(opener, Action.SUPPRESS, link=link("t8"))
        store.record_dispatch([decision], 200.0, "dispatcher", lease(store), [again])
        found = store.incident("default", "inc-1")
        assert (found.state, found.closed_at, found.reopened_at) == (IncidentState.GROWING, None, 200.0)
        assert states(store, "t5", "t6", "t7", "t8") == ["waiting", "waiting", "suppressed", "suppressed"]
        assert [one.recurrence for one in store.links("default", "inc-1")] == [False] * 9
        assert store.link_of_ticket(key("t6")).exception == "legal_threat"
        store.age_incidents(LIFE, OPENED + LIFE.span + 10.0, "dispatcher")
        assert store.incident("default", "inc-1").state is IncidentState.QUIET  # its life began anew

    def test_one_that_was_dismissed_meanwhile_does_not(self, store: Store):
        storm(store)
        change(store, "dismiss")
        (opener,) = triaged(store, "t8", at=200.0)
        decision = Dispatched(opener, Action.SUPPRESS, link=link("t8"))
        with pytest.raises(Unavailable):
            store.record_dispatch(
                [decision], 200.0, "dispatcher", lease(store), [Gathering(opener, "inc-1", (), reopened={})]
            )

    def test_a_late_report_of_one_that_was_dismissed_meanwhile_does_not_belong_to_it(self, store: Store):
        storm(store)
        change(store, "resolve")
        (late,) = triaged(store, "t8", at=200.0)
        change(store, "dismiss")
        decision = Dispatched(late, link=link("t8", recurrence=True))
        with pytest.raises(Unavailable):
            store.record_dispatch([decision], 200.0, "dispatcher", lease(store))
        assert store.links("default", "inc-1") == []
        assert store.incident("default", "inc-1").state is IncidentState.DISMISSED

    def test_severity_follows_from_size_and_urgency(self, store: Store):
        storm(store, urgency=0.9)
        assert store.incident("default", "inc-1").severity is Severity.MAJOR

    def test_a_decision_from_before_the_incident_was_closed_is_made_anew(self, store: Store):
        storm(store)
        change(store, "resolve")
        with pytest.raises(Unavailable):
            report(store, "t5", 400.0)
        assert store.find(key("t5")).state is State.ACCEPTED
        assert [entry.step for entry in store.due(1e9, 1e9, 10)] == [Step.DISPATCH]

    def test_a_report_and_the_end_that_meet_leave_nobody_suppressed(self, store: Store):
        for number in range(1, 9):
            storm(store, number, f"m{number}-")
            name, incident_id = f"late{number}", f"inc-{number}"
            triaged(store, name, at=200.0)
            decision = Dispatched(key(name), Action.SUPPRESS, link=link(name, incident_id))
            mine, barrier = lease(store), threading.Barrier(2)

            def dispatch(decision: Dispatched = decision, mine: Lease = mine, barrier: Any = barrier) -> None:
                barrier.wait()
                with suppress(Unavailable):
                    store.record_dispatch([decision], 200.0, "dispatcher", mine)

            def resolve(incident_id: str = incident_id, barrier: Any = barrier) -> None:
                barrier.wait()
                change(store, "resolve", incident_id=incident_id)

            with ThreadPoolExecutor(2) as pool:
                for done in [pool.submit(dispatch), pool.submit(resolve)]:
                    done.result(30)
            assert store.incident("default", incident_id).suppressed == 0
            assert store.find(key(name)).state in {State.ACCEPTED, State.WAITING}

    def test_a_decision_from_before_a_person_linked_the_ticket_is_made_anew(self, store: Store):
        storm(store)
        queue(store, "u0", "u1")
        (opener,) = triaged(store, "u2", at=200.0)
        change(store, "link", "u1")
        before = everything(store)
        with pytest.raises(Unavailable):
            open_with(store, opener, ["u0", "u1"], incident(2, representative="u2"))
        assert everything(store) == before


class TestPast:
    def test_gives_tickets_in_their_order_with_what_they_belong_to(self, store: Store):
        storm(store)
        queue(store, "free", urgency=0.7)
        past = store.past("default", V, 100, 100)
        assert [(one.ticket_id, one.order) for one in past.sightings] == [
            *((f"t{n}", n + 1) for n in range(5)),
            ("free", 6),
        ]
        assert past.belongs == [("inc-1", "t4", 5)] * 5 + [None]  # all came with the one that opened it
        last = past.sightings[-1]
        assert (last.at, last.urgency, last.vector.tolist()) == (100.0, 0.7, rounded(vector(1, 0.5, 1)).tolist())
        assert past.apart == frozenset()

    def test_gives_only_the_last_ones(self, store: Store):
        queue(store, *(f"t{n}" for n in range(9)))
        assert [one.ticket_id for one in store.past("default", V, 3, 100).sightings] == ["t6", "t7", "t8"]

    def test_knows_its_workspace_and_version_no_history_and_nothing_on_its_way(self, store: Store):
        queue(store, "mine")
        queue(store, "theirs", workspace="other")
        queue(store, "newer", version=OTHER)
        triaged(store, "underway")
        old = replace(ticket("old"), history=True)
        store.accept([old], ["import"])
        store.record_triage(
            [Triaged(old.key, replace(triage(), vector=vector(1.0), vector_version=V))], 200.0, "triage"
        )
        store.record_dispatch([Dispatched(old.key, Action.ARCHIVE)], 201.0, "dispatcher", lease(store))
        assert [one.ticket_id for one in store.past("default", V, 100, 100).sightings] == ["mine"]

    def test_who_was_parted_is_apart(self, store: Store):
        storm(store)
        change(store, "unlink", "t2")
        past = store.past("default", V, 100, 100)
        assert past.apart == {"t2"}
        assert past.belongs == [*[("inc-1", "t4", 5)] * 2, None, *[("inc-1", "t4", 5)] * 2]

    def test_a_ticket_that_a_person_linked_was_compared_with_nothing(self, store: Store):
        storm(store)
        queue(store, "hand")
        change(store, "link", "hand")
        assert store.past("default", V, 1, 100).belongs == [("inc-1", None, 0)]

    def test_tells_the_causes_of_what_was_merged_apart(self, store: Store):
        storm(store)
        storm(store, 2, "u")
        change(store, "merge", other="inc-2")
        past = store.past("default", V, 100, 100)
        assert past.belongs == [("inc-1", "t4", 5)] * 5 + [("inc-1", "u4", 10)] * 5
        assert [(one.id, one.representative) for one in past.clusters] == [("inc-1", "t4"), ("inc-1", "u4")]

    def test_what_was_merged_is_as_fresh_as_the_incident_that_has_its_members(self, store: Store):
        storm(store)
        storm(store, 2, "u")
        report(store, "u5", 250.0, incident_id="inc-2")
        change(store, "merge", other="inc-2")
        assert [one.reported_at for one in store.past("default", V, 100, 100).clusters] == [250.0, 250.0]
        report(store, "t5", 400.0)
        assert [one.reported_at for one in store.past("default", V, 100, 100).clusters] == [400.0, 400.0]

    def test_an_open_incident_whose_members_were_all_unlinked_keeps_its_leader(self, store: Store):
        storm(store)
        change(store, "unlink", *(f"t{n}" for n in range(5)))
        (found,) = store.past("default", V, 100, 100).clusters
        assert (found.closed_at, found.urgencies, found.base.shape) == (None, [], (0, 3))
        assert found.leader.tolist() == rounded(vector(1, 0.5, 1)).tolist()

    def test_of_incidents_that_ended_only_the_newest_are_known(self, store: Store, monkeypatch: pytest.MonkeyPatch):
        for number in range(1, 8):
            storm(store, number, f"m{number}-")
        storm(store, 1, workspace="b")
        change(store, "merge", other="inc-2")  # an open one has it
        for number in (3, 4, 5, 6):
            change(store, "resolve", incident_id=f"inc-{number}")
        change(store, "merge", incident_id="inc-3", other="inc-5")  # one that is known no more has it
        change(store, "dismiss", incident_id="inc-6")
        monkeypatch.setattr("smart_support.adapters.sql.storms.NEWEST", 2)

        def known(most: int) -> list[tuple[str, str, int, bool]]:
            found = store.past("default", V, most, 100).clusters
            return [(one.id, one.representative[:2], len(one.base), one.leader is not None) for one in found]

        taken = [("inc-1", "m1", 5, True), ("inc-1", "m2", 5, True)]
        rest = [("inc-3", "m5", 5, True), ("inc-6", "m6", 5, True), ("inc-7", "m7", 5, True)]
        assert known(1) == [*taken, ("inc-3", "m3", 0, False), *rest]
        assert known(1_000) == [*taken, ("inc-3", "m3", 0, False), ("inc-4", "m4", 0, False), *rest]

    def test_gives_incidents_by_number_as_they_were_opened(self, store: Store):
        storm(store)
        storm(store, 2, "u", urgency=0.75)
        one, two = store.past("default", V, 100, 3).clusters
        assert (one.id, one.representative, one.join, one.cues) == ("inc-1", "t4", 0.6, ("loss",))
        assert (one.reported_at, one.closed_at, one.dismissed) == (OPENED, None, False)
        assert one.leader.tolist() == rounded(vector(1, 0.5, 1)).tolist()
        assert one.base.tolist() == [rounded(vector(1, 0.5, 4)).tolist()] * 3
        assert (two.id, two.urgencies) == ("inc-2", [0.75] * 3)

    def test_only_what_the_dispatcher_found_in_time_makes_the_centroid(self, store: Store):
        storm(store)
        queue(store, "hand")
        change(store, "link", "hand")
        change(store, "resolve")
        report(store, "late", 400.0, recurrence=True)
        (found,) = store.past("default", V, 100, 100).clusters
        assert len(found.urgencies) == len(found.base) == 5
        assert found.closed_at == 300.0

    def test_in_vectors_of_another_version_an_incident_is_known_by_nothing(self, store: Store):
        storm(store)
        past = store.past("default", OTHER, 100, 100)
        (found,) = past.clusters
        assert (past.sightings, found.id, found.leader, found.urgencies) == ([], "inc-1", None, [])
        assert len(found.base) == 0

    def test_a_dismissed_incident_is_known_by_those_who_were_its_members(self, store: Store):
        storm(store)
        change(store, "unlink", "t2", at=250.0)  # by somebody who said that it was about something else
        before = store.past("default", V, 100, 100).clusters[0]
        change(store, "dismiss")
        (found,) = store.past("default", V, 100, 100).clusters
        assert (found.dismissed, found.closed_at) == (True, 300.0)
        assert found.base.tolist() == before.base.tolist()
        assert found.urgencies == before.urgencies == [0.5] * 4

    def test_one_that_others_were_merged_into_goes_on_knowing_each_cause_when_it_is_dismissed(self, store: Store):
        storm(store)
        storm(store, 2, "u", urgency=0.75)
        queue(store, "hand")
        change(store, "link", "hand")
        change(store, "merge", other="inc-2", at=200.0)
        change(store, "unlink", "u1", at=300.0)  # in the very moment of the dismissal
        change(store, "dismiss")
        one, two = store.past("default", V, 100, 100).clusters
        assert (one.id, one.representative, one.urgencies) == ("inc-1", "t4", [0.5] * 5)
        assert (two.id, two.representative, two.urgencies) == ("inc-1", "u4", [0.75] * 4)
        assert (two.dismissed, two.closed_at) == (True, 300.0)
        assert [ticket.id for ticket in store.first_members("default", "u4", 9)] == ["u0", "u2", "u3", "u4"]


class TestStanding:
    def test_moves_on_with_every_order_and_number(self, store: Store):
        assert store.standing("default") == Standing(0, 0, 0)
        queue(store, "a", "b")
        assert store.standing("default") == Standing(2, 0, 0)
        storm(store, 7)
        report(store, "t5", incident_id="inc-7")
        assert store.standing("default") == Standing(8, 7, 0)  # the dispatcher's own work is no news to it
        assert store.standing("other") == Standing(0, 0, 0)

    def test_every_change_by_a_person_is_news(self, store: Store):
        storm(store)
        storm(store, 2, "u")
        queue(store, "free")
        seen = [store.standing("default").revision]
        for step in (
            lambda: change(store, "unlink", "t1"),
            lambda: change(store, "link", "free"),
            lambda: change(store, "merge", other="inc-2"),
            lambda: change(store, "resolve"),
            lambda: change(store, "dismiss"),
        ):
            step()
            seen.append(store.standing("default").revision)
        assert seen == sorted(set(seen))

    def test_so_is_the_end_that_time_makes_and_a_lull_is_not(self, store: Store):
        storm(store)
        store.age_incidents(LIFE, OPENED + 601.0, "dispatcher")
        assert store.standing("default").revision == 0
        store.age_incidents(LIFE, OPENED + 3_601.0, "dispatcher")
        assert store.standing("default").revision == 1


class TestReading:
    def test_the_newest_come_first_in_pages_by_state(self, store: Store):
        for number in range(1, 6):
            storm(store, number, f"m{number}-")
        change(store, "resolve", incident_id="inc-2")
        change(store, "dismiss", incident_id="inc-4")

        def ids(*given_: IncidentState, before: int | None = None, limit: int = 100) -> list[str]:
            return [one.id for one in store.incidents("default", given_, before, limit)]

        assert ids() == ["inc-5", "inc-4", "inc-3", "inc-2", "inc-1"]
        assert ids(limit=2) == ["inc-5", "inc-4"]
        assert ids(before=4, limit=2) == ["inc-3", "inc-2"]
        assert ids(IncidentState.OPEN) == ["inc-5", "inc-3", "inc-1"]
        assert ids(IncidentState.RESOLVED, IncidentState.DISMISSED) == ["inc-4", "inc-2"]
        assert store.incidents("other", (), None, 100) == []

    def test_members_come_in_the_order_of_dispatch_in_pages(self, store: Store):
        storm(store, mark="z")
        storm(store, 2, "u")
        report(store, "a5")
        storm(store, workspace="b")
        change(store, "merge", other="inc-2")
        names = [*(f"z{n}" for n in range(5)), *(f"u{n}" for n in range(5)), "a5"]
        orders = [store.find(key(name)).dispatch_order for name in names]
        assert linked(store) == names
        for size in (1, 3, 4, 11, 12):
            seen: list[str] = []
            while page := store.links("default", "inc-1", orders[len(seen) - 1] if seen else None, size):
                assert len(page) == min(size, len(names) - len(seen))
                seen += [one.ticket_id for one in page]
            assert seen == names
        assert [one.ticket_id for one in store.links("default", "inc-1", orders[8])] == names[9:]
        assert store.links("default", "inc-1", orders[-1], 5) == []

    def test_a_page_goes_on_behind_a_ticket_that_was_unlinked_meanwhile(self, store: Store):
        storm(store)
        place = store.find(key("t1")).dispatch_order
        change(store, "unlink", "t1")
        assert [one.ticket_id for one in store.links("default", "inc-1", place, 2)] == ["t2", "t3"]

    def test_what_there_is_not_is_none(self, store: Store):
        queue(store, "free")
        assert store.incident("default", "inc-1") is None
        assert store.links("default", "inc-1") == []
        assert store.link_of_ticket(key("free")) is None


class TestResolve:
    def test_an_answer_resolves_all_that_nobody_has_in_hand(self, store: Store):
        storm(store)
        report(store, "t5")
        queue(store, "free")
        changed = change(store, "resolve", answer=True)
        assert changed.ticket_ids == ["t0", "t1", "t2", "t3", "t4", "t5"]
        assert set(states(store, *changed.ticket_ids)) == {"resolved"}
        assert states(store, "free") == ["waiting"]
        assert changed.incident == store.incident("default", "inc-1")
        assert (changed.incident.state, changed.incident.closed_at) == (IncidentState.RESOLVED, 300.0)
        assert (changed.incident.tickets, changed.incident.suppressed) == (6, 0)
        assert happened(store, "ticket.resolve") == [(name, "inc-1") for name in changed.ticket_ids]
        assert [(one.incident_id, one.actor) for one in events(store, "incident.resolve")] == [("inc-1", "key:1")]

    def test_an_answer_leaves_alone_what_somebody_has_in_hand(self, store: Store):
        storm(store)
        store.claim_next("default", 200.0, "agent")
        assert change(store, "resolve", answer=True).ticket_ids == ["t1", "t2", "t3", "t4"]
        assert states(store, "t0") == ["claimed"]

    def test_a_release_gives_the_suppressed_back_to_the_queue_in_their_old_places(self, store: Store):
        storm(store)
        before = store.page("default", None, 10)
        assert change(store, "resolve").ticket_ids == ["t1", "t2", "t3", "t4"]
        assert store.page("default", None, 10) == [replace(one, state=State.WAITING) for one in before]
        assert happened(store, "ticket.release") == [(f"t{n}", "inc-1") for n in range(1, 5)]
        assert [store.claim_next("default", 400.0, "agent").id for _ in range(5)] == [f"t{n}" for n in range(5)]

    def test_what_was_dismissed_stays_so(self, store: Store):
        storm(store)
        change(store, "dismiss")
        assert change(store, "resolve").incident.state is IncidentState.DISMISSED
        assert events(store, "incident.resolve") == []


class TestUnlink:
    def test_a_ticket_has_its_own_life_back_with_its_age_and_its_place(self, store: Store):
        storm(store)
        before = store.find(key("t2"))
        changed = change(store, "unlink", "t2")
        assert changed.ticket_ids == ["t2"]
        assert store.find(key("t2")) == replace(before, state=State.WAITING, incident_id=None)
        assert store.link_of_ticket(key("t2")) is None
        assert linked(store) == ["t0", "t1", "t3", "t4"]
        assert (changed.incident.tickets, changed.incident.suppressed, changed.incident.customers) == (4, 3, 4)
        assert happened(store, "ticket.unlink", "ticket.release") == [("t2", "inc-1")] * 2
        assert barred(store) == {("t2", "inc-1")}

    def test_one_that_is_no_member_is_passed_over(self, store: Store):
        storm(store)
        storm(store, 2, "u")
        triaged(store, "underway")
        queue(store, "free")
        assert change(store, "unlink", "u1", "t1", "free", "underway").ticket_ids == ["t1"]
        assert store.find(key("u1")).incident_id == "inc-2"
        assert barred(store) == {("t1", "inc-1")}

    def test_what_somebody_has_in_hand_stays_there(self, store: Store):
        storm(store)
        store.claim_next("default", 200.0, "agent")
        change(store, "unlink", "t0")
        found = store.find(key("t0"))
        assert (found.state, found.incident_id) == (State.CLAIMED, None)
        assert states(store, "t1") == ["waiting"]  # it stands for the others now

    def test_the_urgent_are_told_of_and_only_once(self, store: Store):
        storm(store, urgency=0.9)
        newly_raised(store)
        change(store, "unlink", "t1", told=urgent)
        change(store, "link", "t1")
        change(store, "unlink", "t1", told=urgent)
        assert [(one.ticket_id, one.kind) for one in newly_raised(store)] == [("t1", "urgent_ticket")]

    def test_who_is_told_of_are_those_that_were_suppressed(self, store: Store):
        storm(store)
        seen: list[str] = []

        def told(released: Sequence[Ticket]) -> list[Alert]:
            seen.extend(one.id for one in released)
            return []

        change(store, "unlink", "t0", "t1", told=told)
        assert seen == ["t1"]

    def test_of_many_at_once_one_does_it(self, store: Store):
        storm(store, urgency=0.9)
        newly_raised(store)
        with ThreadPoolExecutor(8) as pool:
            moved = list(pool.map(lambda _: change(store, "unlink", "t1", told=urgent).ticket_ids, range(8)))
        assert sorted(moved) == [[]] * 7 + [["t1"]]
        assert len(events(store, "ticket.unlink")) == 1
        assert len(newly_raised(store)) == 1


class TestDismiss:
    def test_every_member_has_its_own_life_back_for_ever(self, store: Store):
        storm(store, urgency=0.9)
        newly_raised(store)
        before = store.page("default", None, 10)
        changed = change(store, "dismiss", told=urgent)
        names = [f"t{n}" for n in range(5)]
        assert changed.ticket_ids == names
        assert (changed.incident.state, changed.incident.closed_at) == (IncidentState.DISMISSED, 300.0)
        assert (changed.incident.tickets, changed.incident.suppressed, changed.incident.customers) == (0, 0, 0)
        own = [replace(one, state=State.WAITING, incident_id=None) for one in before]
        assert store.page("default", None, 10) == own
        assert linked(store) == []
        assert barred(store) == {(name, "inc-1") for name in names}
        assert happened(store, "incident.dismiss") == [(None, "inc-1")]
        assert sorted(one.ticket_id for one in newly_raised(store)) == names[1:]

    def test_one_that_ended_long_ago_is_closed_anew_and_only_once(self, store: Store):
        storm(store)
        change(store, "resolve", answer=True)
        report(store, "late", 400.0, recurrence=True)
        change(store, "unlink", "late", at=500.0)
        found = change(store, "dismiss", at=1_300.0).incident
        assert (found.state, found.closed_at) == (IncidentState.DISMISSED, 1_300.0)
        for kind in ("dismiss", "resolve"):
            assert change(store, kind, at=2_000.0).incident == found
        (cluster,) = store.past("default", V, 100, 100).clusters
        assert (cluster.dismissed, cluster.closed_at, cluster.urgencies) == (True, 1_300.0, [0.5] * 5)


class TestLinkByHand:
    def test_a_free_ticket_joins_and_leaves_the_queue(self, store: Store):
        storm(store)
        queue(store, "free")
        changed = change(store, "link", "free")
        assert changed.ticket_ids == ["free"]
        assert (changed.incident.tickets, changed.incident.suppressed) == (6, 5)
        assert store.link_of_ticket(key("free")) == Link("free", "inc-1", LinkKind.MANUAL, 300.0)
        found = store.find(key("free"))
        assert (found.state, found.incident_id) == (State.SUPPRESSED, "inc-1")

    def test_where_a_ticket_belongs_to_another_incident_nothing_is_linked(self, store: Store):
        storm(store)
        storm(store, 2, "u")
        triaged(store, "underway")
        queue(store, "free")
        before = everything(store)
        with pytest.raises(TicketsElsewhere, match=r"u1 \(to inc-2\), u3 \(to inc-2\);"):
            change(store, "link", "free", "u1", "t1", "underway", "u3")
        assert everything(store) == before

    def test_where_a_ticket_is_not_dispatched_yet_nothing_is_linked(self, store: Store):
        storm(store)
        store.accept([ticket("new")], ["test"])
        triaged(store, "underway")
        queue(store, "free")
        before = everything(store)
        with pytest.raises(TicketsUnderway, match="underway, new;"):
            change(store, "link", "free", "underway", "new")
        assert everything(store) == before

    def test_a_member_is_passed_over_and_the_others_are_linked(self, store: Store):
        storm(store)
        before = store.link_of_ticket(key("t1"))
        queue(store, "free")
        assert change(store, "link", "t1", "free", "free").ticket_ids == ["free"]
        assert store.link_of_ticket(key("t1")) == before

    def test_of_two_incidents_that_want_a_ticket_one_gets_it(self, store: Store):
        storm(store)
        storm(store, 2, "u")
        names = [f"free{n}" for n in range(6)]
        queue(store, *names)

        def wanted(incident_id: str) -> list[str]:
            try:
                return list(change(store, "link", *names, incident_id=incident_id).ticket_ids)
            except TicketsElsewhere:
                return []

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(wanted, ["inc-1", "inc-2"])) == [[], names]

    def test_a_closed_incident_takes_it_as_a_recurrence_and_it_waits(self, store: Store):
        storm(store)
        change(store, "resolve")
        queue(store, "free")
        change(store, "link", "free")
        assert states(store, "free") == ["waiting"]
        assert store.link_of_ticket(key("free")).recurrence

    def test_what_somebody_has_in_hand_stays_there(self, store: Store):
        storm(store)
        queue(store, "free", urgency=0.99)
        assert store.claim_next("default", 200.0, "agent").id == "free"
        change(store, "link", "free")
        found = store.find(key("free"))
        assert (found.state, found.incident_id) == (State.CLAIMED, "inc-1")

    def test_a_person_may_take_back_what_he_said(self, store: Store):
        storm(store)
        change(store, "unlink", "t1")
        change(store, "link", "t1")
        assert barred(store) == set()
        assert states(store, "t1") == ["suppressed"]


class TestMerge:
    def test_takes_over_the_members_as_they_stand_and_the_other_ends(self, store: Store):
        storm(store)
        storm(store, 2, "u")
        report(store, "u5", incident_id="inc-2", exception="danger")
        before = store.page("default", None, 100)
        changed = change(store, "merge", other="inc-2")
        names = [f"u{n}" for n in range(6)]
        assert changed.ticket_ids == names
        assert (changed.incident.tickets, changed.incident.suppressed, changed.incident.customers) == (11, 8, 11)
        moved = {key(name) for name in names}
        assert store.page("default", None, 100) == [
            replace(one, incident_id="inc-1") if one.key in moved else one for one in before
        ]
        assert {one.kind for one in store.links("default", "inc-1") if one.ticket_id in names} == {LinkKind.EXACT}
        assert store.link_of_ticket(key("u5")).exception == "danger"
        other = store.incident("default", "inc-2")
        assert (other.state, other.closed_at, other.tickets, other.suppressed) == (IncidentState.RESOLVED, 300.0, 0, 0)
        assert other.merged_into == "inc-1"
        assert happened(store, "incident.resolve") == [(None, "inc-2")]

    def test_what_was_merged_goes_on_knowing_its_own_for_the_other(self, store: Store):
        storm(store)
        storm(store, 2, "u", urgency=0.75)
        before = store.link_of_ticket(key("u1"))
        change(store, "merge", other="inc-2")
        assert store.link_of_ticket(key("u1")) == replace(before, incident_id="inc-1")
        one, two = store.past("default", V, 100, 3).clusters
        assert (one.id, one.urgencies) == ("inc-1", [0.5] * 3)
        assert (two.id, two.urgencies, two.closed_at) == ("inc-1", [0.75] * 3, None)

    def test_a_dismissed_one_neither_takes_nor_gives(self, store: Store):
        storm(store)
        storm(store, 2, "u")
        queue(store, "free")
        change(store, "dismiss")
        before = everything(store)
        for kind, more in (("link", {}), ("merge", {"other": "inc-2"})):
            with pytest.raises(IncidentDismissed):
                change(store, kind, "free", **more)
        with pytest.raises(IncidentDismissed):
            change(store, "merge", incident_id="inc-2", other="inc-1")
        assert everything(store) == before

    def test_who_was_parted_from_one_of_them_is_parted_from_both(self, store: Store):
        storm(store)
        storm(store, 2, "u")
        change(store, "unlink", "u1", incident_id="inc-2")
        change(store, "merge", other="inc-2")
        assert barred(store) == {("u1", "inc-1"), ("u1", "inc-2")}
        assert "u1" not in linked(store)

    def test_a_ticket_that_must_not_belong_to_it_has_its_own_life_back_instead(self, store: Store):
        storm(store, urgency=0.9)
        storm(store, 2, "u")
        newly_raised(store)
        change(store, "unlink", "t1")
        change(store, "link", "t1", incident_id="inc-2")
        assert "t1" not in change(store, "merge", other="inc-2", told=urgent).ticket_ids
        assert linked(store, "inc-2") == []
        found = store.find(key("t1"))
        assert (found.state, found.incident_id) == (State.WAITING, None)
        assert [one.ticket_id for one in newly_raised(store)] == ["t1"]
        assert barred(store) == {("t1", "inc-1"), ("t1", "inc-2")}
        assert store.incident("default", "inc-2").tickets == 0

    def test_a_member_stays_one_whatever_it_was_parted_from(self, store: Store):
        storm(store)
        storm(store, 2, "u")
        change(store, "unlink", "u1", incident_id="inc-2")
        change(store, "link", "u1")
        change(store, "merge", other="inc-2")
        assert "u1" in linked(store)
        assert barred(store) == {("u1", "inc-2")}

    def test_a_closed_incident_takes_over_no_open_one_and_is_taken_over_itself(self, store: Store):
        storm(store)
        storm(store, 2, "u")
        change(store, "resolve")
        before = everything(store)
        with pytest.raises(IncidentEnded, match=r"inc-1 has ended and inc-2 has not; .* inc-1 into inc-2\."):
            change(store, "merge", other="inc-2")
        assert everything(store) == before
        changed = change(store, "merge", incident_id="inc-2", other="inc-1", at=400.0)
        assert (changed.incident.state, changed.incident.tickets) == (IncidentState.OPEN, 10)
        assert set(states(store, *changed.ticket_ids)) == {"waiting"}
        assert store.incident("default", "inc-1").closed_at == 300.0

    def test_of_two_closed_ones_one_takes_over_the_other(self, store: Store):
        storm(store)
        storm(store, 2, "u")
        change(store, "resolve")
        change(store, "resolve", incident_id="inc-2", at=350.0)
        changed = change(store, "merge", other="inc-2", at=400.0)
        assert (changed.incident.tickets, changed.incident.suppressed, changed.incident.closed_at) == (10, 0, 300.0)

    def test_what_was_merged_names_the_one_to_use_and_changes_no_more(self, store: Store):
        for number, mark in ((1, "t"), (2, "u"), (3, "v")):
            storm(store, number, mark)
        queue(store, "free")
        change(store, "merge", other="inc-2")
        before = everything(store)
        for kind, names, more in (
            ("resolve", (), {"answer": True}),
            ("dismiss", (), {}),
            ("unlink", ("u1",), {}),
            ("link", ("free",), {}),
            ("merge", (), {"other": "inc-1"}),
            ("merge", (), {"other": "inc-3"}),
        ):
            with pytest.raises(IncidentMerged, match="inc-2 was merged into inc-1: use that"):
                change(store, kind, *names, incident_id="inc-2", **more)
        with pytest.raises(IncidentMerged, match="inc-2 was merged into inc-1: use that"):
            change(store, "merge", incident_id="inc-3", other="inc-2")
        assert everything(store) == before

    def test_what_was_merged_before_goes_along(self, store: Store):
        for number, mark in ((1, "t"), (2, "u"), (3, "v")):
            storm(store, number, mark)
        change(store, "merge", other="inc-2")
        change(store, "merge", incident_id="inc-3", other="inc-1")
        found = store.incidents("default", (), None, 10)
        assert [(one.id, one.merged_into, one.tickets) for one in found] == [
            ("inc-3", None, 15),
            ("inc-2", "inc-3", 0),
            ("inc-1", "inc-3", 0),
        ]
        assert [one.id for one in store.past("default", V, 100, 100).clusters] == ["inc-3"] * 3

    def test_an_unknown_other_moves_nothing(self, store: Store):
        storm(store)
        storm(store, 2, "u", workspace="b")
        before = everything(store), everything(store, "b")
        assert change(store, "merge", other="inc-2").ticket_ids == []
        assert (everything(store), everything(store, "b")) == before

    def test_two_that_take_each_other_over_end_with_all_members_in_one(self, store: Store):
        storm(store)
        storm(store, 2, "u")

        def take(incident_id: str, other: str) -> bool:
            with suppress(IncidentMerged):
                return bool(change(store, "merge", incident_id=incident_id, other=other).ticket_ids)
            return False

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(take, ["inc-1", "inc-2"], ["inc-2", "inc-1"])) == [False, True]
        found = {one.id: one.tickets for one in store.incidents("default", (), None, 10)}
        assert sorted(found.values()) == [0, 10]
        assert 10 in {len(linked(store, name)) for name in found}


KINDS = ("resolve", "dismiss", "unlink", "link", "merge")
ARGUMENTS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "resolve": ((), {"answer": True}),
    "dismiss": ((), {}),
    "unlink": (("t1", "t2"), {}),
    "link": (("free",), {}),
    "merge": ((), {"other": "inc-2"}),
}


class TestEveryChange:
    @pytest.mark.parametrize("kind", KINDS)
    def test_of_an_unknown_incident_is_none(self, store: Store, kind: str):
        storm(store, workspace="b")
        names, more = ARGUMENTS[kind]
        before = everything(store, "b")
        assert store.change_incident(Change("default", "inc-1", kind, 300.0, "key:1", names, **more), nobody) is None
        assert everything(store, "b") == before
        assert store.standing("default") == Standing(0, 0, 0)

    @pytest.mark.parametrize("kind", KINDS)
    def test_twice_is_once_and_leaves_other_workspaces_alone(self, store: Store, kind: str):
        for workspace in ("default", "b"):
            storm(store, workspace=workspace)
            storm(store, 2, "u", workspace=workspace)
            queue(store, "free", workspace=workspace)
        elsewhere = everything(store, "b")
        names, more = ARGUMENTS[kind]
        first = change(store, kind, *names, **more)
        assert first.ticket_ids
        after = everything(store)
        second = change(store, kind, *names, **more)
        assert (second.incident, second.ticket_ids) == (first.incident, [])
        assert everything(store) == after
        assert everything(store, "b") == elsewhere

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_all_or_nothing(self, store: Store, kind: str):
        storm(store)
        storm(store, 2, "u")
        queue(store, "free")
        before = everything(store), store.standing("default")
        names, more = ARGUMENTS[kind]

        class Interrupted(Exception):
            pass

        def fail(*_: object) -> None:
            raise Interrupted

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("smart_support.adapters.sql.incident_changes._revise", fail)  # the last step
            with pytest.raises(Interrupted):
                change(store, kind, *names, **more)
        assert (everything(store), store.standing("default")) == before

    @pytest.mark.parametrize("kind", ["unlink", "link"])
    def test_where_a_ticket_is_unknown_nothing_is_changed(self, store: Store, kind: str):
        storm(store)
        storm(store, 2, "u")
        queue(store, "free")
        queue(store, "theirs", workspace="b")
        triaged(store, "underway")
        names, _ = ARGUMENTS[kind]
        before = everything(store), everything(store, "b"), store.standing("default")
        with pytest.raises(UnknownTickets, match="no ticket t9, theirs;"):
            change(store, kind, *names, "t9", "u1", "underway", "theirs")
        with pytest.raises(UnknownTickets, match="no ticket x0, x1, x2, x3, x4 and 995 more;"):
            change(store, kind, *(f"x{n}" for n in range(1_000)))
        assert (everything(store), everything(store, "b"), store.standing("default")) == before


class TestAge:
    def age(self, store: Store, after: float) -> list[str]:
        """What changes so many seconds after the opening."""
        return [one.id for one in store.age_incidents(LIFE, OPENED + after, "dispatcher")]

    def state(self, store: Store) -> IncidentState:
        return store.incident("default", "inc-1").state

    def test_without_reports_it_is_quiet_and_with_the_next_one_it_grows(self, store: Store):
        storm(store)
        assert self.age(store, 600.0) == []
        assert self.state(store) is IncidentState.OPEN
        assert self.age(store, 601.0) == ["inc-1"]
        assert self.state(store) is IncidentState.QUIET
        assert self.age(store, 602.0) == []
        report(store, "t5", OPENED + 603.0)
        assert self.state(store) is IncidentState.GROWING
        assert self.age(store, 1_200.0) == []
        assert happened(store, "incident.quiet", "incident.grow") == [(None, "inc-1")] * 2

    def test_a_report_that_a_person_links_makes_it_grow_too(self, store: Store):
        storm(store)
        self.age(store, 601.0)
        queue(store, "late", at=OPENED + 700.0)
        change(store, "link", "late")
        assert self.age(store, 701.0) == ["inc-1"]
        assert self.state(store) is IncidentState.GROWING
        assert self.age(store, 702.0) == []
        assert happened(store, "incident.grow") == [(None, "inc-1")]

    def test_after_its_life_it_ends_and_lets_its_members_go(self, store: Store):
        storm(store)
        storm(store, workspace="b")
        before = store.page("default", None, 10)
        assert self.age(store, 3_600.0) == ["inc-1", "inc-1"]  # quiet, in both workspaces
        assert self.age(store, 3_601.0) == ["inc-1", "inc-1"]
        found = store.incident("default", "inc-1")
        assert (found.state, found.closed_at) == (IncidentState.RESOLVED, OPENED + 3_601.0)
        assert (found.tickets, found.suppressed) == (5, 0)
        assert store.page("default", None, 10) == [replace(one, state=State.WAITING) for one in before]
        assert [(one.actor, one.incident_id) for one in events(store, "incident.resolve")] == [("dispatcher", "inc-1")]
        assert store.incident("b", "inc-1").state is IncidentState.RESOLVED
        assert self.age(store, 10_000.0) == []

    def test_what_a_person_closed_is_left_alone(self, store: Store):
        storm(store)
        storm(store, 2, "u")
        change(store, "resolve")
        change(store, "dismiss", incident_id="inc-2")
        before = everything(store)
        assert self.age(store, 10_000.0) == []
        assert everything(store) == before


WORKSPACES = count()
NAMES = [*(f"{mark}{n}" for mark in "tu" for n in range(5)), "free", "held"]
CHANGES = st.one_of(
    st.tuples(st.just("resolve"), st.integers(1, 2), st.booleans()),
    st.tuples(st.just("dismiss"), st.integers(1, 2), st.none()),
    st.tuples(st.sampled_from(["unlink", "link"]), st.integers(1, 2), st.lists(st.sampled_from(NAMES), max_size=3)),
    st.tuples(st.just("merge"), st.integers(1, 2), st.none()),
    st.tuples(st.just("age"), st.sampled_from([OPENED + 700.0, OPENED + 4_000.0]), st.none()),
    st.tuples(st.just("claim"), st.none(), st.none()),
    st.tuples(st.just("report"), st.integers(1, 2), st.none()),
)


def apply(store: Store, workspace: str, number: int, step: tuple[str, Any, Any]) -> None:
    kind, which, what = step
    if kind == "age":
        store.age_incidents(LIFE, which, "dispatcher")
    elif kind == "claim":
        store.claim_next(workspace, 300.0, "agent")
    elif kind == "report":
        closed = store.incident(workspace, f"inc-{which}").state.closed
        (one,) = triaged(store, f"r{number}", workspace=workspace, at=200.0)
        joins = link(one.ticket_id, f"inc-{which}", recurrence=closed)
        action = Action.QUEUE if closed else Action.SUPPRESS
        with suppress(Unavailable):  # what was merged away takes nothing
            store.record_dispatch([Dispatched(one, action, link=joins)], 200.0, "dispatcher", lease(store))
    else:
        names = tuple(what) if isinstance(what, list) else ()
        made = Change(workspace, f"inc-{which}", kind, 300.0 + number, "key:1", names, f"inc-{3 - which}")
        made = replace(made, other=made.other if kind == "merge" else None, answer=what is True)
        with suppress(ChangeRefused):
            store.change_incident(made, nobody)


@settings(max_examples=examples(0.3), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(CHANGES, min_size=1, max_size=8))
def test_whatever_is_done_the_figures_are_those_of_the_links_and_nobody_is_lost(store: Store, steps: list):
    workspace = f"w{next(WORKSPACES)}"
    storm(store, workspace=workspace)
    storm(store, 2, "u", workspace=workspace)
    queue(store, "held", urgency=0.9, workspace=workspace)
    store.claim_next(workspace, 200.0, "agent")
    queue(store, "free", workspace=workspace)
    for number, step in enumerate(steps):
        apply(store, workspace, number, step)
    tickets = {one.id: one for one in store.page(workspace, None, 100)}
    members: dict[str, str] = {}
    for found in store.incidents(workspace, (), None, 10):
        own = [tickets[name] for name in linked(store, found.id, workspace)]
        members |= {one.id: found.id for one in own}
        suppressed = sum(one.state is State.SUPPRESSED for one in own)
        assert (found.tickets, found.suppressed) == (len(own), suppressed)
        assert found.customers == len({one.customer.id for one in own})
        assert not (found.state.closed and suppressed)  # nobody would ever look at them
    assert {one.id: one.incident_id for one in tickets.values() if one.incident_id} == members
    assert {one.id for one in tickets.values() if one.state is State.SUPPRESSED} <= members.keys()
    assert not barred(store, workspace) & set(members.items())


class TestOwner:
    def test_who_has_the_ticket_that_stands_for_all_owns_the_incident(self, store: Store):
        storm(store)
        assert store.incident("default", "inc-1").owner is None
        assert [(case.ticket_id, case.stands) for case in store.cases("default")] == [("t0", True)]
        store.save_agents([Agent("default", "ann", capacity=9)], 1.0, "key:1")
        given = [Given(Assigned("t0", "ann", Parts(0, 0, 0, 0)), None)]
        assert store.record_assignments("default", given, 300.0, "dispatcher", lease(store), None) == ["t0"]
        assert store.incident("default", "inc-1").owner == "ann"
        assert store.agent("default", "ann").load == 1  # duplicates take nobody's capacity

    def test_what_was_assigned_before_it_opened_is_taken_back_but_not_what_was_begun(self, store: Store):
        queue(store, "t0", "t1", "t2", "t3")
        store.save_agents([Agent("default", "ann", capacity=9)], 1.0, "key:1")
        given = [Given(Assigned(f"t{n}", "ann", Parts(0, 0, 0, 0))) for n in range(4)]
        store.record_assignments("default", given, 101.0, "dispatcher", lease(store), None)
        store.handle(Act(key("t2"), Handling.START, 102.0, "key:1"))
        (opener,) = triaged(store, "t4", at=OPENED)
        open_with(store, opener, ["t0", "t1", "t2", "t3"], incident())
        assert states(store, "t0", "t1", "t2", "t3") == ["assigned", "suppressed", "in_progress", "suppressed"]
        assert store.agent("default", "ann").load == 2
        assert store.incident("default", "inc-1").owner == "ann"
        assert store.find(key("t1")).agent_id is None

    def test_once_it_is_resolved_alone_the_next_one_stands_for_the_open_incident(self, store: Store):
        storm(store)
        store.handle(Act(key("t0"), Handling.RESOLVE, 300.0, "key:1"))
        assert states(store, "t0", "t1", "t2") == ["resolved", "waiting", "suppressed"]
        assert store.incident("default", "inc-1").suppressed == 3

    def test_what_is_offered_to_somebody_and_linked_by_hand_is_taken_back(self, store: Store):
        storm(store)
        queue(store, "u1")
        store.save_agents([Agent("default", "ann", capacity=9)], 1.0, "key:1")
        given = [Given(Assigned("u1", "ann", Parts(0, 0, 0, 0)), None)]
        store.record_assignments("default", given, 300.0, "dispatcher", lease(store), 900.0)
        change(store, "link", "u1")
        found = store.find(key("u1"))
        assert (found.state, found.agent_id, found.offer_until) == (State.SUPPRESSED, None, None)
        assert store.agent("default", "ann").load == 0
