"""What an address names, or the 404 that says that it is not there."""

from starlette.concurrency import run_in_threadpool

from smart_support.api.parts import ApiParts
from smart_support.api.problems import Problem
from smart_support.domain.incident import Incident
from smart_support.domain.ticket import Ticket, TicketKey


async def found_ticket(parts: ApiParts, key: TicketKey) -> Ticket:
    """Raises Problem where there is none."""
    ticket = await run_in_threadpool(parts.store.find, key)
    if ticket is None:
        raise Problem(404, f"There is no ticket {key.ticket_id!r}.")
    return ticket


async def found_incident(parts: ApiParts, workspace: str, incident_id: str) -> Incident:
    """Raises Problem where there is none."""
    incident = await run_in_threadpool(parts.store.incident, workspace, incident_id)
    if incident is None:
        raise Problem(404, f"There is no incident {incident_id!r}.")
    return incident
