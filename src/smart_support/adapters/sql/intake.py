"""What sources have said, in SQL."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.cursors import find_cursor, put_cursor
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.erasure import erased_replies
from smart_support.adapters.sql.leases import hold_lease
from smart_support.adapters.sql.outbound_schema import deliveries, replies, threads
from smart_support.adapters.sql.rows import add_events
from smart_support.adapters.sql.statements import lock_tickets
from smart_support.domain.event import Datum, Event
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.records import Lease
from smart_support.pipeline.sources import Reply

_CHUNK = 500  # ids in one statement


class SqlIntake:
    """The port IntakeStore. What was said last, and what waits, are threads of their own: see `_said` and `_later`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_delivered(self, source: str, delivery: str) -> bool:
        query = sa.select(deliveries.c.at).where(deliveries.c.source == source, deliveries.c.id == delivery)
        return self._database.read(lambda connection: connection.execute(query).first() is not None)

    def mark_delivered(self, source: str, delivery: str, at: float) -> None:
        row = {"source": source, "id": delivery, "at": at}
        self._database.write(lambda connection: bulk.insert_new(connection, deliveries, [row]))

    def purge_deliveries(self, before: float) -> int:
        statement = sa.delete(deliveries).where(deliveries.c.at < before)
        return self._database.write(lambda connection: connection.execute(statement).rowcount)

    def add_replies(self, key: TicketKey, replies_: Sequence[Reply], at: float, actor: str) -> list[Reply]:
        first: dict[str, Reply] = {}
        for reply in replies_:
            first.setdefault(reply.id, reply)
        rows = [_row(key, reply, at) for reply in first.values()]

        def unit(connection: Connection) -> list[Reply]:
            lock_tickets(connection, [key], sa.true())  # else it might be erased meanwhile
            old = erased_replies(connection, key, first.values())
            new = {row[-1] for row in bulk.insert_new(connection, replies, [r for r in rows if r["id"] not in old])}
            stored = [reply for reply in first.values() if reply.id in new]
            add_events(connection, [_event(key, reply, at, actor) for reply in stored])
            return stored

        return self._database.write(unit)

    def replies(self, keys: Sequence[TicketKey]) -> dict[TicketKey, list[Reply]]:
        ids: dict[str, list[str]] = {}
        for key in keys:
            ids.setdefault(key.workspace, []).append(key.ticket_id)
        found: dict[TicketKey, list[Reply]] = {key: [] for key in keys}

        def unit(connection: Connection) -> None:
            for workspace, wanted in ids.items():
                for start in range(0, len(wanted), _CHUNK):
                    query = (
                        sa.select(replies)
                        .where(
                            replies.c.workspace == workspace, replies.c.ticket_id.in_(wanted[start : start + _CHUNK])
                        )
                        .order_by(replies.c.at, replies.c.id)
                    )
                    for row in connection.execute(query):
                        found[TicketKey(workspace, row.ticket_id)].append(_reply(row))

        self._database.read(unit)
        return found

    def said(self, source: str, key: TicketKey) -> dict[str, Any]:
        return self._database.read(lambda connection: _handle(connection, _said(source), key))

    def remember_said(self, source: str, key: TicketKey, **said: Any) -> None:
        self._database.write(lambda connection: _merge(connection, _said(source), key, said))

    def postpone(self, source: str, key: TicketKey, said: Mapping[str, Any]) -> None:
        told = {name: value for name, value in said.items() if value is not None}
        self._database.write(lambda connection: _merge(connection, _later(source), key, told))

    def settled(self, source: str, key: TicketKey, kept: Mapping[str, Any]) -> None:
        def unit(connection: Connection) -> None:
            if _handle(connection, _later(source), key, lock=True) == kept:
                connection.execute(sa.delete(threads).where(_is(_later(source), key)))

        self._database.write(unit)

    def postponed(
        self, source: str, workspace: str, limit: int, after: str = ""
    ) -> list[tuple[TicketKey, dict[str, Any]]]:
        query = (
            sa.select(threads.c.topic, threads.c.handle)
            .where(threads.c.workspace == workspace, threads.c.destination == _later(source), threads.c.topic > after)
            .order_by(threads.c.topic)
            .limit(limit)
        )

        def unit(connection: Connection) -> list[tuple[TicketKey, dict[str, Any]]]:
            return [(TicketKey(workspace, row.topic), row.handle) for row in connection.execute(query)]

        return self._database.read(unit)

    def note(self, event: Event) -> None:
        self._database.write(lambda connection: add_events(connection, [event]))

    def cursor(self, name: str) -> dict[str, Any]:
        return self._database.read(lambda connection: find_cursor(connection, name))

    def move_cursor(self, name: str, value: Mapping[str, Any], lease: Lease) -> None:
        def unit(connection: Connection) -> None:
            hold_lease(connection, lease)
            put_cursor(connection, name, value)

        self._database.write(unit)


def _said(source: str) -> str:
    """Where stands what the source said last."""
    return f"said:{source}"


def _later(source: str) -> str:
    """Where stands what it said of tickets that are not dispatched yet."""
    return f"later:{source}"


def _is(destination: str, key: TicketKey) -> sa.ColumnElement[bool]:
    own = (threads.c.workspace == key.workspace) & (threads.c.topic == key.ticket_id)
    return own & (threads.c.destination == destination)


def _handle(connection: Connection, destination: str, key: TicketKey, *, lock: bool = False) -> dict[str, Any]:
    query = sa.select(threads.c.handle).where(_is(destination, key))
    found = connection.execute(query.with_for_update() if lock else query).scalar()
    return {} if found is None else dict(found)


def _merge(connection: Connection, destination: str, key: TicketKey, said: Mapping[str, Any]) -> None:
    row = {"workspace": key.workspace, "destination": destination, "topic": key.ticket_id, "handle": dict(said)}
    if not bulk.insert_new(connection, threads, [row]):
        merged = _handle(connection, destination, key, lock=True) | dict(said)
        connection.execute(sa.update(threads).where(_is(destination, key)).values(handle=merged))


def _row(key: TicketKey, reply: Reply, at: float) -> dict[str, Any]:
    return {
        "workspace": key.workspace,
        "ticket_id": key.ticket_id,
        "id": reply.id,
        "at": at if reply.at is None else reply.at,
        "author": reply.author,
        "by_customer": reply.by_customer,
        "internal": reply.internal,
        "body": reply.body,
        "quoted": reply.quoted,
    }


def _reply(row: sa.Row[Any]) -> Reply:
    return Reply(row.id, row.body, row.at, row.author, row.by_customer, row.internal, row.quoted)


def _event(key: TicketKey, reply: Reply, at: float, actor: str) -> Event:
    data: dict[str, Datum] = {"reply_id": reply.id, "by_customer": reply.by_customer, "internal": reply.internal}
    return Event(key.workspace, "ticket.reply", at, actor, ticket_id=key.ticket_id, data=data)
