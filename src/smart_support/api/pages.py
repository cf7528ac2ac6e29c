"""The dashboard's pages under `/ui/`: files that the build put into the package (see dashboard/)."""

import secrets
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from smart_support.api.problems import Problem

BUNDLE = Path(__file__).parent.parent / "dashboard"

_NONCE = "__CSP_NONCE__"  # as dashboard/vite.config.ts has it
_NONCE_BYTES = 16
# Mantine writes <style> elements, which carry the nonce. Nothing inline is run, nothing is fetched from elsewhere.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self'; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_METHODS = frozenset({"GET", "HEAD"})
_ASSETS = "assets/"
_NAMED_BY_CONTENT = "public, max-age=31536000, immutable"


class Pages(StaticFiles):
    """A file of the bundle where there is one; else the one page, which finds out by itself what its address shows."""

    def __init__(self, bundle: Path) -> None:
        super().__init__(directory=bundle, check_dir=False)
        self._index = bundle / "index.html"

    async def check_config(self) -> None:
        """A bundle that is not there is told by `_page`, not by a failure."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if scope["method"] not in _METHODS:
            raise HTTPException(405)
        try:
            response = self._page() if path in {".", "index.html"} else await super().get_response(path, scope)
            if path.startswith(_ASSETS):
                response.headers["Cache-Control"] = _NAMED_BY_CONTENT
        except HTTPException as missing:
            if missing.status_code != 404 or _names_file(path):
                raise
            response = self._page()
        response.headers.update(_HEADERS)
        return response

    def _page(self) -> Response:
        try:
            text = self._index.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise Problem(503, "The dashboard is not built: `make setup` builds it. The API works without.") from None
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        headers = {"Content-Security-Policy": _POLICY.format(nonce=nonce), "Cache-Control": "no-store"}
        return HTMLResponse(text.replace(_NONCE, nonce), headers=headers)


def _names_file(path: str) -> bool:
    """Whether it can be no address of the page: that has ids in its further parts, and ids may hold dots."""
    return path.startswith((_ASSETS, "../")) or ("/" not in path and "." in path)


def mount(bundle: Path = BUNDLE) -> Mount:
    """The route to the pages; `GZipMiddleware` around them alone, as it would hold back what `/events` tells."""
    return Mount("/ui", GZipMiddleware(Pages(bundle)), name="dashboard")
