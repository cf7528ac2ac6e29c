"""What the dispatcher reads and writes of storms, in SQL."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.erasure import count_erased
from smart_support.adapters.sql.rows import TICKET_COLUMNS, ticket_of, vector_of
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.statements import select_keys
from smart_support.adapters.sql.storm_schema import (
    HAS_LINK,
    HAS_VECTOR,
    IS_OPEN,
    SAYS_WHAT,
    cannot_links,
    incidents,
    links,
    vectors,
)
from smart_support.domain.incident import IncidentState
from smart_support.domain.storm.rule import Cluster, Past
from smart_support.domain.storm.vectors import Whole
from smart_support.domain.storm.window import Sighting
from smart_support.domain.ticket import Ticket, TicketKey
from smart_support.pipeline.storms import Standing

NEWEST = 500
"""So many incidents that have ended are known still: hardly more end within the time for which they know their own
(`Rule.span`), and what is older is only good for a new one to name it."""


class SqlStorms:
    """The port StormStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def vectors(self, keys: Iterable[TicketKey]) -> dict[TicketKey, tuple[str, Whole]]:
        columns = (tickets.c.workspace, tickets.c.id, vectors.c.version, vectors.c.vector)
        queries = [query.join(vectors, HAS_VECTOR) for query in select_keys(keys, columns)]

        def unit(connection: Connection) -> dict[TicketKey, tuple[str, Whole]]:
            return {
                TicketKey(row.workspace, row.id): (row.version, vector_of(row.vector))
                for query in queries
                for row in connection.execute(query)
            }

        return self._database.read(unit)

    def standing(self, workspace: str) -> Standing:
        placed = (tickets.c.workspace == workspace) & tickets.c.dispatch_order.is_not(None)
        order = sa.select(sa.func.max(tickets.c.dispatch_order)).where(placed).scalar_subquery()
        ours = incidents.c.workspace == workspace
        number = sa.select(sa.func.max(incidents.c.number)).where(ours).scalar_subquery()
        revision = sa.select(sa.func.sum(incidents.c.revision)).where(ours).scalar_subquery()

        def unit(connection: Connection) -> Standing:
            row = connection.execute(sa.select(order, number, revision)).one()
            return Standing(row[0] or 0, row[1] or 0, row[2] or 0, count_erased(connection, workspace))

        return self._database.read(unit)

    def past(self, workspace: str, version: str, most: int, bounded: int) -> Past:
        def unit(connection: Connection) -> Past:
            seen = list(reversed(connection.execute(_seen(workspace, version, most)).all()))
            return Past(
                sightings=[
                    Sighting(row.id, row.dispatch_order, row.accepted_at, vector_of(row.vector), row.urgency)
                    for row in seen
                ],
                belongs=[(row.incident_id, row.representative, row.place) if row.incident_id else None for row in seen],
                apart=frozenset(row.id for row in seen if row.apart),
                clusters=_clusters(
                    connection, workspace, version, bounded, {row.incident_id for row in seen if row.incident_id}
                ),
            )

        return self._database.read(unit)

    def first_members(self, workspace: str, representative: str, most: int) -> list[Ticket]:
        members = _members(workspace).subquery()
        query = (
            sa.select(*TICKET_COLUMNS)
            .join(members, (tickets.c.workspace == workspace) & (tickets.c.id == members.c.ticket_id))
            .where(members.c.representative == representative, tickets.c.erased_at.is_(None))
            .order_by(members.c.place, tickets.c.dispatch_order)
            .limit(most)
        )
        return self._database.read(lambda c: [ticket_of(row) for row in c.execute(query).mappings()])

    def exceptions(self, workspace: str, incident_id: str, reason: str, since: float) -> list[float]:
        said = (links.c.workspace == workspace) & (links.c.incident_id == incident_id) & (links.c.exception == reason)
        query = sa.select(links.c.at).where(said, links.c.at > since)
        return self._database.read(lambda connection: list(connection.execute(query).scalars()))


def _seen(workspace: str, version: str, most: int) -> sa.Select[Any]:
    """The newest first."""
    barred = (cannot_links.c.workspace == tickets.c.workspace) & (cannot_links.c.ticket_id == tickets.c.id)
    return (
        sa.select(
            tickets.c.id,
            tickets.c.dispatch_order,
            tickets.c.accepted_at,
            tickets.c.urgency,
            vectors.c.vector,
            links.c.incident_id,
            links.c.representative,
            links.c.place,
            sa.exists().where(barred).label("apart"),
        )
        .join(vectors, HAS_VECTOR)
        .outerjoin(links, HAS_LINK)
        .where(
            tickets.c.workspace == workspace,
            tickets.c.dispatch_order.is_not(None),
            sa.not_(tickets.c.history),
            vectors.c.version == version,
        )
        .order_by(tickets.c.dispatch_order.desc())
        .limit(most)
    )


