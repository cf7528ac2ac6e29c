"""A person's data: shown, erased; and what was kept for long enough."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Admin, Operator
from smart_support.api.exports import export
from smart_support.api.parts import Parts
from smart_support.api.problems import responses
from smart_support.api.schemas import TicketId
from smart_support.api.strict import StrictRoute
from smart_support.pipeline.privacy import Kept, Person

router = APIRouter(prefix="/v2/privacy", tags=["privacy"], route_class=StrictRoute)


class PersonIn(BaseModel):
    """A customer by the id or the mail address that tickets came with; whatever has one of them is his. So are tickets
    by their own ids: those that came without a name, or were written to after it was erased."""

    model_config = ConfigDict(extra="forbid")

    customer: Annotated[str | None, Field(min_length=1, max_length=320, description="The customer's id.")] = None
    email: Annotated[str | None, Field(min_length=3, max_length=320, description="In either case.")] = None

    tickets: Annotated[list[TicketId], Field(max_length=200)] = []

    @model_validator(mode="after")
    def _names_somebody(self) -> "PersonIn":
        if self.customer is None and self.email is None and not self.tickets:
            raise ValueError("name the person by customer, by email, or by ids of tickets")
        return self

    @property
    def person(self) -> Person:
        return Person(self.customer, self.email, tuple(self.tickets))


class ErasedOut(BaseModel):
    """How many of his tickets were erased, and how many replies that he wrote to those of others. `scrubbed`: nothing
    of it is left in the database's files; where it is false that is done within minutes, or by erasing once more."""

    tickets: Annotated[int, Field(ge=0)]
    replies: Annotated[int, Field(ge=0)]
    scrubbed: bool


class PurgedOut(BaseModel):
    """From how many finished tickets it was taken, or would be; events are counted one by one. Null: kept for ever."""

    text: Annotated[int | None, Field(ge=0)] = None
    customer: Annotated[int | None, Field(ge=0)] = None
    vectors: Annotated[int | None, Field(ge=0)] = None
    events: Annotated[int | None, Field(ge=0)] = None


@router.post("/export", response_class=StreamingResponse, responses=responses(400, 401, 403, 413, 415, 422, 503))
async def export_person(who: PersonIn, caller: Admin, parts: Parts, request: Request) -> StreamingResponse:
    """All that is kept of a person, as JSON lines: a line for each ticket with everything about it, then one for each
    reply to tickets of others."""
    found = await run_in_threadpool(parts.people.export, caller.workspace, who.person, caller.actor)
    return export(request, _lines(found))


def _lines(found: Iterator[dict[str, Any]]) -> Iterator[str]:
    return (json.dumps(record) + "\n" for record in found)


@router.post("/erase", responses=responses(400, 401, 403, 413, 415, 422, 503))
async def erase_person(who: PersonIn, caller: Admin, parts: Parts) -> ErasedOut:
    """Erase all that came from a person until now. Figures stay: that there was a ticket, when, of which category. It
    cannot be undone; repeating it goes on where it broke off."""
    erased = await run_in_threadpool(parts.people.erase, caller.workspace, who.person, caller.actor)
    return ErasedOut(tickets=erased.tickets, replies=erased.replies, scrubbed=erased.scrubbed)


@router.post("/purge", responses=responses(401, 403, 422, 503))
async def purge_old(
    _: Operator,
    parts: Parts,
    dry_run: Annotated[bool, Query(description="Only count what would go.")] = False,
) -> PurgedOut:
    """Take from finished tickets what RETENTION_..._DAYS no longer let them keep, in all workspaces, a batch at a time:
    call it until it answers with zeros. It runs by itself too."""
    found = await run_in_threadpool(parts.purge.due if dry_run else parts.purge.purge)
    return PurgedOut(**{kept.value: found[kept] for kept in Kept if kept in found})
