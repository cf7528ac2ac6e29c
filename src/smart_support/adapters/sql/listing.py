"""The list of tickets, in SQL."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.search import newest_first
from smart_support.adapters.sql.ways import Way, find_way
from smart_support.domain.ticket import State
from smart_support.pipeline.listing import (
    COUNTED,
    Facets,
    Order,
    Place,
    TicketFilter,
    TicketRow,
    excerpt,
    listed,
)

_EXCERPT = 160
_FEW = 5_000  # tickets, to look up and sort
_LOOKED = 20_000  # tickets, to look at while counting
_BEGINNING = 4 * _EXCERPT  # of a body, for an excerpt: room for white space

_COLUMNS = (
    tickets.c.id,
    tickets.c.subject,
    sa.func.substr(tickets.c.body, 1, _BEGINNING).label("body"),
    tickets.c.state,
    tickets.c.category,
    tickets.c.urgency,
    tickets.c.confidence,
    tickets.c.needs_review,
    tickets.c.tier,
    tickets.c.language,
    tickets.c.incident_id,
    tickets.c.agent_id,
    tickets.c.team,
    tickets.c.customer_name,
    tickets.c.customer_email,
    tickets.c.customer_id,
    tickets.c.source,
    tickets.c.accepted_at,
    tickets.c.resolved_at,
)
_FACETS = (tickets.c.category, tickets.c.language, tickets.c.tier, tickets.c.state)


class SqlListing:
    """The port ListingStore.

    PostgreSQL knows how frequent a value is, and finds the way to the tickets by itself. SQLite is led: where few
    tickets fulfil one of the conditions they are looked up by it and sorted; otherwise they are read in their order
    until there are enough, in the order NEWEST with words from those that hold the words.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_tickets(
        self, workspace: str, which: TicketFilter, order: Order, after: Place | None, limit: int
    ) -> list[TicketRow]:
        def unit(connection: Connection) -> list[TicketRow]:
            newest = order is Order.NEWEST
            way = find_way(connection, workspace, which, _SORTED_BY[order], by_words=newest, few=_FEW)
            if way.is_short:
                rows = _sorted(connection, workspace, way, order, after, limit)
            elif way.words:
                rows = _by_words(connection, way, which, after, limit)
            else:
                rows = _in_order(connection, way, order, after, limit)
            return list(map(_row_of, rows))

        return self._database.read(unit)

    def count_tickets(self, workspace: str, which: TicketFilter) -> int | None:
        def unit(connection: Connection) -> int | None:
            way = find_way(connection, workspace, which, tickets.c.accepted_at, by_words=True, few=COUNTED + 1)
            looked = COUNTED if way.is_plain else _LOOKED
            some = way.candidates(looked + 1).subquery()
            count = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(some.c.fits), 0)).select_from(some)
            seen, fitting = connection.execute(count).one()
            return None if seen > looked else int(fitting)

        return self._database.read(unit)

    def facets(self, workspace: str) -> Facets:
        def unit(connection: Connection) -> Facets:
            categories, languages, tiers, states = (
                listed([(value, number) for value, number in connection.execute(_facet(workspace, column))])
                for column in _FACETS
            )
            return Facets(categories, languages, tiers, states)

        return self._database.read(unit)


def _sorted(
    connection: Connection, workspace: str, way: Way, order: Order, after: Place | None, limit: int
) -> list[RowMapping]:
    """The rows of few tickets, put in order here."""
    found = connection.execute(way.query((tickets.c.urgency, tickets.c.accepted_at, tickets.c.id)))
    places = [Place(*row) for row in found]
    ids = [place.ticket_id for place in _beyond(places, order, after)[:limit]]
    query = sa.select(*_COLUMNS).where(tickets.c.workspace == workspace, tickets.c.id.in_(ids))
    rows = {row["id"]: row for row in connection.execute(query).mappings()}
    return [rows[name] for name in ids]


def _beyond(places: list[Place], order: Order, after: Place | None) -> list[Place]:
    """Those beyond `after`, in order."""
    newest = order is Order.NEWEST
    key = _age if newest else _rank
    if after is not None:
        places = [place for place in places if (key(place) < key(after) if newest else key(place) > key(after))]
    return sorted(places, key=key, reverse=newest)


def _age(place: Place) -> tuple[Any, ...]:
    return (place.accepted_at, place.ticket_id)


def _rank(place: Place) -> tuple[Any, ...]:
    return (place.urgency is None, -(place.urgency or 0.0), place.accepted_at, place.ticket_id)


def _in_order(connection: Connection, way: Way, order: Order, after: Place | None, limit: int) -> list[RowMapping]:
    """The rows of tickets as an index has them in order."""
    found: list[RowMapping] = []
    for stretch in _stretches(order, after):
        query = way.query(_COLUMNS).where(*stretch.where).order_by(*stretch.order).limit(limit - len(found))
        found += connection.execute(query).mappings()
        if len(found) == limit:
            break
    return found


def _by_words(
    connection: Connection, way: Way, which: TicketFilter, after: Place | None, limit: int
) -> list[RowMapping]:
    """SQLite: the newest tickets with some words. They come by the second of their acceptance, within it in any order:
    the last second is read to its end."""
    (stretch,) = _stretches(Order.NEWEST, after)
    query = sa.select(*_COLUMNS).where(*way.first, *way.rest, *stretch.where)
    ends = [end for end in (after.accepted_at if after else None, which.accepted_to) if end is not None]
    found: list[RowMapping] = []
    with connection.execute(newest_first(query, way.words, min(ends, default=None))) as rows:
        for row in rows.mappings():
            if len(found) >= limit and int(row["accepted_at"]) < int(found[-1]["accepted_at"]):
                break
            found.append(row)
    found.sort(key=lambda row: (row["accepted_at"], row["id"]), reverse=True)
    return found[:limit]


_SORTED_BY = {Order.NEWEST: tickets.c.accepted_at, Order.URGENT: tickets.c.urgency}
_OLDEST_FIRST = (tickets.c.accepted_at, tickets.c.id)
_UNSCORED = ("accepted", "dead")  # the states of what is not triaged: to find it by


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


def _row_of(row: RowMapping) -> TicketRow:
    return TicketRow(
        ticket_id=row["id"],
        subject=row["subject"],
        excerpt=excerpt(row["body"], _EXCERPT),
        state=State(row["state"]),
        category=row["category"],
        urgency=row["urgency"],
        confidence=row["confidence"],
        needs_review=row["needs_review"],
        tier=row["tier"],
        language=row["language"],
        incident_id=row["incident_id"],
        agent_id=row["agent_id"],
        team=row["team"],
        customer=row["customer_name"] or row["customer_email"] or row["customer_id"],
        source=row["source"],
        accepted_at=row["accepted_at"],
        resolved_at=row["resolved_at"],
    )


def _facet(workspace: str, column: sa.ColumnElement[Any]) -> sa.Select[Any]:
    # What is empty is in no index of its own.
    known = (tickets.c.workspace == workspace) & column.is_not(None)
    return sa.select(column, sa.func.count()).where(known).group_by(column)
