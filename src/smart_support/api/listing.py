"""The list of tickets: filtered, searched, a page at a time."""

import base64
import binascii
import json
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import OwnReader
from smart_support.api.parts import Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import LATEST, Moment, maybe_moment, moment
from smart_support.domain.ids import is_id
from smart_support.domain.ticket import State
from smart_support.pipeline.listing import Facets, Order, Place, TicketFilter, TicketPage, TicketRow, words_of
from smart_support.pipeline.written import Id

_FRESH_SECONDS = 5.0

router = APIRouter(prefix="/v2/tickets", tags=["tickets"])

_MOST_IDS = 100
_MOST_VALUES = 50


def _storable(value: str) -> str:
    if "\0" in value:
        raise ValueError("must not hold a NUL character")
    return value


Value = Annotated[str, Field(max_length=320), AfterValidator(_storable)]
Values = Annotated[list[Value], Field(max_length=_MOST_VALUES)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]


def _no_number(value: object) -> object:
    """Pydantic takes a number in an address for seconds since 1970; the document says date and time."""
    if isinstance(value, str) and not any(mark in value for mark in "-:T"):
        raise ValueError("must be a date and time as in 2026-01-31T09:00:00Z")
    return value


_Written = Annotated[Moment, BeforeValidator(_no_number)]


class ListIn(BaseModel):
    """What to list. Of a parameter that is given several times any value will do; all parameters have to fit."""

    cursor: Annotated[
        str | None,
        Field(max_length=256, description="Go on after a page: its `next`, with the same order."),
    ] = None
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100
    order: Annotated[
        Order,
        Field(
            description="`newest` first; `urgent`: the highest S first, the oldest among equals, those without last."
        ),
    ] = Order.NEWEST
    id: Annotated[
        list[Id],
        Field(max_length=_MOST_IDS, description="Only these, as far as they fit the other filters."),
    ] = []
    category: Values = []
    state: Annotated[list[State], Field(max_length=_MOST_VALUES)] = []
    language: Values = []
    tier: Value | None = None
    agent_id: Annotated[Value | None, Field(description="`-`: nobody's.")] = None
    team: Value | None = None
    incident_id: Annotated[Value | None, Field(description="`-`: of no incident.")] = None
    needs_review: bool | None = None
    urgency_from: Annotated[Share | None, Field(description="Included; a ticket without S does not fit.")] = None
    urgency_to: Annotated[Share | None, Field(description="Included; a ticket without S does not fit.")] = None
    accepted_from: Annotated[_Written | None, Field(description="Included.")] = None
    accepted_to: Annotated[_Written | None, Field(description="Not included.")] = None
    text: Annotated[
        str,
        Field(
            max_length=200,
            description="Every word of it occurs in subject or body, in letters of either case; the last may be the "
            "beginning of a word. Other characters only part words; where there is no word, all tickets fit.",
        ),
    ] = ""

    @model_validator(mode="after")
    def _ids_are_one_page(self) -> Self:
        if self.id and self.cursor is not None:
            raise ValueError("id and cursor do not go together: the tickets that are named are one page")
        return self

    def which(self, seen_by: str | None) -> TicketFilter:
        """The filters, of what an agent may see if he is named."""
        return TicketFilter(
            ids=tuple(self.id),
            categories=tuple(self.category),
            states=tuple(self.state),
            languages=tuple(self.language),
            tier=self.tier,
            agent_id=self.agent_id,
            team=self.team,
            incident_id=self.incident_id,
            needs_review=self.needs_review,
            urgency_from=self.urgency_from,
            urgency_to=self.urgency_to,
            accepted_from=self.accepted_from.timestamp() if self.accepted_from else None,
            accepted_to=self.accepted_to.timestamp() if self.accepted_to else None,
            words=words_of(self.text),
            seen_by=seen_by,
        )


class TicketRowOut(BaseModel):
    """A ticket in a list."""

    ticket_id: str
    subject: str
    excerpt: str = Field(description="How the body begins: at most 160 characters, in one line.")
    state: State
    category: str | None
    urgency_score: float | None = Field(description="S in [0, 1].")
    confidence: float | None
    needs_review: bool
    tier: str | None
    language: str | None
    incident_id: str | None
    agent_id: str | None
    team: str | None
    customer: str | None = Field(description="Who wrote: a name, else an address, else an id.")
    source: str | None = Field(description="The helpdesk or mailbox that it came from.")
    accepted_at: datetime
    resolved_at: datetime | None

    @classmethod
    def of_row(cls, row: TicketRow) -> "TicketRowOut":
        return cls(
            ticket_id=row.ticket_id,
            subject=row.subject,
            excerpt=row.excerpt,
            state=row.state,
            category=row.category,
            urgency_score=row.urgency,
            confidence=row.confidence,
            needs_review=row.needs_review,
            tier=row.tier,
            language=row.language,
            incident_id=row.incident_id,
            agent_id=row.agent_id,
            team=row.team,
            customer=row.customer,
            source=row.source,
            accepted_at=moment(row.accepted_at),
            resolved_at=maybe_moment(row.resolved_at),
        )


