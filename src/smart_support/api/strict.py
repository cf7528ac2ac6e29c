"""Bodies are JSON in UTF-8, of sane size and depth, without what a database cannot store; else refused by name."""

import inspect
import json
import math
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from email.message import Message
from functools import cache, lru_cache
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.types import Message as AsgiMessage
from starlette.types import Receive

from smart_support.api.gate import gates_of
from smart_support.api.problems import Problem

MAX_DEPTH = 32
_LONGEST_TYPE = 256


class StrictRoute(APIRoute):
    """A route that reads its body with `parse`, and only where the content type says JSON.

    A call that sends nothing but a sound body goes to its endpoint directly, which halves what FastAPI costs under
    load; every other one, and whatever is wrong with a body, is FastAPI's to deal with.

    A body may have MAX_BODY_BYTES, or `own_limit` where that is more. Before it is read the call has passed the gates.
    """

    own_limit = 0

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        takes_body = self.body_field is not None
        gates = tuple(gates_of(self.dependant))
        directly = _Direct.of(self)

        async def strictly(request: Request) -> Response:
            limit = max(request.app.state.parts.max_body_bytes, self.own_limit)
            if takes_body:
                for gate in gates:
                    await gate(request)
                _check_headers(request, limit)
            request = _StrictRequest(request.scope, limited(request.receive, limit))
            arguments = await directly.arguments(request) if directly is not None else None
            if directly is None or arguments is None:
                return await handle(request)
            return await directly.endpoint(**arguments)

        return strictly


@dataclass(frozen=True, slots=True)
class _Direct:
    """How an endpoint that gives a Response is called without FastAPI.

    `body` is the name and the model of its body, `dependencies` are called with the request alone.
    """

    endpoint: Callable[..., Coroutine[Any, Any, Response]]
    request: str
    body: tuple[str, type[BaseModel]]
    dependencies: Mapping[str, Callable[[Request], Coroutine[Any, Any, Any]]]
    headers: frozenset[str]

    @classmethod
    def of(cls, route: APIRoute) -> "_Direct | None":
        needs = route.dependant
        simple = inspect.signature(route.endpoint).return_annotation is Response and not needs.path_params
        if not simple or needs.request_param_name is None or len(needs.body_params) != 1:
            return None
        (body,) = needs.body_params
        model: Any = body.field_info.annotation
        return cls(
            route.endpoint,
            needs.request_param_name,
            (body.name, model),
            {needed.name: needed.call for needed in needs.dependencies if needed.name and needed.call},
            frozenset(header.alias for header in needs.header_params),
        )

    async def arguments(self, request: Request) -> dict[str, Any] | None:
        """What to call the endpoint with; None where FastAPI has to look at the request."""
        if request.scope["query_string"] or not self.headers.isdisjoint(request.headers):
            return None
        if not await request.body():
            return None
        body = await request.json()
        arguments = {name: await needed(request) for name, needed in self.dependencies.items()}
        name, model = self.body
        try:
            return arguments | {name: model.model_validate(body), self.request: request}
        except ValidationError:
            return None


class _StrictRequest(Request):
    async def json(self) -> Any:
        return parse(await self.body())  # twice, where FastAPI has to look at it after all


def limited(receive: Receive, limit: int) -> Receive:
    """`receive`, which refuses to go on beyond `limit` bytes, told or not."""
    size = 0

    async def counted() -> AsgiMessage:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise _too_large(limit)
        return message

    return counted


def _too_large(limit: int) -> Problem:
    return Problem(413, f"The body is too large; the limit is {limit} bytes.")


def parse(body: bytes) -> Any:
    """The JSON value in a body; raises Problem (400 or 422) for what is none, or cannot be stored as text."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(400, f"The body is not UTF-8: byte {error.start} is not part of a character.") from error
    try:
        value = _decoder().decode(text)
    except RecursionError as error:
        raise Problem(400, f"The JSON is nested more than {MAX_DEPTH} levels deep.") from error
    except json.JSONDecodeError as error:
        raise Problem(400, f"The body is not JSON: {error.msg} at character {error.pos}.") from error
    except ValueError as error:  # an integer of thousands of digits, 1e999
        raise Problem(
            400, "The body holds a number that is too long or too large, or NaN or Infinity, which JSON has not."
        ) from error
    _check(value, escapes="\\u" in text)
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError("too large")
    return value


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)


def _check(value: Any, *, escapes: bool) -> None:
    """Refuse great depth; and NUL and half characters, which only an escape can write."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise Problem(400, f"The JSON is nested more than {MAX_DEPTH} levels deep.")
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
                if escapes:
                    below.extend(item)
            elif isinstance(item, list):
                below.extend(item)
            elif escapes and isinstance(item, str):
                _check_text(item)
        level = below


def _check_text(text: str) -> None:
    if "\0" in text:
        raise Problem(422, "The text holds a NUL character (\\u0000), which cannot be stored; remove it.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Problem(
            422, "The text holds half of a surrogate pair (\\ud800 to \\udfff); send whole characters."
        ) from error


def _check_headers(request: Request, limit: int) -> None:
    check_length(request, limit)
    told = request.headers.get("content-type", "none")
    kind, charset = _content_type(told if len(told) <= _LONGEST_TYPE else "none")  # parsing is quadratic
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Problem(415, "Send the body as JSON, with the header Content-Type: application/json.")
    if charset not in {"utf-8", "utf8"}:
        raise Problem(415, "Send the body in UTF-8, without another charset in Content-Type.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "Send the body uncompressed, without the header Content-Encoding.")


def check_length(request: Request, limit: int) -> None:
    """Raises Problem (413) where the body is told to be longer than `limit` bytes."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > limit:
        raise _too_large(limit)


@lru_cache(maxsize=64)
def _content_type(header: str) -> tuple[str, str]:
    """The media type and the charset in lower case; most callers send the same ones."""
    message = Message()
    message["content-type"] = header
    return message.get_content_type(), str(message.get_param("charset", "utf-8")).lower()
