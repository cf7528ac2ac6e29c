"""The list of tickets, in SQL."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from smart_support.adapters.sql.counted import by_value, combinations
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.filters import seen_by as _of_agent
from smart_support.adapters.sql.places import Reading
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.search import count_words
from smart_support.adapters.sql.ways import Asked, Way
from smart_support.domain.ticket import State
from smart_support.pipeline.listing import (
    COUNTED,
    Facets,
    Order,
    Place,
    TicketFilter,
    TicketPage,
    TicketRow,
    excerpt,
    listed,
)

_EXCERPT = 160
_FEW = 5_000  # tickets, to look up and sort
_LOOKED = 10_000  # tickets, to look at in their order for one page
_SOUGHT = 500  # where the words of each are sought, which takes longer
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
_FACETS = ("category", "language", "tier", "state")


class SqlListing:
    """The port ListingStore. Where few tickets fulfil one of the conditions they are looked up by it and sorted;
    otherwise they are read in their order until there are enough, or enough were looked at. On SQLite, in the order
    NEWEST, with words, those are read that hold the words."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_tickets(
        self, workspace: str, which: TicketFilter, order: Order, after: Place | None, limit: int
    ) -> TicketPage:
        def unit(connection: Connection) -> TicketPage:
            asked = Asked(connection, workspace, which, _FEW)
            way = asked.way(order)
            if way is None:
                return TicketPage([], None, None if after else 0)
            reading = Reading(connection, way, order, after, limit + 1)
            most = _SOUGHT if way.sought else _LOOKED
            known, beyond = asked.known, None
            if way.few:
                places, known = reading.sorted()
            elif way.words:
                places, beyond = reading.by_words(which, most)
            else:
                places, beyond = reading.in_order(most)
            if len(places) > limit:
                beyond = places[limit - 1]
            rows = _rows(connection, workspace, places[:limit])
            if after is not None:
                return TicketPage(rows, beyond)
            known = len(rows) if beyond is None else known
            most = most if way.rest or way.said or way.words else COUNTED  # an index alone says
            return TicketPage(rows, beyond, _total(connection, way, most) if known is None else known)

        return self._database.read(unit)

    def facets(self, workspace: str, seen_by: str | None = None) -> Facets:
        def unit(connection: Connection) -> Facets:
            if seen_by is None:
                kept = combinations(connection, workspace)
                found = [by_value(kept, name) for name in _FACETS]
            else:
                found = [_facet(connection, workspace, tickets.c[name], seen_by) for name in _FACETS]
            return Facets(*(listed(list(numbers.items())) for numbers in found))

        return self._database.read(unit)


def _total(connection: Connection, way: Way, most: int) -> int | None:
    """How many tickets fit; None where more than `most` have to be looked at to tell."""
    if way.words:
        seen = count_words(connection, way.workspace, way.words, most + 1)
    else:
        some: sa.Select[Any] = way.candidates().with_only_columns(sa.literal_column("1")).limit(most + 1)
        seen = connection.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one()
    if seen > most:
        return None
    candidates = way.candidates(tickets.c.id).subquery()
    fit = sa.select(sa.func.count()).select_from(candidates).where(*way.fitting(candidates))
    return int(connection.execute(fit).scalar_one())


def _rows(connection: Connection, workspace: str, places: Sequence[Place]) -> list[TicketRow]:
    """What is shown of the tickets at these places."""
    ids = [place.ticket_id for place in places]
    query = sa.select(*_COLUMNS).where(tickets.c.workspace == workspace, tickets.c.id.in_(ids))
    rows = {row["id"]: _row_of(row) for row in connection.execute(query).mappings()} if ids else {}
    return [rows[name] for name in ids]


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


def _facet(connection: Connection, workspace: str, column: sa.ColumnElement[Any], agent_id: str) -> dict[str, int]:
    seen = (tickets.c.workspace == workspace) & column.is_not(None) & _of_agent(agent_id)
    query = sa.select(column, sa.func.count()).where(seen).group_by(column)
    return {value: int(number) for value, number in connection.execute(query)}
