"""Receivers of webhooks on loopback that do all that receivers do: take, refuse, hang, break off, send away."""

import asyncio
import json
import random
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType

HUGE = 10_000_000
"""Bytes of the answer that is too large."""

_PART = 65_536
_SLOW_SECONDS = 0.1
_LATER = "Retry-After: 1\r\n"


@dataclass(frozen=True, slots=True)
class Try:
    """A request that came whole, over a connection from a port, when (seconds of a clock that only runs forward), and
    whether its message was taken."""

    id: str
    topic: str
    ordinal: int
    at: float
    port: int
    taken: bool


@dataclass(slots=True)
class Receiver:
    """One receiver: where it is, what reached it, and how many bytes of its huge answers it got rid of."""

    url: str = ""
    tries: list[Try] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)

    @property
    def taken(self) -> list[Try]:
        """What it took, in that order, repeated ones too."""
        return [one for one in list(self.tries) if one.taken]

    @property
    def ids(self) -> dict[tuple[str, int], set[str]]:
        """The ids that each message came under: by what it is about, and its number there."""
        found = defaultdict[tuple[str, int], set[str]](set)
        for one in list(self.tries):
            found[one.topic, one.ordinal].add(one.id)
        return found


Answer = Callable[["Receivers", Receiver, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def _plain(status: str, headers: str = "") -> Answer:
    async def answer(
        _all: "Receivers", _one: Receiver, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(f"HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\n\r\n".encode())
        await writer.drain()

    return answer


async def _hang(_all: "Receivers", _one: Receiver, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()  # until the sender has had enough


async def _drop(_all: "Receivers", _one: Receiver, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _redirect(
    all_: "Receivers", one: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await _plain("307 Temporary Redirect", f"Location: {all_['elsewhere'].url}\r\n")(all_, one, reader, writer)


async def _slow(all_: "Receivers", one: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(_SLOW_SECONDS)
    await _GOOD(all_, one, reader, writer)


def _huge(status: str) -> Answer:
    async def answer(
        _all: "Receivers", one: Receiver, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.transport.set_write_buffer_limits(0)
        sent = 0
        try:
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {HUGE}\r\n\r\n".encode())
            while sent < HUGE:
                writer.write(b"x" * _PART)
                await writer.drain()
                sent += _PART
        finally:
            one.sent.append(sent)

    return answer


_GOOD = _plain("204 No Content")
_ANSWERS: dict[str, Answer] = {
    "good": _GOOD,
    "elsewhere": _GOOD,
    "slow": _slow,
    "404": _plain("404 Not Found"),
    "500": _plain("500 Internal Server Error"),
    "429": _plain("429 Too Many Requests", _LATER),
    "hangs": _hang,
    "takes-and-hangs": _hang,
    "drops": _drop,
    "redirects": _redirect,
    "huge": _huge("200 OK"),
}
_TAKES = {"good", "elsewhere", "slow", "huge", "takes-and-hangs"}
# What the flaky one does instead of taking a message, how often each.
_FLAWS: tuple[tuple[Answer, int], ...] = (
    (_plain("500 Internal Server Error"), 20),
    (_plain("429 Too Many Requests", _LATER), 20),
    (_drop, 20),
    (_redirect, 20),
    (_huge("500 Internal Server Error"), 18),
    (_hang, 2),
)


class Receivers:
    """Receivers by name, each on a port of its own, in a thread of theirs; a context manager.

    Those in `scripts` do one thing after the other and go on with the last; the others are named by what they do.
    `flaky` does a share `flaws` of the time what the bad ones do, in an order that `seed` decides; a tenth of that it
    takes the message and breaks off before it says so.
    """

    def __init__(
        self,
        names: Sequence[str] = (),
        scripts: Mapping[str, Sequence[str]] | None = None,
        *,
        flaws: float = 0.1,
        seed: int = 7,
    ) -> None:
        self._scripts = {name: list(script) for name, script in (scripts or {}).items()}
        self._all = {name: Receiver() for name in dict.fromkeys([*names, *self._scripts, "elsewhere"])}
        self._flaws = flaws
        self._draw = random.Random(seed)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listening, self._over = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="receivers", daemon=True)

    def __getitem__(self, name: str) -> Receiver:
        return self._all[name]

    def destinations(self, **given: object) -> str:
        """The setting DESTINATIONS that sends to all of them, with further keys for each."""
        return json.dumps(
            {
                name: {"url": one.url, "type": "webhook", **given}
                for name, one in self._all.items()
                if name != "elsewhere"
            }
        )

    def __enter__(self) -> "Receivers":
        self._thread.start()
        if not self._listening.wait(10.0):
            raise RuntimeError("the receivers do not listen")
        return self

    def __exit__(self, _t: type[BaseException] | None, _e: BaseException | None, _b: TracebackType | None) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10.0)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        servers = []
        for name, one in self._all.items():
            listening = socket.create_server(("127.0.0.1", 0))
            # Small, so that what was written is about what was read.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
            one.url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
            servers.append(await asyncio.start_server(self._connected(name), sock=listening))
        self._listening.set()
        await self._over.wait()
        for server in servers:
            server.close()

    def _connected(self, name: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while await self._exchange(name, reader, writer):
                    pass
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        return connected

    async def _exchange(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether there may be another on this connection."""
        headers = dict(
            line.lower().split(b": ", 1) for line in (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[1:-2]
        )
        data = json.loads(await reader.readexactly(int(headers[b"content-length"])))["data"]
        answer, taken = self._answer(name)
        one = self._all[name]
        id_, port = headers[b"webhook-id"].decode(), writer.get_extra_info("peername")[1]
        one.tries.append(Try(id_, data["topic_id"], data["ordinal"], time.monotonic(), port, taken))
        await answer(self, one, reader, writer)
        return not writer.is_closing()

    def _answer(self, name: str) -> tuple[Answer, bool]:
        if script := self._scripts.get(name):
            name = script.pop(0) if len(script) > 1 else script[0]
        if name != "flaky":
            return _ANSWERS[name], name in _TAKES
        if self._draw.random() >= self._flaws:
            return _GOOD, True
        if self._draw.random() < 0.1:
            return _drop, True
        return self._draw.choices([answer for answer, _ in _FLAWS], [weight for _, weight in _FLAWS])[0], False
