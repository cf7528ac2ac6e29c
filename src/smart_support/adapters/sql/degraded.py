"""Degraded results and what takes their place, in SQL.

A ticket that was scored again has a row in the outbox once more, as if it had just been triaged: so the dispatcher
hears of it whatever the broker or a process forgets.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.alerts import add_alerts
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.leases import hold_lease
from smart_support.adapters.sql.rows import TICKET_COLUMNS, add_events, ticket_of, triage_values
from smart_support.adapters.sql.schema import outbox, tickets
from smart_support.adapters.sql.statements import lock_tickets, may, outbox_key, select_keys, ticket_event, ticket_key
from smart_support.adapters.sql.steps import without_words
from smart_support.domain.event import Event
from smart_support.domain.ticket import Action, Ticket, TicketKey
from smart_support.domain.triage import Triage
from smart_support.pipeline.records import Lease, Reviewed, Step, Triaged

# As the index has it: SQLite takes a partial index only where the query says the same.
_DEGRADED = (tickets.c.state == sa.literal_column("'waiting'")) & tickets.c.degraded
_UNCORRECTED = tickets.c.corrected_at.is_(None)  # a person's word holds


class SqlDegraded:
    """The port DegradedStore. A ticket that was scored again is due for review after `grace` seconds."""

    def __init__(self, database: Database, grace: float) -> None:
        self._database = database
        self._grace = grace

    def degraded(self, limit: int) -> list[Ticket]:
        query = (
            sa.select(*TICKET_COLUMNS)
            .where(_DEGRADED, ~tickets.c.history, _UNCORRECTED, tickets.c.erased_at.is_(None))
            .order_by(tickets.c.accepted_at, tickets.c.id)
            .limit(limit)
        )
        return self._database.read(lambda c: [ticket_of(row) for row in c.execute(query).mappings()])

    def record_rescore(self, results: Sequence[Triaged], at: float, actor: str) -> list[TicketKey]:
        found = [result for result in results if not result.triage.degraded]

        def unit(connection: Connection) -> list[TicketKey]:
            replaceable = may(Action.RESCORE) & tickets.c.degraded & _UNCORRECTED
            keys = sorted(lock_tickets(connection, [result.key for result in found], replaceable))
            if not keys:
                return []
            better = {result.key: result.triage for result in without_words(connection, found)}
            before = _before(connection, keys)
            bulk.update(connection, tickets, [ticket_key(key) | triage_values(better[key]) for key in keys])
            due = {"step": Step.DISPATCH.value, "due_at": at + self._grace, "failures": 0}
            bulk.insert_new(connection, outbox, [outbox_key(key) | due for key in keys])
            add_events(connection, [_rescored(key, before[key], better[key], at, actor) for key in keys])
            return keys

        return self._database.write(unit)

    def record_review(self, decisions: Sequence[Reviewed], lease: Lease) -> list[TicketKey]:
        waits = sa.exists().where(
            outbox.c.workspace == tickets.c.workspace,
            outbox.c.ticket_id == tickets.c.id,
            outbox.c.step == Step.DISPATCH.value,
        )

        def unit(connection: Connection) -> list[TicketKey]:
            hold_lease(connection, lease)
            dispatched = tickets.c.dispatch_order.is_not(None)
            keys = lock_tickets(connection, [decision.key for decision in decisions], dispatched & waits)
            bulk.delete(connection, outbox, [outbox_key(key) for key in sorted(keys)])
            add_alerts(connection, [d.alert for d in decisions if d.alert is not None and d.key in keys])
            return sorted(keys)

        return self._database.write(unit)


def _before(connection: Connection, keys: Sequence[TicketKey]) -> dict[TicketKey, tuple[str, float]]:
    """Category and S as they were."""
    columns = (tickets.c.workspace, tickets.c.id, tickets.c.category, tickets.c.urgency)
    return {
        TicketKey(row.workspace, row.id): (row.category, row.urgency)
        for query in select_keys(keys, columns)
        for row in connection.execute(query)
    }


def _rescored(key: TicketKey, before: tuple[str, float], triage: Triage, at: float, actor: str) -> Event:
    category, urgency = before
    return ticket_event(
        Action.RESCORE,
        key,
        at,
        actor,
        category_before=category,
        category=triage.category,
        urgency_before=urgency,
        urgency=triage.urgency,
        confidence=triage.confidence,
        tier=triage.tier.value,
        model=triage.model_version,
    )
