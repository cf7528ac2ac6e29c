"""Agents to rows and back, and what several parts do with the tickets that they hold."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.agent_schema import agents
from smart_support.adapters.sql.rows import TICKET_COLUMNS, add_events, ticket_of
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.statements import ticket_key
from smart_support.domain.agent import Agent, AgentStatus
from smart_support.domain.calendar import WeeklyHours
from smart_support.domain.event import Datum, Event
from smart_support.domain.ticket import HELD, Action, State, Ticket

# Said as it stands in the index: with parameters SQLite would not know it again.
IS_HELD = tickets.c.state.in_([sa.literal_column(f"'{name}'") for name in sorted(HELD)])


def agent_of(row: Mapping[str, Any]) -> Agent:
    """The agent in a row."""
    return Agent(
        workspace=row["workspace"],
        id=row["id"],
        name=row["name"],
        skills=row["skills"],
        capacity=row["capacity"],
        languages=tuple(row["languages"]),
        team=row["team"],
        hours=None if row["hours"] is None else WeeklyHours.parse(row["hours"]),
        status=AgentStatus(row["status"]),
        heartbeat_at=row["heartbeat_at"],
        before_silence=None if row["before_silence"] is None else AgentStatus(row["before_silence"]),
    )


def profile_row(agent: Agent) -> dict[str, Any]:
    """Who an agent is, as a row; where he stands is left out."""
    return {
        "workspace": agent.workspace,
        "id": agent.id,
        "name": agent.name,
        "skills": dict(agent.skills),
        "capacity": agent.capacity,
        "languages": list(agent.languages),
        "team": agent.team,
        "hours": None if agent.hours is None else agent.hours.as_mapping(),
    }


def is_agent(workspace: str, agent_id: str) -> sa.ColumnElement[bool]:
    return (agents.c.workspace == workspace) & (agents.c.id == agent_id)


def lock_agents(connection: Connection, workspace: str, ids: Iterable[str]) -> dict[str, Agent]:
    """Agents, held until the transaction ends: whoever adds to what one holds has to hold him, so that his capacity is
    never exceeded. They come before tickets, and in the order of their ids, so that two callers cannot wait for each
    other."""
    query = (
        sa.select(agents)
        .where(agents.c.workspace == workspace, agents.c.id.in_(sorted(set(ids))))
        .order_by(agents.c.id)
        .with_for_update()
    )
    return {row["id"]: agent_of(dict(row)) for row in connection.execute(query).mappings()}


def loads(connection: Connection, workspace: str, ids: Sequence[str] | None = None) -> dict[str, int]:
    """How many tickets each agent (None: all) holds; those who hold none are left out."""
    query = (
        sa.select(tickets.c.agent_id, sa.func.count().label("held"))
        .where(tickets.c.workspace == workspace, tickets.c.agent_id.is_not(None), IS_HELD)
        .group_by(tickets.c.agent_id)
    )
    if ids is not None:
        query = query.where(tickets.c.agent_id.in_(ids))
    return {row.agent_id: row.held for row in connection.execute(query)}


def held_by(
    connection: Connection, workspace: str, ids: Iterable[str], states: Iterable[State] = HELD, *, locked: bool = True
) -> list[Ticket]:
    """What agents hold in these states, the oldest first; `locked` until the transaction ends."""
    query = (
        sa.select(*TICKET_COLUMNS)
        .where(
            tickets.c.workspace == workspace,
            tickets.c.agent_id.in_(sorted(set(ids))),
            tickets.c.state.in_(sorted(state.value for state in states)),
        )
        .order_by(tickets.c.id)
    )
    rows = connection.execute(query.with_for_update() if locked else query).mappings()
    found = [ticket_of(row) for row in rows]
    return sorted(found, key=lambda ticket: (ticket.accepted_at, ticket.id))


def put_tickets(connection: Connection, changed: Sequence[Ticket]) -> None:
    """Store where tickets stand by now."""
    rows = [
        ticket_key(ticket.key)
        | {
            "state": ticket.state.value,
            "agent_id": ticket.agent_id,
            "last_agent_id": ticket.last_agent_id,
            "offer_until": ticket.offer_until,
            "team": ticket.team,
            "answered_at": ticket.answered_at,
            "resolved_at": ticket.resolved_at,
            "escalated_at": ticket.escalated_at,
        }
        for ticket in changed
    ]
    bulk.update(connection, tickets, rows)


def give_back(
    connection: Connection, held: Sequence[Ticket], at: float, actor: str, action: Action = Action.RELEASE
) -> None:
    """Let tickets wait for another agent."""
    put_tickets(connection, [ticket.apply(action, at=at) for ticket in held])
    add_events(
        connection,
        [
            Event(one.workspace, f"ticket.{action}", at, actor, one.id, one.incident_id, agent_id=one.agent_id)
            for one in held
        ],
    )


def let_stand(
    connection: Connection, workspace: str, changes: Mapping[str, tuple[Agent, Agent]], at: float, actor: str
) -> None:
    """Let agents who are held stand otherwise (by id: as they were, as they are), and give back what they must not
    keep: who is not online what is only offered to him, who is offline all that he has not begun."""
    bulk.update(connection, agents, [_stands(after) for before, after in changes.values() if after != before])
    add_events(
        connection,
        [
            Event(workspace, "agent.status", at, actor, agent_id=name, data=_told(after))
            for name, (before, after) in changes.items()
            if _told(after) != _told(before)
        ],
    )
    gone = [name for name, (_, after) in changes.items() if after.status is not AgentStatus.ONLINE]
    offline = {name for name in gone if changes[name][1].status is AgentStatus.OFFLINE}
    held = held_by(connection, workspace, gone, HELD - {State.IN_PROGRESS}) if gone else []
    give_back(connection, [one for one in held if one.state is State.OFFERED or one.agent_id in offline], at, actor)


def _stands(agent: Agent) -> dict[str, Any]:
    return {
        "workspace": agent.workspace,
        "id": agent.id,
        "status": agent.status.value,
        "heartbeat_at": agent.heartbeat_at,
        "before_silence": None if agent.before_silence is None else agent.before_silence.value,
    }


def _told(agent: Agent) -> dict[str, Datum]:
    return {"status": agent.status.value, "silent": agent.silent}
