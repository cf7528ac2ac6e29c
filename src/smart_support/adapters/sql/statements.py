"""Statements that several parts of the store share."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql.access_schema import workspaces
from smart_support.adapters.sql.functions import NextTxn, OldestRunningTxn
from smart_support.adapters.sql.rows import TICKET_COLUMNS, ticket_of
from smart_support.adapters.sql.schema import events, tickets
from smart_support.domain.event import Event, Position
from smart_support.domain.ticket import TRANSITIONS, Action, Ticket, TicketKey

_CHUNK = 500  # ids in one statement


def storable(reason: str) -> str:
    """The beginning of an error's text, without what PostgreSQL takes for no text."""
    return reason[:500].encode("utf-8", "replace").decode().replace("\0", "")


def may(action: Action) -> sa.ColumnElement[bool]:
    """The tickets for which `action` is legal, by the table of transitions."""
    return tickets.c.state.in_([state.value for state in TRANSITIONS[action].sources])


def of_workspace(column: sa.ColumnElement[Any], workspace: str | None) -> sa.ColumnElement[bool]:
    """The rows of one workspace, or of all without one, said so that an index by workspace serves."""
    return column.in_(sa.select(workspaces.c.id)) if workspace is None else column == workspace


def ticket_event(action: Action, key: TicketKey, at: float, actor: str, **data: str | float | bool) -> Event:
    """The event of one transition of a ticket."""
    return Event(key.workspace, f"ticket.{action}", at, actor, ticket_id=key.ticket_id, data=data)


def ticket_key(key: TicketKey) -> dict[str, Any]:
    """The key of a ticket's row."""
    return {"workspace": key.workspace, "id": key.ticket_id}


def outbox_key(key: TicketKey) -> dict[str, Any]:
    """The key of its row in the outbox."""
    return {"workspace": key.workspace, "ticket_id": key.ticket_id}


def select_keys(keys: Iterable[TicketKey], columns: Iterable[sa.ColumnElement[Any]]) -> Iterable[sa.Select[Any]]:
    """Queries for the tickets with these keys, a workspace and at most 500 ids each."""
    ids: dict[str, list[str]] = {}
    for key in keys:
        ids.setdefault(key.workspace, []).append(key.ticket_id)
    for workspace, wanted in ids.items():
        for start in range(0, len(wanted), _CHUNK):
            yield sa.select(*columns).where(
                tickets.c.workspace == workspace, tickets.c.id.in_(wanted[start : start + _CHUNK])
            )


def find_tickets(connection: Connection, keys: Iterable[TicketKey]) -> dict[TicketKey, Ticket]:
    """The tickets with these keys, as far as there are any."""
    rows = (row for query in select_keys(keys, TICKET_COLUMNS) for row in connection.execute(query).mappings().all())
    return {ticket.key: ticket for ticket in map(ticket_of, rows)}


def select_events(workspace: str, after: Position, limit: int, ticket_id: str | None = None) -> sa.Select[Any]:
    """Events in the order of their commits from beyond `after`, or those of a ticket; one that is found has no unseen
    predecessor."""
    # A position from before the database was restored into another cluster: see `tickets.adopt_events`.
    txn = sa.case((sa.literal(after.txn) >= NextTxn(), 0), else_=after.txn)
    found: sa.FromClause = events
    if ticket_id is not None:
        # Few, and put together first: in a database that was restored PostgreSQL would look through all for them.
        its = sa.select(events).where(events.c.workspace == workspace, events.c.ticket_id == ticket_id)
        found = its.cte("found").prefix_with("MATERIALIZED")
    return (
        sa.select(found)
        .where(
            found.c.workspace == workspace,
            sa.tuple_(found.c.txn, found.c.seq) > sa.tuple_(txn, after.seq),
            found.c.txn < OldestRunningTxn(),
        )
        .order_by(found.c.txn, found.c.seq)
        .limit(limit)
    )


def find_erased(connection: Connection, keys: Iterable[TicketKey]) -> set[TicketKey]:
    """Those of the tickets whose words are gone."""
    columns = (tickets.c.workspace, tickets.c.id)
    queries = (query.where(tickets.c.erased_at.is_not(None)) for query in select_keys(keys, columns))
    return {TicketKey(row.workspace, row.id) for query in queries for row in connection.execute(query)}


def lock_tickets(
    connection: Connection, keys: Iterable[TicketKey], condition: sa.ColumnElement[bool]
) -> set[TicketKey]:
    """Those of the tickets that fulfil `condition`, held until the transaction ends.

    Rows are locked in the order of their keys, so that two callers cannot wait for each other.
    """
    found: set[TicketKey] = set()
    for query in select_keys(sorted(set(keys)), (tickets.c.workspace, tickets.c.id)):
        locked = query.where(condition).order_by(tickets.c.workspace, tickets.c.id).with_for_update()
        found |= {TicketKey(row.workspace, row.id) for row in connection.execute(locked)}
    return found
