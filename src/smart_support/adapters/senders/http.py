"""The HTTP client of everything that goes out to a configured address: guarded, bounded in time and size, and silent
about the address, which with many services is a secret."""

import json as encoder
import math
import ssl
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore
import httpx

from smart_support import __version__
from smart_support.adapters.senders.guard import Guard, Resolve, addresses, deadline
from smart_support.pipeline.records import Undelivered

SECONDS = 10.0
"""From the first look at the address to the last byte that is read."""
LIMIT = 64 * 1024
"""Bytes of an answer that are read, at most."""
DAY = 86_400.0

_BUSY = {429, 503}
_PASSING = {408, 425}
_AWAY = {502, 504}  # a proxy says that who should answer is not there


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said: header names are in lower case, and of the body there is what the limit lets through."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, None where it is none."""
        try:
            return encoder.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Http:
    """Sends requests over pooled connections, from any thread. Nothing of the environment counts but the certificates
    (SSL_CERT_FILE, SSL_CERT_DIR): no proxy, no .netrc. Redirects are not followed, bodies are not decompressed."""

    def __init__(self, *, allow_private: bool = False, seconds: float = SECONDS, resolve: Resolve = addresses) -> None:
        self._seconds = seconds
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=None,
            max_keepalive_connections=16,
            # Shorter than what servers keep, so that a request seldom meets a connection that is just being closed.
            keepalive_expiry=3.0,
            network_backend=Guard(allow_private=allow_private, resolve=resolve),
        )

    def post(
        self, url: str, *, json: Any = None, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """As `request`."""
        return self.request("POST", url, json=json, content=content, headers=headers)

    def request(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        limit: int = LIMIT,
    ) -> Answer:
        """The answer, whatever its status, with at most `limit` bytes of its body; raises Undelivered where there is
        none. A user and password in the address are sent as Basic authentication."""
        request = _request(method, url, content if json is None else encoded(json), dict(headers or {}), json)
        host = request.url.host
        try:
            with deadline(self._seconds):
                return self._exchange(request, limit)
        except httpcore.TimeoutException as error:
            raise Undelivered(f"{host} did not answer within {self._seconds:g} seconds", away=True) from error
        except httpcore.ConnectError as error:
            raise Undelivered(_unconnected(host, error), away=True) from error
        except httpcore.LocalProtocolError:
            # Its text holds the header that is no header, and with it perhaps a token.
            raise Undelivered(f"the request to {host} is not valid HTTP", retry=False) from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Undelivered(f"{host} broke off the connection", away=True) from error

    def close(self) -> None:
        """Close the connections that are kept."""
        self._pool.close()

    def _exchange(self, request: httpx.Request, limit: int) -> Answer:
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        with self._pool.stream(request.method, target, headers=request.headers.raw, content=request.content) as found:
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in found.headers}
            body = bytearray()
            try:
                for part in found.iter_stream():
                    body += part
                    if len(body) >= limit:
                        break
            except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
                if not 200 <= found.status < 300:
                    raise
                # It has taken the message: what it says of that breaks off, and is not worth a repetition.
            return Answer(found.status, headers, bytes(body[:limit]))


def encoded(json: Any) -> bytes:
    """JSON as it goes out; half a surrogate pair, which is no character, becomes a question mark."""
    text = encoder.dumps(json, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode(errors="replace")


def check(answer: Answer) -> Answer:
    """The answer where the receiver took the message (2xx); else raises Undelivered, which says whether and when to try
    again: Retry-After (RFC 9110, section 10.2.3) counts up to a day."""
    status = answer.status
    if 200 <= status < 300:
        return answer
    if status in _BUSY:
        raise Undelivered(f"it answered {status}", after=retry_after(answer), busy=True)
    if 300 <= status < 400:
        raise Undelivered(f"it answered {status}: a redirect is not followed")
    if status in _PASSING or status >= 500:
        raise Undelivered(f"it answered {status}", after=retry_after(answer), away=status in _AWAY)
    raise Undelivered(f"it answered {status}", retry=False)


def retry_after(answer: Answer) -> float | None:
    """Seconds, at most a day, that the receiver wants to be left in peace; a date counts from the answer's own."""
    said = answer.headers.get("retry-after", "")
    until, now = _date(said), _date(answer.headers.get("date", ""))
    if until is None:
        return pause(said)
    return pause(until - (time.time() if now is None else now))


def pause(said: Any) -> float | None:
    """A number of seconds, as a receiver says it, between none and a day; None where it is no number."""
    try:
        seconds = float(said)
    except (TypeError, ValueError, OverflowError):
        return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), DAY)


def _date(text: str) -> float | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _request(method: str, url: str, content: bytes | None, headers: dict[str, str], json: Any) -> httpx.Request:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        parsed = httpx.URL()
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise Undelivered("its address is no http:// or https:// one", retry=False)
    known = {name.lower() for name in headers}
    if json is not None and "content-type" not in known:
        headers["Content-Type"] = "application/json"
    if parsed.userinfo and "authorization" not in known:
        pair = f"{parsed.username}:{parsed.password}".encode()
        headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
    headers = {"User-Agent": f"smart-support/{__version__}", "Accept-Encoding": "identity"} | headers
    try:
        return httpx.Request(method, parsed, headers=headers, content=content)
    except UnicodeEncodeError:
        raise Undelivered(f"the request to {parsed.host} is not valid HTTP", retry=False) from None


def _unconnected(host: str, error: Exception) -> str:
    cause = error.args[0] if error.args else None  # httpcore cuts the chain of causes
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate of {host} is not valid: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"{host} does not speak TLS as it should"
    return f"no connection to {host}"
