"""What ties one ticket to its incident."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import OwnReader
from smart_support.api.found import found_ticket, hidden_of
from smart_support.api.incident_schemas import LinkOut
from smart_support.api.parts import Parts
from smart_support.api.problems import Problem, responses
from smart_support.pipeline.written import Id

router = APIRouter(prefix="/v2/tickets", tags=["tickets"])


class TicketLinkOut(LinkOut):
    """What ties a ticket to the incident `incident_id`."""

    incident_id: str


@router.get("/{ticket_id}/link", responses=responses(401, 403, 404, 422, 503))
async def get_link(ticket_id: Id, caller: OwnReader, parts: Parts) -> TicketLinkOut:
    """What ties a ticket to its incident; 404 where it belongs to none."""
    ticket = await found_ticket(parts, caller, ticket_id)
    link = await run_in_threadpool(parts.store.link_of_ticket, ticket.key)
    if link is None:
        raise Problem(404, f"The ticket {ticket_id!r} belongs to no incident.")
    hidden = await hidden_of(parts, caller, [link.representative])
    return TicketLinkOut(**LinkOut.of_link(link, hidden).model_dump(), incident_id=link.incident_id)
