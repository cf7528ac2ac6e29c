"""Assignment in SQL: who waits, and who is given what."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql.agent_rows import give_back, held_by, let_stand, loads, lock_agents, put_tickets
from smart_support.adapters.sql.agent_schema import agents, declines
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.leases import hold_lease
from smart_support.adapters.sql.rows import TICKET_COLUMNS, add_events
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.statements import find_tickets, lock_tickets
from smart_support.adapters.sql.storm_schema import incidents, links
from smart_support.domain.agent import AgentStatus
from smart_support.domain.event import Datum, Event
from smart_support.domain.routing.case import Case
from smart_support.domain.sla import Progress
from smart_support.domain.ticket import Action, State, Ticket, TicketKey
from smart_support.pipeline.assignments import Given
from smart_support.pipeline.records import Lease

_WAITS = tickets.c.state == sa.literal_column("'waiting'")
_FOLLOW_UP_SECONDS = 30 * 86_400.0
"""For so long after a ticket its customer's next one is a follow-up."""

_STANDS = sa.exists().where(
    links.c.workspace == tickets.c.workspace,
    links.c.ticket_id == tickets.c.id,
    links.c.exception.is_(None),
    sa.not_(links.c.recurrence),
    incidents.c.workspace == links.c.workspace,
    incidents.c.id == links.c.incident_id,
    incidents.c.closed_at.is_(None),
)
"""Tickets that wait in the name of an open incident."""

_CASE_COLUMNS = [
    column
    for column in TICKET_COLUMNS
    if column.name not in {"subject", "body", "metadata", "reasons", "confidence", "model_version"}
]


