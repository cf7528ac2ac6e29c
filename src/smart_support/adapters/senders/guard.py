"""The sockets of what goes out over HTTP: only to addresses that may be reached, and only until a deadline."""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore

from smart_support.pipeline.records import Undelivered

CONNECT_SECONDS = 5.0
"""The most that one address of a host gets to accept a connection."""

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host, as text; raises OSError or UnicodeError where it has none."""

_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_RELAYS = ipaddress.IPv4Network("192.88.99.0/24")
_ends: ContextVar[float] = ContextVar("ends")


def is_public(address: str) -> bool:
    """Whether an address is globally routable unicast, and so is the IPv4 address inside it, if it holds one (mapped,
    NAT64 of RFC 6052, 6to4). Teredo's are not."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and not ip.is_reserved and ip not in _RELAYS
    if ip in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)))
    if ip.ipv4_mapped is not None:
        return is_public(str(ip.ipv4_mapped))
    if ip.sixtofour is not None and not is_public(str(ip.sixtofour)):
        return False
    return ip in _UNICAST and ip.is_global


def permitted(host: str, found: Iterable[str], *, allow_private: bool) -> list[str]:
    """Those addresses of a host that may be reached; raises Undelivered where none may."""
    reached = [each for each in found if allow_private or is_public(each)]
    if not reached:
        raise Undelivered(f"{host} has a private address, which ALLOW_PRIVATE_WEBHOOKS=1 permits", retry=False)
    return reached


def addresses(host: str, port: int) -> Sequence[str]:
    """What the system's resolver says, in its order; any notation of an address comes out as the one it stands for."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def literal(host: str) -> str | None:
    """The address that a host is by itself, in any notation; None for a name, which the network would be asked for."""
    if host == "localhost":  # never another's (RFC 6761)
        return "127.0.0.1"
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0])


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Everything that this thread does with a guarded socket inside ends after so many seconds."""
    token = _ends.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends.reset(token)


def _left(kind: type[Exception], most: float | None = None) -> float:
    """Seconds until the deadline, at most `most`; raises `kind` where it is over."""
    left = _ends.get() - time.monotonic()
    if left <= 0.0:
        raise kind
    return left if most is None else min(left, most)


class Guard(httpcore.NetworkBackend):
    """Resolves a host itself and connects to one of the very addresses that it has checked, so that a name which
    answers differently the next time (DNS rebinding) leads nowhere else. TLS still checks the host's name."""

    def __init__(self, *, allow_private: bool, resolve: Resolve = addresses) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to a permitted address of the host; raises Undelivered where it has none."""
        found = _in_time(lambda: self._resolve(host, port), host)
        reached = permitted(host, found, allow_private=self._allow_private)
        failed: Exception = httpcore.ConnectError()
        for at, address in enumerate(reached):
            # The first address may be one that swallows everything; the others get their share of the time.
            seconds = min(CONNECT_SECONDS, _left(httpcore.ConnectTimeout, timeout) / (len(reached) - at))
            try:
                stream = self._sockets.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Stream(stream)
        raise failed

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """A stream each of whose steps gets what is left of the time, so that a receiver that drips gains nothing."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(httpcore.ReadTimeout, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # httpcore's own would wait the whole time-out anew for each part that the system takes.
        sock: socket.socket = self._stream.get_extra_info("socket")
        rest = memoryview(buffer)
        while rest:
            sock.settimeout(_left(httpcore.WriteTimeout, timeout))
            try:
                rest = rest[sock.send(rest) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout from error
            except OSError as error:
                raise httpcore.WriteError from error

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(httpcore.ConnectTimeout, timeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _in_time(resolve: Callable[[], Sequence[str]], host: str) -> Sequence[str]:
    """The answer of a resolver, which has no time-out of its own: it gets a thread, and what is left of the time."""
    found: list[Sequence[str]] = []

    def ask() -> None:
        try:
            found.append(resolve())
        except (OSError, UnicodeError):
            found.append(())

    asked = threading.Thread(target=ask, name="resolve", daemon=True)
    asked.start()
    asked.join(_left(httpcore.ConnectTimeout))
    if not found or not found[0]:
        raise Undelivered(f"{host} has no address")
    return found[0]
