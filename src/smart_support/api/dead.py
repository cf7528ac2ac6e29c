"""Tickets that were given up: see why, and let them try again."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Admin, Reader
from smart_support.api.parts import Parts
from smart_support.api.problems import responses
from smart_support.api.schemas import TicketId, moment
from smart_support.api.strict import StrictRoute
from smart_support.pipeline.records import Buried

router = APIRouter(prefix="/dead", tags=["dead letters"], route_class=StrictRoute)

Limit = Annotated[int, Query(ge=1, le=1_000, description="Most tickets to list.")]


class DeadOut(BaseModel):
    """A ticket that a step gave up after so many failures in a row, and why."""

    ticket_id: str
    step: Literal["triage", "dispatch"]
    failures: Annotated[int, Field(ge=0)]
    reason: str
    accepted_at: datetime

    @classmethod
    def of_buried(cls, buried: Buried) -> "DeadOut":
        return cls(
            ticket_id=buried.key.ticket_id,
            step="triage" if buried.step.name == "TRIAGE" else "dispatch",
            failures=buried.failures,
            reason=buried.reason,
            accepted_at=moment(buried.accepted_at),
        )


class RetryIn(BaseModel):
    """Which tickets; null for all that are dead."""

    model_config = ConfigDict(extra="forbid")

    ticket_ids: Annotated[list[TicketId], Field(min_length=1, max_length=1_000)] | None


class RetryOut(BaseModel):
    """Those that try again; others that were named are not dead."""

    retried: list[str]


@router.get("", responses=responses(401, 403, 422, 503))
async def list_dead(caller: Reader, parts: Parts, limit: Limit = 100) -> list[DeadOut]:
    """The tickets that were given up, the oldest first."""
    found = await run_in_threadpool(parts.store.buried, caller.workspace, limit)
    return [DeadOut.of_buried(buried) for buried in found]


@router.post("/retry", responses=responses(400, 401, 403, 413, 415, 422, 503))
async def retry_dead(which: RetryIn, caller: Admin, parts: Parts) -> RetryOut:
    """Let tickets take the step again that gave them up. Repeating the call does no harm."""
    now = parts.clock.now()
    keys = await run_in_threadpool(parts.store.exhume, caller.workspace, which.ticket_ids, now, caller.actor)
    return RetryOut(retried=[key.ticket_id for key in keys])
