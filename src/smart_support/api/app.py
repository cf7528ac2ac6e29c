"""The app: every route, the errors, the limits, and the documentation, which is served from this machine."""

from collections.abc import MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

import fastapi_offline
from fastapi import FastAPI, Response
from fastapi.openapi.docs import get_redoc_html
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.telemetry import TelemetryConfig
from fastapi_offline import FastAPIOffline
from opentelemetry.trace import TracerProvider
from starlette.middleware.cors import CORSMiddleware

from smart_support import __version__
from smart_support.api import (
    agents,
    alerts,
    arrivals,
    breaker,
    bulk,
    config,
    config_versions,
    dead,
    document,
    events,
    explain,
    feedback,
    handling,
    health,
    health_figures,
    health_standing,
    incident_figures,
    incidents,
    intake,
    keys,
    links,
    listing,
    models,
    pages,
    privacy,
    problems,
    records,
    replies,
    session,
    simulate,
    sla,
    tickets,
    timeline,
    v1,
    webhooks,
    workspaces,
)
from smart_support.api.headers import SecurityHeaders
from smart_support.api.parts import ApiParts
from smart_support.api.timing import Timing

_DESCRIPTION = """Support tickets in; category, urgency and reasons out; the most urgent first, each once.

Errors are problem details (RFC 9457). A POST that creates takes an `Idempotency-Key`."""

_FROM_OTHER_ORIGINS = ["Authorization", "X-API-Key", "Idempotency-Key", "If-Match", "Last-Event-ID"]
_TO_OTHER_ORIGINS = ["ETag", "Idempotency-Replayed", "RateLimit", "RateLimit-Policy", "Retry-After"]

_FOREIGN_LOGO = "https://cdn.redoc.ly/redoc/logo-mini.svg"


def create_app(parts: ApiParts) -> FastAPI:
    """The ASGI app over these parts. It starts and stops nothing: whoever made the parts does."""
    app = routed_app(parts.watch.tracing.provider)
    app.state.parts = parts
    if parts.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=parts.cors_origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=_FROM_OTHER_ORIGINS,
            expose_headers=_TO_OTHER_ORIGINS,
        )
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Timing, metrics=parts.watch.metrics)
    return app


def routed_app(spans: TracerProvider | None = None) -> FastAPI:
    """The app without its parts: enough for its OpenAPI document, and for nothing else. `spans` makes one of each
    call."""
    telemetry: TelemetryConfig = {"metrics": False, "logs": False, "operation_spans": False, "auto_configure": False}
    telemetry |= {"tracing": False} if spans is None else {"tracer_provider": spans, "exclude": _is_probe}
    app = FastAPIOffline(
        redoc_url=None,
        telemetry=telemetry,
        title="Smart-Support",
        version=__version__,
        description=_DESCRIPTION,
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    problems.install(app)
    for module in (
        intake,
        webhooks,
        listing,
        tickets,
        replies,
        sla,
        links,
        timeline,
        v1,
        handling,
        bulk,
        explain,
        agents,
        events,
        arrivals,
        incidents,
        incident_figures,
        feedback,
        records,
        privacy,
        dead,
        alerts,
        config,
        config_versions,
        models,
        keys,
        workspaces,
        session,
        health,
        health_figures,
        health_standing,
        breaker,
        simulate,
    ):  # routes are tried in order: the busy ones first
        app.router.routes.extend(module.router.routes)  # including a router would match each call twice
    document.install(app)
    app.add_api_route("/", _home, methods=["GET", "HEAD"], include_in_schema=False)
    app.router.routes.append(pages.mount())
    app.add_api_route("/redoc", _redoc, include_in_schema=False)
    app.add_api_route("/redoc.js", _redoc_script, include_in_schema=False)
    return app


def _is_probe(scope: MutableMapping[str, Any]) -> bool:
    """Calls that come all the time and say nothing."""
    return scope.get("path") in {"/livez", "/readyz", "/healthz", "/metrics", "/events"}


async def _home() -> RedirectResponse:
    return RedirectResponse("/ui/")


async def _redoc() -> HTMLResponse:
    return get_redoc_html(
        openapi_url="/openapi.json",
        title="Smart-Support - ReDoc",
        redoc_js_url="/redoc.js",
        redoc_favicon_url="/static-offline-docs/favicon.png",
        with_google_fonts=False,
    )


def _redoc_script() -> Response:
    return Response(_script(), media_type="text/javascript")


@cache
def _script() -> str:
    """ReDoc, without the one picture that it fetches from its makers."""
    script = Path(fastapi_offline.__file__).parent / "static" / "redoc.standalone.js"
    return script.read_text(encoding="utf-8").replace(_FOREIGN_LOGO, "data:,")
