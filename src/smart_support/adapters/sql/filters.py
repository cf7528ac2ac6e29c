"""What a ticket has to fulfil to be in a list, in SQL."""

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from smart_support.adapters.sql.schema import tickets
from smart_support.domain.ticket import State
from smart_support.pipeline.listing import NOBODY, TicketFilter

Column = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """What holds of a column; `indexed`, where those that fulfil it are found by an index of their own; `single`, where
    the column has one value then; `bounds`, where the rest is not there for who asks."""

    column: sa.Column[Any]
    holds: Callable[[Column], sa.ColumnElement[bool]]
    indexed: bool = False
    single: bool = False
    bounds: bool = False

    @property
    def by_index(self) -> sa.ColumnElement[bool]:
        return self.holds(self.column)

    @property
    def by_look(self) -> sa.ColumnElement[bool]:
        """The same, which SQLite does not look up in an index."""
        return self.holds(sa.literal_column(f"+tickets.{self.column.name}", self.column.type))


def conditions(which: TicketFilter) -> list[Condition]:
    """All that a filter asks for but the words."""
    return [*_any_of(which), *_equal(which), *_between(which), *_seen(which)]


def seen_by(agent_id: str) -> sa.ColumnElement[bool]:
    """What `domain.access.may_see` shows an agent."""
    return _seen_by(agent_id)(tickets.c.agent_id)


def _seen(which: TicketFilter) -> Iterator[Condition]:
    if which.seen_by is not None:
        # Of those that do not wait he sees his own alone, which an index finds.
        his = which.states and State.WAITING not in which.states
        holds = _is(which.seen_by) if his else _seen_by(which.seen_by)
        yield Condition(tickets.c.agent_id, holds, indexed=True, bounds=True)


def _seen_by(agent_id: str) -> Callable[[Column], sa.ColumnElement[bool]]:
    # Said as it stands in the index: with a parameter the database would not know it again.
    waits = tickets.c.state == sa.literal_column("'waiting'")
    return lambda column: sa.or_(column == agent_id, waits)


def _any_of(which: TicketFilter) -> Iterator[Condition]:
    states = [state.value for state in which.states]
    for column, values in (
        (tickets.c.id, which.ids),
        (tickets.c.category, which.categories),
        (tickets.c.state, states),
        (tickets.c.language, which.languages),
    ):
        if values:
            single = len(values) == 1
            yield Condition(column, _is(values[0]) if single else _in(values), indexed=True, single=single)


def _equal(which: TicketFilter) -> Iterator[Condition]:
    if which.tier is not None:
        yield Condition(tickets.c.tier, _is(which.tier), indexed=True)
    if which.team is not None:
        yield Condition(tickets.c.team, _is(which.team), indexed=True)
    if which.needs_review is not None:
        # Said as it stands in the index: with a parameter the database would not know it again.
        said = which.needs_review
        yield Condition(tickets.c.needs_review, lambda found: found if said else sa.not_(found), indexed=said)
    for column, name in ((tickets.c.agent_id, which.agent_id), (tickets.c.incident_id, which.incident_id)):
        if name is not None:
            yield Condition(column, _is(None if name == NOBODY else name), indexed=name != NOBODY)


def _between(which: TicketFilter) -> Iterator[Condition]:
    for column, first, last, past in (
        (tickets.c.urgency, which.urgency_from, which.urgency_to, None),
        (tickets.c.accepted_at, which.accepted_from, None, which.accepted_to),
    ):
        limits = [(operator.ge, first), (operator.le, last), (operator.lt, past)]
        given = [(compare, limit) for compare, limit in limits if limit is not None]
        if given:
            yield Condition(column, _compared(given), indexed=True)


def _compared(given: Sequence[tuple[Callable[[Any, Any], Any], float]]) -> Callable[[Column], sa.ColumnElement[bool]]:
    return lambda column: sa.and_(*(compare(column, limit) for compare, limit in given))


def _in(values: Sequence[str]) -> Callable[[Column], sa.ColumnElement[bool]]:
    return lambda column: column.in_(values)


def _is(value: str | None) -> Callable[[Column], sa.ColumnElement[bool]]:
    return lambda column: column.is_(None) if value is None else column == value
