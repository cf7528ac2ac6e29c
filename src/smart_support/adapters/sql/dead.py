"""Tickets that were given up, in SQL: their outbox rows are due at no time and keep the reason."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.rows import add_events
from smart_support.adapters.sql.schema import outbox, tickets
from smart_support.adapters.sql.statements import lock_tickets, may, outbox_key, ticket_event, ticket_key
from smart_support.domain.ticket import TRANSITIONS, Action, TicketKey
from smart_support.pipeline.records import Buried, Step


class SqlDead:
    """The port DeadStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def buried(self, workspace: str, limit: int) -> list[Buried]:
        query = (
            sa.select(outbox, tickets.c.accepted_at)
            .join(tickets, (tickets.c.workspace == outbox.c.workspace) & (tickets.c.id == outbox.c.ticket_id))
            .where(outbox.c.workspace == workspace, outbox.c.due_at.is_(None))
            .order_by(tickets.c.accepted_at, tickets.c.id)
            .limit(limit)
        )

        def unit(connection: Connection) -> list[Buried]:
            return [
                Buried(
                    TicketKey(row.workspace, row.ticket_id),
                    Step(row.step),
                    row.failures,
                    row.last_error or "",
                    row.accepted_at,
                )
                for row in connection.execute(query)
            ]

        return self._database.read(unit)

    def count_buried(self, workspace: str) -> int:
        buried = outbox.c.due_at.is_(None) & (outbox.c.workspace == workspace)
        query = sa.select(sa.func.count()).select_from(outbox).where(buried)
        return self._database.read(lambda connection: connection.execute(query).scalar_one())

    def exhume(self, workspace: str, ticket_ids: Sequence[str] | None, at: float, actor: str) -> list[TicketKey]:
        dead = sa.select(outbox.c.ticket_id).where(outbox.c.workspace == workspace, outbox.c.due_at.is_(None))

        def unit(connection: Connection) -> list[TicketKey]:
            ids = connection.execute(dead).scalars().all() if ticket_ids is None else ticket_ids
            keys = sorted(lock_tickets(connection, [TicketKey(workspace, id_) for id_ in ids], may(Action.RETRY)))
            if keys:
                alive = {"state": TRANSITIONS[Action.RETRY].target.value}
                bulk.update(connection, tickets, [ticket_key(key) | alive for key in keys])
                again = {"due_at": at, "failures": 0}
                bulk.update(connection, outbox, [outbox_key(key) | again for key in keys])
                add_events(connection, [ticket_event(Action.RETRY, key, at, actor) for key in keys])
            return keys

        return self._database.write(unit)
