"""How large the head of a request may be, and how slowly it may come: whoever sends one has shown no key yet."""

import asyncio
import http

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from smart_support.api.headers import headers_of
from smart_support.api.problems import ProblemDetails

MAX_HEAD_BYTES = 32 * 2**10
HEAD_SECONDS = 30.0

_INVALID, _TOO_LARGE = http.HTTPStatus.BAD_REQUEST, http.HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
_HINTS = {
    _INVALID: "This is no valid request of HTTP/1.1; use a client that speaks it, and http:// or https:// as we do.",
    _TOO_LARGE: f"The request's first line and its headers are too large; the limit is {MAX_HEAD_BYTES} bytes.",
}
_UPGRADES = {b"upgrade", b"http2-settings"}


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol, which bounds no head, with bounds: one above MAX_HEAD_BYTES is answered with 431, and a
    connection ends that has nothing to be answered and whose next head is not whole HEAD_SECONDS later, or twice that.

    Trailers count as a head does, and are not read. Who would rather speak another protocol, as Java's clients ask of
    whom they call without TLS, goes on in this one.
    """

    _open = 0
    """Bytes since there last was a whole head, a piece of a body or the end of a request."""

    _heads = 0
    """Whole ones so far."""

    _again = b""
    """The head of a request for another protocol, without that wish, while it was not read so."""

    _look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as it is there
        super().connection_made(transport)
        self._look = self.loop.call_later(HEAD_SECONDS, self._close_if_still, 0)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self._open += len(data)
        pieces = [memoryview(data)]
        while pieces:
            piece = pieces.pop()
            try:
                self.parser.feed_data(piece)
            except httptools.HttpParserUpgrade as wish:
                # This parser would take the body for the next request: one may be hidden there from a proxy.
                self.parser = httptools.HttpRequestParser(self)
                pieces += [piece[wish.args[0] :], memoryview(self._again)]
                self._again = b""
            except httptools.HttpParserError:
                self._refuse()
                return
        if self._open > MAX_HEAD_BYTES:
            self._refuse()

    def on_headers_complete(self) -> None:
        self._open = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if self._open > MAX_HEAD_BYTES:
            raise ValueError("too large")  # which the parser makes its own error of
        self._open = 0
        if self.parser.should_upgrade():
            self._again = self._without_upgrade()
            return
        for at, (name, value) in enumerate(self.headers):
            if name == b"cookie" and b"\\" in value:  # none of ours; Python 3.11 takes quadratic time to unquote it
                self.headers[at] = name, value.replace(b"\\", b"")
        self._heads += 1
        super().on_headers_complete()
        self.headers = []  # of trailers, which would be taken for headers

    def on_body(self, body: bytes) -> None:
        self._open = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._again:
            self._open = 0
            super().on_message_complete()

    def _without_upgrade(self) -> bytes:
        method = self.parser.get_method()
        if method == b"CONNECT":
            raise ValueError("no proxy")
        first = b"%s %s HTTP/%s\r\n" % (method, self.url, self.parser.get_http_version().encode())
        kept = [b"%s: %s\r\n" % (name, value) for name, value in self.headers if name not in _UPGRADES]
        return b"".join([first, *kept, b"\r\n"])

    @property
    def _is_still(self) -> bool:
        """Nothing is to be answered."""
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]  # None at first

    def _close_if_still(self, heads: int | None) -> None:
        """Close, if there was nothing to be answered when there were so many heads, and there was no other since."""
        now = self._heads if self._is_still else None
        if now is not None and now == heads:
            self.transport.close()
        else:
            self._look = self.loop.call_later(HEAD_SECONDS, self._close_if_still, now)

    def _refuse(self) -> None:
        if self.transport.is_closing():
            return
        self.logger.warning("Invalid HTTP request received.")  # as uvicorn says it
        # Else it would be taken for the answer to an earlier one, or stand within it.
        if self._is_still or not (self.pipeline or self.cycle.response_started or not self.cycle.more_body):
            too_large = self._open > MAX_HEAD_BYTES
            self.transport.write(_refusal(_TOO_LARGE if too_large else _INVALID, self.scheme or "http"))
        self.transport.close()


def _refusal(status: http.HTTPStatus, scheme: str) -> bytes:
    told = ProblemDetails(title=status.phrase, status=status, detail=_HINTS[status])
    body = told.model_dump_json(exclude_none=True).encode()
    headers = (
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        *headers_of({"path": "/", "scheme": scheme}),
    )
    lines = [b"HTTP/1.1 %d %s" % (status, status.phrase.encode()), *(b"%s: %s" % one for one in headers)]
    return b"\r\n".join([*lines, b"", body])
