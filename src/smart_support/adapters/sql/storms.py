"""What the dispatcher reads and writes of storms, in SQL."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.incident_rows import incident_row, link_data, link_row
from smart_support.adapters.sql.rows import add_events, vector_of
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.statements import select_keys, ticket_key
from smart_support.adapters.sql.storm_schema import cannot_links, incidents, links, vectors
from smart_support.domain.event import Event
from smart_support.domain.incident import Incident, IncidentState, Link, LinkKind, severity
from smart_support.domain.storm.rule import Cluster, Past
from smart_support.domain.storm.vectors import Whole
from smart_support.domain.storm.window import Sighting
from smart_support.domain.ticket import TRANSITIONS, Action, State, TicketKey
from smart_support.pipeline.records import Dispatched, Gathering, Unavailable
from smart_support.pipeline.storms import Standing

_HAS_VECTOR = (vectors.c.workspace == tickets.c.workspace) & (vectors.c.ticket_id == tickets.c.id)
_HAS_LINK = (links.c.workspace == tickets.c.workspace) & (links.c.ticket_id == tickets.c.id)


class SqlStorms:
    """The port StormStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def vectors(self, keys: Iterable[TicketKey]) -> dict[TicketKey, tuple[str, Whole]]:
        columns = (tickets.c.workspace, tickets.c.id, vectors.c.version, vectors.c.vector)
        queries = [query.join(vectors, _HAS_VECTOR) for query in select_keys(keys, columns)]

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
        row = self._database.read(lambda c: c.execute(sa.select(order, number, revision)).one())
        return Standing(*(value or 0 for value in row))

    def past(self, workspace: str, version: str, most: int, bounded: int) -> Past:
        def unit(connection: Connection) -> Past:
            seen = list(reversed(connection.execute(_seen(workspace, version, most)).all()))
            return Past(
                sightings=[
                    Sighting(row.id, row.dispatch_order, row.accepted_at, vector_of(row.vector), row.urgency)
                    for row in seen
                ],
                belongs=[(row.incident_id, row.place) if row.incident_id else None for row in seen],
                apart=frozenset(row.id for row in seen if row.apart),
                clusters=_clusters(connection, workspace, version, bounded),
            )

        return self._database.read(unit)


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
            links.c.place,
            sa.exists().where(barred).label("apart"),
        )
        .join(vectors, _HAS_VECTOR)
        .outerjoin(links, _HAS_LINK)
        .where(
            tickets.c.workspace == workspace,
            tickets.c.dispatch_order.is_not(None),
            sa.not_(tickets.c.history),
            vectors.c.version == version,
        )
        .order_by(tickets.c.dispatch_order.desc())
        .limit(most)
    )


def _clusters(connection: Connection, workspace: str, version: str, bounded: int) -> list[Cluster]:
    """All incidents by number, with the first members that have vectors of this version."""
    members = _members(workspace).subquery()
    place = sa.func.row_number().over(
        partition_by=members.c.representative, order_by=(members.c.place, tickets.c.dispatch_order)
    )
    ranked = (
        sa.select(members.c.representative, tickets.c.urgency, vectors.c.vector, place.label("rank"))
        .join(tickets, (tickets.c.workspace == workspace) & (tickets.c.id == members.c.ticket_id))
        .join(vectors, _HAS_VECTOR)
        .where(vectors.c.version == version)
        .subquery()
    )
    base: dict[str, list[tuple[Whole, float]]] = {}
    for row in connection.execute(sa.select(ranked).where(ranked.c.rank <= bounded).order_by(ranked.c.rank)):
        base.setdefault(row.representative, []).append((vector_of(row.vector), row.urgency))
    leader = (vectors.c.workspace == incidents.c.workspace) & (vectors.c.ticket_id == incidents.c.representative)
    known = (
        sa.select(incidents, vectors.c.vector)
        .outerjoin(vectors, leader & (vectors.c.version == version))
        .where(incidents.c.workspace == workspace)
        .order_by(incidents.c.number)
    )
    rows = {row["id"]: dict(row) for row in connection.execute(known).mappings()}
    # What was merged goes on knowing its own, for the incident that has them now.
    return [
        _cluster(row, rows[row["merged_into"] or row["id"]], base.get(row["representative"], []))
        for row in rows.values()
    ]


