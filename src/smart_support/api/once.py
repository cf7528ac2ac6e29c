"""`Idempotency-Key`: a POST that is repeated with its key has its effect once and gets the first answer again."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from fastapi import Header, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from smart_support.api.parts import ApiParts
from smart_support.api.problems import Problem
from smart_support.domain.access import Principal
from smart_support.pipeline.ports import IdempotencyStore
from smart_support.pipeline.records import Claim, StoredAnswer

Out = TypeVar("Out", bound=BaseModel)

IN_FLIGHT_SECONDS = 30.0

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Any string of your own: for a day, repeating a request with it has no second effect.",
    ),
]


def derived_id(workspace: str, key: str) -> str:
    """The id of what a request with this Idempotency-Key creates."""
    return str(uuid5(NAMESPACE_URL, f"smart-support:{workspace}:{key}"))


def ordered_id(at: float, random: Callable[[int], str]) -> str:
    """A UUID of version 7 (RFC 9562): random, but one made later sorts later.

    What is stored together then lies together in every index, which makes storing a ticket a third cheaper.
    """
    bits = int(random(10), 16)
    value = int(at * 1000) << 80 | 7 << 76 | (bits >> 62 & 0xFFF) << 64 | 2 << 62 | bits & (1 << 62) - 1
    return str(UUID(int=value))


async def once(
    parts: ApiParts,
    answers: IdempotencyStore,
    caller: Principal,
    request: Request,
    payload: BaseModel,
    status: int,
    key: str | None,
    run: Callable[[str], Awaitable[Out]],
) -> Response:
    """The answer of `run`, or the one that was given to this key before.

    `run` gets the id for what it creates. With a key the id follows from the key, so that a request whose process
    died between its effect and its answer finds its own effect when it is repeated.
    Raises Problem: 422 where the key came with another payload before, 409 where that request is still in flight.
    """
    now = parts.clock.now()
    if key is None:
        return _json((await run(ordered_id(now, parts.random))).model_dump_json(), status)
    workspace = caller.workspace
    content = f"{request.method} {request.url.path}?{request.url.query}\n{payload.model_dump_json()}"
    if caller.bound_to is not None:  # what one agent was told another one is not
        content = f"{content}\n{caller.bound_to}"
    request_hash = hashlib.sha256(content.encode()).hexdigest()
    held = await run_in_threadpool(answers.claim, workspace, key, request_hash, now, now - IN_FLIGHT_SECONDS)
    if isinstance(held, StoredAnswer):
        return Response(held.body, held.status, {"Idempotency-Replayed": "true"}, "application/json")
    if held is Claim.OTHER_REQUEST:
        raise Problem(422, "This Idempotency-Key came with another request before; use a new key for a new request.")
    if held is Claim.IN_FLIGHT:
        raise Problem(
            409, "The first request with this Idempotency-Key is still being worked on.", headers={"Retry-After": "1"}
        )
    try:
        out = await run(derived_id(workspace, key))
    except Exception:  # whatever it was goes on; the key is free to be tried again
        await run_in_threadpool(answers.forget, workspace, key)
        raise
    body = out.model_dump_json()
    await run_in_threadpool(answers.answer, workspace, key, StoredAnswer(status, body))
    return _json(body, status)


def _json(body: str, status: int) -> Response:
    return Response(body, status, media_type="application/json")
