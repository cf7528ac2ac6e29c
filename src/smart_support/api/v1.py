"""/v1: triage in the request, a priority queue in memory; it works without any database."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from smart_support.api.access import Admin, AgentCaller, Intake, Reader
from smart_support.api.once import IdempotencyKey, once
from smart_support.api.parts import Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import QuickTicketIn, QuickTicketOut, moment
from smart_support.api.strict import StrictRoute
from smart_support.domain.triage import Text
from smart_support.domain.urgency import keyword_level

router = APIRouter(prefix="/v1/tickets", tags=["v1: in memory"], route_class=StrictRoute)


class QuickStatus(BaseModel):
    """How many tickets wait."""

    queue_depth: Annotated[int, Field(ge=0)]


class Drained(BaseModel):
    """What was taken out of the queue, the most urgent first."""

    drained: Annotated[int, Field(ge=0)]
    tickets: list[QuickTicketOut]


@router.post(
    "", status_code=201, response_model=QuickTicketOut, responses=responses(400, 401, 403, 409, 413, 415, 422, 429)
)
async def post_ticket(
    ticket: QuickTicketIn, caller: Intake, parts: Parts, request: Request, idempotency_key: IdempotencyKey = None
) -> Response:
    """Classify a ticket and put it into the queue in memory."""

    async def run(new_id: str) -> QuickTicketOut:
        triage = await asyncio.to_thread(parts.quick.of(caller.workspace).triage, [Text(ticket.subject, ticket.body)])
        level = keyword_level(f"{ticket.subject}\n{ticket.body}")
        queued = QuickTicketOut(
            ticket_id=new_id,
            subject=ticket.subject,
            body=ticket.body,
            category=triage[0].category,
            urgency_level=level,
            queued_at=moment(parts.clock.now()),
        )
        parts.quick_queues.push(caller.workspace, queued)
        return queued

    return await once(parts, parts.quick_answers, caller, request, ticket, 201, idempotency_key, run)


@router.get("/next", responses=responses(401, 403, 404))
async def next_ticket(caller: AgentCaller, parts: Parts) -> QuickTicketOut:
    """Take the most urgent ticket, the oldest among equals."""
    return _some(parts.quick_queues.of(caller.workspace).pop())


@router.get("/peek", responses=responses(401, 403, 404))
async def peek_ticket(caller: Reader, parts: Parts) -> QuickTicketOut:
    """Look at the most urgent ticket and leave it."""
    return _some(parts.quick_queues.of(caller.workspace).peek())


@router.get("/status", responses=responses(401, 403))
async def status(caller: Reader, parts: Parts) -> QuickStatus:
    """How many tickets wait."""
    return QuickStatus(queue_depth=len(parts.quick_queues.of(caller.workspace)))


@router.delete("", responses=responses(401, 403))
async def drain(caller: Admin, parts: Parts) -> Drained:
    """Take all tickets out."""
    tickets = parts.quick_queues.of(caller.workspace).drain()
    return Drained(drained=len(tickets), tickets=tickets)


def _some(ticket: QuickTicketOut | None) -> QuickTicketOut:
    if ticket is None:
        raise Problem(404, "No ticket waits.")
    return ticket
