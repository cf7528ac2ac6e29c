"""Incidents as the dispatcher makes and feeds them, in the transaction that dispatches their tickets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.incident_rows import incident_row, link_data, link_row
from smart_support.adapters.sql.rows import add_events
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.statements import find_erased, ticket_key
from smart_support.adapters.sql.storm_schema import HAS_LINK, incidents, links
from smart_support.domain.event import Event
from smart_support.domain.incident import Incident, IncidentState, Link, severity
from smart_support.domain.storm.title import NAMELESS
from smart_support.domain.ticket import TRANSITIONS, Action, State, TicketKey
from smart_support.pipeline.records import Dispatched, Gathering, Unavailable


def hold_incidents(connection: Connection, decisions: Iterable[Dispatched], gathered: Iterable[Gathering]) -> None:
    """Hold the incidents that tickets come to until the transaction ends: before the tickets, as everybody does."""
    named = {(one.key.workspace, one.link.incident_id) for one in decisions if one.link is not None}
    named |= {(one.opener.workspace, one.incident_id) for one in gathered}
    for workspace, incident_id in sorted(named):
        row = (incidents.c.workspace == workspace) & (incidents.c.id == incident_id)
        connection.execute(sa.select(incidents.c.id).where(row).with_for_update())


def gather(
    connection: Connection, gathered: Sequence[Gathering], orders: Mapping[TicketKey, int], at: float, actor: str
) -> None:
    """Store new incidents, and the tickets that came before those with which they are gathered, in the transaction that
    dispatches these. The caller holds the tickets' rows."""
    begun = [_named(connection, one) for one in gathered if one.incident]
    bulk.insert(connection, incidents, [incident_row(incident, one.join) for one, incident in begun])
    add_events(connection, [_begun(one, incident, at, actor) for one, incident in begun])
    for one in gathered:
        workspace = one.opener.workspace
        if one.reopened is not None:
            _reopen(connection, one, at, actor)
        link_tickets(connection, workspace, [(link, orders[one.opener]) for link in one.links])
        keys = [TicketKey(workspace, link.ticket_id) for link in one.links]
        bulk.update(connection, tickets, [ticket_key(key) | {"incident_id": one.incident_id} for key in keys])
        members = {**(one.reopened or {}), **{link.ticket_id: link.exception for link in one.links}}
        # The first stands for all of them in the queue.
        stands = 1 if one.incident is not None or one.reopened is not None else 0
        leaving = [name for name, more in list(members.items())[stands:] if more is None]
        gone = _suppress(connection, workspace, one.incident_id, leaving)
        add_events(connection, [_linked(workspace, link, at, actor, link.ticket_id in gone) for link in one.links])
        add_events(
            connection,
            [
                Event(workspace, f"ticket.{Action.SUPPRESS}", at, actor, ticket_id, one.incident_id)
                for ticket_id in one.reopened or ()
                if ticket_id in gone
            ],
        )


def _named(connection: Connection, gathering: Gathering) -> tuple[Gathering, Incident]:
    """A new incident with what it is called; where a member was erased since somebody read it, that may be its words.
    The members' rows are held."""
    incident, workspace = gathering.incident, gathering.opener.workspace
    assert incident is not None  # it is new
    members = [gathering.opener, *(TicketKey(workspace, link.ticket_id) for link in gathering.links)]
    if find_erased(connection, members):
        incident = replace(incident, title=NAMELESS, keywords=())
    return gathering, incident


def _reopen(connection: Connection, gathering: Gathering, at: float, actor: str) -> None:
    """Open a closed incident again."""
    workspace, incident_id = gathering.opener.workspace, gathering.incident_id
    connection.execute(
        sa.update(incidents)
        .where(
            incidents.c.workspace == workspace,
            incidents.c.id == incident_id,
            incidents.c.state == IncidentState.RESOLVED.value,
            incidents.c.merged_into.is_(None),
        )
        .values(state=IncidentState.GROWING.value, closed_at=None, reopened_at=at)
    )
    add_events(connection, [Event(workspace, "incident.reopen", at, actor, incident_id=incident_id)])


def _returned(gathering: Gathering) -> Iterator[dict[str, Any]]:
    """Recurrences, perhaps of these very tickets, that are plain members from now on."""
    for ticket_id, more in (gathering.reopened or {}).items():
        key = {"workspace": gathering.opener.workspace, "ticket_id": ticket_id}
        yield key | {"recurrence": False, "exception": more}


def _suppress(connection: Connection, workspace: str, incident_id: str, ids: Sequence[str]) -> set[str]:
    """Take members of an incident out of the queue, and from agents who have not begun with them; those that were."""
    if not ids:
        return set()
    nobody_began = (State.WAITING.value, State.OFFERED.value, State.ASSIGNED.value)
    taken = (
        sa.update(tickets)
        .where(
            tickets.c.workspace == workspace,
            tickets.c.id.in_(ids),
            tickets.c.incident_id == incident_id,
            tickets.c.state.in_(nobody_began),
        )
        .values(state=TRANSITIONS[Action.SUPPRESS].target.value, agent_id=None, offer_until=None)
        .returning(tickets.c.id)
    )
    return set(connection.execute(taken).scalars())


def link_tickets(connection: Connection, workspace: str, made: Sequence[tuple[Link, int]]) -> None:
    """Store links, each with the dispatch order of the ticket with which it came to be.

    Raises Unavailable where somebody has linked a ticket, or closed, dismissed or merged an incident since the
    decision: it is made anew.
    """
    if not made:
        return
    stored = bulk.insert_new(connection, links, [link_row(workspace, link, place) for link, place in made])
    joined = sorted({link.incident_id for link, _ in made if not link.recurrence})
    closed = connection.execute(
        sa.select(incidents.c.id)
        .where(
            incidents.c.workspace == workspace,
            incidents.c.id.in_(sorted({link.incident_id for link, _ in made})),
            incidents.c.merged_into.is_not(None)
            | (incidents.c.state == IncidentState.DISMISSED.value)
            | (incidents.c.id.in_(joined) & incidents.c.closed_at.is_not(None)),
        )
        .limit(1)
    ).scalar()
    if closed is not None or len(stored) < len(made):
        raise Unavailable("somebody changed the incidents meanwhile")


CUSTOMER = sa.func.coalesce(tickets.c.customer_id, tickets.c.customer_email)
"""Whose a ticket is; NULL where it does not say."""


def count_members(connection: Connection, workspace: str, ids: Iterable[str]) -> None:
    """Make the figures of incidents follow from their members again."""
    for incident_id in sorted(set(ids)):
        suppressed = sa.case((tickets.c.state == State.SUPPRESSED.value, 1), else_=0)
        reports = sa.case((sa.not_(links.c.recurrence), tickets.c.accepted_at))
        row = connection.execute(
            sa.select(
                sa.func.count().label("tickets"),
                sa.func.coalesce(sa.func.sum(suppressed), 0).label("suppressed"),
                sa.func.count(sa.distinct(CUSTOMER)).label("customers"),
                sa.func.avg(tickets.c.urgency).label("urgency"),
                sa.func.min(reports).label("first"),
                sa.func.max(reports).label("last"),
            )
            .join(tickets, HAS_LINK)
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
        returned = [row for one in gathered if one.opener.workspace == workspace for row in _returned(one)]
        bulk.update(connection, links, returned)
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
