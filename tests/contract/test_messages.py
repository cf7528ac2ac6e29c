"""What a store promises of the outbox, on every database."""

import threading
import uuid
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from smart_support.adapters.sql.rows import add_events
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.agent import Agent
from smart_support.domain.alert import Alert, AlertKind, no_agent, urgent_ticket
from smart_support.domain.alerting.rules import Send
from smart_support.domain.event import Event, Position
from smart_support.domain.retry import DOWN_AFTER, LEASE_SECONDS, LONGEST_PAUSE
from smart_support.domain.ticket import Action
from smart_support.pipeline.agents import Act, Handling
from smart_support.pipeline.messages import (
    Claimed,
    Message,
    MessageState,
    Purpose,
    Routed,
    Seen,
    source_destination,
)
from smart_support.pipeline.ports import Store
from smart_support.pipeline.records import Dispatched, LeaseLost, Triaged, Undelivered
from tests.builders import key, lease, ticket, triage, waiting
from tests.waiting import until

NOW = 1_000.0
WATCHED = {"agent.add", "ticket.accept", "ticket.triage", "ticket.queue"}
AWAY = Undelivered("nobody answers", away=True)


def about(incident: str, kind: AlertKind = AlertKind.INCIDENT_OPENED, at: float = NOW) -> Alert:
    """An alert about an incident, which need not be there."""
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{incident}:{kind}:{at}")
    return Alert(str(name), "default", kind, at, None, incident, {"tickets": 30})


def to(alert: Alert, destination: str = "chat", **given: object) -> Send:
    return Send(destination, **{"group": alert.topic, "wait": 0.0, "interval": 0.0, "repeat": 0.0} | given)


def route(store: Store, *alerts: Alert, at: float = NOW, **given: object) -> None:
    """Alerts that become messages, or parts of such."""
    store.add_alerts(alerts)
    routed = [Routed(alert, [to(alert, **given)]) for alert in alerts]
    store.record_routes(routed, at, "alerting", lease(store))


def claim(store: Store, at: float = NOW, destination: str = "chat", pause: float = 0.0) -> Claimed | None:
    return store.claim_message(destination, at, at + LEASE_SECONDS, pause)


def sent(store: Store, claimed: Claimed | None, at: float = NOW, *, again: bool = False, **handle: object) -> Message:
    assert claimed is not None
    store.message_sent(claimed, handle, at, "notifier", again=again)
    return claimed.message


def fail(store: Store, at: float, wait: float | None = 5.0, pause: float = 0.0) -> Claimed:
    """The next message fails; it is due again `wait` seconds later, or given up."""
    claimed = claim(store, at)
    assert claimed is not None
    retry_at = None if wait is None else at + wait
    store.message_failed(claimed, AWAY, at, retry_at, at + pause, "notifier")
    return claimed


def listed(store: Store, *states: MessageState, **given: object) -> list[Message]:
    """Messages in the order of their ordinals."""
    return sorted(store.messages("default", states, 1_000, **given), key=lambda one: (one.topic, one.ordinal))


def topics(store: Store, at: float, destination: str = "chat") -> list[str]:
    """What goes out now, each of it taken."""
    told = []
    while claimed := claim(store, at, destination):
        told.append(sent(store, claimed, at).topic)
    return told


def kinds(store: Store) -> list[str]:
    return [one.event.kind for one in store.events("default", Position(), 1_000)]


def seen(position: Position, *alerts: Alert, write_backs: tuple = ()):
    return Seen(position, alerts, write_backs)


