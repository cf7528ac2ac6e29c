"""Tickets as they stand: look up, take the next, count."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import OwnAgentCaller, OwnReader
from smart_support.api.found import found_ticket
from smart_support.api.parts import Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import TicketOut
from smart_support.domain.ticket import State
from smart_support.pipeline.written import Id

router = APIRouter(prefix="/v2/tickets", tags=["tickets"])

Count = Annotated[int, Field(ge=0)]


class QueueStatus(BaseModel):
    """How many tickets stand where. `processed` are all that triage has seen, whatever became of them since."""

    pending: Count
    processed: Count
    waiting: Count
    assigned: Count
    suppressed: Count
    dead: Count


@router.get("/next", responses=responses(401, 403, 404, 503))
async def next_ticket(caller: OwnAgentCaller, parts: Parts) -> TicketOut:
    """Claim the waiting ticket with the highest S, the oldest among equals. Nobody else gets it; with an agent's key it
    is his."""
    now, agent_id = parts.clock.now(), caller.bound_to
    ticket = await run_in_threadpool(parts.store.claim_next, caller.workspace, now, caller.actor, agent_id)
    if ticket is None:
        raise Problem(404, "No ticket waits.")
    return TicketOut.of_ticket(ticket)


@router.get("/status", responses=responses(401, 403, 503))
async def status(caller: OwnReader, parts: Parts) -> QueueStatus:
    """How many tickets stand where."""
    counts = await run_in_threadpool(parts.store.counts, caller.workspace)
    return QueueStatus(
        pending=counts.pending,
        processed=counts.processed,
        waiting=counts.of(State.WAITING),
        assigned=counts.of(State.ASSIGNED),
        suppressed=counts.of(State.SUPPRESSED),
        dead=counts.of(State.DEAD),
    )


@router.get("/{ticket_id}", responses=responses(401, 403, 404, 422, 503))
async def get_ticket(ticket_id: Id, caller: OwnReader, parts: Parts) -> TicketOut:
    """A ticket as it stands."""
    return TicketOut.of_ticket(await found_ticket(parts, caller, ticket_id))