class SqlAssignments:
    """The port AssignmentStore, but for agents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def assignable(self) -> list[str]:
        waits = sa.exists().where(tickets.c.workspace == agents.c.workspace, _WAITS)
        query = (
            sa.select(agents.c.workspace).where(agents.c.status == AgentStatus.ONLINE.value, waits).distinct()
        ).order_by(agents.c.workspace)
        return self._database.read(lambda connection: list(connection.execute(query).scalars()))

    def cases(self, workspace: str) -> list[Case]:
        query = sa.select(*_CASE_COLUMNS, _STANDS.label("stands")).where(tickets.c.workspace == workspace, _WAITS)

        def unit(connection: Connection) -> list[Case]:
            rows = connection.execute(query).mappings().all()
            barred = _barred(connection, workspace, _WAITS)
            before = _agents_of_customers(connection, workspace)
            return [_case(dict(row), barred.get(row["id"], {}), before) for row in rows]

        return self._database.read(unit)

    def case(self, key: TicketKey) -> Case | None:
        this = (tickets.c.workspace == key.workspace) & (tickets.c.id == key.ticket_id)
        query = sa.select(*_CASE_COLUMNS, _STANDS.label("stands")).where(this, tickets.c.dispatch_order.is_not(None))

        def unit(connection: Connection) -> Case | None:
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                return None
            waits = row["state"] == State.WAITING.value
            barred = _barred(connection, key.workspace, this).get(key.ticket_id, {})
            before = _agents_of_customers(connection, key.workspace, key.ticket_id)
            last = row["last_agent_id"] if waits or row["last_agent_id"] != row["agent_id"] else None
            return _case({**row, "last_agent_id": last}, barred, before)

        return self._database.read(unit)

    def record_assignments(
        self, workspace: str, given: Sequence[Given], at: float, actor: str, lease: Lease, offer_until: float | None
    ) -> list[str]:
        action = Action.ASSIGN if offer_until is None else Action.OFFER

        def unit(connection: Connection) -> list[str]:
            hold_lease(connection, lease)
            wanted = sorted({one.assigned.agent_id for one in given})
            present = lock_agents(connection, workspace, wanted)
            held = loads(connection, workspace, wanted)
            room = {
                agent.id: agent.capacity - held.get(agent.id, 0)
                for agent in present.values()
                if agent.status is AgentStatus.ONLINE
            }
            keys = lock_tickets(connection, [TicketKey(workspace, one.assigned.ticket_id) for one in given], _WAITS)
            waiting = find_tickets(connection, keys)
            barred = _barred(connection, workspace, _WAITS)
            made: list[tuple[Given, Ticket]] = []
            for one in given:
                agent_id, ticket = one.assigned.agent_id, waiting.get(TicketKey(workspace, one.assigned.ticket_id))
                if ticket is None or room.get(agent_id, 0) <= 0:
                    continue
                if ticket.team != one.team or barred.get(ticket.id, {}).keys() != one.barred:
                    continue  # somebody has said something else since
                room[agent_id] -= 1
                after = ticket.apply(action, at=at, agent_id=agent_id)
                made.append((one, replace(after, last_agent_id=agent_id, offer_until=offer_until)))
            put_tickets(connection, [ticket for _, ticket in made])
            add_events(connection, [_given(action, one, ticket, at, actor) for one, ticket in made])
            return [ticket.id for _, ticket in made]

        return self._database.write(unit)

    def expire_offers(self, at: float, actor: str) -> int:
        lapsed = sa.select(tickets.c.workspace, tickets.c.agent_id).where(
            tickets.c.state == State.OFFERED.value, tickets.c.offer_until <= at
        )
        found = self._database.read(lambda connection: connection.execute(lapsed.distinct()).all())

        def unit(connection: Connection) -> int:
            number = 0
            for workspace in sorted({row.workspace for row in found}):
                names = [row.agent_id for row in found if row.workspace == workspace]
                number += _expire(connection, workspace, names, at, actor)
            return number

        return self._database.write(unit) if found else 0


def _expire(connection: Connection, workspace: str, ids: Sequence[str], at: float, actor: str) -> int:
    """Take back what was offered to agents for long enough. Who let that happen is away, so that he has no offers."""
    known = lock_agents(connection, workspace, ids)
    offered = held_by(connection, workspace, ids, {State.OFFERED})
    lapsed = [ticket for ticket in offered if ticket.offer_until is not None and ticket.offer_until <= at]
    give_back(connection, lapsed, at, actor, Action.EXPIRE)
    late = {ticket.agent_id for ticket in lapsed}
    changes = {
        name: (one, replace(one, status=AgentStatus.AWAY) if one.status is AgentStatus.ONLINE else one)
        for name, one in known.items()
        if name in late
    }
    let_stand(connection, workspace, changes, at, actor)
    return len(lapsed)


def _barred(connection: Connection, workspace: str, which: sa.ColumnElement[bool]) -> dict[str, dict[str, float]]:
    """Who declined which ticket, and when."""
    same = (declines.c.workspace == tickets.c.workspace) & (declines.c.ticket_id == tickets.c.id)
    query = (
        sa.select(declines.c.ticket_id, declines.c.agent_id, declines.c.at)
        .join(tickets, same)
        .where(tickets.c.workspace == workspace, which)
    )
    found: dict[str, dict[str, float]] = {}
    for row in connection.execute(query):
        found.setdefault(row.ticket_id, {})[row.agent_id] = row.at
    return found


def _agents_of_customers(connection: Connection, workspace: str, ticket_id: str | None = None) -> dict[str, str]:
    """Who has the last open ticket of each customer who waits, or else had the last one, by the customer's id and by
    his address; or of the customer of one ticket, that one left aside."""
    newest = sa.select(sa.func.max(tickets.c.accepted_at)).where(tickets.c.workspace == workspace).scalar_subquery()
    found: dict[str, str] = {}
    for customer in (tickets.c.customer_email, tickets.c.customer_id):
        waits = tickets.alias("waits")
        whose = waits.c.state == sa.literal_column("'waiting'") if ticket_id is None else waits.c.id == ticket_id
        waiting = (
            sa.select(waits.c[customer.name].label("customer"))
            .where(waits.c.workspace == workspace, whose)
            .distinct()
            .subquery()
        )
        is_open = sa.case((tickets.c.state == State.RESOLVED.value, 1), else_=0)
        place = sa.func.row_number().over(
            partition_by=waiting.c.customer, order_by=(is_open, tickets.c.accepted_at.desc(), tickets.c.id)
        )
        had = (
            sa.select(waiting.c.customer, tickets.c.last_agent_id, place.label("place"))
            .join(tickets, customer == waiting.c.customer)
            .where(
                tickets.c.workspace == workspace,
                tickets.c.last_agent_id.is_not(None),
                tickets.c.accepted_at >= newest - _FOLLOW_UP_SECONDS,
                sa.true() if ticket_id is None else tickets.c.id != ticket_id,
            )
            .subquery()
        )
        query = sa.select(had).where(had.c.place == 1)
        found |= {row.customer: row.last_agent_id for row in connection.execute(query)}
    return found


def _case(row: Mapping[str, Any], barred: Mapping[str, float], before: Mapping[str, str]) -> Case:
    mine = (row["customer_id"], row["customer_email"])
    return Case(
        ticket_id=row["id"],
        order=row["dispatch_order"],
        category=row["category"],
        urgency=row["urgency"],
        progress=Progress(row["accepted_at"], row["answered_at"], row["resolved_at"]),
        language=row["language"],
        tags=tuple(row["tags"]),
        channel=row["channel"],
        customer_id=row["customer_id"],
        customer_email=row["customer_email"],
        customer_tier=row["customer_tier"],
        team=row["team"],
        escalated=row["escalated_at"] is not None,
        preferred=row["last_agent_id"] or next((before[one] for one in mine if one in before), None),
        barred=frozenset(barred),
        barred_at=max(barred.values(), default=None),
        stands=row["stands"],
    )


def _given(action: Action, one: Given, ticket: Ticket, at: float, actor: str) -> Event:
    parts = one.assigned.parts
    rule: dict[str, Datum] = {} if one.rule is None else {"rule": one.rule}
    data: dict[str, Datum] = {
        "cost": parts.total,
        "skill": parts.skill,
        "relaxed": parts.relaxed,
        "preferred": parts.preferred,
        "load": parts.load,
        **rule,
    }
    return Event(ticket.workspace, f"ticket.{action}", at, actor, ticket.id, ticket.incident_id, ticket.agent_id, data)
