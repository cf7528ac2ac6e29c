"""`/events`: what happens, as it happens, without a gap (Server-Sent Events)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field

from smart_support.api.access import OwnReader, Require
from smart_support.api.feed import PAGE
from smart_support.api.parts import Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import moment
from smart_support.domain.access import Scope
from smart_support.domain.event import KINDS, Datum, Event, Position
from smart_support.pipeline.records import Unavailable

router = APIRouter(tags=["events"])

_STILL = Require(Scope.READ, own=True, counted=False)
_LOOK_SECONDS = 0.25
_ALIVE_SECONDS = 15.0
_RECONNECT_MS = 2_000
POSITION = r"^[0-9]{1,18}-[0-9]{1,18}$"

LastEventId = Annotated[
    str | None,
    Header(pattern=POSITION, description="Go on after this event, as an EventSource does that lost its connection."),
]
After = Annotated[str | None, Query(pattern=POSITION, description="The same for a first call; 0-0 is the beginning.")]


class EventOut(BaseModel):
    """One thing that happened; ids, codes and numbers, never a ticket's text."""

    kind: Annotated[str, Field(json_schema_extra={"enum": list(KINDS)})]  # in the record may be kinds of an older one
    at: datetime
    actor: str
    ticket_id: str | None
    incident_id: str | None
    agent_id: str | None
    data: dict[str, Datum]

    @classmethod
    def of_event(cls, event: Event) -> "EventOut":
        return cls(
            kind=event.kind,
            at=moment(event.at),
            actor=event.actor,
            ticket_id=event.ticket_id,
            incident_id=event.incident_id,
            agent_id=event.agent_id,
            data=dict(event.data),
        )


class AliveOut(BaseModel):
    """What an event named `alive` says: the connection is, and this is the server's time."""

    at: datetime


@router.get("/events", response_class=EventSourceResponse, responses=responses(401, 403, 422))
async def events(
    caller: OwnReader, parts: Parts, request: Request, last_event_id: LastEventId = None, after: After = None
) -> AsyncIterator[ServerSentEvent]:
    """Everything that happens in the workspace from now on, or from beyond an event.

    In the order of commits: whoever goes on after the last event he has seen has missed none. Each is a message with
    an id and an `EventOut`. Every 15 seconds there is one named `alive`, with an `AliveOut` and without an id: after
    twice that in silence the connection is lost. A key that is revoked or runs out, and signing out, end the stream.
    An agent's key is told what concerns him, and the tickets that he may see.
    """
    told = last_event_id or after
    position = Position.parse(told) if told is not None else None
    yield ServerSentEvent(comment="connected", retry=_RECONNECT_MS)
    timer = asyncio.get_running_loop().time
    told_at = timer()
    while not parts.stopping.is_set():
        begins = position is None
        try:
            await _STILL.look(request)
            position, found = await parts.feed.read(caller.workspace, position, caller.bound_to)
        except Problem:
            return
        except Unavailable:  # the connection stays, and nothing is missed
            found = []
        if begins and position is not None:  # whoever is cut off before anything happened goes on from here
            yield ServerSentEvent(id=str(position))
        for recorded in found:
            yield ServerSentEvent(id=str(recorded.position), data=EventOut.of_event(recorded.event))
        if timer() - told_at >= _ALIVE_SECONDS:
            told_at = timer()
            yield ServerSentEvent(event="alive", data=AliveOut(at=moment(parts.clock.now())))
        if len(found) < PAGE:
            await asyncio.sleep(_LOOK_SECONDS)
