"""SLA clocks in SQL: what was promised, and what is told of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql.alerts import add_alerts
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.handling import perform
from smart_support.adapters.sql.leases import hold_lease
from smart_support.adapters.sql.rows import add_events
from smart_support.adapters.sql.sla_rows import find_clocks, put_clocks
from smart_support.adapters.sql.sla_schema import sla_clocks
from smart_support.adapters.sql.statements import find_tickets, lock_tickets
from smart_support.domain.sla import SlaClock
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.promises import Judge
from smart_support.pipeline.records import Lease


class SqlSlas:
    """The port SlaStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def clocks(self, key: TicketKey) -> list[SlaClock]:
        return self._database.read(lambda connection: find_clocks(connection, [key]).get(key, []))

    def due_clocks(self, at: float, limit: int) -> list[TicketKey]:
        query = (
            sa.select(sla_clocks.c.workspace, sla_clocks.c.ticket_id)
            .where(sla_clocks.c.next_at < at)
            .order_by(sla_clocks.c.next_at, sla_clocks.c.workspace, sla_clocks.c.ticket_id)
            .limit(limit)
        )

        def unit(connection: Connection) -> list[TicketKey]:
            return list(dict.fromkeys(TicketKey(*row) for row in connection.execute(query)))

        return self._database.read(unit)

    def record_look(self, keys: Sequence[TicketKey], judge: Judge, lease: Lease) -> None:
        def unit(connection: Connection) -> None:
            hold_lease(connection, lease)
            lock_tickets(connection, keys, sa.true())
            promised = find_clocks(connection, keys)
            found = find_tickets(connection, keys)
            judged = [(found[key], judge(found[key], promised[key])) for key in keys]
            put_clocks(connection, [(ticket.key, one.clocks) for ticket, one in judged])
            add_events(connection, [event for _, one in judged for event in one.events])
            add_alerts(connection, [alert for _, one in judged for alert in one.alerts])
            for ticket, one in judged:
                if one.escalate is not None:
                    perform(connection, one.escalate, ticket)

        self._database.write(unit)
