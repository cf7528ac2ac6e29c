"""The lives of tickets and of agents, on every database: any calls in any order, many of them late or made twice.

What must hold is read off the events: they tell each step of a ticket once, in an order that the table of its life
allows, and end where the ticket stands.
"""

import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from smart_support.adapters.sql.schema import outbox
from smart_support.adapters.sql.store import GRACE, SqlStore
from smart_support.domain.agent import Agent, AgentStatus, Silence
from smart_support.domain.assignment.problem import Assigned, Parts
from smart_support.domain.retry import STEP_DELAYS
from smart_support.domain.ticket import HELD, TRANSITIONS, Action, State, TicketKey
from smart_support.pipeline.agents import Act, Handling, Refused
from smart_support.pipeline.assignments import Given
from smart_support.pipeline.records import Dispatched, LeaseLost, Step, Triaged
from tests.builders import key, lease, ticket, triage
from tests.contract.lives import LifeOnStore, live

NAMES = ("t1", "t2", "t3", "t4")
AGENTS = ("ann", "bob")
ACTIONS = {f"ticket.{action}": action for action in Action}
FREE = Parts(0, 0, 0, 0)
LONGEST = max(GRACE, *STEP_DELAYS)
"""Seconds after which what waits for a step is due again, at the latest."""
REQUEUED = TRANSITIONS[Action.RELEASE].sources | {State.WAITING}
"""Where a ticket may stand that is handed back, or from team to team."""


