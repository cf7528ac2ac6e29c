"""How the tickets of a list are found: few are looked up by the rarest thing that is asked of them, many are read in
their order. Neither database chooses well by itself: SQLite does not know how frequent a value is, PostgreSQL takes
what was asked for to be independent of each other, and the wrong way takes a thousand times as long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql.counted import combinations, number_of
from smart_support.adapters.sql.filters import Condition, conditions
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.search import by_words, count_words, holds
from smart_support.pipeline.listing import Order, TicketFilter

_SORTED_BY = {Order.NEWEST: tickets.c.accepted_at, Order.URGENT: tickets.c.urgency}
_GATHERED = 50_000  # numbers of tickets, to read and keep for one question
# Whose indexes have the order of acceptance too.
_NEWEST_OF = (tickets.c.category, tickets.c.state)


@dataclass(frozen=True, slots=True)
class Way:
    """`first` are the conditions that an index answers, `rest` those that each ticket is looked at for. `words` are
    words by which the tickets are found, besides; `said` are words that are looked up for each ticket that fits
    otherwise, which takes long where they are `sought`. `few`: the tickets are few. `bounds`: what is there for who
    asks; None where all is."""

    workspace: str
    dialect: str
    first: Sequence[sa.ColumnElement[bool]]
    rest: Sequence[sa.ColumnElement[bool]] = ()
    words: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    few: bool = False
    sought: bool = False
    bounds: sa.ColumnElement[bool] | None = None

    def candidates(self, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
        """What is found by index or words, each with whether it fits but for what is `said`, and whether it is `shown`,
        in no order."""
        fits = sa.and_(*self.rest) if self.rest else sa.true()
        shown = sa.true() if self.bounds is None else self.bounds
        query = sa.select(*columns, fits.label("fits"), shown.label("shown")).where(
            tickets.c.workspace == self.workspace, *self.first
        )
        return by_words(query, self.words, self.dialect) if self.words else query.select_from(tickets)

    def fitting(self, candidates: sa.FromClause) -> list[sa.ColumnElement[bool]]:
        """Which of the candidates, with their ids, are asked for."""
        fits: list[sa.ColumnElement[bool]] = [candidates.c.fits]
        if self.said:
            fits.append(holds(self.said, self.workspace, candidates.c.id, self.dialect, sought=self.sought))
        return fits


@dataclass(slots=True)
class Asked:
    """What a list is asked for, and how many tickets fulfil which part of it; up to `few` are few. `known` is how many
    fulfil all of it, once the way was found: None where that is not kept."""

    connection: Connection
    workspace: str
    which: TicketFilter
    few: int
    known: int | None = None

    def way(self, order: Order) -> Way | None:
        """The way to the tickets that fit; None where there are none."""
        asked, wanted = conditions(self.which), _counted(self.which)
        words, dialect = self.which.words, self.connection.dialect.name
        kept = not words and {one.column.name for one in asked} <= wanted.keys()
        found = combinations(self.connection, self.workspace) if wanted or kept else []
        numbers = {name: number_of(found, {name: values}) for name, values in wanted.items()}
        together = number_of(found, wanted)
        if wanted and not together:
            return None
        self.known = together if kept else None
        holding = self._holding()
        if words and holding < self.few:
            return self._way([], asked, words=words, few=True)
        rare = self._rarest(asked, numbers)
        sought = holding == _GATHERED
        if rare is not None:
            return self._way([rare], asked, said=words, few=True, sought=sought)
        if words and order is Order.NEWEST and dialect == "sqlite":  # in this order its words find them
            return self._way([], asked, words=words)
        return self._way(_leading(asked, numbers, order), asked, said=words, sought=sought)

    def _holding(self) -> int:
        """How many tickets hold the words, counted as far as it matters."""
        if not self.which.words:
            return 0
        limit = _GATHERED if self.connection.dialect.name == "sqlite" else self.few
        return count_words(self.connection, self.workspace, self.which.words, limit)

    def _way(self, led: Sequence[Condition], asked: Sequence[Condition], **more: Any) -> Way:
        dialect = self.connection.dialect.name
        looked = [one for one in asked if one not in led]
        rest = [one.by_look if dialect == "sqlite" else one.by_index for one in looked]
        bounds = next((clause for one, clause in zip(looked, rest, strict=True) if one.bounds), None)
        return Way(self.workspace, dialect, [one.by_index for one in led], rest, bounds=bounds, **more)

    def _rarest(self, asked: Sequence[Condition], numbers: Mapping[str, int]) -> Condition | None:
        """The condition that the fewest tickets fulfil; None where none is fulfilled by few."""
        rarest, fewest = None, self.few
        for one in asked:
            if not one.indexed:
                continue
            known = numbers.get(one.column.name)
            found = self._count(one, fewest) if known is None else known
            if found < fewest:
                rarest, fewest = one, found
        return rarest

    def _count(self, one: Condition, limit: int) -> int:
        """How many tickets fulfil a condition, counted up to `limit`."""
        own = tickets.c.workspace == self.workspace
        some: sa.Select[Any] = (
            sa.select(sa.literal_column("1")).select_from(tickets).where(own, one.by_index).limit(limit)
        )
        return int(self.connection.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one())


def _leading(asked: Sequence[Condition], numbers: Mapping[str, int], order: Order) -> list[Condition]:
    """The conditions that lead to tickets in this order: those on what it goes by, and the rarest of those whose index
    has it too."""
    led = [one for one in asked if one.column is _SORTED_BY[order]]
    if order is Order.NEWEST:
        single = [one for one in asked if one.single and any(one.column is column for column in _NEWEST_OF)]
        led += sorted(single, key=lambda one: numbers[one.column.name])[:1]
    return led


def _counted(which: TicketFilter) -> dict[str, Sequence[str]]:
    """What is asked for of the columns by whose values tickets are counted."""
    wanted: dict[str, Sequence[str]] = {
        "state": which.states,
        "category": which.categories,
        "language": which.languages,
        "tier": () if which.tier is None else (which.tier,),
    }
    return {name: values for name, values in wanted.items() if values}
