"""The OpenAPI document: what FastAPI derives, with every error as the problem details that it is."""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from smart_support.api.events import AliveOut, EventOut
from smart_support.api.origin import LOCAL_COOKIE, SECURE_COOKIE
from smart_support.api.problems import ProblemDetails, responses

_REF = "#/components/schemas/{model}"
_KEY_HEADER = {
    "type": "apiKey",
    "in": "header",
    "name": "X-API-Key",
    "description": "The same key in a header of its own.",
}
_COOKIE = {
    "type": "apiKey",
    "in": "cookie",
    "name": SECURE_COOKIE,
    "description": f"Who signed in with `POST /session`; over plain http on this machine `{LOCAL_COOKIE}`.",
}
_SENTENCES = re.compile(r"(?<=\.) (?=[A-Z`])")
_METHODS = ("get", "post", "put", "patch", "delete")


def install(app: FastAPI) -> None:
    """Let the app give this document, made once."""
    document: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not document:
            document.update(_document(app))
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it


def _document(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        license_info=app.license_info,
        routes=app.routes,
    )
    shapes: list[type[BaseModel]] = [ProblemDetails, EventOut, AliveOut]
    _, further = models_json_schema([(shape, "serialization") for shape in shapes], ref_template=_REF)
    schemas = made["components"]["schemas"]
    schemas |= further["$defs"]
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own form of a 422, which is never sent
        schemas.pop(name, None)
    made["components"]["securitySchemes"]["APIKeyHeader"] = _KEY_HEADER
    made["components"]["securitySchemes"]["SessionCookie"] = _COOKIE
    refused = responses(422)[422]
    for path in made["paths"].values():
        for method in _METHODS:
            if method in path:
                _describe(path[method], refused)
    return made


def _describe(operation: dict[str, Any], refused: dict[str, Any]) -> None:
    """The docstring's first sentence instead of the function's name, and the 422 as it is sent."""
    opening, _, more = operation["description"].partition("\n\n")
    first, *rest = _SENTENCES.split(" ".join(opening.split()), maxsplit=1)
    operation["summary"] = first.removesuffix(".")
    operation["description"] = "\n\n".join(filter(None, [*rest, more.strip()])) or first
    for answer in operation["responses"].values():
        if "text/event-stream" in answer.get("content", {}):  # FastAPI describes it as OpenAPI 3.2 does, not 3.1
            answer["content"]["text/event-stream"] = {"schema": {"type": "string"}}
    if "security" in operation:
        operation["responses"].setdefault("429", responses(429)[429])
        operation["security"].extend([{"APIKeyHeader": []}, {"SessionCookie": []}])
    if "422" in operation["responses"]:
        operation["responses"]["422"] = refused
