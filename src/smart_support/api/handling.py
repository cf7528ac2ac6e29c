"""What agents do with tickets. Each act is one event; repeated, it changes nothing."""

from dataclasses import dataclass
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import OwnAgentCaller
from smart_support.api.found import no_ticket
from smart_support.api.once import IdempotencyKey, once
from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import TicketOut
from smart_support.api.strict import StrictRoute
from smart_support.domain.access import Principal
from smart_support.domain.ticket import Ticket, TicketKey
from smart_support.pipeline.agent_file import Name
from smart_support.pipeline.agents import Act, Handling, Refused
from smart_support.pipeline.written import Id

router = APIRouter(prefix="/v2/tickets/{ticket_id}", tags=["handling"], route_class=StrictRoute)

_ANSWERS = responses(400, 401, 403, 404, 409, 413, 415, 422, 503)


class ActIn(BaseModel):
    """Who does it; without `agent_id` it is done for whoever has the ticket."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    agent_id: Id | None = None


class EscalateIn(ActIn):
    """Who does it, and the team that is to have the ticket from then on, if one is named."""

    team: Name | None = None


class ReassignIn(BaseModel):
    """Who gets the ticket: an agent, or whoever else the queue finds, in a team that is to have it from then on if one
    is named; and from whom it is taken."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    agent_id: Annotated[Id | None, Field(description="Default: back to the queue, for anybody else.")] = None
    team: Annotated[Name | None, Field(description="Only without agent_id: an agent gets it, whatever his team.")] = (
        None
    )
    from_agent_id: Annotated[
        Id | None,
        Field(
            description="Who it is taken from; default: whoever has it. Named, a repeated call does not take it from "
            "the next one."
        ),
    ] = None

    @model_validator(mode="after")
    def _goes_one_way(self) -> Self:
        if self.agent_id is not None and self.team is not None:
            raise ValueError(
                "give agent_id, so that this agent gets it, or team, so that the queue finds one; not both"
            )
        return self


@dataclass(frozen=True, slots=True)
class Call:
    """What every act comes with."""

    ticket_id: Id
    caller: OwnAgentCaller
    parts: Parts
    request: Request
    idempotency_key: IdempotencyKey = None

    async def do(
        self, kind: Handling, told: ActIn | ReassignIn, team: str | None = None, from_agent: str | None = None
    ) -> Response:
        """The ticket once it is done; raises Problem: 404, or 409 where it cannot be done as things stand."""
        act = act_of(self.caller, self.ticket_id, kind, self.parts.clock.now(), told.agent_id, team, from_agent)

        async def run(_: str) -> TicketOut:
            return TicketOut.of_ticket(await run_in_threadpool(handle, self.parts, act))

        return await once(self.parts, self.parts.store, self.caller, self.request, told, 200, self.idempotency_key, run)


_Call = Annotated[Call, Depends()]


def act_of(
    caller: Principal,
    ticket_id: str,
    kind: Handling,
    at: float,
    agent_id: str | None,
    team: str | None,
    from_agent: str | None = None,
) -> Act:
    """What the caller does; an agent does it himself. Raises Problem (403) where he names somebody else who does it."""
    himself = caller.bound_to
    if himself is not None and kind is not Handling.REASSIGN:
        if agent_id not in {None, himself}:
            raise Problem(403, f"This key is the agent {himself!r}'s: he acts for nobody else. Leave agent_id out.")
        agent_id = himself
    key = TicketKey(caller.workspace, ticket_id)
    return Act(key, kind, at, caller.actor, agent_id, team, from_agent, bound_to=himself)


def handle(parts: ApiParts, act: Act) -> Ticket:
    """The ticket once it is done; raises Problem: 404, or 409 where it cannot be done as things stand."""
    try:
        ticket = parts.store.handle(act)
    except Refused as error:
        raise Problem(409, f"{error}.") from error
    if ticket is None:
        raise no_ticket(act.key.ticket_id)
    return ticket


@router.post("/accept", response_model=TicketOut, responses=_ANSWERS)
async def accept(told: ActIn, call: _Call) -> Response:
    """Take a ticket that is offered; from then on it is assigned."""
    return await call.do(Handling.ACCEPT, told)


@router.post("/decline", response_model=TicketOut, responses=_ANSWERS)
async def decline(told: ActIn, call: _Call) -> Response:
    """Give back a ticket that is offered or assigned, and not begun. It waits with its age, and this agent does not get
    it again."""
    return await call.do(Handling.DECLINE, told)


@router.post("/start", response_model=TicketOut, responses=_ANSWERS)
async def start(told: ActIn, call: _Call) -> Response:
    """Begin to work on a ticket. The first time is its first response."""
    return await call.do(Handling.START, told)


@router.post("/resolve", response_model=TicketOut, responses=_ANSWERS)
async def resolve_ticket(told: ActIn, call: _Call) -> Response:
    """Say that a ticket is solved, wherever it stood; its agent has a slot free.

    One that was given up is put away, and tried no more."""
    return await call.do(Handling.RESOLVE, told)


@router.post("/reopen", response_model=TicketOut, responses=_ANSWERS)
async def reopen(told: ActIn, call: _Call) -> Response:
    """Put a ticket that was resolved back into the queue, with its age; who had it gets it if he can. One that is not
    resolved, be it new or dead, is left as it is."""
    return await call.do(Handling.REOPEN, told)


@router.post("/reassign", response_model=TicketOut, responses=_ANSWERS)
async def reassign(told: ReassignIn, call: _Call) -> Response:
    """Give a ticket to an agent who has room, or back to the queue, for anybody but who had it, in a team if one is
    named. To repeat it safely, name who it is taken from."""
    return await call.do(Handling.REASSIGN, told, told.team, told.from_agent_id)


@router.post("/escalate", response_model=TicketOut, responses=_ANSWERS)
async def escalate(told: EscalateIn, call: _Call) -> Response:
    """Say that a ticket must not wait: somebody else gets it, in a team if one is named, before all that were not
    escalated."""
    return await call.do(Handling.ESCALATE, told, told.team)
