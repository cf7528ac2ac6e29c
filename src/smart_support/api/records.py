"""Records in bulk: import of history, export of everything."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Admin
from smart_support.api.exports import export
from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import responses
from smart_support.api.replies import ReplyOut
from smart_support.api.schemas import Moment, TicketId, TicketIn, TicketOut
from smart_support.api.strict import StrictRoute
from smart_support.domain.ticket import Ticket
from smart_support.pipeline.sources import Reply

router = APIRouter(prefix="/v2", tags=["records"], route_class=StrictRoute)

_PAGE = 500


class RecordOut(TicketOut):
    """A ticket as it stands, with what was written to it since."""

    replies: list[ReplyOut]

    @classmethod
    def of_record(cls, ticket: Ticket, replies: Sequence[Reply] = ()) -> "RecordOut":
        written = [ReplyOut.of_reply(reply) for reply in replies]
        return cls(**TicketOut.of_ticket(ticket).model_dump(), replies=written)


class RecordIn(TicketIn):
    """A ticket of the past; its id makes a repeated import harmless.

    A line of an export is one too: what triage and dispatch said of it is left out, and said anew.
    """

    ticket_id: TicketId
    accepted_at: Moment | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_outcome(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if name not in _OUTCOME}


_OUTCOME = RecordOut.model_fields.keys() - RecordIn.model_fields.keys()


class ImportIn(BaseModel):
    """Tickets to import."""

    model_config = ConfigDict(extra="forbid")

    tickets: Annotated[list[RecordIn], Field(min_length=1, max_length=1_000)]


class ImportOut(BaseModel):
    """What became of them; a conflict is an id that belongs to a ticket with another content."""

    imported: Annotated[int, Field(ge=0)]
    known: Annotated[int, Field(ge=0)]
    conflicts: list[str]


@router.post("/import", responses=responses(400, 401, 403, 413, 415, 422, 429, 503))
async def import_tickets(
    records: ImportIn,
    caller: Admin,
    parts: Parts,
    live: Annotated[bool, Query(description="Treat them as arriving now: they alert and count for storms.")] = False,
) -> ImportOut:
    """Take tickets of the past in: triaged and searchable, but nobody is alerted.

    Their time of acceptance is `accepted_at`, else `received_at`, where they have one, unless `live`. They are turned
    away (429) while many tickets wait already: new tickets come first.
    """
    now = parts.clock.now()
    tickets = []
    for record in records.tickets:
        past = None if live else record.accepted_at or record.received_at
        at = min(past.timestamp(), now) if past else now
        tickets.append(record.ticket(record.ticket_id, at, workspace=caller.workspace, history=not live))
    admit = parts.admission.admit if live else parts.admission.admit_history
    admit(len(tickets))
    fresh = 0
    try:
        answers = await run_in_threadpool(parts.accept.accept, tickets, caller.actor)
        fresh = sum(answer.fresh for answer in answers)
    finally:
        parts.admission.withdraw(len(tickets) - fresh)
    return ImportOut(
        imported=fresh,
        known=sum(not answer.fresh and not answer.conflict for answer in answers),
        conflicts=sorted({answer.key.ticket_id for answer in answers if answer.conflict}),
    )


@router.get("/export", response_class=StreamingResponse, responses=responses(401, 403, 503))
async def export_tickets(caller: Admin, parts: Parts, request: Request) -> StreamingResponse:
    """All tickets of the workspace as JSON lines, by time of acceptance."""
    await run_in_threadpool(parts.store.ping)  # so that an outage is an answer, not half a file
    return export(request, _lines(parts, caller.workspace))


def _lines(parts: ApiParts, workspace: str) -> Iterator[str]:
    after: tuple[float, str] | None = None
    while tickets := parts.store.page(workspace, after, _PAGE):
        replies = parts.store.replies([ticket.key for ticket in tickets])
        yield "".join(RecordOut.of_record(ticket, replies[ticket.key]).model_dump_json() + "\n" for ticket in tickets)
        after = (tickets[-1].accepted_at, tickets[-1].id)
