"""Which tickets hold some words, in SQL; migration 0013 says how the databases know.

A word is a stretch of letters and digits in either case. SQLite also takes é for e; PostgreSQL folds the case of the
letters that its locale knows, in locale C those of ASCII alone. Words beyond the 100,000th character are not found.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from smart_support.adapters.sql.schema import tickets
from smart_support.pipeline.listing import SHORTEST_BEGINNING

_WORDS = sa.table("search_words", sa.column("workspace"), sa.column("ticket_id"), sa.column("words"))
# SQLite: a table of words, of which a row's number is all that can be read, and whose ticket has which number.
_MATCH = sa.table("search_words", sa.column("rowid", sa.BigInteger), sa.column("search_words"))
_NUMBERS = sa.table("search_tickets", sa.column("n", sa.BigInteger), sa.column("workspace"), sa.column("ticket_id"))
_SECOND_BITS = 28  # of a number, below the second of acceptance


def holds(words: Sequence[str], dialect: str) -> sa.ColumnElement[bool]:
    """That a ticket holds all the words, the last one perhaps as the beginning of a word."""
    if dialect == "sqlite":
        own = (_NUMBERS.c.workspace == tickets.c.workspace) & (_NUMBERS.c.ticket_id == tickets.c.id)
        # All numbers that match are read once: to ask for the words of one ticket costs as much.
        return sa.select(_NUMBERS.c.n).where(own).correlate(tickets).scalar_subquery().in_(matching(words))
    query = " & ".join(f"'{word}'" for word in words) + (":*" if _is_open(words) else "")
    said = _WORDS.c.words.op("@@", is_comparison=True)(sa.func.to_tsquery("pg_catalog.simple", query))
    own = (_WORDS.c.workspace == tickets.c.workspace) & (_WORDS.c.ticket_id == tickets.c.id)
    return sa.exists(sa.select(sa.literal_column("1")).select_from(_WORDS).where(own, said).correlate(tickets))


def found_by_words(query: sa.Select[Any], words: Sequence[str]) -> sa.Select[Any]:
    """SQLite: a query for tickets, for those that hold the words; they are looked up by the words."""
    # A plus keeps SQLite from looking the other way: from each ticket for its words.
    own = (sa.literal_column("+search_tickets.workspace") == tickets.c.workspace) & (
        sa.literal_column("+search_tickets.ticket_id") == tickets.c.id
    )
    joined = _MATCH.join(_NUMBERS, _NUMBERS.c.n == sa.literal_column("+search_words.rowid")).join(tickets, own)
    return query.select_from(joined).where(_matches(words))


def newest_first(query: sa.Select[Any], words: Sequence[str], before: float | None) -> sa.Select[Any]:
    """SQLite: the same by the second of acceptance, from that of `before` (None: the last one) downwards, in which
    order they are found: nothing is sorted."""
    ordered = found_by_words(query, words).order_by(_MATCH.c.rowid.desc())
    return ordered if before is None else ordered.where(_MATCH.c.rowid < (int(before) + 1) << _SECOND_BITS)


def matching(words: Sequence[str]) -> sa.Select[Any]:
    """SQLite: the numbers of all tickets that hold the words."""
    return sa.select(_MATCH.c.rowid).where(_matches(words))


def _is_open(words: Sequence[str]) -> bool:
    """Whether the last word may be the beginning of one. What is shorter is that of too many."""
    return len(words[-1]) >= SHORTEST_BEGINNING


def _matches(words: Sequence[str]) -> sa.ColumnElement[bool]:
    query = " ".join(f'"{word}"' for word in words) + ("*" if _is_open(words) else "")
    return _MATCH.c.search_words.op("MATCH", is_comparison=True)(query)
