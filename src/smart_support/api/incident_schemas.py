"""Incidents over the wire."""

from collections.abc import Container
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from smart_support.api.schemas import TicketId, maybe_moment, moment
from smart_support.domain.incident import INCIDENT_ID_PATTERN, Incident, IncidentState, Link, LinkKind, Severity

TicketIds = Annotated[list[TicketId], Field(min_length=1, max_length=1_000)]


class IncidentOut(BaseModel):
    """An incident as it stands. `tickets` counts its members, `suppressed` those of them that are routed nowhere by
    themselves, `customers` how many different customers are affected; `follows` names an earlier one of the cause,
    `merged_into` the one that has its members now; `representative` is the ticket that stands for all, null where it is
    not there for who asks, `owner` the agent who has it."""

    id: str
    title: str
    keywords: list[str]
    severity: Severity
    state: IncidentState
    opened_at: datetime
    reported_at: datetime
    closed_at: datetime | None
    reopened_at: datetime | None
    tickets: Annotated[int, Field(ge=0)]
    suppressed: Annotated[int, Field(ge=0)]
    customers: Annotated[int, Field(ge=0)]
    representative: str | None
    follows: str | None
    merged_into: str | None
    owner: str | None

    @classmethod
    def of_incident(cls, incident: Incident, hidden: Container[str] = ()) -> "IncidentOut":
        return cls(
            id=incident.id,
            title=incident.title,
            keywords=list(incident.keywords),
            severity=incident.severity,
            state=incident.state,
            opened_at=moment(incident.opened_at),
            reported_at=moment(incident.reported_at),
            closed_at=maybe_moment(incident.closed_at),
            reopened_at=maybe_moment(incident.reopened_at),
            tickets=incident.tickets,
            suppressed=incident.suppressed,
            customers=incident.customers,
            representative=None if incident.representative in hidden else incident.representative,
            follows=incident.follows,
            merged_into=incident.merged_into,
            owner=incident.owner,
        )


class LinkOut(BaseModel):
    """What ties a ticket to its incident. `similarity` (in [-1, 1]) is with the incident's `representative`, for a link
    by meaning with the centroid of its first members; by hand there is none. A representative that is not there for who
    asks is null. A `recurrence` came after the end. Where there is an `exception` the ticket is routed and told all the
    same, for this reason."""

    ticket_id: str
    kind: LinkKind
    similarity: float | None
    representative: str | None
    linked_at: datetime
    recurrence: bool
    exception: str | None

    @classmethod
    def of_link(cls, link: Link, hidden: Container[str] = ()) -> "LinkOut":
        return cls(
            ticket_id=link.ticket_id,
            kind=link.kind,
            similarity=link.similarity,
            representative=None if link.representative in hidden else link.representative,
            linked_at=moment(link.at),
            recurrence=link.recurrence,
            exception=link.exception,
        )


class IncidentWithLinks(IncidentOut):
    """An incident with a page of what ties its members to it, in the order of dispatch."""

    links: list[LinkOut]


class ChangedOut(IncidentOut):
    """The incident after a change, and the tickets that it moved."""

    moved: list[str]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class ResolveIn(_In):
    """What becomes of members that nobody has in hand: resolved with the incident, but for those that say more than
    it does, or back in the queue."""

    members: Literal["answer", "release"] = "release"


class DismissIn(_In):
    """Nothing is needed."""


class TicketsIn(_In):
    """The tickets."""

    ticket_ids: TicketIds


class MergeIn(_In):
    """The incident whose members this one takes over."""

    incident_id: Annotated[str, Field(pattern=INCIDENT_ID_PATTERN)]


class GroupOut(BaseModel):
    """Tickets that would be one incident, and when it would open."""

    opened_at: datetime
    tickets: list[str]


class MoveOut(BaseModel):
    """A ticket that would belong elsewhere: the incident that the limits in force put it into, and the place of its
    group, from 0 on; null for none. `incident_id` is null too where there is no such incident any more: it was
    dismissed."""

    ticket_id: str
    incident_id: str | None
    group: int | None


class PreviewOut(BaseModel):
    """What other limits would do: of so many `tickets`, the groups that they would make, and those that would move."""

    tickets: int
    groups: list[GroupOut]
    moves: list[MoveOut]
