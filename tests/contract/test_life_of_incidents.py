"""The life of incidents, on every database: the dispatcher, people and time change them in any order, often on what
each of them knew a moment ago."""

import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from smart_support.adapters.sql.store import SqlStore
from smart_support.adapters.sql.storm_schema import cannot_links
from smart_support.domain.alert import incident_opened
from smart_support.domain.event import Position
from smart_support.domain.incident import Incident, IncidentState, Life, Link, LinkKind, Severity, incident_id
from smart_support.domain.ticket import TRANSITIONS, Action, State, Ticket
from smart_support.pipeline.agents import Act, Handling, Refused
from smart_support.pipeline.incidents import Change, ChangeRefused
from smart_support.pipeline.records import Dispatched, Gathering, LeaseLost, Triaged, Unavailable
from tests.builders import key, lease, ticket, triage
from tests.contract.lives import LifeOnStore, live

LIFE = Life(gap=600.0, span=3_600.0)
NUMBERS = st.integers(1, 3)
NAMES = st.sampled_from([f"t{n}" for n in range(1, 8)])
ACTIONS = {f"ticket.{action}": action for action in Action}
OVER = {State.SUPPRESSED, State.RESOLVED}


class LifeOfIncidents(LifeOnStore):
    """Any calls in any order."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__(store)
        self.number = 0
        self.state: dict[str, State] = {}

    def arrive(self) -> Ticket:
        """A ticket that waits for the dispatcher."""
        self.number += 1
        one = ticket(f"t{self.number}", at=self.now)
        self.store.accept([one], ["key:1"])
        self.store.record_triage([Triaged(one.key, triage())], self.now, "triage")
        return one

    def dispatch(self, decision: Dispatched, *gathered: Gathering) -> bool:
        """Whether it was stored; where not, nothing was, and the ticket is dispatched by itself."""
        before = self.everything()
        with pytest.raises(LeaseLost):
            self.store.record_dispatch([decision], self.now, "dispatcher", self.lost, gathered)
        try:
            done = self.store.record_dispatch([decision], self.now, "dispatcher", lease(self.store), gathered)
        except Unavailable:
            assert self.everything() == before
            self.store.record_dispatch([Dispatched(decision.key)], self.now, "dispatcher", lease(self.store))
            return False
        assert done == [decision.key]
        assert self.store.record_dispatch([decision], self.now, "dispatcher", lease(self.store), gathered) == []
        return True

    @initialize(stands=st.booleans())
    def begins(self, stands):
        """There is an incident; perhaps only its first ticket waits in the queue for all."""
        for _ in range(3):
            self.comes_alone()
        self.check_events()
        if stands:
            self.opens({"t1", "t2"})
            self.check_events()

    @rule()
    def comes_alone(self):
        self.dispatch(Dispatched(self.arrive().key))

    @rule(members=st.sets(NAMES, max_size=4))
    def opens(self, members):
        """A ticket opens an incident with earlier ones, of which some may belong to another one by now."""
        one, number = self.arrive(), self.store.standing("default").number + 1
        if number > 3:
            self.dispatch(Dispatched(one.key))
            return
        new = incident_id(number)
        known = [name for name in sorted(members) if name in self.state]
        made = Incident(
            *("default", new, number, "Pay", ("pay",), Severity.MINOR, IncidentState.OPEN, self.now, self.now, one.id)
        )
        links = tuple(self.link(name, new) for name in known)
        told = (incident_opened("default", new, one.id, self.now),)
        decision = Dispatched(one.key, Action.SUPPRESS if known else Action.QUEUE, link=self.link(one.id, new))
        free = all(self.store.find(key(name)).incident_id is None for name in known)
        assert self.dispatch(decision, Gathering(one.key, new, links, made, told, 0.6)) == free

    @rule(number=NUMBERS, recurrence=st.booleans())
    def reports(self, number, recurrence):
        """A ticket joins an incident, which may have ended since."""
        if found := self.store.incident("default", incident_id(number)):
            one = self.arrive()
            joins = self.link(one.id, found.id, recurrence=recurrence)
            taken = self.dispatch(Dispatched(one.key, Action.QUEUE if recurrence else Action.SUPPRESS, link=joins))
            is_none = found.merged_into is not None or found.state is IncidentState.DISMISSED
            assert taken == (not is_none and (recurrence or not found.state.closed))

    def link(self, name: str, incident: str, *, recurrence: bool = False) -> Link:
        return Link(name, incident, LinkKind.SEMANTIC, self.now, 0.7, name, recurrence)

    @rule(
        kind=st.sampled_from(["resolve", "dismiss", "unlink", "unlink", "link", "link", "merge"]),
        number=NUMBERS,
        other=NUMBERS,
        names=st.sets(NAMES, min_size=1, max_size=3),
        answer=st.booleans(),
    )
    def change(self, kind, number, other, names, answer):
        """Somebody changes one; said twice it is done once, refused it is not done at all."""
        given = {"other": incident_id(other)} if kind == "merge" else {}
        if kind in {"link", "unlink"}:
            given = {"ticket_ids": tuple(sorted(names))}
        if number == other and kind == "merge":
            return
        change = Change("default", incident_id(number), kind, self.now, "key:1", answer=answer, **given)
        before = self.everything()
        try:
            changed = self.store.change_incident(change, lambda _: [])
        except ChangeRefused:
            assert self.everything() == before
            return
        if changed is None:
            assert self.store.incident("default", incident_id(number)) is None
            return
        self.check_events()
        after = self.everything()
        assert self.store.change_incident(change, lambda _: []).ticket_ids == []
        assert self.everything() == after

    @rule(number=NUMBERS)
    def the_one_that_stands_for_it_leaves(self, number):
        """Whoever it is: another one has to stand for the others then."""
        found = self.store.incident("default", incident_id(number))
        members = self.store.links("default", found.id) if found else []
        standing = [one.ticket_id for one in members if self.state[one.ticket_id] not in OVER]
        if standing:
            self.change("unlink", number, 0, set(standing), answer=False)

    @rule(kind=st.sampled_from([Handling.RESOLVE, Handling.REOPEN, Handling.ESCALATE]), name=NAMES)
    def handle(self, kind, name):
        try:
            self.store.handle(Act(key(name), kind, self.now, "key:1"))
        except Refused:
            return

    @rule()
    def claim(self):
        self.store.claim_next("default", self.now, "key:1")

    @rule(seconds=st.sampled_from([-100.0, 60.0, 700.0, 4_000.0]))
    def time_passes(self, seconds):
        self.now += seconds
        self.store.age_incidents(LIFE, self.now, "age")
        assert self.store.age_incidents(LIFE, self.now, "age") == []

    def everything(self) -> tuple[object, ...]:
        found = self.store.incidents("default", (), None, 100)
        events = len(self.store.events("default", Position(), 100_000))
        return (self.store.page("default", None, 1_000), found, self.barred(), self.links(), events)

    def links(self) -> dict[str, list[Link]]:
        found = self.store.incidents("default", (), None, 100)
        return {one.id: self.store.links("default", one.id) for one in found}

    def barred(self) -> set[tuple[str, str]]:
        query = sa.select(cannot_links)
        rows = self.store._database.read(lambda connection: connection.execute(query).all())
        return {(row.ticket_id, row.incident_id) for row in rows}

    def check_events(self) -> None:
        for event in self.new_events():
            if event.kind == "ticket.accept":
                self.state[event.ticket_id] = State.ACCEPTED
            elif event.kind in ACTIONS:
                step = TRANSITIONS[ACTIONS[event.kind]]
                assert self.state[event.ticket_id] in step.sources, event
                self.state[event.ticket_id] = step.target

    @invariant()
    def tickets_links_and_figures_agree(self):
        self.check_events()
        found = {one.id: one for one in self.store.page("default", None, 1_000)}
        assert {name: one.state for name, one in found.items()} == self.state
        belongs = {one.ticket_id: name for name, links in self.links().items() for one in links}
        assert len(belongs) == sum(len(links) for links in self.links().values()), "a ticket belongs to one incident"
        assert belongs == {name: one.incident_id for name, one in found.items() if one.incident_id}
        assert not self.barred() & set(belongs.items()), "parted for ever"
        for one in self.store.incidents("default", (), None, 100):
            members = [found[name] for name, owner in belongs.items() if owner == one.id]
            suppressed = [member for member in members if member.state is State.SUPPRESSED]
            assert (one.tickets, one.suppressed) == (len(members), len(suppressed))
            assert one.state.closed == (one.closed_at is not None)
            if one.merged_into is not None or one.state is IncidentState.DISMISSED:
                assert members == []
            if one.state.closed:
                assert suppressed == [], "of one that has ended nobody waits unseen"
            elif suppressed:
                assert any(member.state not in OVER for member in members), "somebody stands for it"

    @invariant()
    def incidents_are_counted_without_a_hole(self):
        numbers = [one.number for one in self.store.incidents("default", (), None, 100)]
        assert numbers == list(range(len(numbers), 0, -1))
        assert self.store.standing("default").number == len(numbers)


def test_whatever_happens_to_incidents_no_ticket_is_lost_in_one(store: SqlStore):
    live(LifeOfIncidents, store)
