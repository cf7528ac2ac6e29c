"""The JSON APIs of helpdesks."""

import json as codec
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from smart_support.adapters.senders.http import Answer, check, retry_after
from smart_support.pipeline.records import Undelivered

LIST_BYTES = 16 * 2**20
"""The longest answer that is read: a list of tickets with all that was written to them."""

_GONE = (404, 410)
_FORBIDDEN, _LIMITED_SECONDS = 403, 60.0


class Http(Protocol):
    """The HTTP client: guarded, without redirects, with deadlines."""

    def request(
        self, method: str, url: str, *, json: Any = None, headers: Mapping[str, str] | None = None, limit: int = ...
    ) -> Answer:
        """The answer, whatever its status, cut at `limit` bytes; raises Undelivered where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Api:
    """One helpdesk's API. `headers` prove who we are."""

    http: Http
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def get(self, path: str, **query: Any) -> Any:
        """What stands at a path, parsed; raises Undelivered."""
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path)[1]

    def send(self, method: str, path: str, body: Any) -> Any:
        """What the server answers to a body, parsed; raises Undelivered."""
        return self.call(method, path, body)[1]

    def call(self, method: str, path: str, body: Any = None, expected: Collection[int] = ()) -> tuple[int, Any]:
        """Status and parsed body of an answer that is 2xx or as `expected`; raises Undelivered."""
        headers = {"Accept": "application/json", **self.headers}
        url = self.url.rstrip("/") + path
        answer = self.http.request(method, url, json=body, headers=headers, limit=LIST_BYTES)
        if answer.status in expected:
            return answer.status, None
        _check(answer)
        if not answer.body.strip():
            return answer.status, None
        try:
            return answer.status, codec.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise Undelivered("the answer is not JSON: does api_url lead to the API?") from error


def _check(answer: Answer) -> None:
    # GitHub says with 403, too, that there were too many requests (docs.github.com, "Rate limits for the REST API").
    if answer.status == _FORBIDDEN:
        after = retry_after(answer)
        if after is not None or answer.headers.get("x-ratelimit-remaining") == "0":
            raise Undelivered("it answered 403: too many requests", after=after or _LIMITED_SECONDS, busy=True)
    if answer.status in _GONE:
        raise Undelivered(f"it answered {answer.status}", retry=False, gone=True)
    check(answer)


def segment(id_: str | None) -> str:
    """An id as a part of a path."""
    return quote(id_ or "", safe="")


def member(value: Any, *path: str) -> Any:
    """What stands deep in an answer; None where anything on the way is missing."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def entries(value: Any) -> list[dict[str, Any]]:
    """The objects of a list in an answer; none where there is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
