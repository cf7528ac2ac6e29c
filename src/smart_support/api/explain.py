"""Why a ticket goes to whom, and what would change it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import OwnReader
from smart_support.api.found import found_ticket, no_ticket
from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import responses, slot
from smart_support.api.schemas import maybe_moment
from smart_support.domain.assignment.change import Change, Lever
from smart_support.domain.assignment.explain import Other
from smart_support.domain.assignment.problem import Assigned
from smart_support.domain.assignment.reasons import Code, Reason
from smart_support.domain.assignment.words import other_words
from smart_support.domain.routing.routing import Routed
from smart_support.domain.sla import Promise, SlaClock
from smart_support.domain.ticket import State, TicketKey
from smart_support.pipeline.explain import Explained
from smart_support.pipeline.written import Id

router = APIRouter(prefix="/v2/tickets", tags=["tickets"])


class ChosenOut(BaseModel):
    """The agent, and what he costs in thousandths, by cause; `preferred` is 0 or below it."""

    agent_id: str
    cost: int
    skill: int
    relaxed: int
    preferred: int
    load: int

    @classmethod
    def of_assigned(cls, one: Assigned) -> "ChosenOut":
        parts = one.parts
        return cls(
            agent_id=one.agent_id,
            cost=parts.total,
            skill=parts.skill,
            relaxed=parts.relaxed,
            preferred=parts.preferred,
            load=parts.load,
        )


class WhyOut(BaseModel):
    """What keeps the ticket from an agent; what the further fields hold depends on the code."""

    code: Code
    name: str | None
    has: float | None
    asked: float | None
    seconds: float | None

    @classmethod
    def of_reason(cls, reason: Reason) -> "WhyOut":
        return cls(code=reason.code, name=reason.name, has=reason.has, asked=reason.asked, seconds=reason.seconds)


class ChangeOut(BaseModel):
    """One change after which the ticket would be his: the world was solved anew to see it."""

    lever: Lever
    name: str | None
    value: float | None

    @classmethod
    def of_change(cls, change: Change) -> "ChangeOut":
        return cls(lever=change.lever, name=change.name, value=change.value)


class OtherOut(BaseModel):
    """An agent who does not get the ticket."""

    agent_id: str
    words: str
    reasons: list[WhyOut]
    change: Annotated[
        ChangeOut | None, Field(description="Null: none was found, or there are too many tickets to look for one.")
    ]

    @classmethod
    def of_other(cls, other: Other) -> "OtherOut":
        return cls(
            agent_id=other.agent_id,
            words=other_words(other).removeprefix(f"{other.agent_id}: "),
            reasons=[WhyOut.of_reason(reason) for reason in other.reasons],
            change=None if other.change is None else ChangeOut.of_change(other.change),
        )


class PromiseOut(BaseModel):
    """What was promised when the ticket was dispatched, which it keeps, and what its rank counts, which follows the
    rules as they are now."""

    name: Annotated[
        str | None, Field(description="The SLA that the rules give it now; null: the category's own, or none.")
    ]
    first_response_due: Annotated[datetime | None, Field(description="As promised; null: that was not.")]
    resolution_due: Annotated[datetime | None, Field(description="As promised; null: that was not.")]
    slack_seconds: Annotated[
        float | None,
        Field(
            description="The slack that enters the rank: open seconds until the next target by the rules as they are "
            "now, not as promised; below 0 after it; null: there is none, or all are kept."
        ),
    ]


class NeedsOut(BaseModel):
    """What the ticket asks of an agent."""

    skills: list[str]
    language: str | None
    team: str | None

    @classmethod
    def of_routed(cls, routed: Routed) -> "NeedsOut":
        return cls(skills=list(routed.demand.skills), language=routed.demand.language, team=routed.demand.team)


class RouteOut(BaseModel):
    """Where a ticket goes. `chosen` gets it, null: nobody does, and `others` say why not they, those first who are
    nearest to it. Of a ticket that somebody has it is told as if it were given now."""

    ticket_id: str
    state: State
    agent_id: Annotated[str | None, Field(description="Who has the ticket, or had it when it was resolved.")]
    words: Annotated[str, Field(description="Where the ticket stands.")]
    chosen: ChosenOut | None
    above: Annotated[int | None, Field(description="How many of the waiting tickets rank higher.")]
    waiting: int | None
    rules: Annotated[list[str], Field(description="The routing rules that have a say in it, in their order.")]
    needs: NeedsOut | None
    sla: PromiseOut | None
    others: list[OtherOut]


@router.get("/{ticket_id}/route", responses=responses(401, 403, 404, 422, 429, 503))
async def explain_route(ticket_id: Id, caller: OwnReader, parts: Parts) -> RouteOut:
    """Why a ticket goes to whom, why not to anybody else, and what would change that. Nothing is changed.
    Two are made at a time: during two others the answer is 429."""
    key = (await found_ticket(parts, caller, ticket_id)).key
    found = await run_in_threadpool(_explain, parts, key)
    if found is None:
        raise no_ticket(ticket_id)
    return _route(found, await run_in_threadpool(parts.store.clocks, key))


def _explain(parts: ApiParts, key: TicketKey) -> Explained | None:
    """Raises Problem while two others are made: each may take a second of this machine, beside other calls."""
    with slot(parts.explaining, "Two other explanations are being made; repeat the request when one is done."):
        return parts.explainer.explain(key)


def _route(found: Explained, promised: Iterable[SlaClock]) -> RouteOut:
    ticket, routed, explanation = found.ticket, found.routed, found.explanation
    chosen = None if explanation is None else explanation.chosen
    return RouteOut(
        ticket_id=ticket.id,
        state=ticket.state,
        agent_id=ticket.agent_id,
        words=found.stands,
        chosen=None if chosen is None else ChosenOut.of_assigned(chosen),
        above=None if explanation is None else explanation.above,
        waiting=None if explanation is None else explanation.waiting,
        rules=[] if routed is None else list(routed.rules),
        needs=None if routed is None else NeedsOut.of_routed(routed),
        sla=None if routed is None else _promise(routed, promised),
        others=[] if explanation is None else [OtherOut.of_other(other) for other in explanation.others],
    )


def _promise(routed: Routed, promised: Iterable[SlaClock]) -> PromiseOut | None:
    due = {clock.promise: clock.due_at for clock in promised}
    if not due and routed.target is None:
        return None
    return PromiseOut(
        name=routed.sla,
        first_response_due=maybe_moment(due.get(Promise.FIRST_RESPONSE)),
        resolution_due=maybe_moment(due.get(Promise.RESOLUTION)),
        slack_seconds=routed.demand.slack,
    )
