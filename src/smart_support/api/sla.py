"""What a ticket was promised, and how that stands."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import OwnReader
from smart_support.api.found import found_ticket
from smart_support.api.parts import Parts
from smart_support.api.problems import responses
from smart_support.api.schemas import moment
from smart_support.domain.sla import Progress, Promise, SlaClock, SlaState
from smart_support.pipeline.sla import progress_of
from smart_support.pipeline.written import Id

router = APIRouter(prefix="/v2/tickets", tags=["tickets"])


class ClockOut(BaseModel):
    """One promise: by when it is to be kept, from when on it is due soon, and how it stands."""

    promise: Promise
    due_at: datetime
    warn_at: datetime
    state: SlaState
    slack_seconds: float = Field(
        description="Open seconds that are left, or were when it was kept; below 0 after the breach."
    )

    @classmethod
    def of_clock(cls, clock: SlaClock, progress: Progress, at: float) -> "ClockOut":
        return cls(
            promise=clock.promise,
            due_at=moment(clock.due_at),
            warn_at=moment(clock.warn_at),
            state=clock.state(progress, at),
            slack_seconds=round(clock.slack(progress, at), 3),
        )


class TicketSlaOut(BaseModel):
    """What a ticket was promised when it was dispatched; empty where nothing was, or where it is not dispatched yet."""

    ticket_id: str
    promises: list[ClockOut]


@router.get("/{ticket_id}/sla", responses=responses(401, 403, 404, 422, 503))
async def get_sla(ticket_id: Id, caller: OwnReader, parts: Parts) -> TicketSlaOut:
    """The promises to a ticket. Rules that change later leave them as they are."""
    ticket = await found_ticket(parts, caller, ticket_id)
    clocks = await run_in_threadpool(parts.store.clocks, ticket.key)
    now = parts.clock.now()
    return TicketSlaOut(
        ticket_id=ticket_id, promises=[ClockOut.of_clock(clock, progress_of(ticket), now) for clock in clocks]
    )
