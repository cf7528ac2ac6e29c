"""`POST /webhook/{source}`: what configured helpdesks call. The signature is the key: no API key, no scope."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import TICKETS_IN, Problem, responses
from smart_support.pipeline.fetch import Origin
from smart_support.pipeline.sources import Unreadable, Unverified
from smart_support.pipeline.take_in import Taken

router = APIRouter(tags=[TICKETS_IN])

MAX_BYTES = 8 * 2**20
"""The longest call that is read, or MAX_BODY_BYTES where that is more: helpdesks send a ticket with all that was
written to it, and those who are not asked never send it again. What is kept of it is cut."""

_REFUSED = "This request does not prove that a source configured here sent it."


class WebhookOut(BaseModel):
    """What became of a call: its effect, that it had it before, or that it holds nothing for us."""

    status: Literal["accepted", "repeated", "ignored"]
    ticket_ids: list[str] = []

    @classmethod
    def of_taken(cls, taken: Taken) -> "WebhookOut":
        status: Literal["accepted", "repeated", "ignored"] = "repeated" if taken.repeated else "ignored"
        return cls(status="accepted" if taken.ticket_ids else status, ticket_ids=list(taken.ticket_ids))


@router.post("/webhook/{source}", responses=responses(401, 413, 422, 429, 503))
async def post_source(
    source: Annotated[str, Path(description="The name of a source in the settings.")],
    parts: Parts,
    request: Request,
) -> WebhookOut:
    """Take in what a helpdesk says: new tickets, replies, and that one is closed, open again or somebody else's.

    Refused with 401 unless the configured source signed exactly this body, and just now where it says when. A delivery
    that is known has no further effect.
    """
    headers = _headers(request)
    try:
        origin = _origin(parts, source)
        # Helpdesks share addresses with others, whose calls must not keep theirs out.
        limit = 0 if parts.limits.is_spent(request) else MAX_BYTES
        body = await parts.raw_bodies.read(request, max(parts.max_body_bytes, limit))
        delivery = _verified(parts, origin, headers, request, body)
    except Problem:
        await parts.limits.admit_address(request)
        raise
    if not body.strip():
        return WebhookOut(status="ignored")
    try:
        return WebhookOut.of_taken(await run_in_threadpool(_take, parts, origin, headers, body, delivery))
    except Unreadable as error:
        raise Problem(422, f"This is no request that {source} sends: {error}.") from error


def _headers(request: Request) -> dict[str, str]:
    """As HTTP has it: several headers of one name are one, their values joined."""
    values: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        values.setdefault(name, []).append(value)
    return {name: ", ".join(several) for name, several in values.items()}


def _origin(parts: ApiParts, name: str) -> Origin:
    """The source of this name, whose body nobody reads where there is none. Raises Problem, as `_verified` does."""
    origin = parts.sources.get(name)
    if origin is None or origin.source is None:
        raise _refused(parts, origin, "there is no such source")
    return origin


def _verified(parts: ApiParts, origin: Origin, headers: Mapping[str, str], request: Request, body: bytes) -> str | None:
    """The id of the delivery; raises Problem, the same whatever is wrong."""
    assert origin.source is not None
    try:
        return origin.source.verify(headers, request.query_params, body, parts.clock.now())
    except Unverified as error:
        raise _refused(parts, origin, str(error)) from error


def _refused(parts: ApiParts, origin: Origin | None, why: str) -> Problem:
    parts.refusals.add(None if origin is None else origin.name, why)
    return Problem(401, _REFUSED)


def _take(parts: ApiParts, origin: Origin, headers: Mapping[str, str], body: bytes, delivery: str | None) -> Taken:
    assert origin.source is not None
    said = origin.source.read(headers, body)
    return parts.take_in.take(origin.name, origin.workspace, said, delivery, origin.agents, parts.clock.now())
