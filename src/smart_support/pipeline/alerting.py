"""Alerting: what happened becomes alerts, and alerts become messages, decided in one place."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from smart_support.domain.alert import (
    DEAD_LETTERS,
    FOLLOW_UPS,
    Alert,
    AlertKind,
    breaker,
    dead_letter,
    follow_up,
    incident_ended,
    incident_grown,
    no_agent,
    urgent_ticket,
)
from smart_support.domain.alerting.ending import ENDS
from smart_support.domain.alerting.facts import Told
from smart_support.domain.alerting.rules import Plan, Send
from smart_support.domain.alerting.weight import heaviness, weight_of
from smart_support.domain.event import Event, Position
from smart_support.domain.incident import Incident
from smart_support.domain.routing.routing import Routing
from smart_support.domain.ticket import DEFAULT_WORKSPACE, Action, State, Ticket, TicketKey
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.messages import Routed, Seen
from smart_support.pipeline.ports import AlertingStore, Clock
from smart_support.pipeline.records import Lease, LeaseLost
from smart_support.pipeline.take_in import actor_of
from smart_support.pipeline.watch import Watch

ACTOR = "alerting"

NO_AGENT_SECONDS = 30.0
"""So long a critical ticket may wait before somebody is told that no agent has it."""

_BATCH = 500
_UNSEEN = 2_000
_LOOK_SECONDS = 1.0
_GONE_SECONDS = 300.0  # of silence: the worker does not come back

_ENDS = {
    "incident.quiet": AlertKind.INCIDENT_QUIET,
    "incident.resolve": AlertKind.INCIDENT_RESOLVED,
    "incident.dismiss": AlertKind.INCIDENT_RESOLVED,
}
_GROWS = frozenset({"ticket.suppress", "ticket.link"})
_FOLLOWS = {
    "ticket.claim": AlertKind.TICKET_BEGUN,
    "ticket.start": AlertKind.TICKET_BEGUN,
    "ticket.resolve": AlertKind.TICKET_RESOLVED,
}
_CORRECTED = "ticket.feedback"
_GIVEN_UP = frozenset({"ticket.bury", "alert.dead", "write_back.dead"})
_TELLS_SOURCE = frozenset(
    f"ticket.{action}"
    for action in (
        *(Action.QUEUE, Action.SUPPRESS, Action.OFFER, Action.ACCEPT, Action.DECLINE, Action.EXPIRE, Action.ASSIGN),
        *(Action.CLAIM, Action.START, Action.RELEASE, Action.ESCALATE, Action.REOPEN, Action.RESCORE),
        *("reassign", "link", "unlink", "feedback"),
    )
)
"""After these a helpdesk is told what its ticket is now."""


class AlertStep:
    """While this process leads: reads what happened since it last looked, in the order of its commits, and raises the
    alerts that follow from it; sees to breakers and to critical tickets that nobody has; and makes messages of all
    alerts, by the rules of their workspace (`routing(workspace)`).

    How far it has read is stored with what followed, so that another leader goes on where this one ended.
    `threshold` is the S above which a ticket is told of when somebody corrects it. `destinations` are where alerts may
    go; of those `followers` keep one message up to date and hear what became of a ticket. `sources` are told about
    their tickets.
    """

    def __init__(  # noqa: PLR0913 - how it is watched stands beside what it needs
        self,
        store: AlertingStore,
        clock: Clock,
        lead: LeadStep,
        routing: Callable[[str], Routing],
        threshold: float,
        destinations: Sequence[str],
        followers: Collection[str] = (),
        sources: Collection[str] = (),
        *,
        watch: Watch | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._lead = lead
        self._routing = routing
        self._threshold = threshold
        self._destinations = destinations
        self._followers = [name for name in destinations if name in followers]
        self._sources = frozenset(sources)
        self._watched = watch or Watch()
        kinds = _GROWS | _ENDS.keys() | _GIVEN_UP | {_CORRECTED}
        self._kinds = kinds | (_FOLLOWS.keys() if self._followers else set()) | (_TELLS_SOURCE if sources else set())
        self._seen = Position()
        self._looked: float | None = None

    def run_once(self) -> int:
        """One batch of each; how much there was. 0 where another leads."""
        lease = self._lead.lease(0)
        if lease is None:
            return 0
        now = self._clock.now()
        try:
            seen = self._watch(now, lease)
            self._look(now)
            return seen + self._route(now, lease) + self._repeat(now, lease)
        except LeaseLost:
            return 0

    def _watch(self, now: float, lease: Lease) -> int:
        position, recorded = self._store.watched(self._kinds, _BATCH)
        # What is of no interest is not worth a transaction each time.
        if not recorded and position.seq - self._seen.seq < _UNSEEN:
            return 0
        self._seen = position
        events = [one.event for one in recorded]
        alerts = [*self._of_incidents(events), *self._of_tickets(events), *_given_up(events)]
        self._store.record_seen(Seen(position, alerts, self._write_backs(events)), now, lease)
        return len(recorded)

    def _of_incidents(self, events: Sequence[Event]) -> Iterator[Alert]:
        grown = {(one.workspace, one.incident_id): one.at for one in events if one.kind in _GROWS and one.incident_id}
        ended = [one for one in events if one.kind in _ENDS]
        keys = {*grown, *((one.workspace, one.incident_id) for one in ended)}
        found = self._incidents([(workspace, str(incident_id)) for workspace, incident_id in sorted(keys)])
        for (workspace, incident_id), at in grown.items():
            incident = found.get((workspace, str(incident_id)))
            alert = incident and incident_grown(incident, at)
            if alert:
                yield alert
        for event in ended:
            incident = found.get((event.workspace, str(event.incident_id)))
            if incident is not None:
                yield incident_ended(incident, _ENDS[event.kind], event.at)

    def _of_tickets(self, events: Sequence[Event]) -> Iterator[Alert]:
        corrected = {
            TicketKey(one.workspace, one.ticket_id): one.at
            for one in events
            if one.kind == _CORRECTED and one.ticket_id is not None
        }
        for key, ticket in self._store.find_many(corrected).items() if corrected else ():
            alert = urgent_ticket(ticket, self._threshold, corrected[key])
            if alert is not None and ticket.incident_id is None and ticket.state is not State.RESOLVED:
                yield alert
        if self._followers:
            for event in events:
                kind = _FOLLOWS.get(event.kind)
                if kind is not None and event.ticket_id is not None:
                    yield follow_up(event.workspace, event.ticket_id, kind, event.at)

    def _write_backs(self, events: Sequence[Event]) -> list[tuple[TicketKey, str]]:
        if not self._sources:
            return []
        actors: dict[TicketKey, set[str]] = {}
        for event in events:
            if event.kind in _TELLS_SOURCE and event.ticket_id is not None:
                actors.setdefault(TicketKey(event.workspace, event.ticket_id), set()).add(event.actor)
        found = self._store.find_many(actors)
        return [
            (key, ticket.source)
            for key, ticket in found.items()
            # What a source did itself it need not be told.
            if ticket.source in self._sources and actors[key] != {actor_of(ticket.source)}
        ]

    def _look(self, now: float) -> None:
        if self._looked is not None and 0.0 <= now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        self._store.add_alerts([*self._breakers(now), *self._waiting(now)])

    def _waiting(self, now: float) -> Iterator[Alert]:
        """Critical tickets that nobody has, though there are agents."""
        for workspace in self._store.staffed():
            least, before = self._routing(workspace).policy.critical_from, now - NO_AGENT_SECONDS
            for ticket in self._store.critical_waiting(workspace, least, before, _BATCH):
                yield no_agent(ticket, now)

    def _breakers(self, now: float) -> Iterator[Alert]:
        """A breaker is told of when it opens, and when it is closed again or its worker is gone."""
        open_ = {
            (worker.beat.worker, opened_at)
            for worker in self._store.workers()
            if worker.triages
            and worker.silent < _GONE_SECONDS
            and (opened_at := worker.beat.figures.opened_at) is not None
            if worker.beat.figures.breaker_open
        }
        told = self._store.latest_alerts([AlertKind.BREAKER_OPENED, AlertKind.BREAKER_CLOSED], _BATCH)
        ids = {alert.id for alert in told}
        for worker, opened_at in open_:
            alert = breaker(DEFAULT_WORKSPACE, worker, AlertKind.BREAKER_OPENED, opened_at, now)
            if alert.id not in ids:
                yield alert
        for alert in told:
            name, at = str(alert.data.get("worker")), alert.data.get("opened_at")
            if alert.kind is AlertKind.BREAKER_OPENED and isinstance(at, float) and (name, at) not in open_:
                closed = breaker(DEFAULT_WORKSPACE, name, AlertKind.BREAKER_CLOSED, at, now)
                if closed.id not in ids:
                    yield closed

    def _route(self, now: float, lease: Lease) -> int:
        alerts = self._store.unrouted(_BATCH)
        if alerts:
            heard = self._store.told({(one.workspace, one.topic) for one in alerts})
            routed = []
            for alert, told in self._told(alerts):
                about = heard.setdefault((alert.workspace, alert.topic), set())
                routed.append(self._routed(alert, told, about, now))
                about.update((send.destination, send.group) for send in routed[-1].sends)
            self._store.record_routes(routed, now, ACTOR, lease)
            for one in routed:
                outcome = "routed" if one.sends else "silenced" if one.silenced_by else "unrouted"
                self._watched.metrics.alerts.labels(one.alert.kind.value, outcome).inc()
        return len(alerts)

    def _repeat(self, now: float, lease: Lease) -> int:
        """What is to be said again goes by the rules as they are now: where it would go no more, it is over."""
        due = self._store.take_repeats(now, _BATCH, lease)
        for message in due:
            rules = self._routing(message.workspace).alerts
            routed = []
            for alert, told in self._told(self._store.alerts_named(message.alert_ids)):
                plan = rules.plan(told, [message.destination], now)
                again = [replace(send, wait=0.0, interval=0.0) for send in plan.sends if send.group == message.topic]
                routed.append(Routed(alert, again, weight=heaviness(told.weight), again=True))
            self._store.record_routes(routed, now, ACTOR, lease)
        return len(due)

    def _told(self, alerts: Sequence[Alert]) -> list[tuple[Alert, Told]]:
        """Each alert as its rules see it."""
        keys = [TicketKey(one.workspace, one.ticket_id) for one in alerts if one.ticket_id is not None]
        tickets = self._store.find_many(keys)
        incidents = self._incidents([(one.workspace, one.incident_id) for one in alerts if one.incident_id])
        return [
            (
                one,
                told_of(
                    one,
                    tickets.get(TicketKey(one.workspace, one.ticket_id or "")),
                    incidents.get((one.workspace, one.incident_id or "")),
                ),
            )
            for one in alerts
        ]

    def _routed(self, alert: Alert, told: Told, heard: Collection[tuple[str, str]], now: float) -> Routed:
        """By the rules; an end goes where its topic was `heard` of, whatever has changed since."""
        rules = self._routing(alert.workspace).alerts
        weight = heaviness(told.weight)
        follows = alert.kind in FOLLOW_UPS
        plan = Plan() if follows else rules.plan(told, self._destinations, now)
        if alert.kind not in ENDS:
            return Routed(alert, plan.sends, plan.silenced_by, weight)
        known = self._followers if follows else self._destinations
        ends = [Send(name, group, rules.grouping.wait, 0.0, 0.0) for name, group in sorted(heard) if name in known]
        names = {send.destination for send in ends}
        sends = (*ends, *(send for send in plan.sends if send.destination not in names))
        return Routed(alert, sends, None if sends else plan.silenced_by, weight)

    def _incidents(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Incident]:
        found = self._store.incidents_named(keys) if keys else []
        return {(one.workspace, one.id): one for one in found}


def told_of(alert: Alert, ticket: Ticket | None, incident: Incident | None) -> Told:
    """The alert as its rules see it."""
    urgency = ticket.triage.urgency if ticket is not None and ticket.triage is not None else None
    weight = weight_of(alert.kind, urgency, None if incident is None else incident.severity)
    if ticket is None:
        return Told(alert.workspace, alert.kind, alert.topic, weight, incident_id=alert.incident_id)
    return Told.about(ticket, alert.kind, alert.topic, weight, incident_id=alert.incident_id)


def _given_up(events: Sequence[Event]) -> Iterator[Alert]:
    """Of what was given up; of a message that tells that, nobody is told."""
    for event in events:
        if event.kind in _GIVEN_UP and event.data.get("topic") != DEAD_LETTERS:
            what = f"{event.kind}:{event.data.get('message', event.ticket_id)}:{event.at!r}"
            data = {name: event.data[name] for name in ("message", "destination", "step") if name in event.data}
            yield dead_letter(event.workspace, what, event.at, event.ticket_id, data)
