"""What becomes of a message: when it is tried, under which id, and when it is given up."""

import math
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from smart_support.adapters.clock import ManualClock
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.alert import Alert, AlertKind
from smart_support.domain.alerting.route import Grouping
from smart_support.domain.alerting.rules import Send
from smart_support.domain.retry import ALERT_DELAYS, DOWN_AFTER, GIVE_UP_SECONDS, LEASE_SECONDS, next_try, probe_pause
from smart_support.pipeline.agents import Handling
from smart_support.pipeline.messages import Claimed, Message, MessageState, Routed
from smart_support.pipeline.notify import Delivered, NotifyStep
from smart_support.pipeline.records import Unavailable, Undelivered
from tests.builders import lease
from tests.contract.lives import empty
from tests.examples import examples
from tests.unit.pipeline.alert_world import AT_ONCE, AlertWorld, busy, gone

NOW = 1_000.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = SqlStore.open(f"sqlite:///{tmp_path}/store.db", durable=False)
    yield opened
    opened.close()


AWAY = Undelivered("nobody answers", away=True)


class Outbox:
    """A destination; what is about "bad" fails as `error` says, all else is taken."""

    def __init__(self, store: SqlStore, name: str = "chat", jitter: float = 0.0, rate: float = math.inf) -> None:
        self.store, self.name, self.clock = store, name, ManualClock(NOW)
        self.error: Exception | None = Undelivered("it answered 500")
        self.tried: list[tuple[str, float]] = []
        self.step = NotifyStep(name, self.deliver, store, self.clock, lambda: jitter, per_second=rate)

    def deliver(self, claimed: Claimed) -> Delivered | None:
        self.tried.append((claimed.message.id, self.clock.now()))
        if claimed.message.topic == "incident:bad" and self.error is not None:
            raise self.error
        return Delivered({})

    def say(self, *names: str) -> None:
        alerts = [
            Alert(str(uuid.uuid4()), "default", AlertKind.INCIDENT_GROWN, self.clock.now(), None, name)
            for name in names
        ]
        self.store.add_alerts(alerts)
        routed = [Routed(one, [Send(self.name, one.topic, 0.0, 0.0, 0.0)]) for one in alerts]
        self.store.record_routes(routed, self.clock.now(), "test", lease(self.store))

    def at(self, now: float) -> int:
        """All that is due then."""
        self.clock.set(now)
        done = 0
        while self.step.run_once():
            done += 1
        return done

    @property
    def bad(self) -> Message:
        (found,) = self.store.messages("default", (), 10, "incident:bad")
        return found


class TestSchedule:
    def test_it_is_tried_after_growing_pauses_and_then_given_up(self, store: SqlStore):
        box = Outbox(store)
        box.say("bad")
        pauses = []
        while box.bad.state is MessageState.PENDING:
            due = box.bad.due_at
            box.clock.set(due)
            box.say(f"good-{len(pauses)}")  # the destination is there: one message is refused, others are taken
            box.at(due)
            pauses.append(box.bad.due_at - due)
        assert tuple(pauses[:-1]) == ALERT_DELAYS
        assert (box.bad.state, box.bad.attempts) == (MessageState.DEAD, len(ALERT_DELAYS) + 1)
        assert box.bad.last_error == "it answered 500"
        assert len({name for name, at in box.tried if name == box.bad.id}) == 1

    @given(st.floats(0.0, 1.0, exclude_max=True), st.integers(1, len(ALERT_DELAYS)))
    def test_jitter_draws_a_pause_out_by_a_fifth_at_most(self, jitter: float, failures: int):
        at = next_try(ALERT_DELAYS, failures, 0.0, jitter)
        assert ALERT_DELAYS[failures - 1] <= at <= 1.2 * ALERT_DELAYS[failures - 1]

    def test_jitter_is_in_the_pauses(self, store: SqlStore):
        box = Outbox(store, jitter=0.5)
        box.say("bad")
        box.at(NOW)
        assert box.bad.due_at == pytest.approx(NOW + 5.5)

    @pytest.mark.parametrize("after", [0.0, 1.0, 86_400.0])
    def test_what_the_receiver_asks_for_takes_the_place_of_the_next_pause(self, store: SqlStore, after: float):
        box = Outbox(store)
        box.error = Undelivered("it answered 500", after=after)
        box.say("bad")
        box.step.run_once()
        assert box.bad.due_at == NOW + after
        box.error = None
        assert box.at(NOW + after) == 1

    def test_who_is_busy_is_left_in_peace_by_every_message(self, store: SqlStore):
        box = Outbox(store)
        box.error = busy(30.0)
        box.say("bad")
        box.at(NOW)
        box.say("good")
        assert box.at(NOW + 29.0) == 0
        assert box.at(NOW + 30.0) == 2

    def test_one_that_is_only_asked_to_wait_holds_up_no_other(self, store: SqlStore):
        box = Outbox(store)
        box.error = Undelivered("it answered 500", after=30.0)
        box.say("bad")
        box.at(NOW)
        box.say("good")
        assert box.at(NOW + 1.0) == 1

    def test_what_is_refused_for_good_is_given_up_at_once(self, store: SqlStore):
        box = Outbox(store)
        box.error = gone()
        box.say("bad")
        assert box.at(NOW) == 1
        assert (box.bad.state, box.bad.attempts) == (MessageState.DEAD, 1)
        assert box.at(NOW + 9e6) == 0

    def test_it_keeps_to_the_rate(self, store: SqlStore):
        box = Outbox(store, rate=0.5)
        box.say("a", "b", "c")
        assert [box.at(NOW + seconds) for seconds in range(6)] == [1, 0, 1, 0, 1, 0]

    def test_two_processes_keep_to_it_together(self, store: SqlStore):
        boxes = [Outbox(store, rate=0.5) for _ in range(2)]
        boxes[0].say("a", "b", "c")
        assert [sum(box.at(NOW + seconds) for box in boxes) for seconds in range(6)] == [1, 0, 1, 0, 1, 0]


