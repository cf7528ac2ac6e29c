"""How large the head of a request may be, and how slowly it may come: whoever sends one has shown no key yet."""

import asyncio
import http
import json

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 32 * 2**10
HEAD_SECONDS = 30.0

_STATUS = http.HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
_BODY = json.dumps(
    {
        "type": "about:blank",
        "title": _STATUS.phrase,
        "status": _STATUS,
        "detail": f"The request's first line and its headers are too large; the limit is {MAX_HEAD_BYTES} bytes.",
    }
).encode()
_REFUSAL = (
    f"HTTP/1.1 {_STATUS.value} {_STATUS.phrase}\r\ncontent-type: application/problem+json\r\n"
    f"content-length: {len(_BODY)}\r\nconnection: close\r\n\r\n"
).encode() + _BODY


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol, which bounds no head, with bounds: one above MAX_HEAD_BYTES is answered with 431, and a
    connection ends whose next head is not whole after HEAD_SECONDS. Trailers count as a head does."""

    _open = 0
    """Bytes since there last was a whole head, a piece of a body or the end of a request."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as it is there
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEAD_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._come()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._open += len(data)
        super().data_received(data)
        if not self._open:
            self._come()
        elif self._open > MAX_HEAD_BYTES:
            self._refuse()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def on_headers_complete(self) -> None:
        self._open = len(self.url)
        for at, (name, value) in enumerate(self.headers):
            self._open += len(name) + len(value) + 4
            if name == b"cookie" and b"\\" in value:  # none of ours; Python 3.11 takes quadratic time to unquote it
                self.headers[at] = name, value.replace(b"\\", b"")
        if self._open > MAX_HEAD_BYTES:
            raise ValueError("too large")  # which the parser makes its own error of
        self._open = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._open = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._open = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if self._open > MAX_HEAD_BYTES:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_REFUSAL)
            self.transport.close()

    def _come(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