class TestClaiming:
    def test_nothing_is_due_where_nothing_is(self, store: Store):
        assert claim(store) is None
        route(store, about("inc-1"), wait=10.0)
        assert claim(store) is None
        assert claim(store, NOW + 10.0, "mail") is None
        assert claim(store, NOW + 10.0).message.topic == "incident:inc-1"

    def test_each_message_goes_to_one_of_many_claimers(self, store: Store):
        route(store, *(about(f"inc-{n}", at=NOW + n) for n in range(40)))

        def work(_: int) -> list[str]:
            mine = []
            for _ in range(200):
                if claimed := claim(store):
                    mine.append(sent(store, claimed).id)
                elif not store.messages("default", [MessageState.PENDING], 1):
                    break
            return mine

        with ThreadPoolExecutor(6) as pool:
            taken = Counter(name for mine in pool.map(work, range(6)) for name in mine)
        assert len(taken) == 40
        assert set(taken.values()) == {1}
        assert kinds(store).count("alert.sent") == 40

    def test_the_first_message_of_a_topic_goes_first_and_holds_up_no_other_topic(self, store: Store):
        grown, opened = about("inc-1", AlertKind.INCIDENT_GROWN), about("inc-1")
        route(store, opened)
        first = claim(store)
        route(store, grown, about("inc-2"), at=NOW + 1.0)
        second = claim(store, NOW + 1.0)
        assert second.message.topic == "incident:inc-2"
        assert claim(store, NOW + 1.0) is None
        sent(store, second, NOW + 1.0)
        store.message_failed(first, AWAY, NOW + 1.0, NOW + 300.0, NOW + 1.0, "notifier")
        assert claim(store, NOW + 2.0) is None  # its turn has not come
        assert sent(store, claim(store, NOW + 300.0), NOW + 300.0).id == first.message.id
        assert claim(store, NOW + 300.0).message.alert_ids == (grown.id,)

    def test_one_that_was_given_up_holds_up_nothing(self, store: Store):
        route(store, about("inc-1"))
        dead = fail(store, NOW, None)
        route(store, about("inc-1", AlertKind.INCIDENT_GROWN))
        assert claim(store).message.ordinal == dead.message.ordinal + 1

    def test_the_longest_due_goes_first(self, store: Store):
        for number, wait in ((1, 3.0), (2, 1.0), (3, 2.0)):
            route(store, about(f"inc-{number}"), wait=wait)
        assert topics(store, NOW + 5.0) == ["incident:inc-2", "incident:inc-3", "incident:inc-1"]

    def test_a_lease_that_is_over_lets_another_send_it_under_the_same_id(self, store: Store):
        route(store, about("inc-1"))
        lost = claim(store)
        assert claim(store, NOW + LEASE_SECONDS - 0.1) is None
        again = claim(store, NOW + LEASE_SECONDS)
        assert (again.message.id, again.message.attempts) == (lost.message.id, 2)
        assert (again.message.failures, lost.message.attempts) == (0, 1)

    def test_who_comes_too_late_changes_nothing_but_what_has_arrived(self, store: Store):
        route(store, about("inc-1"))
        late = claim(store)
        again = claim(store, NOW + LEASE_SECONDS)
        store.message_failed(late, AWAY, NOW + 61.0, None, NOW + 999.0, "notifier")
        (message,) = listed(store)
        assert (message.state, message.due_at) == (MessageState.PENDING, NOW + 2 * LEASE_SECONDS)
        sent(store, late, NOW + 62.0)
        store.message_failed(again, AWAY, NOW + 63.0, None, NOW + 63.0, "notifier")
        sent(store, again, NOW + 63.0)
        (message,) = listed(store)
        assert (message.state, message.sent_at, message.last_error) == (MessageState.SENT, NOW + 62.0, None)
        assert [kind for kind in kinds(store) if kind.startswith("alert.")] == ["alert.sent"]

    def test_a_clock_that_is_set_back_holds_up_nothing_that_was_tried(self, store: Store):
        back = 10.0 * LONGEST_PAUSE
        route(store, about("inc-1"))
        fail(store, NOW + back, 300.0, pause=300.0)
        assert claim(store, NOW).message.topic == "incident:inc-1"

    def test_what_a_destination_remembers_of_a_topic_is_there_the_next_time(self, store: Store):
        route(store, about("inc-1"))
        first = claim(store)
        assert first.handle == {}
        sent(store, first, ts="17.1", thread={"a": [1]})
        route(store, about("inc-1", AlertKind.INCIDENT_GROWN), about("inc-2"))
        route(store, about("inc-1", AlertKind.INCIDENT_QUIET), destination="mail")
        found = {one.message.topic: one.handle for one in (claim(store), claim(store))}
        assert found == {"incident:inc-1": {"ts": "17.1", "thread": {"a": [1]}}, "incident:inc-2": {}}
        assert claim(store, destination="mail").handle == {}


class TestPace:
    def test_between_two_messages_is_a_pause_for_all_claimers(self, store: Store):
        route(store, *(about(f"inc-{n}") for n in range(3)))
        route(store, about("inc-9"), destination="mail")
        assert claim(store, NOW, pause=2.0) is not None
        assert claim(store, NOW + 1.9, pause=2.0) is None
        assert claim(store, NOW + 1.9, "mail") is not None
        assert claim(store, NOW + 2.0, pause=2.0) is not None

    def test_a_destination_that_asked_for_it_is_left_in_peace(self, store: Store):
        route(store, about("inc-1"), about("inc-2"))
        fail(store, NOW, 30.0, pause=30.0)
        assert claim(store, NOW + 29.9) is None
        assert len(topics(store, NOW + 30.0)) == 2


