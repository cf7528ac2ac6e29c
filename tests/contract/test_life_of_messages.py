"""The life of messages in the outbox, on every database: any calls in any order, by two processes that are slow, die
and come back, on clocks that jump.

The model keeps what the port says of each message and each destination, and no statement of SQL.
"""

import uuid
from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.alert import Alert, AlertKind
from smart_support.domain.alerting.rules import Send
from smart_support.domain.retry import ALERT_DELAYS, DOWN_AFTER, LEASE_SECONDS, LONGEST_PAUSE
from smart_support.pipeline.messages import Claimed, Message, MessageState, Routed
from smart_support.pipeline.records import LeaseLost, Undelivered
from tests.builders import lease
from tests.contract.lives import WORKERS, LifeOnStore, live

DESTINATIONS = ("chat", "pager")
INCIDENTS = ("inc-1", "inc-2")
PASSES = st.sampled_from([0.0, 0.0, 1.0, 16.0, LEASE_SECONDS + 1.0])
"""Seconds that pass before something happens."""
LONGEST = 2 * max(LONGEST_PAUSE, *ALERT_DELAYS)
"""A try that is later than this was dated by a clock that has been set back."""


@dataclass
class Way:
    """A destination."""

    blocked_until: float = 0.0
    failures: int = 0


@dataclass
class Known:
    """A message, and what was done with it."""

    destination: str
    topic: str
    ordinal: int
    state: MessageState = MessageState.PENDING
    due_at: float = 0.0
    leased_until: float | None = None
    attempts: int = 0
    away: bool = False
    weight: int = 0
    sent: int = 0
    """How often an event said that it was sent."""
    alerts: set[str] = field(default_factory=set)


