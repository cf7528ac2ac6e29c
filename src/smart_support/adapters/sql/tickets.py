"""Tickets and their events, read and claimed."""

from collections import Counter
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

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

    def claim_next(self, workspace: str, at: float, actor: str) -> Ticket | None:
        first = (
            sa.select(tickets.c.id)
            .where(tickets.c.workspace == workspace, tickets.c.state == sa.literal_column("'waiting'"))
            .order_by(tickets.c.urgency.desc(), tickets.c.accepted_at, tickets.c.dispatch_order)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )

        def unit(connection: Connection) -> Ticket | None:
            row = connection.execute(
                sa.update(tickets)
                .where(tickets.c.workspace == workspace, tickets.c.id == first, may(Action.CLAIM))
                .values(state=TRANSITIONS[Action.CLAIM].target.value)
                .returning(*TICKET_COLUMNS)
            ).one_or_none()
            if row is None:
                return None
            ticket = ticket_of(row._mapping)
            add_events(connection, [ticket_event(Action.CLAIM, ticket.key, at, actor)])
            return ticket

        return self._database.write(unit)

    def counts(self, workspace: str) -> Counts:
        def unit(connection: Connection) -> Counts:
            done = tickets.c.processed_at.is_not(None)
            rows = connection.execute(
                sa.select(tickets.c.state, done, sa.func.count())
                .where(tickets.c.workspace == workspace)
                .group_by(tickets.c.state, done)
            ).all()
            by_state: Counter[State] = Counter()
            for state, _, number in rows:
                by_state[State(state)] += number
            processed = sum(number for _, done, number in rows if done)
            pending = sum(number for state, done, number in rows if not done and state == State.ACCEPTED)
            return Counts(pending, processed, dict(by_state))

        return self._database.read(unit)

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
        query = select_events(workspace, after, limit)
        if ticket_id is not None:
            query = query.where(events.c.ticket_id == ticket_id)
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