class TestDown:
    def down(self, store: Store, number: int = 5, wait: float = 300.0) -> None:
        """As many failures in a row as it takes, each due again much later."""
        route(store, *(about(f"inc-{n}") for n in range(number)))
        for _ in range(DOWN_AFTER):
            fail(store, NOW, wait)

    def test_after_some_failures_in_a_row_it_is_tried_with_one_at_a_time(self, store: Store):
        self.down(store)
        probe = claim(store)
        assert (probe.probe, probe.failed) == (True, DOWN_AFTER)
        assert claim(store) is None
        store.message_failed(probe, AWAY, NOW, NOW + 10.0, NOW + 10.0, "notifier")
        (message,) = [one for one in listed(store) if one.id == probe.message.id]
        assert (message.failures, message.attempts) == (0, 1)  # no try is used up
        assert claim(store, NOW + 9.9) is None
        assert claim(store, NOW + 10.0).failed == DOWN_AFTER + 1

    def test_a_probe_that_is_lost_lets_another_go(self, store: Store):
        self.down(store)
        assert claim(store).probe
        assert claim(store, NOW + LEASE_SECONDS - 0.1) is None
        assert claim(store, NOW + LEASE_SECONDS).probe

    def test_when_it_answers_all_that_failed_is_due_at_once(self, store: Store):
        self.down(store, wait=3_600.0)
        assert len(topics(store, NOW + 10.0)) == 5
        assert claim(store, NOW + 10.0) is None

    def test_but_not_what_another_sends_just_now(self, store: Store):
        route(store, *(about(f"inc-{n}") for n in range(6)))
        slow = claim(store)
        for _ in range(DOWN_AFTER):
            fail(store, NOW, 3_600.0)
        told = topics(store, NOW + 1.0)
        assert len(told) == 5
        assert slow.message.topic not in told

    def test_what_was_never_tried_keeps_its_time(self, store: Store):
        self.down(store)
        route(store, about("inc-late"), wait=1_000.0)
        assert "incident:inc-late" not in topics(store, NOW + 1.0)

    def test_a_success_between_failures_begins_the_count_again(self, store: Store):
        route(store, *(about(f"inc-{n}") for n in range(6)))
        for _ in range(2):
            fail(store, NOW, 300.0)
        sent(store, claim(store))
        for _ in range(2):
            fail(store, NOW, 300.0)
        assert not claim(store).probe

    def test_who_refuses_one_message_for_good_is_there(self, store: Store):
        route(store, *(about(f"inc-{n}") for n in range(6)))
        for wait in (300.0, 300.0):
            fail(store, NOW, wait)
        store.message_failed(claim(store), Undelivered("it answered 410", retry=False), NOW, None, NOW, "notifier")
        for wait in (300.0, 300.0):
            fail(store, NOW, wait)
        assert not claim(store).probe

    def test_one_destination_is_down_alone(self, store: Store):
        self.down(store)
        route(store, about("inc-9"), destination="mail")
        assert not claim(store, NOW, "mail").probe


class TestGivingUp:
    def test_what_was_given_up_can_be_sent_after_all_with_all_its_tries(self, store: Store):
        route(store, about("inc-1"), about("inc-2"))
        fail(store, NOW, 5.0)
        dead = [fail(store, NOW + 5.0, None).message for _ in range(2)]
        assert {one.state for one in listed(store)} == {MessageState.DEAD}
        assert claim(store, NOW + 9e6) is None
        later = NOW + 9e6
        assert sorted(store.retry_messages("default", None, later, "key:ann")) == sorted(one.id for one in dead)
        assert [(one.failures, one.tried_at, one.due_at) for one in listed(store)] == [(0, None, later)] * 2
        assert sorted(topics(store, later)) == ["incident:inc-1", "incident:inc-2"]
        told = {"alert.retry": 1, "alert.dead": 2, "alert.replay": 2, "alert.sent": 2}
        assert Counter(kinds(store)) == Counter(told)

    def test_those_that_are_named_need_not_wait_for_their_next_try(self, store: Store):
        route(store, *(about(f"inc-{n}", at=NOW + n) for n in range(4)))
        done, dead = sent(store, claim(store)).id, fail(store, NOW, None).message.id
        waits = fail(store, NOW, 7_200.0, pause=7_200.0).message.id
        (untried,) = [one.id for one in listed(store, MessageState.PENDING) if not one.attempts]
        assert claim(store, NOW + 1.0) is None  # it is to be left in peace
        names = [waits, dead, done, untried, str(uuid.uuid4())]
        assert set(store.retry_messages("default", names, NOW + 1.0, "key:ann")) == {waits, dead}
        assert topics(store, NOW + 1.0) == []  # it is to be left in peace still
        assert len(topics(store, NOW + 7_200.0)) == 3

    def test_one_that_is_just_being_sent_is_left_alone(self, store: Store):
        route(store, about("inc-1"))
        claimed = claim(store)
        assert store.retry_messages("default", [claimed.message.id], NOW + 1.0, "key:ann") == []

    def test_those_of_another_workspace_are_left_alone(self, store: Store):
        route(store, about("inc-1"))
        dead = fail(store, NOW, None).message.id
        assert store.retry_messages("other", None, NOW, "key:ann") == []
        assert store.retry_messages("other", [dead], NOW, "key:ann") == []

    def test_its_event_names_what_it_is_about(self, store: Store):
        (name,) = waiting(store, 0.9)
        alert = urgent_ticket(store.find(name), 0.8, NOW)
        route(store, alert, about("inc-1", at=NOW + 1.0))
        fail(store, NOW, None)
        fail(store, NOW, None)
        gone = [one.event for one in store.events("default", Position(), 100) if one.event.kind == "alert.dead"]
        assert {(one.ticket_id, one.incident_id) for one in gone} == {("t0", None), (None, "inc-1")}
        assert {one.data["destination"] for one in gone} == {"chat"}
        assert {one.data["attempts"] for one in gone} == {1}


