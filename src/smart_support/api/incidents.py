"""Master Incidents: look at them, end them, and put right which tickets belong to them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import AgentCaller, OwnReader, Reader
from smart_support.api.found import found_incident, hidden_of
from smart_support.api.incident_schemas import (
    ChangedOut,
    DismissIn,
    GroupOut,
    IncidentOut,
    IncidentWithLinks,
    LinkOut,
    MergeIn,
    MoveOut,
    PreviewOut,
    ResolveIn,
    TicketsIn,
)
from smart_support.api.once import IdempotencyKey, once
from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import Problem, responses, slot
from smart_support.api.schemas import moment
from smart_support.api.strict import StrictRoute
from smart_support.domain.access import Principal
from smart_support.domain.incident import INCIDENT_ID_PATTERN, IncidentState, incident_number
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.incidents import Change, ChangeRefused, UnknownTickets
from smart_support.pipeline.preview import Preview, preview
from smart_support.pipeline.written import Id

router = APIRouter(prefix="/incidents", tags=["incidents"], route_class=StrictRoute)
_changes = APIRouter(prefix="/incidents/{incident_id}", tags=["incidents"], route_class=StrictRoute)

_MOST = 1_000

IncidentId = Annotated[str, Path(pattern=INCIDENT_ID_PATTERN)]


_ANSWERS = responses(400, 401, 403, 404, 409, 413, 415, 422, 503)


@router.get("", responses=responses(401, 403, 422, 503))
async def list_incidents(
    caller: OwnReader,
    parts: Parts,
    state: Annotated[list[IncidentState] | None, Query(description="Only these; all by default.")] = None,
    before: Annotated[str | None, Query(pattern=INCIDENT_ID_PATTERN, description="Only older ones than this.")] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
) -> list[IncidentOut]:
    """Incidents, the newest first."""
    number = None if before is None else incident_number(before)
    found = await run_in_threadpool(parts.store.incidents, caller.workspace, state or (), number, limit)
    hidden = await hidden_of(parts, caller, [incident.representative for incident in found])
    return [IncidentOut.of_incident(incident, hidden) for incident in found]


@router.get("/preview", responses=responses(401, 403, 422, 429, 503))
async def preview_storms(
    caller: Reader,
    parts: Parts,
    similarity: Annotated[float | None, Query(ge=0, le=1, description="Default: STORM_SIMILARITY.")] = None,
    threshold: Annotated[int | None, Query(ge=1, le=1_000_000, description="Default: STORM_TICKET_THRESHOLD.")] = None,
    seconds: Annotated[float, Query(gt=0, le=2_592_000, description="How far back to look.")] = 86_400.0,
) -> PreviewOut:
    """Go through stored tickets by other limits for copies, and say which would move. Nothing is changed. It may take a
    while, and one is made at a time: during another one the answer is 429."""
    limits: dict[str, Any] = {}
    if similarity is not None:
        limits["similarity"] = similarity
    if threshold is not None:
        limits["threshold"] = threshold
    since = parts.clock.now() - seconds
    found = await run_in_threadpool(_preview, parts, caller.workspace, since, limits)
    return PreviewOut(
        tickets=found.tickets,
        groups=[GroupOut(opened_at=moment(one.opened_at), tickets=list(one.ticket_ids)) for one in found.groups],
        moves=[MoveOut(ticket_id=one.ticket_id, incident_id=one.before, group=one.after) for one in found.moves],
    )


@router.get("/{incident_id}", responses=responses(401, 403, 404, 422, 503))
async def get_incident(
    incident_id: IncidentId,
    caller: OwnReader,
    parts: Parts,
    after: Annotated[Id | None, Query(description="Only tickets after this one: the last seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST, description="Most links to list.")] = _MOST,
) -> IncidentWithLinks:
    """An incident with its members, a page of them at a time; a page that is not full is the last. With an agent's
    key they are those that he may see."""
    incident = await found_incident(parts, caller.workspace, incident_id)
    place = None if after is None else await run_in_threadpool(_place, parts, caller, after)
    found = await run_in_threadpool(parts.store.links, caller.workspace, incident_id, place, limit, caller.bound_to)
    hidden = await hidden_of(parts, caller, [incident.representative, *(link.representative for link in found)])
    links = [LinkOut.of_link(link, hidden) for link in found]
    return IncidentWithLinks(**IncidentOut.of_incident(incident, hidden).model_dump(), links=links)


@dataclass(frozen=True, slots=True)
class _Changing:
    """What every change of an incident comes with."""

    incident_id: IncidentId
    caller: AgentCaller
    parts: Parts
    request: Request
    idempotency_key: IdempotencyKey = None

    async def change(
        self,
        kind: Literal["resolve", "dismiss", "unlink", "link", "merge"],
        told: BaseModel,
        *,
        ticket_ids: tuple[str, ...] = (),
        other: str | None = None,
        answer: bool = False,
    ) -> Response:
        """The incident once it is done; raises Problem: 404, or 409 where it cannot be done as things stand."""
        at, caller = self.parts.clock.now(), self.caller
        wanted = Change(caller.workspace, self.incident_id, kind, at, caller.actor, ticket_ids, other, answer)

        async def run(_: str) -> ChangedOut:
            try:
                changed = await run_in_threadpool(self.parts.desk.change, wanted)
            except UnknownTickets as error:
                raise Problem(404, str(error)) from error
            except ChangeRefused as error:
                raise Problem(409, str(error)) from error
            if changed is None:
                raise Problem(404, f"There is no incident {self.incident_id!r}.")
            incident = IncidentOut.of_incident(changed.incident)
            return ChangedOut(**incident.model_dump(), moved=list(changed.ticket_ids))

        return await once(self.parts, self.parts.store, caller, self.request, told, 200, self.idempotency_key, run)


_Call = Annotated[_Changing, Depends()]


@_changes.post("/resolve", response_model=ChangedOut, responses=_ANSWERS)
async def resolve(told: ResolveIn, call: _Call) -> Response:
    """End an incident, and answer or release its members at once. Late reports are recurrences for a day."""
    return await call.change("resolve", told, answer=told.members == "answer")


@_changes.post("/dismiss", response_model=ChangedOut, responses=_ANSWERS)
async def dismiss(told: DismissIn, call: _Call) -> Response:
    """Say that it is no incident: every member has its own life back, with its age and its place in the queue."""
    return await call.change("dismiss", told)


@_changes.post("/unlink", response_model=ChangedOut, responses=_ANSWERS)
async def unlink(told: TicketsIn, call: _Call) -> Response:
    """Give tickets their own life back, with their age and their place in the queue; only by hand are they linked
    again. One that is no member is left as it is; where one is unknown, nothing is changed."""
    return await call.change("unlink", told, ticket_ids=tuple(told.ticket_ids))


@_changes.post("/link", response_model=ChangedOut, responses=_ANSWERS)
async def link(told: TicketsIn, call: _Call) -> Response:
    """Add tickets that belong to no incident; those that wait leave the queue. One that is a member already is left as
    it is; where one is unknown, belongs to another incident or is not dispatched yet, nothing is changed."""
    return await call.change("link", told, ticket_ids=tuple(told.ticket_ids))


@_changes.post("/merge", response_model=ChangedOut, responses=_ANSWERS)
async def merge(told: MergeIn, call: _Call) -> Response:
    """Take over the members of another incident, which ends."""
    if told.incident_id == call.incident_id:
        raise Problem(422, "An incident cannot be merged with itself.")
    if await run_in_threadpool(call.parts.store.incident, call.caller.workspace, told.incident_id) is None:
        raise Problem(404, f"There is no incident {told.incident_id!r}.")
    return await call.change("merge", told, other=told.incident_id)


router.routes.extend(_changes.routes)


def _preview(parts: ApiParts, workspace: str, since: float, limits: Mapping[str, Any]) -> Preview:
    """Raises Problem while another one is made: each goes twice through up to 100,000 tickets, beside other calls."""
    with slot(parts.previewing, "Another preview is being made; repeat the request when it is done.", "10"):
        return preview(parts.store, parts.storm_rules(), workspace, since, lambda rule: replace(rule, **limits))


def _place(parts: ApiParts, caller: Principal, last: str) -> int:
    """Where in the order of dispatch the last ticket of a page stands, a member still or not; raises Problem."""
    ticket = parts.store.find(TicketKey(caller.workspace, last))
    if ticket is None or ticket.dispatch_order is None or not caller.may_see(ticket):
        raise Problem(
            404,
            f"There is no ticket {last!r} that an incident could have; leave `after` out for the first page, "
            "and give the ticket_id of a page's last link for the next one.",
        )
    return ticket.dispatch_order