def _members(workspace: str) -> sa.CompoundSelect[Any]:
    """The tickets that say what incidents are about. A dismissed one has no members left; those that had their own life
    back with it go on saying what it was."""
    counted = (links.c.kind != LinkKind.MANUAL.value) & sa.not_(links.c.recurrence)
    parted = (
        (cannot_links.c.workspace == incidents.c.workspace)
        & (cannot_links.c.incident_id == incidents.c.id)
        & (cannot_links.c.at >= incidents.c.closed_at)
    )
    return sa.union_all(
        sa.select(links.c.ticket_id, links.c.representative, links.c.place).where(
            links.c.workspace == workspace, counted
        ),
        sa.select(cannot_links.c.ticket_id, incidents.c.representative, sa.literal(0))
        .join(incidents, parted)
        .where(incidents.c.workspace == workspace, incidents.c.state == IncidentState.DISMISSED.value),
    )


def _cluster(row: Mapping[str, Any], owner: Mapping[str, Any], base: Sequence[tuple[Whole, float]]) -> Cluster:
    """The cause that an incident is about; `owner` is the incident that has its members now."""
    return Cluster(
        id=owner["id"],
        representative=row["representative"],
        leader=None if row["vector"] is None else vector_of(row["vector"]),
        base=np.array([vector for vector, _ in base], dtype=np.float32),
        urgencies=[float(np.float32(urgency)) for _, urgency in base],  # as the detector sees them
        join=row["likeness"],
        opened_at=row["opened_at"],
        reported_at=row["reported_at"],
        closed_at=owner["closed_at"],
        dismissed=owner["state"] == IncidentState.DISMISSED.value,
        cues=tuple(row["cues"]),
    )


def gather(
    connection: Connection, gathered: Sequence[Gathering], orders: Mapping[TicketKey, int], at: float, actor: str
) -> None:
    """Store new incidents, and the tickets that came before those with which they are gathered, in the transaction that
    dispatches these. The caller holds the tickets' rows."""
    bulk.insert(connection, incidents, [incident_row(one.incident, one.join) for one in gathered if one.incident])
    add_events(connection, [_begun(one, one.incident, at, actor) for one in gathered if one.incident])
    for one in gathered:
        workspace = one.opener.workspace
        link_tickets(connection, workspace, [(link, orders[one.opener]) for link in one.links])
        keys = [TicketKey(workspace, link.ticket_id) for link in one.links]
        bulk.update(connection, tickets, [ticket_key(key) | {"incident_id": one.incident_id} for key in keys])
        # The first of a new incident stands for all of them in the queue.
        kept = one.links[1 if one.incident else 0 :]
        leaving = [link.ticket_id for link in kept if not link.recurrence and link.exception is None]
        gone = _suppress(connection, workspace, leaving)
        add_events(connection, [_linked(workspace, link, at, actor, link.ticket_id in gone) for link in one.links])


def _suppress(connection: Connection, workspace: str, ids: Sequence[str]) -> set[str]:
    """Take tickets out of the queue; those that still waited there."""
    if not ids:
        return set()
    waiting = (
        sa.update(tickets)
        .where(
            tickets.c.workspace == workspace,
            tickets.c.id.in_(ids),
            tickets.c.state == sa.literal_column("'waiting'"),
        )
        .values(state=TRANSITIONS[Action.SUPPRESS].target.value)
        .returning(tickets.c.id)
    )
    return set(connection.execute(waiting).scalars())