def _clusters(connection: Connection, workspace: str, version: str, bounded: int, belonging: Set[str]) -> list[Cluster]:
    """By number, the open incidents and the newest of the others, with the first members that have vectors of this
    version. Of what else tickets of the window belong to (`belonging`) it gives no vectors: nothing joins that."""
    number = incidents.c.number
    ended = sa.select(number).where(incidents.c.workspace == workspace, sa.not_(IS_OPEN))
    open_ids = sa.select(incidents.c.id).where(incidents.c.workspace == workspace, IS_OPEN)
    # What was merged goes on knowing its own, for the incident that has them now, and for as long as that.
    known = sa.or_(
        IS_OPEN, incidents.c.merged_into.in_(open_ids), number.in_(ended.order_by(number.desc()).limit(NEWEST))
    )
    rows = _rows(connection, workspace, version, known)
    base = _bases(connection, workspace, version, bounded, [row["representative"] for row in rows.values()])
    further = (belonging | {row["merged_into"] for row in rows.values() if row["merged_into"]}) - rows.keys()
    if further:
        named = incidents.c.id.in_(further) | incidents.c.merged_into.in_(further)
        rows = {
            name: row | {"vector": None} for name, row in _rows(connection, workspace, version, named).items()
        } | rows
    return [
        _cluster(row, rows[row["merged_into"] or row["id"]], base.get(row["representative"], []))
        for row in sorted(rows.values(), key=lambda row: row["number"])
    ]


def _rows(
    connection: Connection, workspace: str, version: str, condition: sa.ColumnElement[bool]
) -> dict[str, dict[str, Any]]:
    """Incidents by their ids, each with the vector of its representative where that is of this version."""
    leader = (vectors.c.workspace == incidents.c.workspace) & (vectors.c.ticket_id == incidents.c.representative)
    query = (
        sa.select(incidents, vectors.c.vector)
        .outerjoin(vectors, leader & (vectors.c.version == version))
        .where(incidents.c.workspace == workspace, condition)
    )
    return {row["id"]: dict(row) for row in connection.execute(query).mappings()}


def _bases(
    connection: Connection, workspace: str, version: str, bounded: int, representatives: Sequence[str]
) -> dict[str, list[tuple[Whole, float]]]:
    """By representative, the vectors and S of the first members that have vectors of this version."""
    members = _members(workspace).subquery()
    place = sa.func.row_number().over(
        partition_by=members.c.representative, order_by=(members.c.place, tickets.c.dispatch_order)
    )
    ranked = (
        sa.select(members.c.representative, tickets.c.urgency, vectors.c.vector, place.label("rank"))
        .join(tickets, (tickets.c.workspace == workspace) & (tickets.c.id == members.c.ticket_id))
        .join(vectors, HAS_VECTOR)
        .where(vectors.c.version == version, members.c.representative.in_(representatives))
        .subquery()
    )
    found: dict[str, list[tuple[Whole, float]]] = {}
    for row in connection.execute(sa.select(ranked).where(ranked.c.rank <= bounded).order_by(ranked.c.rank)):
        found.setdefault(row.representative, []).append((vector_of(row.vector), row.urgency))
    return found


def _members(workspace: str) -> sa.CompoundSelect[Any]:
    """The tickets that say what incidents are about, each by the representative of its cause. A dismissed one has no
    members left; those that had their own life back with it go on saying what it was."""
    return sa.union_all(
        sa.select(links.c.ticket_id, links.c.representative, links.c.place).where(
            links.c.workspace == workspace, SAYS_WHAT
        ),
        sa.select(cannot_links.c.ticket_id, cannot_links.c.representative, sa.literal(0)).where(
            cannot_links.c.workspace == workspace, cannot_links.c.representative.is_not(None)
        ),
    )


def _cluster(row: Mapping[str, Any], owner: Mapping[str, Any], base: Sequence[tuple[Whole, float]]) -> Cluster:
    """The cause that an incident is about; `owner` is the incident that has its members now."""
    leader = None if row["vector"] is None else vector_of(row["vector"])
    found = np.array([vector for vector, _ in base], dtype=np.float32)
    return Cluster(
        id=owner["id"],
        representative=row["representative"],
        leader=leader,
        base=found if base else found.reshape(0, 0 if leader is None else len(leader)),
        urgencies=[float(np.float32(urgency)) for _, urgency in base],  # as the detector sees them
        join=row["likeness"],
        opened_at=row["opened_at"],
        reported_at=max(row["reported_at"], owner["reported_at"]),  # what was merged gets no reports of its own
        closed_at=owner["closed_at"],
        dismissed=owner["state"] == IncidentState.DISMISSED.value,
        cues=tuple(row["cues"]),
    )
