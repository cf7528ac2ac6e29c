"""What a ticket has to fulfil to be in a list, in SQL."""

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from smart_support.adapters.sql.schema import tickets
from smart_support.pipeline.listing import NOBODY, TicketFilter

Column = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """What holds of a column; `indexed`, where those that fulfil it are found by an index of their own."""

    column: sa.Column[Any]
    holds: Callable[[Column], sa.ColumnElement[bool]]
    indexed: bool = False

    @property
    def by_index(self) -> sa.ColumnElement[bool]:
        return self.holds(self.column)

    @property
    def by_look(self) -> sa.ColumnElement[bool]:
        """The same, which SQLite does not look up in an index."""
        return self.holds(sa.literal_column(f"+tickets.{self.column.name}", self.column.type))


def conditions(which: TicketFilter) -> list[Condition]:
    """All that a filter asks for but the words."""
    return [*_any_of(which), *_equal(which), *_between(which)]


def _any_of(which: TicketFilter) -> Iterator[Condition]:
    states = [state.value for state in which.states]
    for column, values in (
        (tickets.c.id, which.ids),
        (tickets.c.category, which.categories),
        (tickets.c.state, states),
        (tickets.c.language, which.languages),
    ):
        if values:
            yield Condition(column, _in(values), indexed=True)


def _equal(which: TicketFilter) -> Iterator[Condition]:
    if which.tier is not None:
        yield Condition(tickets.c.tier, _is(which.tier), indexed=True)
    if which.team is not None:
        yield Condition(tickets.c.team, _is(which.team))
    if which.needs_review is not None:
        # Said as it stands in the index: with a parameter the database would not know it again.
        said = which.needs_review
        yield Condition(tickets.c.needs_review, lambda found: found if said else sa.not_(found), indexed=said)
    for column, name in ((tickets.c.agent_id, which.agent_id), (tickets.c.incident_id, which.incident_id)):
        if name is not None:
            yield Condition(column, _is(None if name == NOBODY else name), indexed=name != NOBODY)


def _between(which: TicketFilter) -> Iterator[Condition]:
    for column, compare, limit in (
        (tickets.c.urgency, operator.ge, which.urgency_from),
        (tickets.c.urgency, operator.le, which.urgency_to),
        (tickets.c.accepted_at, operator.ge, which.accepted_from),
        (tickets.c.accepted_at, operator.lt, which.accepted_to),
    ):
        if limit is not None:
            yield Condition(column, _compared(compare, limit))


def _compared(compare: Callable[[Any, Any], Any], limit: float) -> Callable[[Column], sa.ColumnElement[bool]]:
    return lambda column: compare(column, limit)


def _in(values: Sequence[str]) -> Callable[[Column], sa.ColumnElement[bool]]:
    return lambda column: column.in_(values)


def _is(value: str | None) -> Callable[[Column], sa.ColumnElement[bool]]:
    return lambda column: column.is_(None) if value is None else column == value
