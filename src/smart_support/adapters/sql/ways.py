"""How SQLite is led to the tickets of a list: it does not count how frequent a value is, and the way that is right for
a rare one is a thousand times too slow for a frequent one. PostgreSQL counts, and needs no leading."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql.filters import Condition, conditions
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.search import found_by_words, holds, matching
from smart_support.pipeline.listing import TicketFilter


@dataclass(frozen=True, slots=True)
class Way:
    """`first` are the conditions that an index answers, `rest` those that each ticket is looked at for. `words` are
    words by which the tickets are found, besides. `is_short`: these are few tickets."""

    first: Sequence[sa.ColumnElement[bool]]
    rest: Sequence[sa.ColumnElement[bool]]
    words: tuple[str, ...] = ()
    is_short: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether an index alone says which tickets fit."""
        return not self.rest and not self.words

    def query(self, columns: Sequence[sa.ColumnElement[Any]]) -> sa.Select[Any]:
        """All that fit, in no order."""
        query = sa.select(*columns).where(*self.first, *self.rest)
        return found_by_words(query, self.words) if self.words else query

    def candidates(self, limit: int) -> sa.Select[Any]:
        """Those that are found by index or words, `limit` at most, each with whether it fits (0 or 1)."""
        fits = sa.case((sa.and_(*self.rest), 1), else_=0) if self.rest else sa.literal_column("1")
        query = sa.select(fits.label("fits")).select_from(tickets).where(*self.first).limit(limit)
        return found_by_words(query, self.words) if self.words else query


def find_way(
    connection: Connection,
    workspace: str,
    which: TicketFilter,
    sorted_by: sa.Column[Any],
    *,
    by_words: bool,
    few: int,
) -> Way:
    """The way to the tickets that fit. Fewer than `few` are looked up, others are read in order: `sorted_by` is
    the column whose index gives it; `by_words`: it is the order in which words find tickets."""
    own = tickets.c.workspace == workspace
    asked = conditions(which)
    if connection.dialect.name != "sqlite":
        words = [holds(which.words, connection.dialect.name)] if which.words else []
        return Way([own], [*(one.by_index for one in asked), *words])
    words = [holds(which.words, "sqlite")] if which.words else []
    rare = _rarest(connection, own, asked, few)
    # Where words find tickets in order, rare ones need not be counted.
    if which.words and not by_words and _count(connection, matching(which.words), few) < few:
        return Way([own], [one.by_look for one in asked], which.words, is_short=True)
    if rare is not None:
        looked = [one.by_look for one in asked if one is not rare]
        return Way([own, rare.by_index], [*looked, *words], is_short=True)
    first = [own, *(one.by_index for one in asked if one.column is sorted_by)]
    looked = [one.by_look for one in asked if one.column is not sorted_by]
    return Way(first, looked, which.words) if by_words else Way(first, [*looked, *words])


def _rarest(
    connection: Connection, own: sa.ColumnElement[bool], asked: Sequence[Condition], fewest: int
) -> Condition | None:
    """The condition that the fewest tickets fulfil; None where none is fulfilled by fewer than `fewest`."""
    rarest = None
    for one in asked:
        if one.indexed:
            query: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(tickets).where(own, one.by_index)
            found = _count(connection, query, fewest)
            if found < fewest:
                fewest, rarest = found, one
    return rarest


def _count(connection: Connection, query: sa.Select[Any], limit: int) -> int:
    """How many rows there are, counted up to `limit`."""
    count = sa.select(sa.func.count()).select_from(query.limit(limit).subquery())
    return int(connection.execute(count).scalar_one())
