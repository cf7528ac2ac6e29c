"""How long requests take, by route, method and status; and why some are refused."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smart_support.pipeline.metrics import Metrics

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_STREAMS = frozenset({"/events"})
"""Routes whose answers last as long as somebody listens."""

_REFUSED = {401: "unauthenticated", 403: "forbidden", 413: "too_large", 429: "too_many", 503: "unavailable"}


class Timing:
    """The app, with each request timed until its last byte. A path that is no route's counts as one of its own, so
    that whoever tries paths makes no series."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._note(scope, status, time.perf_counter() - start)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or "none"
        method = scope["method"] if scope["method"] in _METHODS else "other"
        if route not in _STREAMS:
            self._metrics.http.labels(method, route, str(status)).observe(seconds)
        if status in _REFUSED:
            reason = scope.get("state", {}).get("refused") or _REFUSED[status]
            self._metrics.refusals.labels(str(status), reason).inc()
