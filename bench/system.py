"""A system in processes of its own, for measurements from outside."""

import asyncio
import gc
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import httpx

from smart_support.settings import Settings

_START_SECONDS = 60.0
# PostgreSQL as it runs for real; the tests' servers wait for no disk.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


def come_through(counts: Mapping[str, int]) -> int:
    """Tickets that were dispatched, by their states: they wait for an agent, or an incident stands for them."""
    return counts["waiting"] + counts["suppressed"]


class System:
    """A system on a free loopback port with a data directory of its own; a context manager that leaves nothing.

    `module` is what `python -m` runs, with `command` and then `--port` and `--data-dir`; `given` is added to the
    environment.
    """

    def __init__(self, module: str = "smart_support", command: str = "up", **given: str) -> None:
        self._dir = Path(tempfile.mkdtemp(prefix="smart-support-bench-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, "-m", module, command, "--port", str(self.port)]
        self._environment = plain_environment() | {"DATA_DIR": str(self._dir)} | given
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def data_dir(self) -> Path:
        """Its data directory, which goes with it."""
        return self._dir

    @property
    def pid(self) -> int:
        """The process's id, once it runs."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with (self._dir / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            try:
                if httpx.get(f"{self.url}/readyz", trust_env=False).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError((self._dir / "log").read_text()[-500:])

    def memory(self) -> float:
        """Resident memory in MB."""
        return resident(self.pid)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def __enter__(self) -> "System":
        self.start()
        return self

    def __exit__(self, _t: type[BaseException] | None, _e: BaseException | None, _b: TracebackType | None) -> None:
        self.kill()
        shutil.rmtree(self._dir, ignore_errors=True)


@contextmanager
def part(command: str, **given: str) -> Iterator[subprocess.Popen[bytes]]:
    """A `smart-support worker` or `dispatcher`, killed in the end."""
    environment = plain_environment() | given
    process = subprocess.Popen(
        [sys.executable, "-m", "smart_support", command], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def resident(pid: int) -> float:
    """A process's resident memory in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def plain_environment() -> dict[str, str]:
    """This process's environment without the product's settings."""
    names = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if name not in names}


@dataclass(slots=True)
class Load:
    """What a load of requests met: the answers' status codes and bodies, and seconds per request."""

    seconds: float = 0.0
    statuses: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.statuses) / self.seconds

    def quantile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Post:
    """One request: where to, its body, and headers beside those that every one has."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


async def post_all(port: int, path: str, payloads: Iterable[object], connections: int) -> Load:
    """POST each payload as JSON once, over so many keep-alive connections."""
    return await post_each(port, (Post(path, json.dumps(payload).encode()) for payload in payloads), connections)


async def post_each(port: int, posts: Iterable[Post], connections: int) -> Load:
    """Send each once, as JSON, over so many keep-alive connections.

    A bare HTTP/1.1 client: on two cores that the server shares, a full one would measure itself.
    """
    load, waiting = Load(), iter(posts)

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for post in waiting:
                head = f"POST {post.path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
                more = "".join(f"{name}: {value}\r\n" for name, value in post.headers.items())
                start = time.perf_counter()
                writer.write(f"{head}{more}Content-Length: {len(post.body)}\r\n\r\n".encode() + post.body)
                header = await reader.readuntil(b"\r\n\r\n")
                length = int(header.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
                load.bodies.append(await reader.readexactly(length))
                load.latencies.append(time.perf_counter() - start)
                load.statuses.append(int(header[9:12]))
        finally:
            writer.close()

    gc.collect()
    gc.disable()  # what the client's collector takes is no figure of the server's
    try:
        start = time.perf_counter()
        await asyncio.gather(*(connection() for _ in range(connections)))
        load.seconds = time.perf_counter() - start
    finally:
        gc.enable()
    return load