class TestGrouping:
    def test_what_comes_while_a_message_waits_becomes_part_of_it(self, store: Store):
        opened, grown, quiet = (
            about("inc-1", kind)
            for kind in (AlertKind.INCIDENT_OPENED, AlertKind.INCIDENT_GROWN, AlertKind.INCIDENT_QUIET)
        )
        route(store, opened, wait=10.0)
        route(store, grown, quiet, at=NOW + 5.0, wait=10.0)
        (message,) = listed(store)
        assert message.alert_ids == (opened.id, grown.id, quiet.id)
        assert message.due_at == NOW + 10.0  # it waits no longer for them

    def test_what_is_urgent_takes_what_waits_with_it(self, store: Store):
        route(store, about("inc-1"), not_before=NOW + 3_600.0)
        assert listed(store)[0].due_at == NOW + 3_600.0
        route(store, about("inc-1", AlertKind.INCIDENT_GROWN), at=NOW + 5.0)
        (message,) = listed(store)
        assert (message.due_at, len(message.alert_ids)) == (NOW + 5.0, 2)

    def test_but_never_of_one_that_was_tried(self, store: Store):
        route(store, about("inc-1"))
        fail(store, NOW, 5.0)
        route(store, about("inc-1", AlertKind.INCIDENT_GROWN), at=NOW + 1.0)
        first, second = listed(store)
        assert (len(first.alert_ids), len(second.alert_ids), second.ordinal) == (1, 1, 2)

    def test_the_next_message_of_a_group_keeps_its_distance(self, store: Store):
        route(store, about("inc-1"), interval=300.0)
        sent(store, claim(store), NOW + 2.0)
        route(store, about("inc-1", AlertKind.INCIDENT_GROWN), at=NOW + 10.0, interval=300.0)
        assert listed(store)[-1].due_at == NOW + 302.0
        route(
            store, about("inc-1", AlertKind.INCIDENT_QUIET), at=NOW + 10.5, interval=300.0
        )  # nor does a third hurry it
        assert [(one.ordinal, one.due_at) for one in listed(store)][1:] == [(2, NOW + 302.0)]
        route(store, about("inc-1", AlertKind.INCIDENT_REOPENED), at=NOW + 11.0)  # this one waits for no interval
        assert [(one.ordinal, one.due_at) for one in listed(store)][1:] == [(2, NOW + 11.0)]

    def test_it_does_so_while_the_one_before_is_on_its_way(self, store: Store):
        route(store, about("inc-1"), interval=300.0)
        under_way = claim(store)
        for kind in (AlertKind.INCIDENT_GROWN, AlertKind.INCIDENT_QUIET):
            route(store, about("inc-1", kind), at=NOW + 1.0, interval=300.0)
        sent(store, under_way, NOW + 2.0)
        assert listed(store)[-1].due_at == NOW + 301.0

    def test_quiet_hours_hold_it_back_however_long_the_interval_was(self, store: Store):
        route(store, about("inc-1"), interval=300.0)
        sent(store, claim(store))
        route(store, about("inc-1", AlertKind.INCIDENT_GROWN), interval=300.0, not_before=NOW + 9e3)
        assert listed(store)[-1].due_at == NOW + 9e3

    def test_several_topics_share_the_message_of_their_group(self, store: Store):
        route(store, about("inc-1"), about("inc-2"), group="category:Billing", wait=30.0)
        (message,) = listed(store)
        assert (message.topic, len(message.alert_ids)) == ("category:Billing", 2)

    def test_each_destination_and_each_workspace_has_messages_of_its_own(self, store: Store):
        alert = about("inc-1")
        other = replace(alert, id=str(uuid.uuid4()), workspace="other")
        store.add_alerts([alert, other])
        routed = [Routed(one, [to(one), to(one, "mail")]) for one in (alert, other)]
        store.record_routes(routed, NOW, "alerting", lease(store))
        found = [*listed(store), *store.messages("other", (), 10)]
        assert len({one.id for one in found}) == 4
        assert {(one.workspace, one.destination, one.ordinal) for one in found} == {
            (workspace, name, 1) for workspace in ("default", "other") for name in ("chat", "mail")
        }

    def test_what_is_routed_is_routed_once(self, store: Store):
        route(store, about("inc-1"))
        assert store.unrouted(10) == []
        store.add_alerts([about("inc-1")])
        assert store.unrouted(10) == []

    def test_an_alert_for_which_there_is_a_silence_is_an_event_and_no_message(self, store: Store):
        alert = about("inc-1")
        store.add_alerts([alert])
        store.record_routes([Routed(alert, silenced_by="maintenance")], NOW, "alerting", lease(store))
        assert (listed(store), store.unrouted(10)) == ([], [])
        (event,) = [one.event for one in store.events("default", Position(), 10)]
        assert (event.kind, event.incident_id) == ("alert.silenced", "inc-1")
        assert event.data == {"alert": alert.id, "silence": "maintenance"}

    def test_where_a_topic_was_told_is_known(self, store: Store):
        opened, grown = about("inc-1"), about("inc-1", AlertKind.INCIDENT_GROWN)
        route(store, opened)
        route(store, grown, about("inc-2"), group="kind:x", destination="mail")
        one, two = ("default", "incident:inc-1"), ("default", "incident:inc-2")
        assert store.told([one, ("other", "incident:inc-1")]) == {one: {("chat", one[1]), ("mail", "kind:x")}}
        assert store.told([two]) == {two: {("mail", "kind:x")}}
        (message,) = [each for each in listed(store) if each.destination == "mail"]
        assert store.told_in(message, 10) == [one[1], two[1]]
        assert store.told_in(message, 1) == [one[1]]

    def test_what_weighs_more_goes_first(self, store: Store):
        for number, weight in ((1, 0), (2, 3), (3, 1)):
            alert = about(f"inc-{number}")
            store.add_alerts([alert])
            store.record_routes([Routed(alert, [to(alert)], weight=weight)], NOW, "alerting", lease(store))
        assert topics(store, NOW) == ["incident:inc-2", "incident:inc-3", "incident:inc-1"]

    def test_who_has_lost_the_lease_routes_nothing(self, store: Store):
        alert = about("inc-1")
        store.add_alerts([alert])
        old = lease(store)
        lease(store)
        with pytest.raises(LeaseLost):
            store.record_routes([Routed(alert, [to(alert)])], NOW, "alerting", old)
        assert (listed(store), store.unrouted(10)) == ([], [alert])