class LifeOfMessages(LifeOnStore):
    """Any calls in any order."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__(store)
        self.ways = {name: Way() for name in DESTINATIONS}
        self.known: dict[str, Known] = {}
        self.held: dict[str, list[Claimed]] = {name: [] for name in WORKERS}
        self.alerts = 0
        self.routed: dict[str, set[str]] = {}

    def stored(self) -> list[Message]:
        return self.store.messages("default", (), 10_000)

    def learn(self) -> None:
        """What alerts became: new messages, or a part of those that nobody has tried."""
        for one in sorted(self.stored(), key=lambda one: one.ordinal):
            known = self.known.get(one.id)
            if known is None:
                before = [k for k in self.known.values() if (k.destination, k.topic) == (one.destination, one.topic)]
                assert one.ordinal == len(before) + 1
                assert (one.state, one.attempts) == (MessageState.PENDING, 0)
                known = self.known[one.id] = Known(one.destination, one.topic, one.ordinal)
            elif known.attempts or known.state is not MessageState.PENDING:
                assert set(one.alert_ids) == known.alerts, "what was tried says what it said"
                continue
            assert known.alerts <= set(one.alert_ids)
            known.due_at, known.weight, known.alerts = one.due_at, one.weight, set(one.alert_ids)

    @rule(
        incident=st.sampled_from(INCIDENTS),
        to=st.sets(st.sampled_from(DESTINATIONS)),
        wait=st.sampled_from([0.0, 30.0]),
        weight=st.integers(0, 2),
        by_a_former_leader=st.booleans(),
    )
    def route(self, incident, to, wait, weight, by_a_former_leader):
        """An alert becomes messages; handed in twice, it is one."""
        self.alerts += 1
        name = str(uuid.UUID(int=self.alerts))
        alert = Alert(name, "default", AlertKind.INCIDENT_OPENED, self.now, None, incident)
        self.store.add_alerts([alert])
        self.store.add_alerts([alert])
        assert [one.id for one in self.store.unrouted(10)] == [name]
        routed = [Routed(alert, [Send(one, alert.topic, wait, 0.0, 0.0) for one in sorted(to)], weight=weight)]
        if by_a_former_leader:
            with pytest.raises(LeaseLost):
                self.store.record_routes(routed, self.now, "one", self.lost)
            assert [one.id for one in self.store.unrouted(10)] == [name]
        self.store.record_routes(routed, self.now, "one", lease(self.store))
        assert self.store.unrouted(10) == []
        self.routed[name] = set(to)
        self.learn()

    @rule(
        destination=st.sampled_from(DESTINATIONS),
        worker=st.sampled_from(WORKERS),
        pause=st.sampled_from([0.0, 2.0]),
        after=PASSES,
    )
    def claim(self, destination, worker, pause, after):
        self.now += after
        way, now = self.ways[destination], self.now
        is_free = way.blocked_until <= now or way.blocked_until > now + LONGEST
        first: dict[str, Known] = {}
        for one in sorted(self.known.values(), key=lambda one: one.ordinal):
            if one.destination == destination and one.state is MessageState.PENDING:
                first.setdefault(one.topic, one)
        due = [
            one
            for one in first.values()
            if is_free and (one.due_at <= now or (one.attempts and one.due_at > now + LONGEST))
        ]
        claimed = self.store.claim_message(destination, now, now + LEASE_SECONDS, pause)
        if claimed is None:
            assert not due, "a message that is due is handed out"
            return
        known = self.known[claimed.message.id]
        assert known in due
        assert known.leased_until is None or not now < known.leased_until <= now + LONGEST, "it is another's to send"
        assert known.weight == max(one.weight for one in due)
        assert claimed.failed == way.failures
        assert claimed.message.attempts == known.attempts + 1
        known.attempts += 1
        known.due_at = known.leased_until = now + LEASE_SECONDS
        way.blocked_until = known.due_at if claimed.probe else now + pause
        self.held[worker].append(claimed)

    @precondition(lambda self: any(self.held.values()))
    @rule(
        data=st.data(),
        how=st.sampled_from(["sent", "later", "later", "dead", "skipped"]),
        away=st.booleans(),
        after=PASSES,
    )
    def tell(self, data, how, away, after):
        """Somebody says what became of a message that he was given, perhaps long ago, perhaps for the second time."""
        self.now += after
        worker = data.draw(st.sampled_from([name for name in WORKERS if self.held[name]]))
        claimed = data.draw(st.sampled_from(self.held[worker]))
        if data.draw(st.booleans()):
            self.held[worker].remove(claimed)
        known, way, now = self.known[claimed.message.id], self.ways[claimed.message.destination], self.now
        is_open = known.state is MessageState.PENDING
        if how == "sent":
            self.store.message_sent(claimed, {"thread": "1"}, now, worker, again=False)
            if is_open:
                known.state, way.failures = MessageState.SENT, 0
            if claimed.probe:
                self.recover(claimed.message.destination)
        elif how == "skipped":
            self.store.message_skipped(claimed, now)
            if is_open:
                known.state, way.blocked_until = MessageState.SKIPPED, now
        else:
            retry_at = now + 15.0 if how == "later" else None
            self.store.message_failed(claimed, Undelivered("no", away=away), now, retry_at, now + 5.0, worker)
            if is_open and known.attempts == claimed.message.attempts:
                self.fail(known, way, claimed, retry_at, away=away)

    def fail(self, known: Known, way: Way, claimed: Claimed, retry_at: float | None, *, away: bool) -> None:
        known.leased_until, known.away = None, away
        if retry_at is None:
            known.state = MessageState.DEAD
        else:
            known.due_at = retry_at
        later = self.now + 5.0
        way.failures = way.failures + 1 if away else 0 if retry_at is None else way.failures
        way.blocked_until = later if claimed.probe else max(way.blocked_until, later)

    def recover(self, destination: str) -> None:
        self.ways[destination].blocked_until = self.now
        for one in self.known.values():
            is_leased = one.leased_until is not None and one.leased_until > self.now
            if one.destination == destination and one.state is MessageState.PENDING and one.away and not is_leased:
                one.due_at = min(one.due_at, self.now)

    @rule(given_up=st.booleans())
    def retry(self, given_up):
        """Somebody lets all be tried again that were given up, or all that wait for another try as well."""
        names = None if given_up else list(self.known)
        found = set(self.store.retry_messages("default", names, self.now, "key:1"))
        for name, one in self.known.items():
            is_leased = one.leased_until is not None and one.leased_until > self.now
            waits = one.state is MessageState.PENDING and one.attempts and one.due_at > self.now and not is_leased
            is_meant = one.state is MessageState.DEAD or (waits and not given_up)
            assert (name in found) == bool(is_meant)
            if is_meant:
                one.state, one.due_at = MessageState.PENDING, self.now
                way = self.ways[one.destination]
                if way.failures >= DOWN_AFTER:
                    way.blocked_until = self.now

    @rule(seconds=st.sampled_from([-5_000.0, -90.0, -3.0, 3_600.0, 2 * LONGEST]))
    def clock_jumps(self, seconds):
        self.now += seconds

    @invariant()
    def stands_as_the_model_has_it(self):
        found = {one.id: one for one in self.stored()}
        assert found.keys() == self.known.keys()
        for name, one in self.known.items():
            there = found[name]
            assert (there.state, there.attempts, there.due_at) == (one.state, one.attempts, one.due_at)

    @invariant()
    def every_alert_is_told_once_in_each_place(self):
        for alert, destinations in self.routed.items():
            told = [one.destination for one in self.known.values() if alert in one.alerts]
            assert sorted(told) == sorted(destinations)

    @invariant()
    def it_was_sent_once_by_the_events(self):
        for event in self.new_events():
            if event.kind == "alert.sent":
                self.known[str(event.data["message"])].sent += 1
        for one in self.known.values():
            assert one.sent == (one.state is MessageState.SENT)


def test_whatever_two_senders_do_each_message_is_kept_in_order_and_sent_by_one_at_a_time(store: SqlStore):
    live(LifeOfMessages, store)
