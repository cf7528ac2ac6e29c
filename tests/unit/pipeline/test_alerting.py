"""Who is told of what, and how often: from what happened to the messages that go out."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from smart_support.adapters.sql.schema import workers
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.alert import Alert, AlertKind
from smart_support.domain.alerting.route import GroupBy, Grouping, Route, Silence, Which
from smart_support.domain.alerting.rules import AlertRules, Otherwise
from smart_support.domain.event import Position
from smart_support.domain.feedback import Feedback
from smart_support.domain.incident import Life
from smart_support.domain.notice import Status
from smart_support.domain.routing.match import Match
from smart_support.domain.sla import Target, clocks
from smart_support.pipeline.agents import Act, Handling
from smart_support.pipeline.alerting import NO_AGENT_SECONDS
from smart_support.pipeline.desk import AgeStep
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.messages import MessageState, Purpose
from smart_support.pipeline.records import Dispatched, Step, Triaged, Undelivered
from smart_support.pipeline.sla import SlaStep
from tests.builders import key, lease, ticket, triage
from tests.unit.pipeline.alert_world import AT_ONCE, AlertWorld, gone
from tests.unit.pipeline.test_storms import World as StormWorld


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = SqlStore.open(f"sqlite:///{tmp_path}/store.db", durable=False)
    yield opened
    opened.close()


@pytest.fixture
def world(store: SqlStore) -> AlertWorld:
    return AlertWorld(store)


class TestTickets:
    def test_an_urgent_one_is_told_once(self, world: AlertWorld):
        world.tickets(0.9, 0.8, 0.1)  # above the threshold is urgent, not at it
        world.run()
        world.later(3_600.0)
        assert [(one.ticket_id, one.ordinal) for one in world.desk.notices] == [("t0", 1)]

    def test_further_reasons_are_conditions_of_the_same_message(self, world: AlertWorld):
        world.rules = AlertRules(grouping=Grouping(wait=60.0))
        world.staff("ann")
        world.tickets(0.9)
        world.look()
        world.wait(31.0)
        world.look()  # no agent has it
        world.later(60.0)
        assert world.desk.told() == [["urgent_ticket", "no_agent"]]

    def test_those_that_come_later_are_told_in_the_same_thread(self, world: AlertWorld):
        world.staff("ann")
        world.tickets(0.9)
        world.run()
        world.later(31.0)
        first, second = world.desk.notices
        assert world.desk.told() == [["urgent_ticket"], ["urgent_ticket", "no_agent"]]
        assert (first.topic_id, first.ordinal, second.ordinal) == (second.topic_id, 1, 2)
        assert first.id != second.id

    def test_imported_history_alerts_nobody(self, world: AlertWorld):
        world.staff("ann")
        world.tickets(0.99, history=True)
        world.run()
        world.later(60.0)
        assert (world.raised(), world.desk.notices) == ([], [])

    def test_what_becomes_of_it_is_told_to_those_who_follow_and_were_told(self, store: SqlStore):
        world = AlertWorld(store, ["chat", "mail"], followers=["chat"])
        urgent, calm = world.tickets(0.9, 0.1)
        world.run()
        world.staff("ann")
        for name in (urgent, calm):
            world.act(name, Handling.REASSIGN, agent_id="ann")
            world.act(name, Handling.START, agent_id="ann")
        world.later(400.0)
        for name in (urgent, calm):
            world.act(name, Handling.RESOLVE)
        world.later(400.0)
        assert world.desks["mail"].told() == [["urgent_ticket"]]
        assert world.desks["chat"].told()[-1] == ["urgent_ticket", "ticket_begun", "ticket_resolved"]
        assert [one.status for one in world.desks["chat"].notices] == [
            Status.FIRING,
            Status.ACKNOWLEDGED,
            Status.RESOLVED,
        ]

    def test_one_that_somebody_calls_urgent_is_told_too(self, world: AlertWorld):
        world.tickets(0.1)
        world.run()
        said = Feedback("f1", key("t0"), world.clock.now(), "key:ann", urgency=0.97)
        assert world.store.record_feedback(said) is not None
        world.later(1.0)
        assert world.raised() == [(AlertKind.URGENT_TICKET, "t0")]

    def test_a_silence_keeps_it_from_everybody_and_says_so(self, world: AlertWorld):
        world.rules = replace(AT_ONCE, silences=(Silence("maintenance", end=2_000.0),))
        world.tickets(0.9)
        world.run()
        assert world.desk.notices == []
        silenced = [one.event for one in world.store.events("default", Position(), 100)][-1]
        assert (silenced.kind, silenced.ticket_id, silenced.data["silence"]) == ("alert.silenced", "t0", "maintenance")

    def test_each_destination_gets_it(self, store: SqlStore):
        world = AlertWorld(store, ["chat", "mail"])
        world.tickets(0.9)
        world.run()
        assert {name: len(desk.notices) for name, desk in world.desks.items()} == {"chat": 1, "mail": 1}
        assert world.desks["chat"].notices[0].id != world.desks["mail"].notices[0].id


class TestEnds:
    @staticmethod
    def route(to: str, **match: object) -> AlertRules:
        which = Which(match=Match(**match))
        route = Route("one", (to,), which=which, grouping=AT_ONCE.grouping)
        return replace(AT_ONCE, routes=(route,), otherwise=Otherwise.NOBODY)

    def test_who_was_told_hears_of_the_end_whatever_has_changed(self, store: SqlStore):
        both, rules = ["pager", "chat"], self.route("pager", category=frozenset({"Technical"}))
        world = AlertWorld(store, both, followers=both, rules=rules)
        world.tickets(0.9)
        world.run()
        world.rules = replace(self.route("chat"), silences=(Silence("maintenance", end=9e9),))
        world.act("t0", Handling.RESOLVE)
        world.later(10.0)
        assert [one.status for one in world.desks["pager"].notices] == [Status.FIRING, Status.RESOLVED]
        assert world.desks["chat"].notices == []

    def test_a_group_is_over_when_all_of_it_is(self, store: SqlStore):
        grouping = Grouping(GroupBy.CATEGORY, wait=0.0, interval=0.0)
        world = AlertWorld(store, followers=["chat"], rules=AlertRules(grouping=grouping))
        world.tickets(0.85, 0.95)
        world.later(10.0)
        world.act("t0", Handling.RESOLVE)
        world.later(10.0)
        world.act("t1", Handling.RESOLVE)
        world.later(10.0)
        assert [one.status for one in world.desk.notices] == [Status.FIRING, Status.FIRING, Status.RESOLVED]
        assert [dict(one.facts)["Still open"] for one in world.desk.notices] == ["2", "1", "0"]
        assert [part.ticket_id for part in world.desk.notices[0].parts] == ["t1", "t0"]  # the most urgent first

    def test_a_group_of_thousands_is_said_at_once(self, store: SqlStore):
        grouping = Grouping(GroupBy.ALL, wait=5.0)
        world = AlertWorld(store, rules=AlertRules(grouping=grouping))
        alerts = [
            Alert(str(uuid4()), "default", AlertKind.INCIDENT_OPENED, 1_000.0, None, f"inc-{n}")
            for n in range(1, 1_501)
        ]
        world.store.add_alerts(alerts)
        world.look()
        began = time.perf_counter()
        world.later(400.0)
        assert time.perf_counter() - began < 20.0
        assert [dict(one.facts)["Alerts"] for one in world.desk.notices] == ["1000", "500"]


class TestNoAgent:
    def test_a_critical_ticket_that_nobody_has_is_told_of_after_a_time_and_once(self, world: AlertWorld):
        world.staff("ann")
        world.tickets(0.85)
        world.later(NO_AGENT_SECONDS - 1.0)
        assert (AlertKind.NO_AGENT, "t0") not in world.raised()
        world.later(2.0)
        assert world.raised().count((AlertKind.NO_AGENT, "t0")) == 1
        world.later(3_600.0)
        assert world.raised().count((AlertKind.NO_AGENT, "t0")) == 1

    def test_where_there_are_no_agents_nobody_waits_for_them(self, world: AlertWorld):
        world.tickets(0.99)
        world.later(60.0)
        assert world.raised() == [(AlertKind.URGENT_TICKET, "t0")]

    def test_one_that_is_not_critical_may_wait(self, world: AlertWorld):
        world.staff("ann")
        world.tickets(0.79)
        world.later(60.0)
        assert world.raised() == []

    def test_one_that_somebody_gave_back_waits_from_then_on(self, world: AlertWorld):
        world.staff("ann")
        (name,) = world.tickets(0.9)
        world.act(name, Handling.REASSIGN, agent_id="ann")
        world.later(3_600.0)
        world.act(name, Handling.DECLINE, agent_id="ann")
        world.later(5.0)
        assert (AlertKind.NO_AGENT, name) not in world.raised()
        world.later(NO_AGENT_SECONDS)
        assert (AlertKind.NO_AGENT, name) in world.raised()


class TestIncidents:
    @pytest.fixture
    def storm(self, store: SqlStore) -> tuple[StormWorld, AlertWorld]:
        """Tickets whose bodies begin with the same word are copies."""
        storm, world = StormWorld(store), AlertWorld(store)
        storm.clock = world.clock
        world.lead.resign()
        storm.start()
        world.lead, world.alerting = storm.lead, world.alert_step(storm.lead)
        return storm, world

    @staticmethod
    def of_incident(world: AlertWorld) -> list[str]:
        """The newest condition of each message about it."""
        return [one.conditions[-1].kind for one in world.desk.notices if one.topic_id.endswith("incident:inc-1")]

    def test_its_members_are_not_told_once_it_is(self, storm: tuple[StormWorld, AlertWorld]):
        storm, world = storm
        world.rules = AlertRules(grouping=Grouping(wait=1.0))
        storm.send(*["down again"] * 20, urgency=0.95)
        world.look()
        world.later(2.0)
        topics = [one.topic_id for one in world.desk.notices]
        assert topics == ["default/incident:inc-1"]

    def test_it_is_told_from_its_beginning_to_its_end_in_one_thread(self, storm: tuple[StormWorld, AlertWorld]):
        storm, world = storm
        age = AgeStep(world.store, world.clock, storm.lead, Life())
        for number in (13, 12, 30, 60):
            storm.send(*["down again"] * number)
            world.run()
        world.wait(700.0)
        age.run_once()
        world.run()
        storm.change("resolve")
        world.later(1.0)
        storm.send(*["down again"] * 60)
        world.run()
        storm.change("dismiss")
        world.later(1.0)
        told = self.of_incident(world)
        assert told[:6] == [
            "incident_opened",
            "incident_grown",
            "incident_grown",
            "incident_grown",
            "incident_quiet",
            "incident_resolved",
        ]
        assert told[6:] == ["incident_grown", "incident_resolved"]  # the first of them says that it is open again, too
        notices = [one for one in world.desk.notices if one.incident_id == "inc-1" and "incident:" in one.topic_id]
        assert [one.ordinal for one in notices] == list(range(1, len(told) + 1))
        assert len({one.topic_id for one in notices}) == 1
        assert "incident_reopened" in [one.kind for one in notices[-2].conditions]
        assert [one.status for one in notices] == [
            *[Status.FIRING] * 5,  # one that is quiet may grow again
            Status.RESOLVED,
            Status.FIRING,
            Status.RESOLVED,
        ]

    def test_its_members_alert_no_more_by_themselves(self, storm: tuple[StormWorld, AlertWorld]):
        storm, world = storm
        storm.send(*["down again"] * 60)
        world.run()
        topics = [one.topic_id for one in world.desk.notices]
        assert len(topics) == len(set(topics)) <= 11  # the ten before it was known, and the incident

    def test_growth_is_told_by_the_largest_size_reached_and_each_once(self, storm: tuple[StormWorld, AlertWorld]):
        storm, world = storm
        storm.send(*["down again"] * 110)
        world.run()
        for _ in range(3):
            storm.send("down again")
            world.run()
        grown = [one for one in world.store.raised("default") if one.kind is AlertKind.INCIDENT_GROWN]
        assert len(grown) == 1
        assert grown[0].data == {"tickets": 110}
        storm.send(*["down again"] * 150)
        world.run()
        assert self.of_incident(world) == ["incident_grown", "incident_grown"]

    def test_one_that_was_merged_is_over_for_those_who_were_told(self, storm: tuple[StormWorld, AlertWorld]):
        storm, world = storm
        storm.send(*["down again"] * 15)
        storm.send(*["other trouble"] * 15)
        world.run()
        storm.change("merge", other="inc-2")
        world.later(1.0)
        last = world.desk.notices[-1]
        assert (last.incident_id, last.status) == ("inc-2", Status.RESOLVED)
        assert ("Merged into", "inc-1") in last.facts


class TestPromises:
    def test_what_is_due_soon_and_what_is_overdue_is_told(self, world: AlertWorld):
        made = ticket("t0", at=world.clock.now())
        world.store.accept([made], ["test"])
        world.store.record_triage([Triaged(made.key, triage(0.3))], world.clock.now(), "test")
        promises = clocks(Target(first_response=100.0), world.clock.now(), None)
        world.lead.resign()
        world.store.record_dispatch([Dispatched(made.key, clocks=promises)], 1_000.0, "test", lease(world.store))
        world.lead.run_once()
        sla = SlaStep(world.store, world.clock, world.lead)
        for seconds in (85.0, 30.0, 3_600.0):
            world.wait(seconds)
            sla.run_once()
            world.run()
        assert world.desk.told() == [["sla_due_soon"], ["sla_due_soon", "sla_breached"]]
        assert [one.text for one in world.desk.notices[-1].conditions] == [
            "first response due soon",
            "first response overdue",
        ]
        assert [name for name, _ in world.desk.notices[-1].facts if name == "First response"]


class TestBreakers:
    def test_it_is_told_when_it_opens_and_when_it_closes(self, world: AlertWorld):
        world.beat("w1", 990.0)
        world.run()
        world.later(2.0)
        assert world.desk.told() == [["breaker_opened"]]
        world.beat("w1")
        world.later(2.0)
        assert world.desk.told()[1:] == [["breaker_opened", "breaker_closed"]]
        assert [one.status for one in world.desk.notices] == [Status.FIRING, Status.RESOLVED]
        world.later(60.0)
        assert len(world.desk.notices) == 2

    def test_each_opening_is_one(self, world: AlertWorld):
        for opened_at in (990.0, 2_000.0):
            world.beat("w1", opened_at)
            world.later(2.0)
            world.beat("w1")
            world.later(2.0)
        assert [kinds[-1] for kinds in world.desk.told()] == ["breaker_opened", "breaker_closed"] * 2

    def test_of_two_that_are_open_the_first_to_close_ends_nothing(self, world: AlertWorld):
        world.beat("w1", 990.0)
        world.beat("w2", 991.0)
        world.run()
        world.beat("w1")
        world.later(2.0)
        assert world.desk.notices[-1].status is Status.FIRING
        world.beat("w2")
        world.later(2.0)
        assert world.desk.notices[-1].status is Status.RESOLVED

    @pytest.mark.parametrize("how", ["retires", "is silent"])
    def test_that_of_a_worker_that_vanishes_is_closed(self, world: AlertWorld, how: str):
        world.beat("w1", 990.0)
        world.run()
        if how == "retires":
            world.store.retire("w1")
        else:
            late = sa.update(workers).values(beat_at=workers.c.beat_at - 400.0)
            world.store._database.write(lambda connection: connection.execute(late))
        world.later(2.0)
        assert [kinds[-1] for kinds in world.desk.told()] == ["breaker_opened", "breaker_closed"]

    def test_a_process_that_takes_no_tickets_has_none_that_counts(self, world: AlertWorld):
        world.beat("w1", 990.0)
        (worker,) = world.store.workers()
        world.store.beat(replace(worker.beat, parts=("api",)))
        world.run()
        assert world.raised() == []


class TestDeadLetters:
    def test_a_ticket_that_was_given_up_is_told(self, world: AlertWorld):
        made = ticket("t0", at=world.clock.now())
        world.store.accept([made], ["test"])
        world.store.record_failure(made.key, Step.TRIAGE, "it breaks the model", 1_000.0, (), "triage")
        world.run()
        (notice,) = world.desk.notices
        assert notice.conditions[0].text == "ticket t0 given up"
        assert (notice.title, notice.status) == ("A ticket or message given up", Status.FIRING)

    @pytest.mark.parametrize("by", [*GroupBy])
    def test_a_message_that_was_given_up_is_told_where_it_can_be_and_for_that_one_nobody(
        self, store: SqlStore, by: GroupBy
    ):
        world = AlertWorld(store, ["chat", "mail"], rules=AlertRules(grouping=Grouping(by, wait=0.0, interval=0.0)))
        world.desks["chat"].always = gone()
        world.tickets(0.9)
        world.run()
        for _ in range(5):
            world.later(3_600.0)
        given_up = world.messages(MessageState.DEAD)
        assert [one.topic for one in given_up if one.topic == "dead_letters"] == ["dead_letters"]
        (first,) = [one for one in given_up if one.topic != "dead_letters"]
        told = [one for one in world.desks["mail"].notices if one.topic_id.endswith("dead_letters")]
        assert len(told) == 1
        assert first.id in told[0].conditions[0].text
        assert len(world.desks["chat"].tries) == 2

    def test_a_sample_that_was_given_up_is_no_alert(self, world: AlertWorld):
        world.desk.always = gone()
        made = world.store.add_test("default", "chat", world.clock.now())
        world.run()
        assert [(one.id, one.state) for one in world.messages()] == [(made.id, MessageState.DEAD)]
        assert world.raised() == []

    def test_many_are_counted_in_the_title(self, world: AlertWorld):
        made = [ticket(f"t{n}", at=1_000.0) for n in range(30)]
        world.store.accept(made, ["test"] * 30)
        for one in made:
            world.store.record_failure(one.key, Step.TRIAGE, "no", 1_000.0, (), "triage")
        world.run()
        assert [one.title for one in world.desk.notices] == ["30 given up: tickets or messages"]


class TestWriteBacks:
    def prepared(self, store: SqlStore) -> AlertWorld:
        world = AlertWorld(store, sources=["desk"])
        made = replace(ticket("d1", at=1_000.0), source="desk", source_id="1")
        store.accept([made], ["source:desk"])
        store.record_triage([Triaged(made.key, triage(0.3))], 1_000.0, "test")
        world.lead.resign()
        store.record_dispatch([Dispatched(made.key)], 1_000.0, "dispatcher", lease(store))
        world.lead.run_once()
        world.tickets(0.3)  # of no source
        return world

    def test_a_source_is_told_of_its_own_tickets_and_together(self, store: SqlStore):
        world = self.prepared(store)
        world.staff("ann")
        world.act("d1", Handling.REASSIGN, agent_id="ann")
        world.look()
        (message,) = world.messages()
        assert (message.purpose, message.destination, message.topic) == (
            Purpose.WRITE_BACK,
            "source:desk",
            "ticket:d1",
        )

    def test_but_not_of_what_it_did_itself(self, store: SqlStore):
        world = self.prepared(store)
        world.look()
        (message,) = world.messages()
        claimed = store.claim_message("source:desk", 1_010.0, 1_070.0, 0.0)
        store.message_sent(claimed, {}, 1_010.0, "notifier", again=False)
        world.staff("ann")
        world.wait(20.0)
        assert store.handle(Act(key("d1"), Handling.REASSIGN, 1_020.0, "source:desk", "ann"))
        world.look()
        assert [one.id for one in world.messages()] == [message.id]


class TestLeading:
    def test_who_does_not_lead_decides_nothing(self, world: AlertWorld):
        world.tickets(0.9)
        other = world.alert_step(LeadStep(world.store, world.broker, "two"))
        assert other.run_once() == 0
        assert world.messages() == []

    def test_who_lost_the_lead_without_knowing_it_decides_nothing(self, world: AlertWorld):
        world.tickets(0.9)
        world.store.give_up_lease(world.lead.lease(0))
        lease(world.store)
        assert world.alerting.run_once() == 0
        assert world.messages() == []

    def test_the_next_leader_goes_on_where_the_last_one_ended(self, world: AlertWorld):
        world.staff("ann")
        world.tickets(0.9)
        world.run()
        world.lead.resign()
        next_ = LeadStep(world.store, world.broker, "two")
        next_.run_once()
        world.lead, world.alerting = next_, world.alert_step(next_)
        world.later(31.0)
        assert world.desk.told() == [["urgent_ticket"], ["urgent_ticket", "no_agent"]]

    def test_an_outage_loses_nothing(self, world: AlertWorld):
        world.desk.raises = [Undelivered("it answered 500")] * 2
        world.tickets(0.9)
        world.run()
        world.later(5.0)
        world.later(400.0)
        assert (len(world.desk.notices), len(set(world.desk.tries)), len(world.desk.tries)) == (1, 1, 3)