class TestDown:
    def test_a_destination_that_fails_is_probed_and_loses_no_tries(self, store: SqlStore):
        box = Outbox(store)
        box.error = AWAY
        box.say("bad")
        now, tries = NOW, 0
        while now < NOW + 7_200.0:
            tries += box.at(now)
            now += 5.0
        assert box.bad.state is MessageState.PENDING
        assert box.bad.failures == DOWN_AFTER
        assert 110 < tries < 140  # one a minute
        box.error = None
        assert box.at(now + 60.0) == 1

    def test_when_it_answers_all_that_waits_goes_out(self, store: SqlStore):
        box = Outbox(store)
        box.error = AWAY
        box.say("bad")
        for seconds in (0.0, 5.0, 20.0):
            box.at(NOW + seconds)
        box.say(*(f"good-{n}" for n in range(5)))
        assert box.at(NOW + 21.0) == 0  # it is down, and not to be asked yet
        box.error = None
        assert box.at(NOW + 25.0) >= 5
        assert box.at(NOW + 400.0) <= 1
        assert not store.messages("default", [MessageState.PENDING], 10)

    def test_after_some_days_a_message_is_given_up_all_the_same(self, store: SqlStore):
        box = Outbox(store)
        box.error = AWAY
        box.say("bad")
        for seconds in (0.0, 5.0, 20.0):
            box.at(NOW + seconds)
        box.at(NOW + GIVE_UP_SECONDS - 100.0)
        assert box.bad.state is MessageState.PENDING
        box.at(NOW + GIVE_UP_SECONDS)
        assert box.bad.state is MessageState.DEAD

    def test_a_lone_message_arrives_soon_after_a_short_outage(self, store: SqlStore):
        box = Outbox(store)
        box.error = AWAY
        box.say("bad")
        for seconds in range(400):
            box.at(NOW + seconds)
        box.error = None
        arrived = next(seconds for seconds in range(400, 1_000) if box.at(NOW + seconds))
        assert arrived <= 460

    def test_what_is_refused_for_its_content_neither_stops_others_nor_uses_up_its_tries(self, store: SqlStore):
        box = Outbox(store)  # it answers 500 to some, and takes the others
        box.say("bad")
        for number in range(60):
            box.say(f"good-{number}")
            assert box.at(NOW + 2.0 * number) >= 1
        assert (box.bad.state, box.bad.failures) == (MessageState.PENDING, 4)

    def test_what_is_tried_by_hand_then_is_tried_as_often_as_any(self, store: SqlStore):
        box = Outbox(store)
        box.error = gone()
        box.say("bad")
        box.at(NOW)
        box.error = Undelivered("it answered 500")
        later = NOW + 2 * GIVE_UP_SECONDS
        assert store.retry_messages("default", None, later, "key:ann") == [box.bad.id]
        box.at(later)
        assert (box.bad.state, box.bad.due_at) == (MessageState.PENDING, later + 5.0)

    @given(st.integers(0, 10_000))
    def test_pauses_between_probes_are_short(self, failures: int):
        assert probe_pause(failures) == 0.0 if failures < DOWN_AFTER else 5.0 <= probe_pause(failures) <= 60.0