class TestSayingItAgain:
    def due(self, store: Store, at: float) -> list[tuple[str, ...]]:
        return [one.alert_ids for one in store.take_repeats(at, 10, lease(store))]

    def test_what_goes_on_is_due_again_once(self, store: Store):
        opened = about("inc-1")
        route(store, opened, repeat=3_600.0)
        sent(store, claim(store), NOW + 1.0, again=True)
        assert self.due(store, NOW + 3_600.0) == []
        assert self.due(store, NOW + 3_601.0) == [(opened.id,)]
        assert self.due(store, NOW + 9e6) == []

    def test_it_is_another_message_that_says_so(self, store: Store):
        opened = about("inc-1")
        route(store, opened, repeat=60.0)
        sent(store, claim(store), again=True)
        self.due(store, NOW + 60.0)
        store.record_routes([Routed(opened, [to(opened)], again=True)], NOW + 60.0, "alerting", lease(store))
        second = claim(store, NOW + 60.0).message
        assert (second.again, second.ordinal, second.alert_ids) == (True, 2, (opened.id,))

    def test_what_is_over_or_said_once_is_not(self, store: Store):
        route(store, about("inc-1"), repeat=60.0)
        route(store, about("inc-2"))
        sent(store, claim(store), again=False)
        sent(store, claim(store), again=True)
        assert self.due(store, NOW + 9e6) == []

    def test_nor_what_there_was_news_of(self, store: Store):
        route(store, about("inc-1"), repeat=60.0)
        first = claim(store)
        route(store, about("inc-1", AlertKind.INCIDENT_GROWN), repeat=60.0)
        sent(store, first, again=True)
        assert self.due(store, NOW + 60.0) == []

    def test_news_in_one_that_waits_are_no_repetition(self, store: Store):
        opened, grown = about("inc-1"), about("inc-1", AlertKind.INCIDENT_GROWN)
        store.add_alerts([opened])
        store.record_routes([Routed(opened, [to(opened, wait=5.0)], again=True)], NOW, "alerting", lease(store))
        route(store, grown, wait=5.0)
        (message,) = listed(store)
        assert (message.again, message.alert_ids) == (False, (opened.id, grown.id))

    def test_who_has_lost_the_lease_takes_none(self, store: Store):
        route(store, about("inc-1"), repeat=60.0)
        sent(store, claim(store), again=True)
        old = lease(store)
        lease(store)
        with pytest.raises(LeaseLost):
            store.take_repeats(NOW + 60.0, 10, old)
        assert len(self.due(store, NOW + 60.0)) == 1


