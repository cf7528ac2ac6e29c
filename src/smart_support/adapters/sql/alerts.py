"""Alerts in SQL: from the events that ask for them to the messages that tell them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.agent_schema import agents
from smart_support.adapters.sql.cursors import find_cursor, put_cursor
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.functions import NextTxn, OldestRunningTxn
from smart_support.adapters.sql.incident_rows import incident_of, select_incidents
from smart_support.adapters.sql.leases import hold_lease
from smart_support.adapters.sql.message_rows import add_write_backs, route
from smart_support.adapters.sql.outbound_schema import alerts, told
from smart_support.adapters.sql.rows import TICKET_COLUMNS, add_events, recorded_of, ticket_of
from smart_support.adapters.sql.schema import events, tickets
from smart_support.adapters.sql.storm_schema import incidents
from smart_support.domain.alert import FOLLOW_UPS, Alert, AlertKind
from smart_support.domain.event import Event, Position, Recorded
from smart_support.domain.incident import Incident
from smart_support.domain.ticket import Action, Ticket
from smart_support.pipeline.messages import Message, Routed, Seen
from smart_support.pipeline.records import Lease

ALERTS_CURSOR = "alerts"

_PLACES = {kind: place for place, kind in enumerate(AlertKind)}  # of one moment: an incident opens before it grows
_BEGINS_WAITING = [
    f"ticket.{action}" for action in (Action.QUEUE, Action.DECLINE, Action.EXPIRE, Action.RELEASE, Action.REOPEN)
]


class SqlAlerts:
    """The port AlertStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def watched(self, kinds: Collection[str], limit: int) -> tuple[Position, list[Recorded]]:
        def unit(connection: Connection) -> tuple[Position, list[Recorded]]:
            place = find_cursor(connection, ALERTS_CURSOR)
            after = Position.parse(place["position"]) if place else Position()
            beyond, order = _beyond(connection, after)
            query = sa.select(events).where(beyond, events.c.kind.in_(sorted(kinds))).order_by(*order).limit(limit)
            found = [recorded_of(row) for row in connection.execute(query).mappings()]
            if len(found) == limit:
                return found[-1].position, found
            last = sa.select(events.c.txn, events.c.seq).where(beyond).order_by(*(each.desc() for each in order))
            row = connection.execute(last.limit(1)).one_or_none()
            return (after if row is None else Position(row.txn, row.seq)), found

        return self._database.read(unit)

    def record_seen(self, seen: Seen, at: float, lease: Lease) -> None:
        def unit(connection: Connection) -> None:
            hold_lease(connection, lease)
            add_alerts(connection, _follows_some(connection, seen.alerts))
            add_write_backs(connection, seen.write_backs, at)
            put_cursor(connection, ALERTS_CURSOR, {"position": str(seen.position)})

        self._database.write(unit)

    def add_alerts(self, alerts: Sequence[Alert]) -> None:
        if alerts:
            self._database.write(lambda connection: add_alerts(connection, alerts))

    def unrouted(self, limit: int) -> list[Alert]:
        return self._read(sa.select(alerts).where(alerts.c.routed_at.is_(None)).order_by(alerts.c.at).limit(limit))

    def record_routes(self, routed: Sequence[Routed], at: float, actor: str, lease: Lease) -> None:
        def unit(connection: Connection) -> None:
            hold_lease(connection, lease)
            route(connection, routed, at)
            bulk.update(connection, alerts, [{"id": one.alert.id, "routed_at": at} for one in routed])
            silenced = [_silenced(one.alert, one.silenced_by, at, actor) for one in routed if one.silenced_by]
            add_events(connection, silenced)

        self._database.write(unit)

    def told(self, topics: Collection[tuple[str, str]]) -> dict[tuple[str, str], set[tuple[str, str]]]:
        query = sa.select(told).where(sa.tuple_(told.c.workspace, told.c.topic).in_(sorted(topics)))
        found: dict[tuple[str, str], set[tuple[str, str]]] = {}

        def unit(connection: Connection) -> None:
            for row in connection.execute(query):
                found.setdefault((row.workspace, row.topic), set()).add((row.destination, row.thread))

        self._database.read(unit)
        return found

    def told_in(self, message: Message, limit: int) -> list[str]:
        ours = (
            (told.c.workspace == message.workspace)
            & (told.c.destination == message.destination)
            & (told.c.thread == message.topic)
        )
        query = sa.select(told.c.topic).where(ours).order_by(told.c.at.desc(), told.c.topic).limit(limit)
        return self._database.read(lambda connection: list(connection.execute(query).scalars()))

    def alerts_of(self, workspace: str, topic: str, until: float, limit: int) -> list[Alert]:
        ours = (alerts.c.workspace == workspace) & (alerts.c.topic == topic) & (alerts.c.at <= until)
        return self._read(sa.select(alerts).where(ours).order_by(alerts.c.at.desc()).limit(limit))

    def alerts_named(self, ids: Sequence[str]) -> list[Alert]:
        return self._read(sa.select(alerts).where(alerts.c.id.in_(ids)))  # a message holds a bounded number

    def raised(self, workspace: str) -> list[Alert]:
        return self._read(sa.select(alerts).where(alerts.c.workspace == workspace))

    def latest_alerts(self, kinds: Sequence[str], limit: int) -> list[Alert]:
        return self._read(sa.select(alerts).where(alerts.c.kind.in_(kinds)).order_by(alerts.c.at.desc()).limit(limit))

    def staffed(self) -> list[str]:
        query = sa.select(agents.c.workspace).distinct().order_by(agents.c.workspace)
        return self._database.read(lambda connection: list(connection.execute(query).scalars()))

    def critical_waiting(self, workspace: str, least: float, before: float, limit: int) -> list[Ticket]:
        is_told = sa.exists().where(
            alerts.c.workspace == tickets.c.workspace,
            alerts.c.topic == sa.literal("ticket:") + tickets.c.id,
            # Not by the index of kinds, which SQLite would go through whole for each ticket.
            alerts.c.kind + "" == AlertKind.NO_AGENT.value,
        )
        # One that somebody had meanwhile waits from then on.
        later = sa.exists().where(
            events.c.workspace == tickets.c.workspace,
            events.c.ticket_id == tickets.c.id,
            events.c.at >= before,
            events.c.kind.in_(_BEGINS_WAITING),
        )
        query = (
            sa.select(*TICKET_COLUMNS)
            .where(
                tickets.c.workspace == workspace,
                tickets.c.state == sa.literal_column("'waiting'"),
                tickets.c.urgency >= least,
                tickets.c.processed_at + 0.0 < before,  # not by its index, which holds nearly all tickets
                ~is_told,
                ~later,
            )
            .limit(limit)
        )
        return self._database.read(lambda c: [ticket_of(row) for row in c.execute(query).mappings()])

    def incidents_named(self, keys: Sequence[tuple[str, str]]) -> list[Incident]:
        ours = sa.tuple_(incidents.c.workspace, incidents.c.id).in_(list(keys))
        query = select_incidents().where(ours)
        return self._database.read(lambda c: [incident_of(dict(row)) for row in c.execute(query).mappings()])

    def _read(self, query: sa.Select[Any]) -> list[Alert]:
        found = self._database.read(lambda c: [_alert_of(row) for row in c.execute(query).mappings()])
        return sorted(found, key=lambda alert: (alert.at, _PLACES[alert.kind], alert.id))


