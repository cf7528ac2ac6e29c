"""How an incident grew, and whom it affects."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import OwnReader, Reader
from smart_support.api.found import found_incident
from smart_support.api.incidents import IncidentId
from smart_support.api.parts import Parts
from smart_support.api.problems import responses
from smart_support.api.schemas import moment
from smart_support.domain.growth import Growth, growth
from smart_support.pipeline.incidents import Affected

router = APIRouter(prefix="/incidents/{incident_id}", tags=["incidents"])

_ANSWERS = responses(401, 403, 404, 422, 503)

Count = Annotated[int, Field(ge=0)]


class BucketOut(BaseModel):
    """Tickets that came in the stretch of time that begins at `at`."""

    at: datetime
    tickets: Count


class GrowthOut(BaseModel):
    """The members of an incident by when they were accepted, in stretches of `seconds` each, without a gap. `from` is
    when the first stretch begins, `to` is now, or the end of the incident, or its last recurrence after that."""

    from_: datetime = Field(serialization_alias="from")
    to: datetime
    seconds: Annotated[int, Field(ge=60)]
    buckets: list[BucketOut]

    @classmethod
    def of_growth(cls, found: Growth) -> "GrowthOut":
        return cls(
            from_=moment(found.start),
            to=moment(found.end),
            seconds=found.seconds,
            buckets=[
                BucketOut(at=moment(found.start + place * found.seconds), tickets=tickets)
                for place, tickets in enumerate(found.counts)
            ],
        )


class AffectedOut(BaseModel):
    """A customer with tickets of an incident: `customer` is the name, else the address, else the id, each as in the
    latest of them."""

    customer: str
    id: str | None
    email: str | None
    tier: str | None
    tickets: Annotated[int, Field(ge=1)]

    @classmethod
    def of_affected(cls, affected: Affected) -> "AffectedOut":
        who = affected.customer
        return cls(
            customer=who.name or who.email or who.id or "",
            id=who.id,
            email=who.email,
            tier=who.tier,
            tickets=affected.tickets,
        )


@router.get("/growth", responses=_ANSWERS)
async def incident_growth(
    incident_id: IncidentId,
    caller: OwnReader,
    parts: Parts,
    buckets: Annotated[int, Query(ge=2, le=1_000, description="Most stretches of time.")] = 60,
) -> GrowthOut:
    """How an incident grew, from its first ticket on. The stretches are as short as `buckets` allows, a minute or
    longer."""
    incident = await found_incident(parts, caller.workspace, incident_id)
    minutes = await run_in_threadpool(parts.store.minutes, caller.workspace, incident_id)
    until = parts.clock.now() if incident.closed_at is None else incident.closed_at
    return GrowthOut.of_growth(growth(minutes, incident.opened_at, until, buckets))


@router.get("/customers", responses=_ANSWERS)
async def affected_customers(
    incident_id: IncidentId,
    caller: Reader,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=1_000, description="Most customers to list.")] = 100,
) -> list[AffectedOut]:
    """Whom an incident affects, the one with the most tickets first. A ticket with neither a customer's id nor an
    address is nobody's."""
    await found_incident(parts, caller.workspace, incident_id)
    found = await run_in_threadpool(parts.store.affected, caller.workspace, incident_id, limit)
    return [AffectedOut.of_affected(one) for one in found]
