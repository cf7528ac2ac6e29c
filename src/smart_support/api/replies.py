"""What was written to a ticket after its first text."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import OwnReader
from smart_support.api.found import found_ticket
from smart_support.api.parts import Parts
from smart_support.api.problems import responses
from smart_support.api.schemas import maybe_moment
from smart_support.pipeline.sources import Reply
from smart_support.pipeline.written import Id

router = APIRouter(prefix="/v2/tickets", tags=["tickets"])


class ReplyOut(BaseModel):
    """One text: a customer's, an agent's, or an internal note. `quoted` is what of it repeats earlier ones."""

    id: str
    at: datetime | None
    author: str | None
    by_customer: bool
    internal: bool
    body: str
    quoted: str

    @classmethod
    def of_reply(cls, reply: Reply) -> "ReplyOut":
        return cls(
            id=reply.id,
            at=maybe_moment(reply.at),
            author=reply.author,
            by_customer=reply.by_customer,
            internal=reply.internal,
            body=reply.body,
            quoted=reply.quoted,
        )


class RepliesOut(BaseModel):
    """The replies to a ticket, in the order of their times."""

    ticket_id: str
    replies: list[ReplyOut] = Field(description="Empty where there are none.")


@router.get("/{ticket_id}/replies", responses=responses(401, 403, 404, 422, 503))
async def get_replies(ticket_id: Id, caller: OwnReader, parts: Parts) -> RepliesOut:
    """What was written to a ticket after its first text, as its source has told it."""
    key = (await found_ticket(parts, caller, ticket_id)).key
    found = await run_in_threadpool(parts.store.replies, [key])
    return RepliesOut(ticket_id=ticket_id, replies=[ReplyOut.of_reply(reply) for reply in found[key]])
