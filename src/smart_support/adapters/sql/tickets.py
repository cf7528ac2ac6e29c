"""Tickets and their events, read and claimed."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql.agent_rows import lock_agents
from smart_support.adapters.sql.counted import by_value, combinations, fold, number_of, piled_up
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.functions import NextTxn, OldestRunningTxn
from smart_support.adapters.sql.rows import TICKET_COLUMNS, add_events, recorded_of, ticket_of
from smart_support.adapters.sql.schema import events, tickets
from smart_support.adapters.sql.statements import find_tickets, may, select_events, ticket_event
from smart_support.domain.event import Position, Recorded
from smart_support.domain.ticket import TRANSITIONS, Action, State, Ticket, TicketKey
from smart_support.pipeline.records import Counts


def adopt_events(connection: Connection) -> None:
    """Transaction ids belong to a cluster of PostgreSQL. Where the newest event has one that this cluster has not given
    out yet, the database was restored from another: its events become those of transaction 0, in the same order, so
    that they are seen and new ones come after them."""
    newest = sa.select(events.c.txn).order_by(events.c.seq.desc()).limit(1).scalar_subquery()
    if connection.execute(sa.select(newest >= NextTxn())).scalar():
        connection.execute(sa.update(events).where(events.c.txn >= NextTxn()).values(txn=0))


class SqlTickets:
    """The port TicketStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key: TicketKey) -> Ticket | None:
        return self.find_many([key]).get(key)

    def find_many(self, keys: Iterable[TicketKey]) -> dict[TicketKey, Ticket]:
        return self._database.read(lambda connection: find_tickets(connection, keys))

    def claim_next(self, workspace: str, at: float, actor: str, agent_id: str | None = None) -> Ticket | None:
        first = (
            sa.select(tickets.c.id)
            .where(tickets.c.workspace == workspace, tickets.c.state == sa.literal_column("'waiting'"))
            .order_by(tickets.c.urgency.desc(), tickets.c.accepted_at, tickets.c.dispatch_order)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )

        whose = {} if agent_id is None else {"agent_id": agent_id, "last_agent_id": agent_id}

        def unit(connection: Connection) -> Ticket | None:
            if agent_id is not None and not lock_agents(connection, workspace, [agent_id]):
                return None
            row = connection.execute(
                sa.update(tickets)
                .where(tickets.c.workspace == workspace, tickets.c.id == first, may(Action.CLAIM))
                .values(state=TRANSITIONS[Action.CLAIM].target.value, **whose)
                .returning(*TICKET_COLUMNS)
            ).one_or_none()
            if row is None:
                return None
            ticket = ticket_of(row._mapping)
            add_events(connection, [replace(ticket_event(Action.CLAIM, ticket.key, at, actor), agent_id=agent_id)])
            return ticket

        return self._database.write(unit)

    def counts(self, workspace: str | None) -> Counts:
        found = self._database.read(lambda connection: combinations(connection, workspace))
        by_state = {State(name): number for name, number in by_value(found, "state").items()}
        processed = sum(one.number for one in found if one.tier)
        pending = number_of([one for one in found if not one.tier], {"state": (State.ACCEPTED,)})
        return Counts(pending, processed, by_state)

    def fold_counts(self) -> bool:
        found = self._database.read(piled_up)
        for workspace in found:
            self._database.write(partial(fold, workspace=workspace))
        return bool(found)

    def page(self, workspace: str, after: tuple[float, str] | None, limit: int) -> list[Ticket]:
        query = (
            sa.select(*TICKET_COLUMNS)
            .where(tickets.c.workspace == workspace)
            .order_by(tickets.c.accepted_at, tickets.c.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(sa.tuple_(tickets.c.accepted_at, tickets.c.id) > sa.tuple_(*after))
        return self._database.read(lambda c: [ticket_of(row) for row in c.execute(query).mappings()])

    def events(self, workspace: str, after: Position, limit: int, ticket_id: str | None = None) -> list[Recorded]:
        query = select_events(workspace, after, limit, ticket_id)
        return self._database.read(lambda c: [recorded_of(row) for row in c.execute(query).mappings()])

    def last_position(self, workspace: str) -> Position:
        query = (
            sa.select(events.c.txn, events.c.seq)
            .where(events.c.workspace == workspace, events.c.txn < OldestRunningTxn())
            .order_by(events.c.txn.desc(), events.c.seq.desc())
            .limit(1)
        )

        def unit(connection: Connection) -> Position:
            row = connection.execute(query).one_or_none()
            return Position() if row is None else Position(row.txn, row.seq)

        return self._database.read(unit)

    def ping(self) -> None:
        self._database.read(lambda connection: connection.execute(sa.select(1)).one())

    def write_refusal(self) -> str | None:
        return self._database.write_refusal.why()
