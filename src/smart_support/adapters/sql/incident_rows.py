"""Incidents and links to rows and back, and incidents by their id."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql.agent_rows import IS_HELD
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.storm_schema import incidents, links
from smart_support.domain.event import Datum, Event
from smart_support.domain.incident import Incident, IncidentState, Link, LinkKind, Severity


def link_data(link: Link) -> dict[str, Datum]:
    """A link as data of an event."""
    data: dict[str, Datum] = {"kind": link.kind.value}
    if link.similarity is not None:
        data["similarity"] = round(link.similarity, 4)
    if link.recurrence:
        data["recurrence"] = True
    if link.exception is not None:
        data["exception"] = link.exception
    return data


def link_row(workspace: str, link: Link, place: int) -> dict[str, Any]:
    """A link as a row."""
    return {
        "workspace": workspace,
        "ticket_id": link.ticket_id,
        "incident_id": link.incident_id,
        "kind": link.kind.value,
        "similarity": link.similarity,
        "representative": link.representative,
        "at": link.at,
        "place": place,
        "recurrence": link.recurrence,
        "exception": link.exception,
    }


def link_of(row: Mapping[str, Any]) -> Link:
    """The link in a row."""
    return Link(
        ticket_id=row["ticket_id"],
        incident_id=row["incident_id"],
        kind=LinkKind(row["kind"]),
        at=row["at"],
        similarity=row["similarity"],
        representative=row["representative"],
        recurrence=row["recurrence"],
        exception=row["exception"],
    )


def incident_of(row: Mapping[str, Any]) -> Incident:
    """The incident in a row."""
    return Incident(
        workspace=row["workspace"],
        id=row["id"],
        number=row["number"],
        title=row["title"],
        keywords=tuple(row["keywords"]),
        severity=Severity(row["severity"]),
        state=IncidentState(row["state"]),
        opened_at=row["opened_at"],
        reported_at=row["reported_at"],
        representative=row["representative"],
        tickets=row["tickets"],
        suppressed=row["suppressed"],
        customers=row["customers"],
        closed_at=row["closed_at"],
        reopened_at=row["reopened_at"],
        follows=row["follows"],
        merged_into=row["merged_into"],
        cues=tuple(row["cues"]),
        owner=row.get("owner"),
    )


def incident_row(incident: Incident, join: float | None) -> dict[str, Any]:
    """A new incident as a row; `join` is the likeness from which on tickets join it."""
    return {
        "workspace": incident.workspace,
        "id": incident.id,
        "number": incident.number,
        "title": incident.title,
        "keywords": list(incident.keywords),
        "severity": incident.severity.value,
        "state": incident.state.value,
        "opened_at": incident.opened_at,
        "reported_at": incident.reported_at,
        "representative": incident.representative,
        "follows": incident.follows,
        "likeness": join,
        "cues": list(incident.cues),
        "tickets": incident.tickets,
        "suppressed": incident.suppressed,
        "customers": incident.customers,
    }


def incident_event(verb: str, incident: Incident, at: float, actor: str) -> Event:
    """What happened to an incident."""
    return Event(incident.workspace, f"incident.{verb}", at, actor, incident_id=incident.id)


_plain = links.alias("plain")
SAYS_NO_MORE = sa.exists().where(
    _plain.c.workspace == tickets.c.workspace,
    _plain.c.ticket_id == tickets.c.id,
    _plain.c.exception.is_(None),
    sa.not_(_plain.c.recurrence),
)
"""Members that say nothing beyond what their incident does."""


def _is(workspace: str, incident_id: str) -> sa.ColumnElement[bool]:
    return (incidents.c.workspace == workspace) & (incidents.c.id == incident_id)


def select_incidents() -> sa.Select[Any]:
    """Incidents, each with the agent who has the first of the tickets that stand for it."""
    owner = (
        sa.select(tickets.c.agent_id)
        .where(
            tickets.c.workspace == incidents.c.workspace,
            tickets.c.incident_id == incidents.c.id,
            tickets.c.agent_id.is_not(None),
            IS_HELD,
            SAYS_NO_MORE,
        )
        .order_by(tickets.c.dispatch_order)
        .limit(1)
        .correlate(incidents)
        .scalar_subquery()
    )
    return sa.select(incidents, owner.label("owner"))


def find_incident(connection: Connection, workspace: str, incident_id: str) -> Incident | None:
    """The incident as it stands."""
    row = connection.execute(select_incidents().where(_is(workspace, incident_id))).mappings().one_or_none()
    return None if row is None else incident_of(dict(row))


def put_incident(connection: Connection, incident: Incident, values: dict[str, object]) -> None:
    """Change columns of its row."""
    connection.execute(sa.update(incidents).where(_is(incident.workspace, incident.id)).values(values))