class TestSkipping:
    def test_who_was_told_nothing_hears_of_no_end(self, store: Store):
        (name,) = waiting(store, 0.9)
        route(store, urgent_ticket(store.find(name), 0.8, NOW), about("inc-1"))
        for _ in range(2):
            store.message_skipped(claim(store, NOW + 1.0, pause=30.0), NOW + 1.0)  # and no pause is lost by it
        assert store.told([("default", "ticket:t0"), ("default", "incident:inc-1")]) == {}


class TestPurging:
    def test_what_is_finished_and_old_is_forgotten(self, store: Store):
        old, waits, new = about("inc-1"), about("inc-2"), about("inc-3", at=NOW + 500.0)
        route(store, old)
        sent(store, claim(store))
        route(store, waits, at=NOW + 100.0, wait=9_000.0)
        route(store, new, at=NOW + 500.0)
        sent(store, claim(store, NOW + 500.0), NOW + 500.0)
        assert store.purge_messages(NOW + 400.0, 10) == 4
        assert [one.alert_ids for one in listed(store)] == [(waits.id,), (new.id,)]
        assert store.alerts_named([old.id, waits.id, new.id]) == [waits, new]
        assert list(store.told([("default", f"incident:inc-{n}") for n in (1, 2, 3)])) == [
            ("default", "incident:inc-3")
        ]

    def test_so_many_at_a_time_the_oldest_first(self, store: Store):
        for n in (1, 2, 3):
            route(store, about(f"inc-{n}"), at=NOW + n)
            sent(store, claim(store, NOW + n), NOW + n)
        assert store.purge_messages(NOW + 400.0, 2) == 2 + 2 + 2
        assert [one.topic for one in listed(store)] == ["incident:inc-3"]
        assert [store.purge_messages(NOW + 400.0, 2) for _ in range(2)] == [3, 0]

    def test_what_is_to_be_said_again_is_kept(self, store: Store):
        route(store, about("inc-1"), repeat=9_000.0)
        sent(store, claim(store), again=True)
        store.purge_messages(NOW + 400.0, 10)
        assert [one.topic for one in listed(store)] == ["incident:inc-1"]


class TestDestinationsThatAreGone:
    def test_what_waits_for_one_is_forgotten_and_so_is_the_destination(self, store: Store):
        old, new = about("inc-1"), about("inc-2", at=NOW + 500.0)
        route(store, old)
        fail(store, NOW, wait=10.0)
        route(store, new, at=NOW + 500.0)
        assert store.forget_unserved(NOW, 10) == 0
        assert store.messages_tally("default", 0.0).destinations["chat"].failures == 1
        assert store.forget_unserved(NOW + 400.0, 10) == 1
        assert [one.alert_ids for one in listed(store)] == [(new.id,)]
        assert store.messages_tally("default", 0.0).destinations["chat"].failures == 0
        assert sent(store, claim(store, NOW + 500.0)).alert_ids == (new.id,)  # whoever serves it still can

    def test_a_batch_at_a_time(self, store: Store):
        for n in range(3):
            route(store, about(f"inc-{n}"))
        assert [store.forget_unserved(NOW + 1.0, 2) for _ in range(3)] == [2, 1, 0]


class TestSamples:
    def test_a_sample_goes_out_at_once(self, store: Store):
        made = store.add_test("default", "chat", NOW)
        assert (made.purpose, made.state) == (Purpose.TEST, MessageState.PENDING)
        assert sent(store, claim(store)).id == made.id
        assert kinds(store) == ["test.sent"]
        assert [one.id for one in store.messages("default", (), 10, made.topic)] == [made.id]


