"""Incidents after tickets of theirs were erased: what they are called, and which ticket stands for their cause. Each
function is part of the caller's transaction."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.storm_schema import SAYS_WHAT, cannot_links, incidents, links
from smart_support.domain.storm.title import NAMELESS
from smart_support.pipeline.privacy import Retitle

_MEMBERS, _OTHERS = 30, 30  # texts that a title is made of, and those it is set off against
_LONGEST = 4_000  # characters of a body that are looked at: the transaction holds rows meanwhile


def named_after(connection: Connection, workspace: str, ids: Sequence[str]) -> set[str]:
    """The incidents whose titles may hold words of these tickets: those they belong to or once did, and those that were
    merged into such."""
    found: set[str] = set()
    for table in (links, cannot_links):
        ours = (table.c.workspace == workspace) & table.c.ticket_id.in_(ids)
        found |= set(connection.execute(sa.select(table.c.incident_id).where(ours)).scalars())
    related = incidents.c.representative.in_(ids) | incidents.c.merged_into.in_(found)
    merged = sa.select(incidents.c.id).where(incidents.c.workspace == workspace, related)
    return found | set(connection.execute(merged).scalars())


def hold(connection: Connection, workspace: str, ids: Collection[str]) -> None:
    """Hold incidents until the transaction ends: before tickets, and in the order of their ids, as everybody does."""
    ours = (incidents.c.workspace == workspace) & incidents.c.id.in_(sorted(ids))
    connection.execute(sa.select(incidents.c.id).where(ours).order_by(incidents.c.id).with_for_update()).all()


def rename(connection: Connection, workspace: str, ids: Collection[str], retitle: Retitle) -> None:
    """Call incidents by what their other members say."""
    others = _texts(connection, workspace, tickets.c.dispatch_order.is_not(None), _OTHERS) if ids else []
    for incident_id in sorted(ids):
        one = (incidents.c.workspace == workspace) & (incidents.c.id == incident_id)
        into = connection.execute(sa.select(incidents.c.merged_into).where(one)).scalar()
        member = sa.select(links.c.ticket_id).where(
            links.c.workspace == workspace, links.c.incident_id.in_([incident_id, into or incident_id])
        )
        members = _texts(connection, workspace, tickets.c.id.in_(member), _MEMBERS)
        title, keywords = retitle(members, others) if members else (NAMELESS, ())
        connection.execute(sa.update(incidents).where(one).values(title=title, keywords=list(keywords)))


def stand_down(connection: Connection, workspace: str, ids: Sequence[str]) -> None:
    """Where these tickets say what an incident is about, let the first other one that did say it."""
    led = sa.select(links.c.representative).where(links.c.workspace == workspace, links.c.representative.in_(ids))
    for old in sorted(set(connection.execute(led).scalars())):
        cause = (links.c.workspace == workspace) & (links.c.representative == old)
        said = (tickets.c.workspace == workspace) & (tickets.c.id == links.c.ticket_id) & tickets.c.erased_at.is_(None)
        first = sa.select(links.c.ticket_id).join(tickets, said).where(cause, SAYS_WHAT)
        new = connection.execute(first.order_by(links.c.place, tickets.c.dispatch_order).limit(1)).scalar()
        if new is not None:
            for table in (links, cannot_links, incidents):
                one = (table.c.workspace == workspace) & (table.c.representative == old)
                connection.execute(sa.update(table).where(one).values(representative=new))


def _texts(connection: Connection, workspace: str, which: sa.ColumnElement[bool], most: int) -> list[str]:
    query = (
        sa.select(tickets.c.subject, sa.func.substr(tickets.c.body, 1, _LONGEST).label("body"))
        .where(tickets.c.workspace == workspace, tickets.c.erased_at.is_(None), which)
        .order_by(tickets.c.dispatch_order.desc())
        .limit(most)
    )
    return [f"{row.subject}\n{row.body}" for row in reversed(connection.execute(query).all())]
