"""Ways in: `/v2/tickets`, and routes by other names (`/ticket`, `/tickets`, `/webhook`), all onto the same pipeline."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Intake
from smart_support.api.once import IdempotencyKey, once
from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import TICKETS_IN, Problem, responses
from smart_support.api.schemas import (
    AcceptedOut,
    Body,
    TicketId,
    TicketIn,
    Urgency,
    moment,
    not_blank,
)
from smart_support.api.strict import StrictRoute
from smart_support.domain.access import Principal
from smart_support.domain.ticket import State, Ticket, TicketKey
from smart_support.pipeline.records import Accepted

router = APIRouter(tags=[TICKETS_IN], route_class=StrictRoute)

DISPATCH_WAIT = 2.0
_FIRST_LOOK, _LAST_LOOK = 0.01, 0.1

Wait = Annotated[float, Query(ge=0, le=10, allow_inf_nan=False, description="Seconds to wait for the urgency score.")]
_ERRORS = responses(400, 401, 403, 409, 413, 415, 422, 429, 503)


class DescribedTicketIn(BaseModel):
    """A ticket as an id and a description."""

    model_config = ConfigDict(extra="forbid")

    ticket_id: TicketId
    description: Annotated[Body, AfterValidator(not_blank)]


class DescribedTicketOut(BaseModel):
    """The ticket is on disk."""

    status: Literal["accepted"] = "accepted"
    ticket_id: str
    urgency_score: Urgency = None


class DirectTicketIn(TicketIn):
    """A ticket as subject and body, or a description."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"description": "No customer can pay since 9:00."}]})

    description: Body | None = None

    @model_validator(mode="before")
    @classmethod
    def _description_is_body(cls, data: object) -> object:
        return _as_body(data, "description")


class DirectTicketOut(BaseModel):
    """A triaged ticket, and who has it if somebody was found in time."""

    ticket_id: str
    category: str
    urgency_score: float
    agent_id: str | None = None
    incident_id: str | None = None


class WebhookTicketIn(TicketIn):
    """A ticket in an envelope, or an id and a text."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ticket_id": "HD-4711", "text": "Nobody can pay."}]})

    text: Body | None = None

    @model_validator(mode="before")
    @classmethod
    def _text_is_body(cls, data: object) -> object:
        return _as_body(data, "text")


@router.post("/v2/tickets", status_code=202, response_model=AcceptedOut, responses=_ERRORS)
async def post_ticket(
    ticket: TicketIn,
    caller: Intake,
    parts: Parts,
    request: Request,
    wait: Wait = 0.0,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Accept a ticket: 202 once it is on disk; triage and dispatch follow.

    The same `ticket_id` with the same content is one ticket, however often it is sent.
    """

    async def run(new_id: str) -> AcceptedOut:
        accepted = await _accept(parts, caller, ticket, new_id)
        score = await _urgency(parts, accepted.key, wait)
        return AcceptedOut(
            ticket_id=accepted.key.ticket_id, accepted_at=moment(accepted.accepted_at), urgency_score=score
        )

    return await once(parts, parts.store, caller, request, ticket, 202, idempotency_key, run)


@router.post("/webhook", status_code=202, response_model=AcceptedOut, responses=_ERRORS)
async def post_webhook(
    ticket: WebhookTicketIn, caller: Intake, parts: Parts, request: Request, idempotency_key: IdempotencyKey = None
) -> Response:
    """Accept a ticket from a webhook: a ticket, or `{ticket_id, text}`."""

    async def run(new_id: str) -> AcceptedOut:
        accepted = await _accept(parts, caller, ticket, new_id)
        return AcceptedOut(ticket_id=accepted.key.ticket_id, accepted_at=moment(accepted.accepted_at))

    return await once(parts, parts.store, caller, request, ticket, 202, idempotency_key, run)


@router.post(
    "/tickets",
    status_code=202,
    response_model=DescribedTicketOut,
    responses=_ERRORS,
)
async def post_described(
    ticket: DescribedTicketIn,
    caller: Intake,
    parts: Parts,
    request: Request,
    wait: Wait = 0.0,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Accept `{ticket_id, description}`."""

    async def run(new_id: str) -> DescribedTicketOut:
        plain = TicketIn(ticket_id=ticket.ticket_id, body=ticket.description)
        accepted = await _accept(parts, caller, plain, new_id)
        score = await _urgency(parts, accepted.key, wait)
        return DescribedTicketOut(ticket_id=accepted.key.ticket_id, urgency_score=score)

    return await once(parts, parts.store, caller, request, ticket, 202, idempotency_key, run)


@router.post("/ticket", response_model=DirectTicketOut, responses=_ERRORS)
async def post_direct(
    ticket: DirectTicketIn, caller: Intake, parts: Parts, request: Request, idempotency_key: IdempotencyKey = None
) -> Response:
    """Accept a ticket and answer with its triage; waits up to two seconds for the dispatcher."""

    async def run(new_id: str) -> DirectTicketOut:
        accepted = await _accept(parts, caller, ticket, new_id)
        found = await _look(parts, accepted.key, DISPATCH_WAIT, lambda t: t.state is not State.ACCEPTED)
        if found is None or found.triage is None:  # nobody was fast enough: this process does it
            await run_in_threadpool(parts.triage.triage, [accepted.key])
            found = await run_in_threadpool(parts.store.find, accepted.key)
        if found is None or found.triage is None:
            raise Problem(503, "The ticket is stored, but its triage failed; look it up later.")
        return DirectTicketOut(
            ticket_id=found.id,
            category=found.triage.category,
            urgency_score=found.triage.urgency,
            agent_id=found.agent_id,
            incident_id=found.incident_id,
        )

    return await once(parts, parts.store, caller, request, ticket, 200, idempotency_key, run)


def _as_body(data: object, name: str) -> object:
    """The ticket with what stands under `name` as its body."""
    if not isinstance(data, dict) or data.get(name) is None:
        return data
    if data.get("body"):
        raise ValueError(f"send body or {name}, not both")
    return {**data, "body": data[name]}


async def _accept(parts: ApiParts, caller: Principal, ticket: TicketIn, new_id: str) -> Accepted:
    parts.admission.admit()
    record = ticket.ticket(new_id, parts.clock.now(), workspace=caller.workspace)
    try:
        accepted = await parts.answers.accept(record, caller.actor)
    except Exception:  # whatever it was goes on; the ticket does not wait
        parts.admission.withdraw()
        raise
    if not accepted.fresh:
        parts.admission.withdraw()
    if accepted.conflict:
        raise Problem(409, f"The ticket_id {record.id!r} belongs to a ticket with another content; choose a new one.")
    return accepted


async def _urgency(parts: ApiParts, key: TicketKey, seconds: float) -> float | None:
    """S, where triage is finished within `seconds`."""
    if not seconds:
        return None
    found = await _look(parts, key, seconds, lambda ticket: ticket.triage is not None)
    return found.triage.urgency if found is not None and found.triage is not None else None


async def _look(parts: ApiParts, key: TicketKey, seconds: float, until: Callable[[Ticket], bool]) -> Ticket | None:
    """The ticket once `until` holds, or None after `seconds`. Looking works with any number of workers elsewhere."""
    loop = asyncio.get_running_loop()
    end, pause = loop.time() + seconds, _FIRST_LOOK
    while True:
        found = await run_in_threadpool(parts.store.find, key)
        if found is not None and until(found):
            return found
        left = end - loop.time()
        if left <= 0:
            return None
        await asyncio.sleep(min(pause, left))
        pause = min(2 * pause, _LAST_LOOK)
