"""A world in which alerts are raised, routed and sent, on a real store, driven by hand."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from smart_support.adapters.clock import ManualClock
from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.agent import Agent
from smart_support.domain.alert import Alert, AlertKind
from smart_support.domain.alerting.route import Grouping
from smart_support.domain.alerting.rules import AlertRules
from smart_support.domain.engine import EngineFigures
from smart_support.domain.notice import Notice
from smart_support.domain.routing.routing import DEFAULT, Routing
from smart_support.domain.triage import Tier
from smart_support.pipeline.agents import Act, Handling
from smart_support.pipeline.alerting import AlertStep
from smart_support.pipeline.compose import Composer
from smart_support.pipeline.dispatch import DispatchStep
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.messages import Message, MessageState
from smart_support.pipeline.notify import Alerts, NotifyStep
from smart_support.pipeline.records import Beat, Step, Triaged, Undelivered
from tests.builders import key, no_storms, ticket, triage

AT_ONCE = AlertRules(grouping=Grouping(wait=0.0, interval=0.0))


class Desk:
    """A receiver: takes what it gets, unless it is told what to raise instead, once each."""

    rate = math.inf
    follows = False

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.tries: list[str] = []
        self.raises: list[Exception] = []
        self.always: Exception | None = None

    def send(self, notice: Notice, handle: Mapping[str, Any]) -> Mapping[str, Any]:
        self.tries.append(notice.id)
        if self.always is not None:
            raise self.always
        if self.raises:
            raise self.raises.pop(0)
        self.notices.append(notice)
        return {"number": len(self.notices)}

    def told(self) -> list[list[str]]:
        """The kinds of each message so far."""
        return [[one.kind for one in notice.conditions] for notice in self.notices]


class AlertWorld:
    """Tickets, an incident's worth of them if need be, agents and workers; alerts about them go to `names`."""

    def __init__(
        self,
        store: SqlStore,
        names: Sequence[str] = ("chat",),
        *,
        followers: Sequence[str] = (),
        rules: AlertRules = AT_ONCE,
        sources: Sequence[str] = (),
        jitter: float = 0.0,
    ) -> None:
        self.store, self.broker, self.clock = store, MemoryBroker(), ManualClock(1_000.0)
        self.rules, self.jitter = rules, jitter
        self.names, self.followers, self.sources = names, followers, sources
        self.lead = LeadStep(store, self.broker, "one")
        self.lead.run_once()
        self.desks = {name: Desk() for name in names}
        self.composer = Composer(store, "https://help.example/")
        self.dispatch = DispatchStep(
            store, self.broker, self.clock, self.lead, no_storms(store), 0.8, lambda _: self.routing
        )
        self.alerting = self.alert_step(self.lead)
        self.notify = [self.notify_step(name) for name in names]

    @property
    def routing(self) -> Routing:
        return replace(DEFAULT, alerts=self.rules)

    @property
    def desk(self) -> Desk:
        return self.desks[self.names[0]]

    def alert_step(self, lead: LeadStep) -> AlertStep:
        return AlertStep(
            self.store, self.clock, lead, lambda _: self.routing, 0.8, self.names, self.followers, self.sources
        )

    def notify_step(self, name: str) -> NotifyStep:
        deliver = Alerts(self.composer, self.desks[name]).deliver
        return NotifyStep(name, deliver, self.store, self.clock, lambda: self.jitter, per_second=math.inf)

    def wait(self, seconds: float) -> None:
        self.clock.set(self.clock.now() + seconds)

    def tickets(self, *urgencies: float, history: bool = False) -> list[str]:
        """Tickets that arrive now and are dispatched."""
        names = []
        for urgency in urgencies:
            made = ticket(f"t{self.store.counts('default').processed}", at=self.clock.now())
            made = replace(made, history=history)
            self.store.accept([made], ["test"])
            self.store.record_triage([Triaged(made.key, triage(urgency))], self.clock.now(), "test")
            self.broker.publish(Step.DISPATCH, [made.key])
            names.append(made.id)
        while self.dispatch.run_once(0):
            pass
        return names

    def staff(self, *names: str) -> None:
        self.store.save_agents([Agent("default", name, capacity=100) for name in names], self.clock.now(), "key:ann")

    def act(self, name: str, kind: Handling, **given: object) -> None:
        assert self.store.handle(Act(key(name), kind, self.clock.now(), "key:ann", **given)) is not None

    def beat(self, worker: str, opened_at: float | None = None) -> None:
        """A worker says how its breaker stands."""
        figures = EngineFigures(Tier.LIGHT, "light", opened_at is not None, 0, opened_at)
        self.store.beat(Beat(worker, ("triage",), figures))

    def look(self) -> None:
        """What happened becomes messages."""
        while self.alerting.run_once():
            pass

    def run(self) -> None:
        """And what is due goes out."""
        self.look()
        while sum(step.run_once() for step in self.notify):
            self.look()

    def later(self, seconds: float) -> None:
        self.wait(seconds)
        self.run()

    def messages(self, *states: MessageState) -> list[Message]:
        found = self.store.messages("default", states, 1_000)
        return sorted(found, key=lambda one: (one.at, one.destination, one.topic, one.ordinal))

    def raised(self) -> list[tuple[AlertKind, str | None]]:
        return [(one.kind, one.ticket_id) for one in self.store.raised("default")]

    def alert(self, made: Alert) -> Alert:
        self.store.add_alerts([made])
        return made


def busy(after: float | None = None) -> Undelivered:
    return Undelivered("it answered 429", after=after, busy=True)


def gone() -> Undelivered:
    return Undelivered("it answered 410", retry=False)
