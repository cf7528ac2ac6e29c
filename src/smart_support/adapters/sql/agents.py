"""Agents, in SQL."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.access import revoke_keys
from smart_support.adapters.sql.access_schema import api_keys
from smart_support.adapters.sql.agent_rows import (
    agent_of,
    give_back,
    held_by,
    is_agent,
    let_stand,
    loads,
    lock_agents,
    profile_row,
)
from smart_support.adapters.sql.agent_schema import agents
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.rows import add_events
from smart_support.domain.agent import Agent, AgentStatus, Silence
from smart_support.domain.event import Event
from smart_support.domain.ticket import HELD, State, Ticket
from smart_support.pipeline.agents import Standing
from smart_support.pipeline.records import Unavailable


class SqlAgents:
    """The port AgentStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def agents(self, workspace: str) -> list[Standing]:
        query = sa.select(agents).where(agents.c.workspace == workspace).order_by(agents.c.id)

        def unit(connection: Connection) -> list[Standing]:
            held = loads(connection, workspace)
            found = [agent_of(dict(row)) for row in connection.execute(query).mappings()]
            return [Standing(agent, held.get(agent.id, 0)) for agent in found]

        return self._database.read(unit)

    def agent(self, workspace: str, agent_id: str) -> Standing | None:
        query = sa.select(agents).where(is_agent(workspace, agent_id))

        def unit(connection: Connection) -> Standing | None:
            row = connection.execute(query).mappings().one_or_none()
            held = loads(connection, workspace, [agent_id])
            return None if row is None else Standing(agent_of(dict(row)), held.get(agent_id, 0))

        return self._database.read(unit)

    def save_agents(self, given: Sequence[Agent], at: float, actor: str) -> list[Agent]:
        new = [profile_row(agent) | {"status": agent.status.value} for agent in given]

        def unit(connection: Connection) -> list[Agent]:
            added = bulk.insert_new(connection, agents, sorted(new, key=lambda row: (row["workspace"], row["id"])))
            known = [agent for agent in given if (agent.workspace, agent.id) not in added]
            before = {
                (name, agent.id): agent
                for name in sorted({agent.workspace for agent in known})
                for agent in lock_agents(connection, name, [one.id for one in known if one.workspace == name]).values()
            }
            if len(before) < len(known):
                raise Unavailable("somebody removed an agent meanwhile")
            changed = [agent for agent in known if profile_row(agent) != profile_row(before[agent.workspace, agent.id])]
            bulk.update(connection, agents, [profile_row(agent) for agent in changed])
            made = [agent for agent in given if (agent.workspace, agent.id) in added]
            add_events(connection, [_event("add", agent, at, actor) for agent in made])
            add_events(connection, [_event("change", agent, at, actor) for agent in changed])
            return [_as_it_stands(agent, before.get((agent.workspace, agent.id))) for agent in given]

        return self._database.write(unit)

    def remove_agent(self, workspace: str, agent_id: str, at: float, actor: str) -> bool:
        def unit(connection: Connection) -> bool:
            agent = lock_agents(connection, workspace, [agent_id]).get(agent_id)
            if agent is None:
                return False
            has = held_by(connection, workspace, [agent_id], HELD | {State.CLAIMED})
            give_back(connection, has, at, actor)
            revoke_keys(connection, (api_keys.c.workspace == workspace) & (api_keys.c.agent_id == agent_id), at, actor)
            connection.execute(sa.delete(agents).where(is_agent(workspace, agent_id)))
            add_events(connection, [_event("remove", agent, at, actor)])
            return True

        return self._database.write(unit)

    def set_status(self, workspace: str, agent_id: str, status: AgentStatus, at: float, actor: str) -> Agent | None:
        return self._let_stand(workspace, agent_id, lambda agent: agent.standing(status), at, actor)

    def heartbeat(self, workspace: str, agent_id: str, at: float, actor: str) -> Agent | None:
        return self._let_stand(workspace, agent_id, lambda agent: agent.beating(at), at, actor)

    def _let_stand(
        self, workspace: str, agent_id: str, change: Callable[[Agent], Agent], at: float, actor: str
    ) -> Agent | None:
        def unit(connection: Connection) -> Agent | None:
            agent = lock_agents(connection, workspace, [agent_id]).get(agent_id)
            if agent is None:
                return None
            after = change(agent)
            let_stand(connection, workspace, {agent_id: (agent, after)}, at, actor)
            return after

        return self._database.write(unit)

    def silence(self, limits: Silence, at: float, actor: str) -> int:
        quiet = sa.select(agents.c.workspace, agents.c.id).where(
            agents.c.heartbeat_at.is_not(None),
            agents.c.status != AgentStatus.OFFLINE.value,
            sa.case(
                (agents.c.status == AgentStatus.AWAY.value, agents.c.heartbeat_at < at - limits.offline),
                else_=agents.c.heartbeat_at < at - limits.away,
            ),
        )

        def unit(connection: Connection) -> int:
            number = 0
            for workspace, ids in _by_workspace(connection.execute(quiet).all()).items():
                held = lock_agents(connection, workspace, ids)
                after = {name: (one, limits.after(one, at)) for name, one in held.items()}
                silenced = {name: pair for name, pair in after.items() if pair[0] is not pair[1]}  # who was not heard
                let_stand(connection, workspace, silenced, at, actor)
                number += len(silenced)
            return number

        if not self._database.read(lambda connection: connection.execute(quiet.limit(1)).all()):
            return 0
        return self._database.write(unit)

    def tickets_of(self, workspace: str, agent_id: str) -> list[Ticket]:
        return self._database.read(lambda connection: held_by(connection, workspace, [agent_id], locked=False))


def _by_workspace(rows: Iterable[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for workspace, agent_id in sorted((row.workspace, row.id) for row in rows):
        found.setdefault(workspace, []).append(agent_id)
    return found


def _as_it_stands(agent: Agent, before: Agent | None) -> Agent:
    if before is None:
        return agent
    return replace(agent, status=before.status, heartbeat_at=before.heartbeat_at, before_silence=before.before_silence)


def _event(verb: str, agent: Agent, at: float, actor: str) -> Event:
    return Event(agent.workspace, f"agent.{verb}", at, actor, agent_id=agent.id)
