"""What a message says: what, how urgent and why, who has it, a link."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.agent import Agent
from smart_support.domain.alert import Alert, AlertKind
from smart_support.domain.alerting.route import GroupBy, Grouping
from smart_support.domain.alerting.rules import AlertRules
from smart_support.domain.notice import Notice, Status, Weight
from smart_support.domain.redaction.redact import redact
from smart_support.domain.ticket import Customer
from smart_support.domain.triage import Reason, ReasonOf
from smart_support.pipeline.agents import Handling
from smart_support.pipeline.compose import Composer
from smart_support.pipeline.records import Step, Triaged
from tests.builders import ticket, triage, waiting
from tests.unit.pipeline.alert_world import AlertWorld


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = SqlStore.open(f"sqlite:///{tmp_path}/store.db", durable=False)
    yield opened
    opened.close()


@pytest.fixture
def world(store: SqlStore) -> AlertWorld:
    return AlertWorld(store)


def only(world: AlertWorld) -> Notice:
    world.run()
    return world.desk.notices[-1]


class TestTickets:
    def test_it_says_what_how_urgent_and_why_who_has_it_and_where(self, world: AlertWorld):
        world.tickets(0.93)
        notice = only(world)
        assert (notice.title, notice.status, notice.weight) == ("Help", Status.FIRING, Weight.CRITICAL)
        assert [one.text for one in notice.conditions] == ["urgent by its text"]
        assert (notice.urgency, notice.reasons) == (0.93, ("broken",))
        assert dict(notice.facts)["Who has it"] == "nobody yet (waiting)"
        assert dict(notice.facts)["Category"] == "Technical"
        assert notice.excerpt == "It is broken"
        assert notice.link == "https://help.example/ui/tickets/t0"
        assert notice.topic_id == "default/ticket:t0"
        assert notice.data["ticket"]["ticket_id"] == "t0"
        json.dumps(dict(notice.data))

    def test_without_an_address_there_is_no_link(self, world: AlertWorld):
        world.composer = Composer(world.store, None)
        world.notify = [world.notify_step("chat")]
        world.tickets(0.9)
        assert only(world).link is None

    def test_it_is_as_things_stand_when_it_goes_out(self, world: AlertWorld):
        world.rules = AlertRules(grouping=Grouping(wait=60.0))
        world.store.save_agents([Agent("default", "ann", name="Ann Lee")], 100.0, "key:ann")
        world.tickets(0.9)
        world.look()
        world.act("t0", Handling.REASSIGN, agent_id="ann")
        world.wait(60.0)
        assert dict(only(world).facts)["Who has it"] == "Ann Lee (ann) (assigned)"

    def test_somebody_works_on_it(self, world: AlertWorld):
        world.rules = AlertRules(grouping=Grouping(wait=60.0))
        world.staff("ann")
        world.tickets(0.9)
        world.look()
        world.act("t0", Handling.REASSIGN, agent_id="ann")
        world.act("t0", Handling.START, agent_id="ann")
        world.wait(60.0)
        assert only(world).status is Status.ACKNOWLEDGED
        world.act("t0", Handling.RESOLVE)
        message = world.messages()[0]
        assert world.composer.notice(message).status is Status.RESOLVED

    def test_the_customer_and_a_ticket_without_a_subject(self, world: AlertWorld):
        made = replace(
            ticket("t0", "It  is\nbroken " * 50), subject=" ", customer=Customer(name="Mia", tier="gold", email="m@x.y")
        )
        world.store.accept([made], ["test"])
        world.store.record_triage([Triaged(made.key, triage(0.9))], 1_000.0, "test")
        world.alert(Alert("a", "default", AlertKind.URGENT_TICKET, 1_000.0, "t0"))
        notice = only(world)
        assert notice.title.startswith("It is broken It is broken")
        assert len(notice.title) <= 120
        assert len(notice.excerpt) <= 600
        assert (dict(notice.facts)["Customer"], dict(notice.facts)["Tier"]) == ("Mia", "gold")

    def test_a_ticket_without_triage_is_told_all_the_same(self, world: AlertWorld):
        world.store.accept([ticket("t0")], ["test"])
        world.alert(Alert("a", "default", AlertKind.SLA_BREACHED, 1_000.0, "t0"))
        notice = only(world)
        assert (notice.urgency, notice.reasons, notice.weight) == (None, (), Weight.ERROR)

    def test_of_many_conditions_the_latest_are_told_and_the_heaviest_weighs(self, world: AlertWorld):
        world.tickets(0.5)
        world.alert(Alert("n", "default", AlertKind.NO_AGENT, 1_000.5, "t0"))
        for number in range(30):
            world.alert(Alert(f"a{number}", "default", AlertKind.SLA_DUE_SOON, 1_001.0 + number, "t0"))
        world.wait(60.0)
        notice = only(world)
        assert len(notice.conditions) == 20
        assert notice.conditions[-1].at == 1_030.0

    def test_what_came_later_is_no_condition_of_an_earlier_message(self, world: AlertWorld):
        world.tickets(0.9)
        world.run()
        first = world.messages()[0]
        world.alert(Alert("a", "default", AlertKind.SLA_BREACHED, 1_100.0, "t0"))
        assert [one.kind for one in world.composer.notice(first).conditions] == ["urgent_ticket"]


class TestGroups:
    def grouped(self, store: SqlStore, by: GroupBy) -> AlertWorld:
        return AlertWorld(store, rules=AlertRules(grouping=Grouping(by, wait=0.0, interval=0.0)))

    def test_several_topics_are_its_parts_the_heaviest_first(self, store: SqlStore):
        world = self.grouped(store, GroupBy.CATEGORY)
        world.tickets(0.85, 0.95)
        notice = only(world)
        assert notice.title == "2 alerts: Technical"
        assert [(one.ticket_id, one.weight) for one in notice.parts] == [
            ("t1", Weight.CRITICAL),
            ("t0", Weight.ERROR),
        ]
        assert (notice.status, notice.weight, notice.topic_id) == (
            Status.FIRING,
            Weight.CRITICAL,
            "default/category:Technical",
        )
        assert dict(notice.facts) == {"Alerts": "2", "Still open": "2"}
        assert len(notice.data["alerts"]) == 2
        json.dumps(dict(notice.data))

    def test_a_group_of_one_is_a_group(self, store: SqlStore):
        world = self.grouped(store, GroupBy.ALL)
        world.tickets(0.9)
        notice = only(world)
        assert (len(notice.parts), notice.topic_id) == (1, "default/all")

    def test_one_of_many_is_cut(self, store: SqlStore):
        names = [name.ticket_id for name in waiting(store, *[0.9] * 60)]
        world = self.grouped(store, GroupBy.ALL)
        for name in names:
            world.alert(Alert(name, "default", AlertKind.URGENT_TICKET, 1_000.0, name))
        notice = only(world)
        assert dict(notice.facts)["Alerts"] == "60"
        assert (len(notice.parts), len(notice.conditions)) == (50, 20)

    def test_it_is_over_when_all_of_it_is(self, store: SqlStore):
        world = self.grouped(store, GroupBy.ALL)
        world.tickets(0.9, 0.9)
        world.run()
        (message,) = world.messages()
        world.act("t0", Handling.RESOLVE)
        assert dict(world.composer.notice(message).facts)["Still open"] == "1"
        world.act("t1", Handling.RESOLVE)
        assert world.composer.notice(message).status is Status.RESOLVED


def test_every_kind_has_words(store: SqlStore):
    world = AlertWorld(store)
    world.tickets(0.5)
    for kind in AlertKind:
        if kind is not AlertKind.TEST:
            data = {"worker": "w1", "opened_at": 1.0, "promise": "first_response", "tickets": 25}
            world.alert(Alert(kind.value, "default", kind, 1_000.0, "t0", "inc-1", data))
    world.run()
    texts = {one.text for notice in world.desk.notices for one in notice.conditions}
    assert len(texts) == len(AlertKind) - 1
    assert not any("_" in text or "None" in text for text in texts), texts


def test_a_sample_says_that_it_is_one(world: AlertWorld):
    world.store.add_test("default", "chat", 1_000.0)
    notice = only(world)
    assert (notice.status, notice.weight, notice.ticket_id) == (Status.FIRING, Weight.INFO, None)
    assert "nothing is wrong" in notice.reasons[0]


class TestRedaction:
    """What customers write goes through the redaction before anything is made of it."""

    TEXT = "Card 4111 1111 1111 1111, mail ann@example.org"

    @pytest.fixture
    def told(self, world: AlertWorld) -> Notice:
        world.composer = Composer(world.store, None, redact)
        world.notify = [world.notify_step("chat")]
        written = replace(
            ticket("t0", f"{'x ' * 290}{self.TEXT}"), subject=self.TEXT, customer=Customer(email="bob@example.org")
        )
        world.store.accept([written], ["test"])
        quote = Reason(ReasonOf.URGENCY, "ann@example.org", 0.4)
        world.store.record_triage([Triaged(written.key, replace(triage(0.95), reasons=(quote,)))], 200.0, "test")
        world.broker.publish(Step.DISPATCH, [written.key])
        world.dispatch.run_once(0)
        return only(world)

    def test_no_word_of_an_alert_holds_what_must_not_leave(self, told: Notice):
        assert told.title == "Card [card], mail [mail]"
        assert told.reasons == ("[mail]",)
        assert dict(told.facts)["Customer"] == "[mail]"
        assert told.data["ticket"]["subject"] == told.title

    def test_nor_does_what_is_cut_hold_a_part_of_it(self, told: Notice):
        assert "4111" not in told.excerpt
        assert told.excerpt.endswith("x Card [card], mail [m")
