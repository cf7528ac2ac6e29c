"""Headers that every answer carries, so that a browser does nothing with it that was not meant."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = tuple[tuple[bytes, bytes], ...]

_ALWAYS: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
# What the API says is data: as a page it may do nothing, and no cache keeps it.
_DATA: Headers = (
    *_ALWAYS,
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
# The pages of the documentation have scripts and styles in them, which are ours; ReDoc makes a worker to search in.
_OF_PAGES = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; "
    b"frame-ancestors 'none'; base-uri 'none'; object-src 'none'; form-action 'self'"
)
_PAGES: Headers = (*_ALWAYS, (b"content-security-policy", _OF_PAGES))
_PAGES_BEGIN = ("/ui", "/docs", "/redoc", "/static-offline-docs")
_ONLY_TLS: Headers = ((b"strict-transport-security", b"max-age=31536000"),)


class SecurityHeaders:
    """Adds those that an answer does not carry already; the dashboard's pages have a stricter policy of their own. That
    a browser is to come by https alone is said to who came by https, this host's subdomains are left aside."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = headers_of(scope)

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"]
                names = {name for name, _ in given}
                message["headers"] = [*given, *(one for one in wanted if one[0] not in names)]
            await send(message)

        await self._app(scope, receive, secured)


def headers_of(scope: Scope) -> Headers:
    """What an answer to this request carries at least."""
    wanted = _PAGES if scope["path"].startswith(_PAGES_BEGIN) else _DATA
    return wanted + _ONLY_TLS if scope["scheme"] == "https" else wanted