class TestFaults:
    @pytest.mark.parametrize("after_sending", [True, False])
    def test_a_crash_repeats_the_message_under_its_id(self, store: SqlStore, after_sending: bool):
        box = Outbox(store)
        box.say("good")
        claimed = store.claim_message("chat", NOW, NOW + LEASE_SECONDS, 0.0)
        if after_sending:
            box.deliver(claimed)
        assert box.at(NOW + LEASE_SECONDS - 1.0) == 0
        assert box.at(NOW + LEASE_SECONDS) == 1
        assert {name for name, _ in box.tried} == {claimed.message.id}

    def test_a_fault_of_the_program_does_not_come_back_for_ever(self, store: SqlStore):
        box = Outbox(store)
        box.error = KeyError("t0")
        box.say("bad", "good")
        assert box.at(NOW) == 2
        assert box.bad.due_at == NOW + 5.0
        assert "KeyError" in box.bad.last_error
        assert "t0" not in box.bad.last_error

    def test_an_outage_of_the_store_is_nobodys_failure(self, store: SqlStore):
        box = Outbox(store)
        box.error = Unavailable("the database is away")
        box.say("bad")
        with pytest.raises(Unavailable):
            box.step.run_once()
        assert (box.bad.failures, box.bad.last_error) == (0, None)
        box.error = None
        assert box.at(NOW + LEASE_SECONDS) == 1

    def test_the_reason_can_be_stored_whatever_it_is(self, store: SqlStore):
        box = Outbox(store)
        box.error = Undelivered("hooks.example answered 500\0")
        box.say("bad")
        box.at(NOW)
        assert box.bad.last_error.startswith("hooks.example answered 500")
        assert "\0" not in box.bad.last_error


class TestRepeating:
    def test_what_fires_is_said_again_until_somebody_has_it(self, store: SqlStore):
        world = AlertWorld(store, rules=replace(AT_ONCE, grouping=Grouping(wait=0.0, interval=0.0, repeat=600.0)))
        world.tickets(0.9)
        world.run()
        world.later(600.0)
        world.later(600.0)
        assert world.desk.told() == [["urgent_ticket"]] * 3
        assert len({one.id for one in world.desk.notices}) == 3
        assert [one.ordinal for one in world.desk.notices] == [1, 2, 3]
        world.staff("ann")
        world.act("t0", Handling.REASSIGN, agent_id="ann")
        world.act("t0", Handling.START, agent_id="ann")
        world.later(600.0)
        world.later(600.0)
        assert len(world.desk.notices) == 3
        assert [one.state for one in world.messages()][-1] is MessageState.SKIPPED


