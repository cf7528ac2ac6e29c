"""All that happened to one ticket, or to one incident and its members, in order."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import OwnReader, Reader
from smart_support.api.events import POSITION, EventOut
from smart_support.api.found import found_incident, found_ticket
from smart_support.api.incidents import IncidentId
from smart_support.api.parts import Parts
from smart_support.api.problems import responses
from smart_support.domain.event import Position, Recorded
from smart_support.pipeline.written import Id

router = APIRouter()

_MOST = 1_000
_ANSWERS = responses(401, 403, 404, 422, 503)

After = Annotated[str, Query(pattern=POSITION, description="Only what happened after this position.")]
Limit = Annotated[int, Query(ge=1, le=_MOST, description="Most events to list.")]


class TimelineEventOut(EventOut):
    """One thing that happened, and its place in the order of commits: the id that `/events` gives it."""

    position: str


class TimelineOut(BaseModel):
    """A page of what happened, the oldest first."""

    events: list[TimelineEventOut]
    next: str | None = Field(description="What to give as `after` for the next page; null where this is the last.")

    @classmethod
    def of_page(cls, found: Sequence[Recorded], limit: int) -> "TimelineOut":
        """The first `limit` of what was found; there is a next page where more was."""
        events = [
            TimelineEventOut(**EventOut.of_event(one.event).model_dump(), position=str(one.position))
            for one in found[:limit]
        ]
        return cls(events=events, next=events[-1].position if len(found) > limit else None)


@router.get("/v2/tickets/{ticket_id}/timeline", tags=["tickets"], responses=_ANSWERS)
async def ticket_timeline(
    ticket_id: Id,
    caller: OwnReader,
    parts: Parts,
    after: After = "0-0",
    limit: Limit = 500,
) -> TimelineOut:
    """What happened to a ticket, the oldest first."""
    await found_ticket(parts, caller, ticket_id)
    place = Position.parse(after)
    found = await run_in_threadpool(parts.store.events, caller.workspace, place, limit + 1, ticket_id)
    return TimelineOut.of_page(found, limit)


@router.get("/incidents/{incident_id}/timeline", tags=["incidents"], responses=_ANSWERS)
async def incident_timeline(
    incident_id: IncidentId, caller: Reader, parts: Parts, after: After = "0-0", limit: Limit = 500
) -> TimelineOut:
    """What happened to an incident, and to tickets while they belonged to it, the oldest first. A member that says more
    than the incident does, and is routed all the same, has the reason as `data.exception`, on the event
    (`ticket.queue` or `ticket.link`) with which it came to the incident."""
    await found_incident(parts, caller.workspace, incident_id)
    place = Position.parse(after)
    found = await run_in_threadpool(parts.store.incident_events, caller.workspace, incident_id, place, limit + 1)
    return TimelineOut.of_page(found, limit)
