"""What an address names, or the 404 that says that it is not there."""

from collections.abc import Iterable

from starlette.concurrency import run_in_threadpool

from smart_support.api.parts import ApiParts
from smart_support.api.problems import Problem
from smart_support.domain.access import Principal
from smart_support.domain.incident import Incident
from smart_support.domain.ticket import Ticket, TicketKey


async def found_ticket(parts: ApiParts, caller: Principal, ticket_id: str) -> Ticket:
    """Raises Problem where there is none that the caller may see."""
    ticket = await run_in_threadpool(parts.store.find, TicketKey(caller.workspace, ticket_id))
    if ticket is None or not caller.may_see(ticket):
        raise no_ticket(ticket_id)
    return ticket


def no_ticket(ticket_id: str) -> Problem:
    """The answer where there is none that the caller may see: whether there is one at all is not said."""
    return Problem(404, f"There is no ticket {ticket_id!r}.")


async def hidden_of(parts: ApiParts, caller: Principal, ticket_ids: Iterable[str | None]) -> frozenset[str]:
    """Those of the tickets that are not there for the caller."""
    if caller.bound_to is None:
        return frozenset()
    keys = {TicketKey(caller.workspace, one) for one in ticket_ids if one is not None}
    found = await run_in_threadpool(parts.store.find_many, keys)
    return frozenset(key.ticket_id for key in keys if key not in found or not caller.may_see(found[key]))


async def found_incident(parts: ApiParts, workspace: str, incident_id: str) -> Incident:
    """Raises Problem where there is none."""
    incident = await run_in_threadpool(parts.store.incident, workspace, incident_id)
    if incident is None:
        raise Problem(404, f"There is no incident {incident_id!r}.")
    return incident
