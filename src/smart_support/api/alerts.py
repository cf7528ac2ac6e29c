"""Messages of alerts and write-backs: see what went out, try again what was given up, send a sample."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Admin, Reader
from smart_support.api.parts import Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import maybe_moment, moment
from smart_support.api.strict import StrictRoute
from smart_support.pipeline.messages import Message, MessageState, Purpose

router = APIRouter(prefix="/alerts", tags=["alerts"], route_class=StrictRoute)

MessageId = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]


class MessageOut(BaseModel):
    """A message: to whom, about what, and where it stands. `id` is the `webhook-id` that the receiver sees; `attempts`
    counts all tries; a pending one is tried at `due_at`."""

    id: str
    purpose: Purpose
    destination: str
    topic: str
    ordinal: int
    alerts: list[str]
    state: MessageState
    at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    attempts: int
    last_error: str | None

    @classmethod
    def of_message(cls, message: Message) -> "MessageOut":
        return cls(
            id=message.id,
            purpose=message.purpose,
            destination=message.destination,
            topic=message.topic,
            ordinal=message.ordinal,
            alerts=list(message.alert_ids),
            state=message.state,
            at=moment(message.at),
            due_at=moment(message.due_at) if message.state is MessageState.PENDING else None,
            sent_at=maybe_moment(message.sent_at),
            attempts=message.attempts,
            last_error=message.last_error,
        )


class RetryMessagesIn(BaseModel):
    """Which messages; null for all that were given up."""

    model_config = ConfigDict(extra="forbid")

    message_ids: Annotated[list[MessageId], Field(min_length=1, max_length=1_000)] | None


class RetriedOut(BaseModel):
    """Those that are tried again now; others that were named are neither given up nor wait for another try."""

    retried: list[str]


class SampleIn(BaseModel):
    """Where the sample goes; null for everywhere."""

    model_config = ConfigDict(extra="forbid")

    destination: Annotated[str, Field(max_length=64)] | None = None


@router.get("", responses=responses(401, 403, 422, 503))
async def list_messages(
    caller: Reader,
    parts: Parts,
    state: Annotated[list[MessageState] | None, Query(description="Only those in one of these states.")] = None,
    topic: Annotated[
        str | None,
        Query(max_length=256, pattern=r"^[^\x00]*$", description="Only those about it: ticket:ID, incident:ID, ..."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="Most messages to list.")] = 100,
) -> list[MessageOut]:
    """Messages, the newest first."""
    found = await run_in_threadpool(parts.store.messages, caller.workspace, state or (), limit, topic)
    return [MessageOut.of_message(message) for message in found]


@router.get("/destinations", responses=responses(401, 403))
async def list_destinations(_: Reader, parts: Parts) -> list[str]:
    """The names of where alerts can go; their addresses are secrets and are never shown."""
    return list(parts.destinations)


@router.post("/retry", responses=responses(400, 401, 403, 413, 415, 422, 503))
async def retry_messages(which: RetryMessagesIn, caller: Admin, parts: Parts) -> RetriedOut:
    """Try messages again now, with all their tries. Repeating the call does no harm."""
    now = parts.clock.now()
    ids = which.message_ids
    retried = await run_in_threadpool(parts.store.retry_messages, caller.workspace, ids, now, caller.actor)
    return RetriedOut(retried=retried)


@router.post("/test", status_code=202, responses=responses(400, 401, 403, 404, 413, 415, 422, 503))
async def send_sample(sample: SampleIn, caller: Admin, parts: Parts) -> list[MessageOut]:
    """Send a sample, as an alert would go; look for its message in `GET /alerts` to see what became of it."""
    names = list(parts.destinations) if sample.destination is None else [sample.destination]
    if not set(names) <= set(parts.destinations):
        known = ", ".join(parts.destinations)
        raise Problem(404, f"There is no destination {sample.destination!r}; there are: {known}.")
    now = parts.clock.now()
    added = [await run_in_threadpool(parts.store.add_test, caller.workspace, name, now) for name in names]
    return [MessageOut.of_message(message) for message in added]