class TestWatching:
    def watch(self, store: Store) -> list[str]:
        position, found = store.watched(WATCHED, 2)
        store.record_seen(seen(position), NOW, lease(store))
        return [one.event.kind for one in found]

    def test_each_event_is_seen_once(self, store: Store):
        store.accept([ticket(f"t{n}") for n in range(3)], ["test"] * 3)
        assert [self.watch(store) for _ in range(3)] == [["ticket.accept"] * 2, ["ticket.accept"], []]

    def test_others_are_passed_over(self, store: Store):
        waiting(store, 0.9, 0.9)
        position, found = store.watched({"ticket.queue"}, 10)
        assert [one.event.kind for one in found] == ["ticket.queue"] * 2
        assert position == store.last_position("default")
        position, found = store.watched({"ticket.triage"}, 2)
        assert position == found[-1].position  # there may be more
        assert store.watched({"nothing"}, 10) == (store.last_position("default"), [])

    def test_what_was_not_recorded_is_seen_again(self, store: Store):
        store.accept([ticket()], ["test"])
        assert store.watched(WATCHED, 10) == store.watched(WATCHED, 10)

    def test_what_follows_from_events_and_that_they_were_seen_are_one(self, store: Store):
        (name,) = waiting(store, 0.9)
        position, _ = store.watched(WATCHED, 10)
        alert = urgent_ticket(store.find(name), 0.8, NOW)
        old = lease(store)
        lease(store)
        with pytest.raises(LeaseLost):
            store.record_seen(seen(position, alert), NOW, old)
        assert (store.raised("default"), len(store.watched(WATCHED, 10)[1])) == ([], 3)
        unknown = replace(alert, id=str(uuid.uuid4()), ticket_id="nobody")
        with pytest.raises(sa.exc.IntegrityError):  # there is no such ticket
            store.record_seen(seen(position, alert, unknown), NOW, lease(store))
        assert (store.raised("default"), len(store.watched(WATCHED, 10)[1])) == ([], 3)
        store.record_seen(seen(position, alert), NOW, lease(store))
        assert (store.raised("default"), store.watched(WATCHED, 10)[1]) == ([alert], [])

    def test_what_became_of_a_ticket_is_kept_where_there_was_an_alert(self, store: Store):
        name, _ = waiting(store, 0.9, 0.9)
        store.add_alerts([urgent_ticket(store.find(name), 0.8, NOW)])
        begun = [Alert(str(uuid.uuid4()), "default", AlertKind.TICKET_BEGUN, NOW, one) for one in ("t0", "t1")]
        store.record_seen(seen(store.watched(WATCHED, 10)[0], *begun), NOW, lease(store))
        assert {one.ticket_id for one in store.raised("default")} == {"t0"}

    def test_nothing_is_missed_that_was_late_to_commit(self, postgres_database: str):
        store = SqlStore.open(postgres_database)
        late = sa.create_engine(store._database.engine.url)
        try:
            with late.connect() as connection:
                add_events(connection, [Event("default", "agent.add", 1.0, "test")])
                store.accept([ticket()], ["test"])  # a higher number, committed first
                assert self.watch(store) == []
                connection.commit()
            assert self.watch(store) == ["agent.add", "ticket.accept"]
        finally:
            late.dispose()
            store.close()


class TestWriteBacks:
    def want(self, store: Store, at: float, *names: str) -> None:
        wanted = tuple((key(name), "desk") for name in names)
        store.record_seen(seen(store.watched(WATCHED, 100)[0], write_backs=wanted), at, lease(store))

    def test_one_that_waits_says_what_is_new_too(self, store: Store):
        waiting(store, 0.5, 0.5)
        self.want(store, NOW, "t0")
        self.want(store, NOW + 0.5, "t0", "t1")
        found = listed(store)
        assert [(one.topic, one.purpose, one.ordinal) for one in found] == [
            ("ticket:t0", Purpose.WRITE_BACK, 1),
            ("ticket:t1", Purpose.WRITE_BACK, 1),
        ]
        assert {one.destination for one in found} == {source_destination("desk")}
        assert claim(store, NOW + 0.9, source_destination("desk")) is None  # what changes together is told together
        assert claim(store, NOW + 1.0, source_destination("desk")).message.topic == "ticket:t0"

    def test_one_that_was_tried_is_followed_by_another(self, store: Store):
        waiting(store, 0.5)
        self.want(store, NOW, "t0")
        under_way = claim(store, NOW + 1.0, source_destination("desk"))
        self.want(store, NOW + 1.0, "t0")
        assert [one.ordinal for one in listed(store)] == [1, 2]
        assert claim(store, NOW + 5.0, source_destination("desk")) is None
        sent(store, under_way, NOW + 5.0)
        assert sent(store, claim(store, NOW + 5.0, source_destination("desk"))).ordinal == 2


