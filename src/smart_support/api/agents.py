"""Agents: who they are, where they stand, and what they hold."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Admin, OwnAgentCaller, OwnReader
from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import TicketOut, maybe_moment
from smart_support.api.strict import StrictRoute
from smart_support.domain.access import Principal
from smart_support.domain.agent import AgentStatus
from smart_support.pipeline.agent_file import AgentContent, ProfileContent
from smart_support.pipeline.agents import Standing
from smart_support.pipeline.written import Id

router = APIRouter(prefix="/agents", tags=["agents"], route_class=StrictRoute)

_MOST = 10_000
_WRITES = responses(400, 401, 403, 404, 413, 415, 422, 503)


class StatusIn(BaseModel):
    """Where an agent stands from now on."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    status: AgentStatus


class AgentOut(BaseModel):
    """An agent as he stands."""

    id: str
    name: str | None
    team: str | None
    status: AgentStatus
    silent: bool = Field(description="Silence made him so; a heartbeat brings him back.")
    absence: str | None = Field(description="Why he is given nothing now, in words; null: he is there.")
    capacity: int
    load: int = Field(description="Tickets that he holds: offered to him, assigned, or begun.")
    free: int = Field(description="How many tickets he may be given now.")
    skills: dict[str, float]
    languages: list[str]
    hours: dict[str, Any] | None
    heartbeat_at: datetime | None

    @classmethod
    def of_standing(cls, standing: Standing, now: float) -> "AgentOut":
        agent = standing.agent
        absence = " and ".join(agent.absences(now))
        return cls(
            id=agent.id,
            name=agent.name,
            team=agent.team,
            status=agent.status,
            silent=agent.silent,
            absence=absence.replace("_", "-") or None,
            capacity=agent.capacity,
            load=standing.load,
            free=0 if absence else max(0, agent.capacity - standing.load),
            skills=dict(agent.skills),
            languages=list(agent.languages),
            hours=None if agent.hours is None else agent.hours.as_mapping(),
            heartbeat_at=maybe_moment(agent.heartbeat_at),
        )


@router.get("", responses=responses(401, 403, 503))
async def list_agents(caller: OwnReader, parts: Parts) -> list[AgentOut]:
    """All agents, by id."""
    return await _listed(parts, caller.workspace)


class _ListRoute(StrictRoute):
    """A list is stored whole, so it has to come in one body: of `_MOST` agents who say some 800 bytes each."""

    own_limit = 8 * 1024 * 1024


async def put_agents(
    agents: Annotated[list[AgentContent], Body(min_length=1, max_length=_MOST)],
    caller: Admin,
    parts: Parts,
    dry_run: Annotated[bool, Query(description="Check everything, and change nothing.")] = False,
) -> list[AgentOut]:
    """Add agents, or change who those are that are known: all of them or, where one is refused, none. Who is not named
    stays as he is, as do status and tickets of those who are. All agents, by id."""
    twice = sorted(name for name, times in Counter(agent.id for agent in agents).items() if times > 1)
    if twice:
        raise Problem(422, f"Some agents are there twice: {', '.join(twice[:5])}. Nothing was stored.")

    def save() -> None:
        given = [agent.agent(caller.workspace, agent.id) for agent in agents]
        parts.store.save_agents(given, parts.clock.now(), caller.actor)

    if not dry_run:
        await run_in_threadpool(save)
    return await _listed(parts, caller.workspace)


router.add_api_route(
    "",
    put_agents,
    methods=["PUT"],
    responses=responses(400, 401, 403, 413, 415, 422, 503),
    route_class_override=_ListRoute,
)


@router.get("/{agent_id}", responses=responses(401, 403, 404, 422, 503))
async def get_agent(agent_id: Id, caller: OwnReader, parts: Parts) -> AgentOut:
    """An agent as he stands."""
    return await _one(parts, caller.workspace, agent_id)


@router.put("/{agent_id}", responses=responses(400, 401, 403, 413, 415, 422, 503))
async def put_agent(agent_id: Id, profile: ProfileContent, caller: Admin, parts: Parts) -> AgentOut:
    """Add an agent, or change who he is: what is left out is empty then. His status and his tickets stay."""
    given = [profile.agent(caller.workspace, agent_id)]
    await run_in_threadpool(parts.store.save_agents, given, parts.clock.now(), caller.actor)
    return await _one(parts, caller.workspace, agent_id)


@router.delete("/{agent_id}", status_code=204, response_class=Response, responses=responses(401, 403, 404, 422, 503))
async def remove_agent(agent_id: Id, caller: Admin, parts: Parts) -> None:
    """Remove an agent. What he held or had claimed goes back to the queue, begun or not, with its age, and the keys
    that are his are revoked."""
    now = parts.clock.now()
    if not await run_in_threadpool(parts.store.remove_agent, caller.workspace, agent_id, now, caller.actor):
        raise _unknown(agent_id)
    await run_in_threadpool(parts.keys.read_again)


@router.post("/{agent_id}/status", responses=_WRITES)
async def set_status(agent_id: Id, told: StatusIn, caller: OwnAgentCaller, parts: Parts) -> AgentOut:
    """Say where an agent stands. Who goes offline gives back what he has not begun, and whoever is not online what is
    only offered to him, with its age."""
    _check_himself(caller, agent_id)
    now = parts.clock.now()
    found = await run_in_threadpool(parts.store.set_status, caller.workspace, agent_id, told.status, now, caller.actor)
    if found is None:
        raise _unknown(agent_id)
    return await _one(parts, caller.workspace, agent_id)


@router.post("/{agent_id}/heartbeat", responses=responses(401, 403, 404, 422, 503))
async def beat(agent_id: Id, caller: OwnAgentCaller, parts: Parts) -> AgentOut:
    """Note that an agent is still there. From the first one on he is away, and later offline, once they cease."""
    _check_himself(caller, agent_id)
    found = await run_in_threadpool(parts.store.heartbeat, caller.workspace, agent_id, parts.clock.now(), caller.actor)
    if found is None:
        raise _unknown(agent_id)
    return await _one(parts, caller.workspace, agent_id)


@router.get("/{agent_id}/tickets", responses=responses(401, 403, 404, 422, 503))
async def tickets_of_agent(agent_id: Id, caller: OwnReader, parts: Parts) -> list[TicketOut]:
    """What an agent holds, the oldest first: offered to him, assigned, or begun."""
    _check_himself(caller, agent_id)
    await _one(parts, caller.workspace, agent_id)
    held = await run_in_threadpool(parts.store.tickets_of, caller.workspace, agent_id)
    return [TicketOut.of_ticket(ticket) for ticket in held]


async def _listed(parts: ApiParts, workspace: str) -> list[AgentOut]:
    found = await run_in_threadpool(parts.store.agents, workspace)
    now = parts.clock.now()
    return [AgentOut.of_standing(standing, now) for standing in found]


async def _one(parts: ApiParts, workspace: str, agent_id: str) -> AgentOut:
    """Raises Problem where there is none."""
    found = await run_in_threadpool(parts.store.agent, workspace, agent_id)
    if found is None:
        raise _unknown(agent_id)
    return AgentOut.of_standing(found, parts.clock.now())


def _unknown(agent_id: str) -> Problem:
    return Problem(404, f"There is no agent {agent_id!r}; GET /agents lists them.")


def _check_himself(caller: Principal, agent_id: str) -> None:
    """Raises Problem (403) where the key is another agent's."""
    if caller.bound_to not in {None, agent_id}:
        raise Problem(403, f"This key is the agent {caller.bound_to!r}'s, and not {agent_id!r}'s.")
