"""What a message says: put together from the alerts it tells and from how things stand when it goes out."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from smart_support.domain.alert import BREAKER, DEAD_LETTERS, Alert, AlertKind, incident_topic, ticket_topic
from smart_support.domain.alerting.weight import heaviness, weight_of
from smart_support.domain.incident import Incident
from smart_support.domain.notice import Condition, Notice, Status, Weight
from smart_support.domain.ticket import State, Ticket, TicketKey
from smart_support.pipeline.messages import Message, Purpose
from smart_support.pipeline.ports import AlertingStore
from smart_support.pipeline.redacted import redacted_incident, redacted_ticket
from smart_support.pipeline.wording import alert_data, conditions, given, incident_data, moment, reasons, ticket_data

_EXCERPT = 600  # characters of what the customer wrote
_LATEST = 20  # conditions of a topic
_PARTS = 50
_TOLD = 1_000  # topics of a thread that are looked at
_BEGUN = frozenset({State.IN_PROGRESS, State.CLAIMED})


class Composer:
    """Composes notices. `public_url` is where people reach this system; without it there are no links. The words of
    strangers go through `redact` before anything is made of them."""

    def __init__(
        self, store: AlertingStore, public_url: str | None, redact: Callable[[str], str] = lambda text: text
    ) -> None:
        self._store = store
        self._redact = redact
        self._url = public_url.rstrip("/") if public_url else None

    def notice(self, message: Message) -> Notice:
        """What a message says now."""
        if message.purpose is Purpose.TEST:
            return _sample(message)
        by_topic: dict[str, list[Alert]] = {}
        for alert in self._store.alerts_named(message.alert_ids):
            by_topic.setdefault(alert.topic, []).append(alert)
        if list(by_topic) == [message.topic]:
            return self._about(message, message.topic, by_topic[message.topic])
        return self._group(message, by_topic)

    def is_told_by_incident(self, message: Message) -> bool:
        """Whether a message would tell, for the first time, of a ticket alone that it is urgent, and that one is now
        but a report of an incident that its receivers know of."""
        about, _, ticket_id = message.topic.partition(":")
        if about != "ticket" or message.attempts > 1 or message.ordinal > 1 or message.purpose is not Purpose.ALERT:
            return False
        link = self._store.link_of_ticket(TicketKey(message.workspace, ticket_id))
        if link is None or link.recurrence or link.exception:
            return False
        if any(one.kind is not AlertKind.URGENT_TICKET for one in self._store.alerts_named(message.alert_ids)):
            return False
        topic = (message.workspace, incident_topic(link.incident_id))
        return any(name == message.destination for name, _ in self._store.told([topic]).get(topic, ()))

    def link(self, *path: str) -> str | None:
        """Its page in the dashboard."""
        return None if self._url is None else "/".join([self._url, "ui", *path])

    def _about(self, message: Message, topic: str, told: Sequence[Alert]) -> Notice:
        """One topic, with all that was to be told of it so far."""
        newest = max(alert.at for alert in told)
        conditions = self._store.alerts_of(message.workspace, topic, newest, _LATEST)
        last = conditions[-1]
        if last.incident_id is not None and topic.startswith("incident:"):
            found = self._store.incidents_named([(message.workspace, last.incident_id)])
            if found:
                return self._incident(message, redacted_incident(found[0], self._redact), conditions)
        if last.ticket_id is not None and topic.startswith("ticket:"):
            key = TicketKey(message.workspace, last.ticket_id)
            ticket = self._store.find_many([key])[key]
            return self._ticket(message, redacted_ticket(ticket, self._redact), conditions)
        return self._system(message, topic, conditions, len(told))

    def _ticket(self, message: Message, ticket: Ticket, alerts: Sequence[Alert]) -> Notice:
        triage = ticket.triage
        urgency = None if triage is None else triage.urgency
        facts = [("Who has it", self._holder(ticket))]
        if triage is not None:
            facts.append(("Category", triage.category))
        who = ticket.customer
        facts += given(("Customer", who.name or who.email or who.id), ("Tier", who.tier))
        progress = [clock for clock in self._store.clocks(ticket.key) if any(a.kind.startswith("sla_") for a in alerts)]
        facts += [(clock.promise.value.replace("_", " ").capitalize(), moment(clock.due_at)) for clock in progress]
        ended = ticket.state is State.RESOLVED
        return Notice(
            id=message.id,
            topic_id=_topic_id(message.workspace, ticket_topic(ticket.id)),
            ordinal=message.ordinal,
            at=alerts[-1].at,
            status=Status.RESOLVED if ended else Status.ACKNOWLEDGED if ticket.state in _BEGUN else Status.FIRING,
            weight=_heaviest(weight_of(one.kind, urgency) for one in alerts),
            title=ticket.subject.strip() or " ".join(ticket.body.split())[:120],
            conditions=conditions(alerts),
            workspace=message.workspace,
            ticket_id=ticket.id,
            incident_id=ticket.incident_id,
            urgency=urgency,
            reasons=reasons(ticket),
            facts=tuple(facts),
            excerpt=ticket.body[:_EXCERPT],
            link=self.link("tickets", ticket.id),
            data=alert_data(alerts) | {"ticket": ticket_data(ticket)},
        )

    def _incident(self, message: Message, incident: Incident, alerts: Sequence[Alert]) -> Notice:
        key = TicketKey(message.workspace, incident.representative)
        first = self._store.find_many([key]).get(key)
        urgency = first.triage.urgency if first is not None and first.triage is not None else None
        owner = self._agent(message.workspace, incident.owner) if incident.owner else "nobody yet"
        facts = [
            ("Who has it", owner),
            ("Severity", incident.severity.value),
            ("State", incident.state.value),
            ("Tickets", str(incident.tickets)),
            ("Customers", str(incident.customers)),
            ("Kept out of the queue", str(incident.suppressed)),
            ("Since", moment(incident.opened_at)),
        ]
        more = given(("Follows", incident.follows), ("Merged into", incident.merged_into))
        return Notice(
            id=message.id,
            topic_id=_topic_id(message.workspace, incident_topic(incident.id)),
            ordinal=message.ordinal,
            at=alerts[-1].at,
            status=Status.RESOLVED if incident.state.closed else Status.FIRING,
            # While it lasts it weighs what it is, whatever the news.
            weight=weight_of(AlertKind.INCIDENT_OPENED, urgency, incident.severity),
            title=incident.title,
            conditions=conditions(alerts),
            workspace=message.workspace,
            ticket_id=incident.representative,
            incident_id=incident.id,
            urgency=urgency,
            reasons=(f"{incident.tickets} tickets of {incident.customers} customers report it", *incident.keywords[:3]),
            facts=(*facts, *more),
            excerpt="" if first is None else redacted_ticket(first, self._redact).body[:_EXCERPT],
            link=self.link("incidents", incident.id),
            data=alert_data(alerts) | {"incident": incident_data(incident)},
        )

    def _system(self, message: Message, topic: str, alerts: Sequence[Alert], new: int) -> Notice:
        """A part of the system, of which `new` alerts were not told before."""
        last = alerts[-1]
        closed = {one.data.get("opened_at") for one in alerts if one.kind is AlertKind.BREAKER_CLOSED}
        opened = [one for one in alerts if one.kind is AlertKind.BREAKER_OPENED and one.data["opened_at"] not in closed]
        is_over = topic == BREAKER and not opened
        if topic == DEAD_LETTERS:
            title = "A ticket or message given up" if new == 1 else f"{new} given up: tickets or messages"
            advice = "smart-support dead list, smart-support alerts list --state dead"
        else:
            title = "The model answers in time again" if is_over else "The model is slow: the light model answers"
            advice = "smart-support models breaker, or GET /breaker"
        return Notice(
            id=message.id,
            topic_id=_topic_id(message.workspace, topic),
            ordinal=message.ordinal,
            at=last.at,
            status=Status.RESOLVED if is_over else Status.FIRING,
            weight=weight_of(last.kind),
            title=title,
            conditions=conditions(alerts),
            workspace=message.workspace,
            facts=(("Who has it", "whoever runs the system"), ("Look at", advice)),
            link=self.link("health"),
            data=alert_data(alerts),
        )

    def _group(self, message: Message, by_topic: Mapping[str, Sequence[Alert]]) -> Notice:
        """Several topics in one message, the heaviest first; it fires while anything does that its thread told of."""
        tickets, incidents = self._known(message.workspace, by_topic)
        weights = {
            topic: _heaviest(_weight(one, tickets.get(topic), incidents.get(topic)) for one in alerts)
            for topic, alerts in by_topic.items()
        }
        ordered = sorted(by_topic, key=lambda topic: -heaviness(weights[topic]))
        parts = [self._about(message, topic, by_topic[topic]) for topic in ordered[:_PARTS]]
        still_open = self._open(message, by_topic)
        about = message.topic.partition(":")[2] or message.topic
        return Notice(
            id=message.id,
            topic_id=_topic_id(message.workspace, message.topic),
            ordinal=message.ordinal,
            at=max(alert.at for alerts in by_topic.values() for alert in alerts),
            status=Status.FIRING if still_open else Status.RESOLVED,
            weight=parts[0].weight,
            title=parts[0].title if len(by_topic) == 1 else f"{len(by_topic)} alerts: {about}",
            conditions=tuple(Condition(one.conditions[-1].kind, one.at, one.title[:80]) for one in parts[:_LATEST]),
            workspace=message.workspace,
            facts=(("Alerts", str(len(by_topic))), ("Still open", str(still_open))),
            link=parts[0].link if len(by_topic) == 1 else self.link("settings", "alerts"),
            parts=tuple(parts),
            data={"group": message.topic, "alerts": [dict(part.data) for part in parts]},
        )

    def _open(self, message: Message, topics: Iterable[str]) -> int:
        """How many of what the thread was told of are not over, as far as it is looked at."""
        tickets, incidents = self._known(message.workspace, {*topics, *self._store.told_in(message, _TOLD)})
        return sum(one.state is not State.RESOLVED for one in tickets.values()) + sum(
            not one.state.closed for one in incidents.values()
        )

    def _known(self, workspace: str, topics: Iterable[str]) -> tuple[dict[str, Ticket], dict[str, Incident]]:
        """The tickets and incidents that these topics are, by topic."""
        names: dict[str, list[str]] = {"ticket": [], "incident": []}
        for topic in topics:
            about, _, name = topic.partition(":")
            names.get(about, []).append(name)
        tickets = self._store.find_many(TicketKey(workspace, name) for name in names["ticket"])
        incidents = self._store.incidents_named([(workspace, name) for name in names["incident"]])
        return (
            {ticket_topic(key.ticket_id): ticket for key, ticket in tickets.items()},
            {incident_topic(incident.id): incident for incident in incidents},
        )

    def _holder(self, ticket: Ticket) -> str:
        if ticket.agent_id is not None and ticket.state is not State.WAITING:
            return f"{self._agent(ticket.workspace, ticket.agent_id)} ({ticket.state.value.replace('_', ' ')})"
        if ticket.state is State.CLAIMED:
            return "somebody took it from the queue"
        if ticket.state is State.RESOLVED:
            return "nobody: it is resolved"
        team = f"; team {ticket.team}" if ticket.team else ""
        return f"nobody yet ({ticket.state.value.replace('_', ' ')}{team})"

    def _agent(self, workspace: str, agent_id: str) -> str:
        standing = self._store.agent(workspace, agent_id)
        return agent_id if standing is None or not standing.agent.name else f"{standing.agent.name} ({agent_id})"


def _sample(message: Message) -> Notice:
    return Notice(
        id=message.id,
        topic_id=_topic_id(message.workspace, message.topic),
        ordinal=1,
        at=message.at,
        status=Status.FIRING,
        weight=Weight.INFO,
        title="A test from Smart-Support",
        conditions=(Condition(AlertKind.TEST.value, message.at, "somebody asked for a sample"),),
        workspace=message.workspace,
        reasons=("nothing is wrong: this is how an alert arrives here",),
        facts=(("Who has it", "nobody needs to"), ("Destination", message.destination)),
        data={"kind": AlertKind.TEST.value},
    )


def _weight(alert: Alert, ticket: Ticket | None, incident: Incident | None) -> Weight:
    urgency = None if ticket is None or ticket.triage is None else ticket.triage.urgency
    return weight_of(alert.kind, urgency, None if incident is None else incident.severity)


def _heaviest(weights: Iterable[Weight]) -> Weight:
    return max(weights, key=heaviness)


def _topic_id(workspace: str, topic: str) -> str:
    return f"{workspace}/{topic}"
