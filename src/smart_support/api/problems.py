"""Errors as problem details (RFC 9457), each saying what to do; never a ticket's text."""

import http
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, get_args, get_origin

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from smart_support.api.headers import headers_of
from smart_support.domain.access import KEY_ID_PATTERN
from smart_support.domain.ids import InvalidId
from smart_support.domain.incident import INCIDENT_ID_PATTERN
from smart_support.domain.priority_queue import QueueFull
from smart_support.domain.registry import VERSION_PATTERN, RegistryError
from smart_support.domain.ticket import IllegalTransition
from smart_support.domain.workspace import WORKSPACE_ID_PATTERN
from smart_support.pipeline.admission import Overloaded
from smart_support.pipeline.models import ModelUnusable
from smart_support.pipeline.records import Unavailable
from smart_support.pipeline.registry import UnknownModel

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "2"
TICKETS_IN = "tickets in"
"""The tag of routes that take tickets in."""

_IDS = {
    INCIDENT_ID_PATTERN: "an incident's id is inc- and a number, as inc-12",
    KEY_ID_PATTERN: "a key's id is 1 to 32 of the digits 0 to 9 and a to f, as `smart-support keys list` shows it",
    VERSION_PATTERN: "a model's version is one that `GET /models` has under `model`, as light-0123456789ab",
    WORKSPACE_ID_PATTERN: "a workspace's id is 1 to 64 lower-case letters, digits, _ or -, a letter or a digit first",
}
"""What an id looks like, for whoever cannot read its pattern."""

_REPEAT_TICKET = "Repeat the request with the same ticket_id or Idempotency-Key, or use /v1, which needs no database"


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="Where the field stands, joined by dots.")
    message: str


class ProblemDetails(BaseModel):
    """The body of every error."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = Field(default=None, description="The fields that were refused, if any.")


class Problem(HTTPException):
    """An error with a sentence for the caller; `extra` are further members of the body."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **extra: Any) -> None:
        super().__init__(status, detail, dict(headers) if headers else None)
        self.extra = extra