class Life(RuleBasedStateMachine):
    """The life of messages to one destination, against what may be said of it without knowing how it is stored."""

    store: SqlStore
    number = 0

    def __init__(self) -> None:
        super().__init__()
        empty(self.store)  # each step looks at all messages there are
        Life.number += 1
        self.name = f"d{Life.number}"
        self.now = NOW
        self.alerts: list[str] = []
        self.held: list[tuple[Claimed, float]] = []
        self.finished: set[str] = set()
        self.places: dict[str, tuple[str, int]] = {}
        self.failed = 0

    def stored(self) -> list[Message]:
        return [one for one in self.store.messages("default", (), 10_000) if one.destination == self.name]

    def claim(self) -> Claimed | None:
        before = {one.id: one for one in self.stored()}
        found = self.store.claim_message(self.name, self.now, self.now + LEASE_SECONDS, 0.0)
        if found is None:
            return None
        message = found.message
        assert message.id not in self.finished
        assert before[message.id].state is MessageState.PENDING
        assert before[message.id].due_at <= self.now
        assert message.attempts == before[message.id].attempts + 1
        assert self.places.setdefault(message.id, (message.topic, message.ordinal)) == (message.topic, message.ordinal)
        same = [one for one in before.values() if one.topic == message.topic and one.ordinal < message.ordinal]
        assert all(one.state is not MessageState.PENDING for one in same)
        running = [one for one, until in self.held if until > self.now]
        assert message.id not in {one.message.id for one in running}
        assert found.probe == (self.failed >= DOWN_AFTER)
        if found.probe:
            assert not [one for one in running if one.probe]
        return found

    @rule(
        topic=st.sampled_from("abc"), wait=st.sampled_from([0.0, 0.0, 10.0]), repeat=st.sampled_from([0.0, 0.0, 50.0])
    )
    def say(self, topic: str, wait: float, repeat: float) -> None:
        alert = Alert(
            str(uuid.uuid4()),
            "default",
            AlertKind.INCIDENT_GROWN,
            self.now,
            None,
            f"{self.name}-{topic}",
            {"tickets": 1},
        )
        self.store.add_alerts([alert])
        routed = Routed(alert, [Send(self.name, alert.topic, wait, 5.0, repeat)])
        self.store.record_routes([routed], self.now, "test", lease(self.store))
        self.alerts.append(alert.id)

    @rule(seconds=st.sampled_from([1.0, 7.0, 61.0, 400.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def take(self) -> None:
        if claimed := self.claim():
            self.held.append((claimed, self.now + LEASE_SECONDS))

    def is_current(self, claimed: Claimed) -> bool:
        """Whether nobody else has the message, or has finished it."""
        (stored,) = [one for one in self.stored() if one.id == claimed.message.id]
        return stored.state is MessageState.PENDING and stored.attempts == claimed.message.attempts

    @precondition(lambda self: self.held)
    @rule(data=st.data(), again=st.booleans())
    def arrive(self, data: st.DataObject, again: bool) -> None:
        claimed, _ = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        done = claimed.message.id in self.finished
        (stored,) = [one for one in self.stored() if one.id == claimed.message.id]
        self.store.message_sent(claimed, {}, self.now, "test", again=again)
        if not done and stored.state is MessageState.PENDING:
            self.finished.add(claimed.message.id)
            self.failed = 0

    @precondition(lambda self: self.held)
    @rule(data=st.data(), wait=st.sampled_from([None, 0.0, 5.0, 300.0]), away=st.booleans())
    def fail(self, data: st.DataObject, wait: float | None, away: bool) -> None:
        claimed, _ = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        current = self.is_current(claimed)
        retry_at = None if wait is None else self.now + wait
        self.store.message_failed(claimed, Undelivered("no", away=away), self.now, retry_at, self.now, "test")
        if current:
            self.failed = self.failed + 1 if away else 0 if wait is None else self.failed

    @precondition(lambda self: self.held)
    @rule()
    def crash(self) -> None:
        self.held.clear()
        self.now += LEASE_SECONDS

    @rule()
    def retry(self) -> None:
        dead = {one.id for one in self.stored() if one.state is MessageState.DEAD}
        ids = sorted(dead) or [str(uuid.uuid4())]
        assert set(self.store.retry_messages("default", ids, self.now, "key:ann")) == dead

    @invariant()
    def each_alert_is_in_one_message(self) -> None:
        told = [name for one in self.stored() for name in one.alert_ids]
        assert set(told) == set(self.alerts)
        places = [(one.topic, one.ordinal) for one in self.stored()]
        assert len(places) == len(set(places))

    @invariant()
    def what_has_arrived_stays_so(self) -> None:
        assert {one.id for one in self.stored() if one.state is MessageState.SENT} == self.finished

    def teardown(self) -> None:
        """Once the destination answers, nothing is left."""
        self.held.clear()
        for _ in range(200):
            self.now += LEASE_SECONDS + 400.0
            while claimed := self.claim():
                self.store.message_sent(claimed, {}, self.now, "test", again=False)
                self.finished.add(claimed.message.id)
                self.failed = 0
            if all(one.state is not MessageState.PENDING for one in self.stored()):
                return
        raise AssertionError("something is never sent")


def test_the_life_of_messages(store: SqlStore):
    Life.store = store
    run_state_machine_as_test(Life, settings=settings(max_examples=examples(0.3), stateful_step_count=30))
