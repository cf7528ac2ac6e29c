"""Bodies of calls that prove by them alone who they are: read before it is known whose they are, so within bounds."""

from fastapi import Request

from smart_support.api.problems import RETRY_AFTER, Problem
from smart_support.api.strict import check_length, limited

_MOST_BYTES = 128 * 2**20


class RawBodies:
    """Reads bodies as they were sent. What has come of those that are being read is at most `most` bytes together, or
    one body alone: beyond, the one that began first is dropped, so that whoever sends slowly keeps nobody out. Used in
    one event loop."""

    def __init__(self, most: int = _MOST_BYTES) -> None:
        self._most = most
        self._held = 0
        self._coming: dict[Request, bytearray] = {}  # the first to begin comes first

    async def read(self, request: Request, limit: int) -> bytes:
        """A body; raises Problem: 413 where it is longer than `limit` bytes, told or not, 429 where it was dropped."""
        check_length(request, limit)
        body = self._coming[request] = bytearray()
        try:
            async for chunk in Request(request.scope, limited(request.receive, limit)).stream():
                if request in self._coming:
                    body += chunk
                    self._held += len(chunk)
                    self._make_room()
                if request not in self._coming:
                    raise Problem(
                        429,
                        "Too much is being sent at a time, and this call began first; nothing was done. Repeat it.",
                        headers={"Retry-After": RETRY_AFTER},
                    )
            return bytes(body)
        finally:
            self._drop(request)

    def _make_room(self) -> None:
        while self._held > self._most and len(self._coming) > 1:
            self._drop(next(iter(self._coming)))

    def _drop(self, request: Request) -> None:
        if (body := self._coming.pop(request, None)) is not None:
            self._held -= len(body)
            body.clear()  # at once, and not when more of it comes
