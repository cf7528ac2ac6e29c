"""The breakers: which worker's transformer is too slow just now."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Reader
from smart_support.api.parts import Parts
from smart_support.api.problems import responses
from smart_support.api.schemas import maybe_moment, moment
from smart_support.domain.triage import Tier
from smart_support.pipeline.records import Worker

router = APIRouter(tags=["health"])


class BreakerOut(BaseModel):
    """A worker's breaker by its last beat. While it is open, the light model answers in place of the transformer.

    `streak` counts the calls in a row that speak for a change: slow ones while it is closed, fast probes while it is
    open. A `stale` worker has not been heard of for some time.
    """

    worker: str
    state: Literal["closed", "open"]
    streak: Annotated[int, Field(ge=0)]
    opened_at: datetime | None
    tier: Tier
    model_version: str
    beat_at: datetime
    stale: bool

    @classmethod
    def of_worker(cls, worker: Worker) -> "BreakerOut":
        figures = worker.beat.figures
        return cls(
            worker=worker.beat.worker,
            state="open" if figures.breaker_open else "closed",
            streak=figures.streak,
            opened_at=maybe_moment(figures.opened_at),
            tier=figures.tier,
            model_version=figures.model_version,
            beat_at=moment(worker.beat_at),
            stale=worker.stale,
        )


@router.get("/breaker", responses=responses(401, 403, 503))
async def list_breakers(_: Reader, parts: Parts) -> list[BreakerOut]:
    """The breaker of every process with an engine, the API's for `POST /ticket` among them, by the process's name."""
    found = await run_in_threadpool(parts.store.workers)
    return [BreakerOut.of_worker(worker) for worker in found]
