"""Alerts on their way out, in SQL."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.rows import TICKET_COLUMNS, add_events, ticket_of
from smart_support.adapters.sql.schema import alerts, tickets
from smart_support.adapters.sql.statements import storable
from smart_support.domain.alert import Alert, AlertKind
from smart_support.domain.event import Event
from smart_support.domain.retry import ALERT_DELAYS
from smart_support.pipeline.records import Delivery

_ALERT_COLUMNS = [column.label(f"alert_{column.name}") for column in alerts.c]


class SqlAlerts:
    """The port AlertStore. An alert is `pending` until it is `sent` or given up as `dead`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim_alerts(self, at: float, lease_until: float, limit: int) -> list[Delivery]:
        # One that is due later than its tries explain was dated by a clock that has been set back.
        lease = lease_until - at
        longest = {tries: 2 * max(lease, delay) for tries, delay in enumerate(ALERT_DELAYS, 1)}
        dated = sa.case({0: 0.0} | longest, value=alerts.c.attempts)
        # Until `lease_until` the alert is not due: whoever claimed it and died has then lost it to another.
        due = (
            sa.select(*_ALERT_COLUMNS, *TICKET_COLUMNS)
            .join(tickets, (tickets.c.workspace == alerts.c.workspace) & (tickets.c.id == alerts.c.ticket_id))
            .where(
                alerts.c.state == sa.literal_column("'pending'"),
                (alerts.c.due_at <= at) | (alerts.c.due_at > at + dated),
            )
            .order_by(alerts.c.due_at)
            .limit(limit)
            .with_for_update(of=alerts, skip_locked=True)
        )

        def unit(connection: Connection) -> list[Delivery]:
            rows = connection.execute(due).mappings().all()
            ids = [row["alert_id"] for row in rows]
            if ids:
                connection.execute(
                    sa.update(alerts)
                    .where(alerts.c.id.in_(ids))
                    .values(due_at=lease_until, attempts=alerts.c.attempts + 1)
                )
            return [
                Delivery(
                    alert=Alert(
                        row["alert_id"],
                        row["alert_workspace"],
                        AlertKind(row["alert_kind"]),
                        row["alert_at"],
                        row["alert_ticket_id"],
                        row["alert_incident_id"],
                    ),
                    ticket=ticket_of(row),
                    attempts=row["alert_attempts"] + 1,
                )
                for row in rows
            ]

        return self._database.write(unit)

    def alert_sent(self, alert: Alert, at: float, actor: str) -> None:
        self._finish(alert, _event("alert.sent", alert, at, actor), {"state": "sent", "sent_at": at})

    def alert_failed(self, alert: Alert, reason: str, at: float, retry_at: float | None, actor: str) -> None:
        values: dict[str, Any]
        if retry_at is not None:
            event, values = "alert.retry", {"due_at": retry_at}
        else:
            event, values = "alert.dead", {"state": "dead"}
        self._finish(alert, _event(event, alert, at, actor), values | {"last_error": storable(reason)})

    def _finish(self, alert: Alert, event: Event, values: dict[str, Any]) -> None:
        def unit(connection: Connection) -> None:
            pending = (alerts.c.id == alert.id) & (alerts.c.state == sa.literal_column("'pending'"))
            changed = connection.execute(sa.update(alerts).where(pending).values(values))
            if changed.rowcount:
                add_events(connection, [event])

        self._database.write(unit)


def add_alerts(connection: Connection, decided: Sequence[Alert]) -> None:
    """Alerts to send, in the transaction that decided them; one that is there already is left as it is."""
    if decided:
        bulk.insert_new(connection, alerts, [_alert_row(alert) for alert in decided])


def _alert_row(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "workspace": alert.workspace,
        "kind": alert.kind.value,
        "at": alert.at,
        "ticket_id": alert.ticket_id,
        "incident_id": alert.incident_id,
        "state": "pending",
        "due_at": alert.at,
        "attempts": 0,
    }


def _event(kind: str, alert: Alert, at: float, actor: str) -> Event:
    about = (alert.ticket_id, alert.incident_id)
    return Event(alert.workspace, kind, at, actor, *about, data={"alert": alert.id})
