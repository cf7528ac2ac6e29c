"""Feedback: what agents say of a ticket's triage, taken in and given out to learn from."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.concurrency import run_in_threadpool

from smart_support.api.access import Admin, OwnAgentCaller
from smart_support.api.exports import export
from smart_support.api.found import found_ticket
from smart_support.api.once import IdempotencyKey, once
from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import moment
from smart_support.api.strict import StrictRoute
from smart_support.domain.feedback import Feedback
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.learning import Example
from smart_support.pipeline.written import Id

router = APIRouter(prefix="/v2", tags=["feedback"], route_class=StrictRoute)

_PAGE = 500


class FeedbackIn(BaseModel):
    """What is wrong, or right: at least one of category, urgency and not_duplicate."""

    model_config = ConfigDict(
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={"examples": [{"category": "Legal", "urgency": 0.9, "note": "a regulator asks"}]},
    )

    category: Annotated[str, Field(max_length=200)] | None = None
    urgency: Annotated[float, Field(ge=0, le=1, strict=True, allow_inf_nan=False)] | None = None
    not_duplicate: Annotated[
        bool | None, Field(strict=True, description="Whether it is a case of its own, not a report of a known one.")
    ] = None
    note: Annotated[str, Field(max_length=500)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "FeedbackIn":
        if self.category is None and self.urgency is None and self.not_duplicate is None:
            raise ValueError("say at least one of category, urgency and not_duplicate")
        return self


class FeedbackOut(BaseModel):
    """Feedback as it is stored, beside what the model had said."""

    feedback_id: str
    ticket_id: str
    category: str | None
    urgency: float | None
    not_duplicate: bool | None
    note: str | None
    model_version: str | None
    said_category: str | None
    said_urgency: float | None
    actor: str
    created_at: datetime

    @classmethod
    def of_feedback(cls, told: Feedback) -> "FeedbackOut":
        return cls(
            feedback_id=told.id,
            ticket_id=told.key.ticket_id,
            category=told.category,
            urgency=told.urgency,
            not_duplicate=told.not_duplicate,
            note=told.note,
            model_version=told.model_version,
            said_category=told.said_category,
            said_urgency=told.said_urgency,
            actor=told.actor,
            created_at=moment(told.at),
        )


class ExampleOut(FeedbackOut):
    """Feedback with the text of its ticket."""

    subject: str
    body: str

    @classmethod
    def of_example(cls, example: Example) -> "ExampleOut":
        told = FeedbackOut.of_feedback(example.feedback)
        return cls(**told.model_dump(), subject=example.text.subject, body=example.text.body)


@router.post(
    "/tickets/{ticket_id}/feedback",
    status_code=201,
    response_model=FeedbackOut,
    responses=responses(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
async def post_feedback(
    ticket_id: Id,
    told: FeedbackIn,
    caller: OwnAgentCaller,
    parts: Parts,
    request: Request,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Correct or confirm what triage said. The ticket has the category and urgency given from then on, the
    category with a confidence of 1, and without the reasons of what was overruled; its state stays, and nobody is
    alerted. One that is no duplicate leaves its incident, and is then waited for as if it had never belonged to it."""
    key = TicketKey(caller.workspace, ticket_id)

    async def run(new_id: str) -> FeedbackOut:
        known = parts.taxonomies.of(caller.workspace).categories
        if told.category is not None and told.category not in known:
            raise Problem(422, f"There is no category {told.category!r}; there are {', '.join(known)}.")
        feedback = Feedback(new_id, key, parts.clock.now(), caller.actor, **told.model_dump())
        stored = await run_in_threadpool(parts.store.record_feedback, feedback, caller.bound_to)
        if stored is not None:
            if told.not_duplicate:
                await run_in_threadpool(parts.desk.part, key, feedback.at, caller.actor)
            return FeedbackOut.of_feedback(stored)
        ticket = await found_ticket(parts, caller, ticket_id)
        if caller.bound_to not in {None, ticket.agent_id}:
            raise Problem(403, "A ticket that waits is nobody's yet: take it, then say what is wrong with it.")
        raise Problem(409, "The ticket is not triaged yet; there is nothing to correct. Try again in a moment.")

    return await once(parts, parts.store, caller, request, told, 201, idempotency_key, run)


@router.get("/feedback/export", response_class=StreamingResponse, responses=responses(401, 403, 503))
async def export_feedback(caller: Admin, parts: Parts, request: Request) -> StreamingResponse:
    """All feedback of the workspace with its tickets' texts, as JSON lines in the order in which it came."""
    await run_in_threadpool(parts.store.ping)  # so that an outage is an answer, not half a file
    return export(request, _lines(parts, caller.workspace))


def _lines(parts: ApiParts, workspace: str) -> Iterator[str]:
    after: tuple[float, str] | None = None
    while examples := parts.store.examples(workspace, after, _PAGE):
        yield "".join(ExampleOut.of_example(example).model_dump_json() + "\n" for example in examples)
        after = (examples[-1].feedback.at, examples[-1].feedback.id)
