"""Floods of made-up tickets, where no real ones come: for trying the system out."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from smart_support.api.access import Admin, Reader
from smart_support.api.once import IdempotencyKey, once
from smart_support.api.parts import Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.strict import StrictRoute
from smart_support.pipeline.flood import FloodIn, FloodUnderWay

router = APIRouter(prefix="/v2/simulate", tags=["storms"], route_class=StrictRoute)


class SimulateFloodIn(BaseModel):
    """How many tickets in all, how fast, and which: the same seed gives the same texts."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    tickets: Annotated[int, Field(ge=1, le=2_000)]
    per_minute: Annotated[int, Field(ge=60, le=60_000)]
    seed: Annotated[int | None, Field(ge=0, le=2**32 - 1)] = None


class FloodStartedOut(BaseModel):
    """The flood has begun; its tickets have ids that begin with `sim-` and `run_id`, and the tag `simulated`."""

    run_id: str
    tickets: int


class FloodStatusOut(BaseModel):
    """How far the flood that runs is, or how far the last one of this process came."""

    running: Annotated[str | None, Field(description="The run_id of the one that runs; null where none does.")]
    sent: Annotated[int, Field(ge=0)]
    tickets: Annotated[int, Field(ge=0)]


@router.post(
    "/flood",
    status_code=202,
    response_model=FloodStartedOut,
    responses=responses(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
async def start_flood(
    asked: SimulateFloodIn, caller: Admin, parts: Parts, request: Request, idempotency_key: IdempotencyKey = None
) -> Response:
    """Begin a flood: one incident in the words of many people, and everyday tickets around it. One at a time."""
    if parts.in_production:
        raise Problem(
            404,
            "Floods are simulated only where no real tickets come. There are API keys, so they do; "
            "set PRODUCTION=false where they do not."
            if parts.production is None
            else "Floods are simulated only where no real tickets come, and PRODUCTION says that they do.",
        )
    floods = parts.floods
    if floods is None:
        raise Problem(404, "This process was started without the simulator; `smart-support up` and `api` have it.")

    async def run(run_id: str) -> FloodStartedOut:
        try:
            floods.start(FloodIn(run_id, caller.workspace, asked.tickets, asked.per_minute, asked.seed), caller.actor)
        except FloodUnderWay as error:
            raise Problem(409, f"{error}; wait until it is over.") from error
        return FloodStartedOut(run_id=run_id, tickets=asked.tickets)

    return await once(parts, parts.store, caller, request, asked, 202, idempotency_key, run)


@router.get("/flood", responses=responses(401, 403))
async def flood_status(caller: Reader, parts: Parts) -> FloodStatusOut:
    """How far the flood is that this process sends."""
    status = parts.floods.status if parts.floods is not None else None
    if status is None or status.workspace != caller.workspace:
        return FloodStatusOut(running=None, sent=0, tickets=0)
    return FloodStatusOut(running=status.run_id if status.running else None, sent=status.sent, tickets=status.tickets)