class TicketsOut(BaseModel):
    """A page of the list."""

    tickets: list[TicketRowOut]
    next: str | None = Field(
        description="The cursor of the next page; null where this one is the last. Where hardly any ticket fits, a "
        "page may hold fewer than `limit`, or none, before that."
    )
    position: str = Field(
        description="Where the events stood before the list was read: `GET /events?after=` it tells all that changed."
    )
    total: int | None = Field(description="How many tickets fit, in a first page; null where counting takes long.")


class FacetOut(BaseModel):
    """A value and how many tickets have it."""

    value: str
    tickets: Count


class FacetsOut(BaseModel):
    """The values that the tickets of the workspace have, the most frequent first."""

    categories: list[FacetOut]
    languages: list[FacetOut]
    tiers: list[FacetOut]
    states: list[FacetOut]

    @classmethod
    def of_facets(cls, facets: Facets) -> "FacetsOut":
        def out(counts: dict[str, int]) -> list[FacetOut]:
            return [FacetOut(value=value, tickets=tickets) for value, tickets in counts.items()]

        return cls(
            categories=out(dict(facets.categories)),
            languages=out(dict(facets.languages)),
            tiers=out(dict(facets.tiers)),
            states=out(dict(facets.states)),
        )


@router.get("", responses=responses(401, 403, 422, 503))
async def list_tickets(caller: OwnReader, parts: Parts, asked: Annotated[ListIn, Query()]) -> TicketsOut:
    """Tickets that fit all filters, a page at a time.

    A page ends where the next one begins, however many tickets come in between: none is left out, none comes twice, as
    long as it keeps its place. In the order `newest` it always does. A page takes no longer however many tickets there
    are: where hardly any of thousands fits, it ends early, and `next` goes on.
    """
    which, after = asked.which(caller.bound_to), None if asked.cursor is None else _place(asked.cursor, asked.order)
    store, workspace = parts.store, caller.workspace
    limit = len(which.ids) or asked.limit

    def read() -> tuple[str, TicketPage]:
        position = str(store.last_position(workspace))
        return position, store.list_tickets(workspace, which, asked.order, after, limit)

    position, page = await run_in_threadpool(read)
    alone = bool(which.ids)
    return TicketsOut(
        tickets=[TicketRowOut.of_row(row) for row in page.rows],
        next=None if alone or page.beyond is None else _cursor(page.beyond, asked.order),
        position=position,
        total=None if alone else page.total,
    )


@router.get("/facets", responses=responses(401, 403, 503))
async def facets(caller: OwnReader, parts: Parts) -> FacetsOut:
    """Which values the filters may have, and how many tickets have each; at most five seconds old."""
    workspace, agent = caller.workspace, caller.bound_to
    place = ("facets", workspace, agent)
    found = await parts.looks.share(place, _FRESH_SECONDS, lambda: parts.store.facets(workspace, agent))
    return FacetsOut.of_facets(found)


def _cursor(place: Place, order: Order) -> str:
    value = place.accepted_at if order is Order.NEWEST else [place.urgency, place.accepted_at]
    told = json.dumps([order.value, value, place.ticket_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _place(cursor: str, order: Order) -> Place:
    """The place that `_cursor` wrote; raises Problem (422) for anything else, or a cursor of another order."""
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        told = None
    place = None
    match told:
        case [order.value, float(at), str(name)] if order is Order.NEWEST:
            place = Place(None, at, name)
        case [order.value, [float() | None as urgency, float(at)], str(name)] if order is Order.URGENT:
            place = Place(urgency, at, name)
    if place is not None and _is_possible(place):
        return place
    raise Problem(422, "The cursor is none of this order: send `next` of a page as it is, with the same order.")


def _is_possible(place: Place) -> bool:
    """Whether a ticket may stand there: JSON has numbers that no database compares."""
    known = place.urgency is None or 0.0 <= place.urgency <= 1.0
    return known and 0.0 <= place.accepted_at < LATEST and is_id(place.ticket_id)
