"""The same act on many tickets in one call."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import OwnAgentCaller
from smart_support.api.handling import act_of, handle
from smart_support.api.once import IdempotencyKey, once
from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import TicketId
from smart_support.api.strict import StrictRoute
from smart_support.domain.access import Principal
from smart_support.pipeline.agent_file import Name
from smart_support.pipeline.agents import Handling
from smart_support.pipeline.written import Id

router = APIRouter(prefix="/v2/tickets", tags=["handling"], route_class=StrictRoute)

_MOST = 200


class BulkIn(BaseModel):
    """An act, on which tickets, and what the act on one takes: `reassign` an agent who gets them, or a team that is to
    have them; `escalate` such a team; all but `reassign` an agent who does it, whose they must be."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    act: Literal["resolve", "reassign", "escalate", "reopen"]
    ticket_ids: Annotated[list[TicketId], Field(min_length=1, max_length=_MOST)]
    agent_id: Id | None = None
    team: Name | None = None

    @model_validator(mode="after")
    def _takes_them(self) -> Self:
        if self.team is not None and self.act not in {"reassign", "escalate"}:
            raise ValueError(f"{self.act} takes no team; only reassign and escalate do")
        if self.act == "reassign" and self.agent_id is not None and self.team is not None:
            raise ValueError(
                "give agent_id, so that this agent gets them, or team, so that the queue finds one; not both"
            )
        return self


class RefusedOut(BaseModel):
    """A ticket on which it could not be done, with the status and the detail of the answer to the act on it alone."""

    ticket_id: str
    status: int
    detail: str


class BulkOut(BaseModel):
    """The tickets on which it is done, at once or before, in the order given, and those on which it could not be."""

    done: list[str]
    refused: list[RefusedOut]


@router.post("/bulk", response_model=BulkOut, responses=responses(400, 401, 403, 409, 413, 415, 422, 503))
async def act_on_many(
    told: BulkIn, caller: OwnAgentCaller, parts: Parts, request: Request, idempotency_key: IdempotencyKey = None
) -> Response:
    """Resolve, reassign, escalate or reopen up to 200 tickets, one after the other, each as if it were the only one:
    one that is refused keeps none of the others from it. A ticket that is named twice is one."""

    async def run(_: str) -> BulkOut:
        return await run_in_threadpool(_act, parts, caller, told)

    return await once(parts, parts.store, caller, request, told, 200, idempotency_key, run)


def _act(parts: ApiParts, caller: Principal, told: BulkIn) -> BulkOut:
    done: list[str] = []
    refused: list[RefusedOut] = []
    for name in dict.fromkeys(told.ticket_ids):
        try:
            handle(parts, act_of(caller, name, Handling(told.act), parts.clock.now(), told.agent_id, told.team))
            done.append(name)
        except Problem as problem:
            refused.append(RefusedOut(ticket_id=name, status=problem.status_code, detail=problem.detail))
    return BulkOut(done=done, refused=refused)