def _beyond(connection: Connection, after: Position) -> tuple[sa.ColumnElement[bool], list[sa.Column[int]]]:
    """The events of all workspaces that were committed after a position, and their order."""
    if connection.dialect.name == "sqlite":  # one writer: they are committed in the order of their numbers
        return events.c.seq > after.seq, [events.c.seq]
    # A position from before the database was restored into another cluster: see `adopt_events`.
    txn = sa.case((sa.literal(after.txn) >= NextTxn(), 0), else_=after.txn)
    place = sa.tuple_(events.c.txn, events.c.seq)
    return (place > sa.tuple_(txn, after.seq)) & (events.c.txn < OldestRunningTxn()), [events.c.txn, events.c.seq]


def add_alerts(connection: Connection, decided: Sequence[Alert]) -> None:
    """Alerts to tell, in the transaction that decided them; one that is there already is left as it is."""
    if decided:
        bulk.insert_new(connection, alerts, [_alert_row(alert) for alert in decided])


def _follows_some(connection: Connection, decided: Sequence[Alert]) -> list[Alert]:
    """Without what became of tickets about which there was no alert, which is most of them."""
    topics = {(alert.workspace, alert.topic) for alert in decided if alert.kind in FOLLOW_UPS}
    if not topics:
        return list(decided)
    place = sa.tuple_(alerts.c.workspace, alerts.c.topic)
    query = sa.select(alerts.c.workspace, alerts.c.topic).where(place.in_(sorted(topics))).distinct()
    known = {tuple(row) for row in connection.execute(query)}
    return [one for one in decided if one.kind not in FOLLOW_UPS or (one.workspace, one.topic) in known]


def _alert_row(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "workspace": alert.workspace,
        "kind": alert.kind.value,
        "at": alert.at,
        "topic": alert.topic,
        "ticket_id": alert.ticket_id,
        "incident_id": alert.incident_id,
        "data": dict(alert.data),
        "traceparent": alert.trace,
    }


def _alert_of(row: Mapping[Any, Any]) -> Alert:
    return Alert(
        id=row["id"],
        workspace=row["workspace"],
        kind=AlertKind(row["kind"]),
        at=row["at"],
        ticket_id=row["ticket_id"],
        incident_id=row["incident_id"],
        data=row["data"],
        trace=row["traceparent"],
    )


def _silenced(alert: Alert, by: str, at: float, actor: str) -> Event:
    data = {"alert": alert.id, "silence": by}
    return Event(alert.workspace, "alert.silenced", at, actor, alert.ticket_id, alert.incident_id, data=data)