def link_tickets(connection: Connection, workspace: str, made: Sequence[tuple[Link, int]]) -> None:
    """Store links, each with the dispatch order of the ticket with which it came to be.

    Raises Unavailable where somebody has linked a ticket or closed an incident since the decision: it is made anew.
    """
    if not made:
        return
    stored = bulk.insert_new(connection, links, [link_row(workspace, link, place) for link, place in made])
    closed = connection.execute(
        sa.select(incidents.c.id)
        .where(
            incidents.c.workspace == workspace,
            incidents.c.id.in_(sorted({link.incident_id for link, _ in made if not link.recurrence})),
            incidents.c.closed_at.is_not(None),
        )
        .limit(1)
    ).scalar()
    if closed is not None or len(stored) < len(made):
        raise Unavailable("somebody changed the incidents meanwhile")


def count_members(connection: Connection, workspace: str, ids: Iterable[str]) -> None:
    """Make the figures of incidents follow from their members again."""
    for incident_id in sorted(set(ids)):
        customer = sa.func.coalesce(tickets.c.customer_id, tickets.c.customer_email)
        suppressed = sa.case((tickets.c.state == State.SUPPRESSED.value, 1), else_=0)
        reports = sa.case((sa.not_(links.c.recurrence), tickets.c.accepted_at))
        row = connection.execute(
            sa.select(
                sa.func.count().label("tickets"),
                sa.func.coalesce(sa.func.sum(suppressed), 0).label("suppressed"),
                sa.func.count(sa.distinct(customer)).label("customers"),
                sa.func.avg(tickets.c.urgency).label("urgency"),
                sa.func.min(reports).label("first"),
                sa.func.max(reports).label("last"),
            )
            .join(tickets, _HAS_LINK)
            .where(links.c.workspace == workspace, links.c.incident_id == incident_id)
        ).one()
        values: dict[str, Any] = {"tickets": row.tickets, "suppressed": row.suppressed, "customers": row.customers}
        if row.first is not None:
            values["reported_at"] = row.last
            values["severity"] = severity(row.tickets, row.urgency, row.last - row.first).value
        connection.execute(
            sa.update(incidents).where(incidents.c.workspace == workspace, incidents.c.id == incident_id).values(values)
        )


def join_incidents(
    connection: Connection,
    decisions: Sequence[Dispatched],
    orders: Mapping[TicketKey, int],
    gathered: Sequence[Gathering],
    at: float,
    actor: str,
) -> None:
    """Store the links of tickets that are dispatched; incidents that take reports and were not just opened grow."""
    new = {(one.opener.workspace, one.incident_id) for one in gathered if one.incident}
    by_workspace: dict[str, list[Dispatched]] = {}
    for decision in decisions:
        if decision.link is not None:
            by_workspace.setdefault(decision.key.workspace, []).append(decision)
    for workspace, found in by_workspace.items():
        made = [(decision.link, orders[decision.key]) for decision in found if decision.link is not None]
        link_tickets(connection, workspace, made)
        touched = sorted({link.incident_id for link, _ in made})
        changed = connection.execute(
            sa.update(incidents)
            .where(
                incidents.c.workspace == workspace,
                incidents.c.id.in_([name for name in touched if (workspace, name) not in new]),
                incidents.c.state.in_([IncidentState.OPEN.value, IncidentState.QUIET.value]),
            )
            .values(state=IncidentState.GROWING.value)
            .returning(incidents.c.id)
        ).scalars()
        add_events(connection, [Event(workspace, "incident.grow", at, actor, None, name) for name in sorted(changed)])
        count_members(connection, workspace, touched)


def _begun(gathering: Gathering, incident: Incident, at: float, actor: str) -> Event:
    then = {"tickets": 1 + len(gathering.links)}
    return Event(incident.workspace, "incident.open", at, actor, incident_id=incident.id, data=then)


def _linked(workspace: str, link: Link, at: float, actor: str, suppressed: bool) -> Event:
    kind = f"ticket.{Action.SUPPRESS}" if suppressed else "ticket.link"
    return Event(workspace, kind, at, actor, link.ticket_id, link.incident_id, data=link_data(link))
