"""Which tickets hold some words, in SQL; migrations 0013 and 0019 say how the databases know.

A word is a stretch of letters and digits in either case. SQLite also takes é for e; PostgreSQL folds the case of the
letters that its locale knows, in locale C those of ASCII alone. Words beyond the 100,000th character are not found.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql.access_schema import workspaces
from smart_support.adapters.sql.schema import tickets
from smart_support.pipeline.listing import SHORTEST_BEGINNING

_WORDS = sa.table("search_words", sa.column("workspace"), sa.column("ticket_id"), sa.column("words"))
# SQLite: a table of words, of which a row's number is all that can be read, and whose ticket has which number.
_MATCH = sa.table("search_words", sa.column("rowid", sa.BigInteger), sa.column("search_words"))
_NUMBERS = sa.table("search_tickets", sa.column("n", sa.BigInteger), sa.column("workspace"), sa.column("ticket_id"))
_SECOND_BITS = 28  # of a number, below the second of acceptance


def holds(
    words: Sequence[str], workspace: str, ticket_id: sa.ColumnElement[str], dialect: str, *, sought: bool
) -> sa.ColumnElement[bool]:
    """That a ticket holds all the words, the last one perhaps as the beginning of a word.

    Each ticket is looked up by itself, whatever the others hold. On SQLite that takes some 50 us, and the numbers of
    all that hold the words are read first, unless they are `sought` so: there are too many.
    """
    if dialect == "sqlite":
        own = (_NUMBERS.c.workspace == workspace) & (_NUMBERS.c.ticket_id == ticket_id)
        number = sa.select(_NUMBERS.c.n).where(own).correlate_except(_NUMBERS).scalar_subquery()
        if not sought:
            return number.in_(sa.select(_MATCH.c.rowid).where(_matches(words)))
        match: sa.Select[Any] = sa.select(sa.literal_column("1")).where(_matches(words), _MATCH.c.rowid == number)
        return sa.exists(match.correlate_except(_MATCH))
    own = (_WORDS.c.workspace == workspace) & (_WORDS.c.ticket_id == ticket_id)
    # No EXISTS, for which PostgreSQL may find all tickets that hold the words.
    said = sa.select(_said(words)).where(own).correlate_except(_WORDS).scalar_subquery()
    return sa.func.coalesce(said, sa.false())


def by_words(query: sa.Select[Any], words: Sequence[str], dialect: str) -> sa.Select[Any]:
    """A query for tickets, for those that hold the words; they are looked up by the words."""
    if dialect == "sqlite":
        # A plus keeps SQLite from looking the other way: from each ticket for its words.
        own = (sa.literal_column("+search_tickets.workspace") == tickets.c.workspace) & (
            sa.literal_column("+search_tickets.ticket_id") == tickets.c.id
        )
        joined = _MATCH.join(_NUMBERS, _NUMBERS.c.n == sa.literal_column("+search_words.rowid")).join(tickets, own)
        return query.select_from(joined).where(_matches(words))
    own = (_WORDS.c.workspace == tickets.c.workspace) & (_WORDS.c.ticket_id == tickets.c.id)
    return query.select_from(_WORDS.join(tickets, own)).where(_said(words))


def newest_first(query: sa.Select[Any], since: float | None, before: float | None) -> sa.Select[Any]:
    """SQLite: a query of `by_words` by the second of acceptance, from that of `before` (None: the last one) downwards
    to that of `since` (None: the first one), in which order they are found: nothing is sorted."""
    ordered = query.order_by(_MATCH.c.rowid.desc())
    if since is not None:
        ordered = ordered.where(_MATCH.c.rowid >= int(since) << _SECOND_BITS)
    return ordered if before is None else ordered.where(_MATCH.c.rowid < (int(before) + 1) << _SECOND_BITS)


def count_words(connection: Connection, workspace: str, words: Sequence[str], limit: int) -> int:
    """How many tickets of the workspace hold the words, counted up to `limit`."""
    if connection.dialect.name == "sqlite":
        some = sa.select(_MATCH.c.rowid).where(_matches(words))
        # To look up whose each is takes ten times as long, and there may be nobody else.
        if connection.execute(sa.select(sa.func.count()).select_from(workspaces)).scalar_one() > 1:
            own = sa.literal_column("+search_tickets.workspace") == workspace
            some = some.join(_NUMBERS, _NUMBERS.c.n == sa.literal_column("+search_words.rowid")).where(own)
    else:
        some = sa.select(_WORDS.c.ticket_id).where(_WORDS.c.workspace == workspace, _said(words))
    count = sa.select(sa.func.count()).select_from(some.limit(limit).subquery())
    return int(connection.execute(count).scalar_one())


def _is_open(words: Sequence[str]) -> bool:
    """Whether the last word may be the beginning of one. What is shorter is that of too many."""
    return len(words[-1]) >= SHORTEST_BEGINNING


def _matches(words: Sequence[str]) -> sa.ColumnElement[bool]:
    query = " ".join(f'"{word}"' for word in words) + ("*" if _is_open(words) else "")
    return _MATCH.c.search_words.op("MATCH", is_comparison=True)(query)


def _said(words: Sequence[str]) -> sa.ColumnElement[bool]:
    query = " & ".join(f"'{word}'" for word in words) + (":*" if _is_open(words) else "")
    return _WORDS.c.words.op("@@", is_comparison=True)(sa.func.to_tsquery("pg_catalog.simple", query))
