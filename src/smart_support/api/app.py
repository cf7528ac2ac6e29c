"""The app: every route, the errors, the limits, and the documentation, which is served from this machine."""

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from fastapi_offline import FastAPIOffline

from smart_support import __version__
from smart_support.api import document, health, intake, keys, problems, records, tickets, v1
from smart_support.api.parts import ApiParts

_DESCRIPTION = """Support tickets in; category, urgency and a reason out; the right people told once.

Errors are problem details (RFC 9457). A POST that creates takes an `Idempotency-Key`."""


def create_app(parts: ApiParts) -> FastAPI:
    """The ASGI app over these parts. It starts and stops nothing: whoever made the parts does."""
    app = FastAPIOffline(
        title="Smart-Support",
        version=__version__,
        description=_DESCRIPTION,
        max_body_size=parts.max_body_bytes,
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    app.state.parts = parts
    problems.install(app)
    for module in (intake, tickets, v1, records, keys, health):  # routes are tried in order: the busy ones first
        app.include_router(module.router)
    document.install(app)
    app.add_api_route("/", _home, include_in_schema=False)
    return app


async def _home() -> RedirectResponse:
    return RedirectResponse("/docs")
