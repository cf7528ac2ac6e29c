"""Tickets in the order of a list, by their places in it; what is shown of them is read once it is known which."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.search import newest_first
from smart_support.adapters.sql.ways import Way
from smart_support.pipeline.listing import Order, Place, TicketFilter

_PLACE = (tickets.c.urgency, tickets.c.accepted_at, tickets.c.id)
_OLDEST_FIRST = (tickets.c.accepted_at, tickets.c.id)
_UNSCORED = ("accepted", "dead")  # the states of what is not triaged: to find it by
_ALL = 1_000_000  # a limit that is none
_FIRST_ID = "-"  # no id is before it, where ids are compared by their bytes

Found = tuple[list[Place], Place | None]
"""Places in order, and from where to go on looking; None where all was looked at."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One page to be read: `limit` places by a way, from beyond `after`."""

    connection: Connection
    way: Way
    order: Order
    after: Place | None
    limit: int

    def sorted(self) -> tuple[list[Place], int | None]:
        """Of few tickets, and how many fit: None beyond the first page, and where words are sought: it takes long."""
        # Put together before they are sorted, else the database may read all in their order and look for them.
        found = self.way.candidates(*_PLACE).cte("found").prefix_with("MATERIALIZED")
        urgency, at = found.c.urgency, (found.c.accepted_at, found.c.id)
        query = sa.select(found).where(found.c.fits, *_beyond(urgency, at, self.order, self.after))
        if self.order is Order.NEWEST:
            query = query.order_by(*(column.desc() for column in at))
        else:
            query = query.order_by(sa.case((urgency.is_(None), 1), else_=0), urgency.desc(), *at)
        if self.after is not None or self.way.sought:
            return self._fitting(query.limit(_ALL), self.limit), None
        some = self._fit(query.limit(_ALL)).add_columns(sa.func.count().over()).limit(self.limit)
        rows = self.connection.execute(some).all()
        return [Place(*row[:-1]) for row in rows], rows[0][-1] if rows else 0

    def in_order(self, most: int) -> Found:
        """As an index has them in order; `most` tickets are looked at, in each stretch of the list, and as many more as
        long as none of them is there for who asks: where looking ends he is told, but of no ticket of others."""
        found, after = list[Place](), self.after
        while True:
            some, after, shown = self._some(after, most, self.limit - len(found))
            found += some
            if after is None or shown is not None:
                return found, shown

    def _some(self, after: Place | None, most: int, limit: int) -> tuple[list[Place], Place | None, Place | None]:
        """What fits, up to where looking ended (None: all was looked at), and the last one that is shown."""
        found: list[Place] = []
        for stretch in _stretches(self.order, after):
            looked = self.way.candidates(*_PLACE).where(*stretch.where).order_by(*stretch.order)
            found += self._fitting(looked.limit(most), limit - len(found))
            if len(found) == limit:
                break
            if end := self._places(looked.with_only_columns(*_PLACE).offset(most - 1).limit(1)):
                return found, end[0], end[0] if self.way.bounds is None else self._last_shown(looked.limit(most))
        return found, None, None

    def _last_shown(self, candidates: sa.Select[Any]) -> Place | None:
        some = candidates.subquery()
        places = self._places(sa.select(*(some.c[column.name] for column in _PLACE)).where(some.c.shown))
        return places[-1] if places else None

    def _fitting(self, candidates: sa.Select[Any], limit: int) -> list[Place]:
        """The first of the candidates that fit."""
        return self._places(self._fit(candidates).limit(limit))

    def _fit(self, candidates: sa.Select[Any]) -> sa.Select[Any]:
        """The candidates that fit. They have a limit of their own, which keeps their order, and words from being looked
        up for more of them than are needed."""
        some = candidates.subquery()
        return sa.select(*(some.c[column.name] for column in _PLACE)).where(*self.way.fitting(some))

    def by_words(self, which: TicketFilter, most: int) -> Found:
        """SQLite: the newest that hold some words. They come by the second of their acceptance, within it in any order:
        the last second is read to its end, so that the next page begins with another one. A ticket of the second that
        is named is there for who asks."""
        ends = [end for end in (self.after.accepted_at if self.after else None, which.accepted_to) if end is not None]
        (stretch,) = _stretches(Order.NEWEST, self.after)
        query = self.way.candidates(*_PLACE).where(*stretch.where)
        found: list[Place] = []
        looked, second, shown = 0, None, None
        with self.connection.execute(newest_first(query, which.accepted_from, min(ends, default=None))) as rows:
            for urgency, at, ticket_id, fits, is_shown in rows:
                if int(at) != second and shown is not None and (len(found) >= self.limit or looked >= most):
                    break
                second, looked = int(at), looked + 1
                shown = second if is_shown else shown
                if fits:
                    found.append(Place(urgency, at, ticket_id))
            else:
                shown = None
        found.sort(key=lambda place: (place.accepted_at, place.ticket_id), reverse=True)
        return found[: self.limit], None if shown is None else Place(None, float(shown), _FIRST_ID)

    def _places(self, query: sa.Select[Any]) -> list[Place]:
        return [Place(*row) for row in self.connection.execute(query)]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Some of the list in its order, which is the order of an index."""

    where: tuple[sa.ColumnElement[bool], ...]
    order: tuple[sa.ColumnElement[Any], ...]


def _stretches(order: Order, after: Place | None) -> list[_Stretch]:
    """The list from beyond a place, in stretches that follow each other."""
    at = sa.tuple_(*_OLDEST_FIRST)
    if order is Order.NEWEST:
        before = () if after is None else (at < sa.tuple_(after.accepted_at, after.ticket_id),)
        return [_Stretch(before, (tickets.c.accepted_at.desc(), tickets.c.id.desc()))]
    unscored = (tickets.c.urgency.is_(None), tickets.c.state.in_(_UNSCORED))
    falling = (tickets.c.urgency.desc(), *_OLDEST_FIRST)
    if after is None:
        return [_Stretch((tickets.c.urgency.is_not(None),), falling), _Stretch(unscored, _OLDEST_FIRST)]
    beyond = at > sa.tuple_(after.accepted_at, after.ticket_id)
    if after.urgency is None:
        return [_Stretch((*unscored, beyond), _OLDEST_FIRST)]
    return [
        _Stretch((tickets.c.urgency == after.urgency, beyond), _OLDEST_FIRST),
        _Stretch((tickets.c.urgency < after.urgency,), falling),
        _Stretch(unscored, _OLDEST_FIRST),
    ]


def _beyond(
    urgency: sa.ColumnElement[Any], at: tuple[sa.ColumnElement[Any], ...], order: Order, after: Place | None
) -> list[sa.ColumnElement[bool]]:
    """That a place is beyond another one."""
    if after is None:
        return []
    mark = sa.tuple_(after.accepted_at, after.ticket_id)
    if order is Order.NEWEST:
        return [sa.tuple_(*at) < mark]
    if after.urgency is None:
        return [urgency.is_(None), sa.tuple_(*at) > mark]
    later = (urgency == after.urgency) & (sa.tuple_(*at) > mark)
    return [sa.or_(urgency < after.urgency, urgency.is_(None), later)]