class TestCriticalTickets:
    def staffed(self, store: Store, workspace: str = "default") -> None:
        store.save_agents([Agent(workspace, "ann")], 100.0, "key:ann")

    def found(self, store: Store, before: float = 1_000.0) -> list[str]:
        return [one.id for one in store.critical_waiting("default", 0.8, before, 10)]

    def test_it_waits_since_then(self, store: Store):
        waiting(store, 0.9, 0.79, 0.8)
        assert sorted(self.found(store)) == ["t0", "t2"]
        assert self.found(store, 200.0) == []

    def test_workspaces_with_agents_are_known(self, store: Store):
        assert store.staffed() == []
        self.staffed(store, "other")
        self.staffed(store)
        assert store.staffed() == ["default", "other"]

    def test_not_when_it_has_been_told(self, store: Store):
        (name,) = waiting(store, 0.9)
        self.staffed(store)
        store.add_alerts([no_agent(store.find(name), NOW)])
        assert self.found(store) == []

    def test_not_when_somebody_had_it_just_now(self, store: Store):
        (name,) = waiting(store, 0.9)
        self.staffed(store)
        store.handle(Act(name, Handling.RESOLVE, 900.0, "key:ann"))
        assert self.found(store) == []
        store.handle(Act(name, Handling.REOPEN, 990.0, "key:ann"))
        assert self.found(store, 980.0) == []
        assert self.found(store, 991.0) == ["t0"]

    def test_imported_history_waits_for_nobody(self, store: Store):
        old = replace(ticket(), history=True)
        store.accept([old], ["test"])
        store.record_triage([Triaged(old.key, triage(0.99))], 200.0, "test")
        store.record_dispatch([Dispatched(old.key, Action.ARCHIVE)], 201.0, "test", lease(store))
        self.staffed(store)
        assert self.found(store) == []


class TestAlerts:
    def test_they_are_told_in_the_order_in_which_they_happened(self, store: Store):
        kinds = [AlertKind.INCIDENT_OPENED, AlertKind.INCIDENT_GROWN, AlertKind.INCIDENT_QUIET]
        made = [about("inc-1", kind) for kind in kinds] + [about("inc-1", AlertKind.INCIDENT_RESOLVED, NOW + 9.0)]
        store.add_alerts(made[::-1])
        assert store.alerts_of("default", "incident:inc-1", NOW + 9.0, 10) == made
        assert store.alerts_named([one.id for one in made]) == made
        assert store.unrouted(10) == made

    def test_the_latest_up_to_a_moment_are_had(self, store: Store):
        made = [about("inc-1", AlertKind.INCIDENT_GROWN, NOW + n) for n in range(5)]
        store.add_alerts([*made, about("inc-2")])
        assert store.alerts_of("default", "incident:inc-1", NOW + 3.0, 2) == made[2:4]
        assert store.latest_alerts(["incident_grown"], 2) == made[3:]


class TestManyAtOnce:
    def test_messages_of_a_topic_keep_their_order_whoever_sends_them(self, store: Store):
        """Alerts are routed, sent and failed by several at once."""
        done: dict[str, list[int]] = defaultdict(list)
        held, stop = threading.Lock(), threading.Event()

        def work() -> None:
            while not stop.is_set():
                claimed = claim(store, NOW + 100.0)
                if claimed is None:
                    continue
                with held:
                    done[claimed.message.topic].append(claimed.message.ordinal)
                if claimed.message.attempts == 1 and claimed.message.ordinal % 3 == 0:
                    store.message_failed(claimed, AWAY, NOW, NOW, NOW, "notifier")
                else:
                    sent(store, claimed, NOW + 100.0)

        made = [about(f"inc-{n % 4}", AlertKind.INCIDENT_GROWN, NOW + n) for n in range(48)]
        with ThreadPoolExecutor(3) as pool:
            workers = [pool.submit(work) for _ in range(3)]
            for start in range(0, 48, 4):
                route(store, *made[start : start + 4])
            until(lambda: not store.messages("default", [MessageState.PENDING], 1), "all are sent", 30.0)
            stop.set()
            for worker in workers:
                worker.result()
        told = [name for message in listed(store, MessageState.SENT) for name in message.alert_ids]
        assert sorted(told) == sorted(alert.id for alert in made)  # each alert in one message
        assert all(ordinals == sorted(ordinals) for ordinals in done.values()), done