class LifeOfTickets(LifeOnStore):
    """Any calls in any order."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__(store)
        self.accepted: dict[str, float] = {}
        self.state: dict[str, State] = {}
        """Where each ticket stands by the events alone."""
        self.latest = self.now
        self.loads: dict[str, int] = {}

    @initialize(waiting=st.sampled_from([True, True, False]))
    def begins(self, waiting):
        """There are agents, and mostly there is something to do for them."""
        self.save("ann", 2)
        self.save("bob", 1)
        if waiting:
            self.accept([*NAMES[:3]], other=False)
            self.store.record_triage([Triaged(key(name), triage(0.5)) for name in NAMES[:3]], self.now, "triage")
            decisions = [Dispatched(key(name)) for name in NAMES[:3]]
            self.store.record_dispatch(decisions, self.now, "dispatcher", lease(self.store))

    def save(self, agent, capacity):
        self.store.save_agents(
            [Agent("default", agent, skills={"Technical": 1.0}, capacity=capacity)], self.now, "key:1"
        )

    @rule(names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3), other=st.booleans())
    def accept(self, names, other):
        """An id that is known is answered as at first, under another text refused, and stored once in every case."""
        offered = [ticket(name, at=self.now, body="Another text" if other else "It is broken") for name in names]
        for one, answer in zip(offered, self.store.accept(offered, ["key:1"] * len(offered)), strict=True):
            assert answer.fresh == (one.id not in self.accepted)
            assert answer.accepted_at == self.accepted.setdefault(one.id, self.now)
            stored = self.store.find(one.key)
            assert answer.conflict == (stored.body != one.body)

    @rule(name=st.sampled_from(NAMES), urgency=st.sampled_from([0.1, 0.5, 0.9]))
    def triage(self, name, urgency):
        is_new = self.state.get(name) is State.ACCEPTED and self.store.find(key(name)).triage is None
        done = self.store.record_triage([Triaged(key(name), triage(urgency))] * 2, self.now, "triage")
        assert done == ([key(name)] if is_new else [])

    @rule(names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=4), late=st.booleans())
    def dispatch(self, names, late):
        decisions = [Dispatched(key(name)) for name in names]
        if late:
            with pytest.raises(LeaseLost):
                self.store.record_dispatch(decisions, self.now, "dispatcher", self.lost)
            return
        ready = [name for name in dict.fromkeys(names) if self.state.get(name) is State.ACCEPTED]
        triaged = [key(name) for name in ready if self.store.find(key(name)).triage]
        found = self.store.record_dispatch(decisions, self.now, "dispatcher", lease(self.store))
        assert found == triaged

    @rule(name=st.sampled_from(NAMES), step=st.sampled_from(Step))
    def fail(self, name, step):
        """A step fails for the last time."""
        self.store.record_failure(key(name), step, "no", self.now, (), "triage")

    @rule()
    def retry(self):
        dead = {key(name) for name, state in self.state.items() if state is State.DEAD}
        assert set(self.store.exhume("default", None, self.now, "key:1")) == dead

    @rule()
    def claim(self):
        """Whoever asks for the next one gets the most urgent that waits, the oldest among equals."""
        found = self.store.page("default", None, 100)
        waiting = [one for one in found if one.state is State.WAITING]
        best = min(waiting, key=lambda one: (-one.triage.urgency, one.accepted_at, one.id), default=None)
        claimed = self.store.claim_next("default", self.now, "key:1")
        if best is None:
            assert claimed is None
        else:
            place = (claimed.triage.urgency, claimed.accepted_at)
            assert place == (best.triage.urgency, best.accepted_at)

    @rule(
        pairs=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(AGENTS)), min_size=2, max_size=5),
        meanwhile=st.none() | st.tuples(st.sampled_from(AGENTS), st.sampled_from(AgentStatus) | st.integers(0, 2)),
        offered=st.booleans(),
        late=st.sampled_from([False, False, True]),
    )
    def assign(self, pairs, meanwhile, offered, late):
        """The solver looks, perhaps somebody comes or goes, and then what it said is carried out."""
        cases = {case.ticket_id: case for case in self.store.cases("default")}
        assert set(cases) == {name for name, state in self.state.items() if state is State.WAITING}
        given = [
            Given(Assigned(name, agent, FREE), None, cases[name].team, cases[name].barred)
            for name, agent in dict(pairs).items()
            if name in cases and agent not in cases[name].barred
        ]
        if meanwhile is not None:
            (self.stand if isinstance(meanwhile[1], AgentStatus) else self.save)(*meanwhile)
        until = self.now + 60.0 if offered else None
        if late:
            with pytest.raises(LeaseLost):
                self.store.record_assignments("default", given, self.now, "dispatcher", self.lost, until)
            return
        there = {one.agent.id: one.agent for one in self.store.agents("default")}
        found = self.store.record_assignments("default", given, self.now, "dispatcher", lease(self.store), until)
        owners = {one.assigned.ticket_id: one.assigned.agent_id for one in given}
        for name in found:
            assert self.state[name] is State.WAITING
            assert self.store.find(key(name)).agent_id == owners[name]
            assert there[owners[name]].status is AgentStatus.ONLINE
        assert self.store.record_assignments("default", given, self.now, "dispatcher", lease(self.store), until) == []

    @rule(name=st.sampled_from(NAMES), agent=st.sampled_from(AGENTS), start=st.booleans())
    def move(self, name, agent, start):
        """A ticket is handed to somebody, who perhaps begins."""
        self.handle(name, Handling.REASSIGN, agent, None, None)
        if start:
            self.handle(name, Handling.START, agent, None, None)

    @rule(
        name=st.sampled_from(NAMES),
        kind=st.sampled_from(Handling),
        agent=st.none() | st.sampled_from(AGENTS),
        before=st.sampled_from([None, None, None, *AGENTS]),
        team=st.sampled_from([None, None, "second line"]),
    )
    def handle(self, name, kind, agent, before, team):
        """Done twice it is one event; refused it is none."""
        act = Act(key(name), kind, self.now, "key:1", agent, team, before)
        stands = self.store.find(key(name))
        try:
            done = self.store.handle(act)
        except Refused:
            assert self.store.find(key(name)) == stands
            return
        assert (done is None) == (name not in self.accepted)
        if done is not None:
            self.check_events()
            if kind is not Handling.DECLINE or done.agent_id is None:
                assert self.store.handle(act) == done
                assert self.new_events() == []

    @rule(agent=st.sampled_from(AGENTS), capacity=st.integers(0, 2))
    def change(self, agent, capacity):
        self.save(agent, capacity)

    @rule(agent=st.sampled_from(AGENTS), comes_back=st.sampled_from([True, True, True, False]))
    def remove(self, agent, comes_back):
        was_there = self.store.agent("default", agent) is not None
        assert self.store.remove_agent("default", agent, self.now, "key:1") == was_there
        if comes_back:
            self.each_has_one_owner_and_nobody_more_than_he_may_hold()
            self.save(agent, 1)

    @rule(agent=st.sampled_from(AGENTS), status=st.sampled_from([*AgentStatus, AgentStatus.ONLINE, AgentStatus.ONLINE]))
    def stand(self, agent, status):
        after = self.store.set_status("default", agent, status, self.now, "key:1")
        assert after is None or after.status is status

    @rule(agent=st.sampled_from(AGENTS))
    def beat(self, agent):
        self.store.heartbeat("default", agent, self.now, "key:1")

    @rule(seconds=st.sampled_from([-500.0, 30.0, 130.0, 1_000.0]))
    def time_passes(self, seconds):
        self.now += seconds
        self.store.silence(Silence(), self.now, "dispatcher")
        self.store.expire_offers(self.now, "dispatcher")
        for one in self.store.page("default", None, 100):
            assert one.state is not State.OFFERED or one.offer_until > self.now
        assert self.store.silence(Silence(), self.now, "dispatcher") == 0

    def check_events(self) -> None:
        """Each step was allowed where the ticket stood, by the table of its life."""
        for event in self.new_events():
            name = event.ticket_id
            if event.kind == "ticket.accept":
                assert name not in self.state, "accepted once"
                self.state[name] = State.ACCEPTED
            elif event.kind == "ticket.reassign":
                sources = REQUEUED if event.data.get("queued") else TRANSITIONS[Action.ASSIGN].sources
                assert self.state[name] in sources, event
                self.state[name] = State.WAITING if event.data.get("queued") else State.ASSIGNED
            elif event.kind in ACTIONS:
                step = TRANSITIONS[ACTIONS[event.kind]]
                assert self.state[name] in step.sources, event
                self.state[name] = step.target

    @invariant()
    def events_end_where_tickets_stand(self):
        self.check_events()
        found = {one.id: one for one in self.store.page("default", None, 100)}
        assert {name: one.state for name, one in found.items()} == self.state
        assert {name: one.accepted_at for name, one in found.items()} == self.accepted, "nothing is lost, or older"
        counted = self.store.counts("default").by_state
        assert {state: n for state, n in counted.items() if n} == {
            state: list(self.state.values()).count(state) for state in set(self.state.values())
        }

    @invariant()
    def whoever_waits_for_a_step_is_in_the_outbox(self):
        """So that the sweeper finds it, whatever the broker forgot."""
        self.latest = max(self.latest, self.now)
        steps = {
            one.key: Step.DISPATCH if one.triage else Step.TRIAGE
            for one in self.store.page("default", None, 100)
            if one.state is State.ACCEPTED
        }
        # Not by `due`, which finds and mends what is far off.
        query = sa.select(outbox).where(outbox.c.due_at.is_not(None))
        rows = self.store._database.read(lambda connection: connection.execute(query).all())
        assert {TicketKey(row.workspace, row.ticket_id): row.step for row in rows} == steps
        assert all(row.due_at <= self.latest + LONGEST for row in rows)
        assert self.store.backlog(100) == len(steps)
        given_up = {name for name, state in self.state.items() if state is State.DEAD}
        assert {one.key.ticket_id for one in self.store.buried("default", 100)} == given_up

    @invariant()
    def each_has_one_owner_and_nobody_more_than_he_may_hold(self):
        agents = {one.agent.id: one for one in self.store.agents("default")}
        held: dict[str, list[TicketKey]] = {name: [] for name in agents}
        for one in self.store.page("default", None, 100):
            if one.state not in HELD:
                continue
            if one.state is not State.IN_PROGRESS or one.agent_id is not None:
                held[one.agent_id].append(one.key)
                status = agents[one.agent_id].agent.status
                assert one.state is not State.OFFERED or status is AgentStatus.ONLINE
                assert one.state is State.IN_PROGRESS or status is not AgentStatus.OFFLINE
        for name, standing in agents.items():
            assert standing.load == len(held[name])
            assert {one.key for one in self.store.tickets_of("default", name)} == set(held[name])
            assert standing.load <= max(standing.agent.capacity, self.loads.get(name, 0)), "he had room for more"
        self.loads = {name: standing.load for name, standing in agents.items()}


def test_whatever_people_and_processes_do_each_ticket_has_one_owner_and_one_history(store: SqlStore):
    live(LifeOfTickets, store)