@contextmanager
def slot(few: threading.Semaphore, busy: str, retry_after: str = RETRY_AFTER) -> Iterator[None]:
    """One of the few that may do at a time what takes this machine long; raises Problem (429) where none is free."""
    if not few.acquire(blocking=False):
        raise Problem(429, busy, headers={"Retry-After": retry_after})
    try:
        yield
    finally:
        few.release()


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How a route's errors stand in the OpenAPI document."""
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {
        status: {"description": http.HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Answer every error of the app with problem details."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(ClientDisconnect, _cut_off)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(QueueFull, _queue_full)
    app.add_exception_handler(Overloaded, _overloaded)
    app.add_exception_handler(InvalidId, _unprocessable)
    app.add_exception_handler(IllegalTransition, _illegal)
    app.add_exception_handler(RegistryError, _illegal)
    app.add_exception_handler(UnknownModel, _not_found)
    app.add_exception_handler(ModelUnusable, _unprocessable)
    app.add_exception_handler(Exception, _unforeseen)


def _respond(status: int, detail: str, headers: Mapping[str, str] | None = None, **extra: Any) -> JSONResponse:
    body = {"type": "about:blank", "title": http.HTTPStatus(status).phrase, "status": status, "detail": detail, **extra}
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers
    extra = error.extra if isinstance(error, Problem) else {}
    detail = {
        404: "There is nothing at this address; /docs lists what there is.",
        405: "This address does not know this method; /docs lists what there is.",
    }
    plain = error.detail == http.HTTPStatus(error.status_code).phrase
    text = detail.get(error.status_code, error.detail) if plain else error.detail
    return _respond(error.status_code, text, headers, **extra)


def _allowed(request: Request) -> str:
    """Every method of the address; the router itself names only those of the first route that has it. A word that is
    an address of its own (`/v2/tickets/bulk`) is no id."""
    path = request.scope["path"]
    routes = [r for r in iter_route_contexts(request.app.routes) if getattr(r, "methods", None)]
    found = [r for r in routes if r.path == path] or [r for r in routes if r.path_regex.match(path)]
    return ", ".join(sorted({method for r in found for method in r.methods or ()}))


async def _validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    body = getattr(request.scope.get("route"), "body_field", None)
    model = None if body is None else body.field_info.annotation
    errors = [
        {
            "field": ".".join(str(part) for part in found["loc"][1:]) or str(found["loc"][0]),
            "message": _message(found, model, found["loc"][1:]),
        }
        for found in error.errors()
    ]
    in_body = any(found["loc"][0] == "body" for found in error.errors())
    what = "Some fields were refused; nothing was stored." if in_body else "Some parameters were refused."
    return _respond(422, what, errors=errors)


def first_problem(model: type[BaseModel], error: ValidationError) -> str:
    """The first thing wrong with a record of the model, in the API's words."""
    found = error.errors()[0]
    field = ".".join(str(part) for part in found["loc"]) or "ticket"
    return f"{field}: {_message(found, model, found['loc'])}"


def _message(found: Mapping[str, Any], model: Any, path: Sequence[int | str]) -> str:
    """What is wrong at this place of a body, which is to be of the model, or with a parameter."""
    match found["type"]:
        case "extra_forbidden":
            return "unknown field; remove it" + (", or put it into metadata" if _has_metadata(model, path) else "")
        case "missing" if found["loc"] == ("body",):
            return f"The request has no body; send a JSON {'array' if get_origin(model) is list else 'object'}"
        case "model_attributes_type" | "model_type" | "dict_type":
            return "send a JSON object"
        case "string_pattern_mismatch" if found["ctx"]["pattern"] in _IDS:
            return _IDS[found["ctx"]["pattern"]]
    message = str(found["msg"]).removeprefix("Value error, ")
    reason = found.get("ctx", {}).get("error") if found["type"] == "json_invalid" else None
    return f"{message}: {reason}" if reason else message


def _has_metadata(model: Any, path: Sequence[int | str]) -> bool:
    """Whether a record around this place has a field `metadata`, as tickets have."""
    for part in path:
        fields = getattr(model, "model_fields", {})
        if "metadata" in fields:
            return True
        if isinstance(part, int):
            model = next(iter(get_args(model)), None)
        else:
            model = fields[part].annotation if part in fields else None
    return False


async def _unavailable(request: Request, _error: Exception) -> JSONResponse:
    request.state.refused = "database"  # for `timing`, as below
    takes_tickets = TICKETS_IN in getattr(request.scope.get("route"), "tags", ())
    what = _REPEAT_TICKET if takes_tickets else "Repeat it once the database answers"
    detail = f"The database cannot be reached or cannot write. {what}; `smart-support doctor` says why."
    return _respond(503, detail, {"Retry-After": RETRY_AFTER})


async def _queue_full(request: Request, error: Exception) -> JSONResponse:
    request.state.refused = "v1_queue_full"
    return _respond(429, f"{error}; take some with GET /v1/tickets/next.", {"Retry-After": RETRY_AFTER})


async def _overloaded(request: Request, error: Exception) -> JSONResponse:
    request.state.refused = "overloaded"
    detail = f"{error}; nothing was stored. Repeat the request later, with the same ticket_id or Idempotency-Key."
    return _respond(429, detail, {"Retry-After": RETRY_AFTER})


async def _cut_off(_request: Request, _error: Exception) -> JSONResponse:
    return _respond(400, "The connection ended before the whole body had come.")  # to nobody, but it is counted so


async def _unprocessable(_request: Request, error: Exception) -> JSONResponse:
    return _respond(422, str(error))


async def _illegal(_request: Request, error: Exception) -> JSONResponse:
    return _respond(409, str(error))


async def _not_found(_request: Request, error: Exception) -> JSONResponse:
    return _respond(404, str(error))


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    log.error("request_failed", method=request.method, path=request.scope.get("path"), exc_info=error)
    # Starlette answers this outside of all middleware.
    headers = {name.decode(): value.decode() for name, value in headers_of(request.scope)}
    return _respond(500, "Something went wrong here, and was logged.", headers)
