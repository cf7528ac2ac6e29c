"""`smart-support up` in a process of its own, for measurements from outside."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import httpx

_START_SECONDS = 60.0


class System:
    """A system on a free loopback port with a data directory of its own; a context manager that leaves nothing."""

    def __init__(self) -> None:
        self._dir = Path(tempfile.mkdtemp(prefix="smart-support-bench-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "smart_support", "up", "--port", str(self.port), "--data-dir", str(self._dir)]
        environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "LISTEN_HOST"}}
        with (self._dir / "log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
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


@dataclass(slots=True)
class Load:
    """What a load of requests met: the answers' status codes and bodies, and seconds per request."""

    seconds: float = 0.0
    statuses: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def post_all(port: int, path: str, payloads: Iterable[object], connections: int) -> Load:
    """POST each payload as JSON once, over so many keep-alive connections.

    A bare HTTP/1.1 client: on two cores that the server shares, a full one would measure itself.
    """
    load, waiting = Load(), iter(payloads)

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for payload in waiting:
                body = json.dumps(payload).encode()
                head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
                start = time.perf_counter()
                writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                header = await reader.readuntil(b"\r\n\r\n")
                length = int(header.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
                load.bodies.append(await reader.readexactly(length))
                load.latencies.append(time.perf_counter() - start)
                load.statuses.append(int(header[9:12]))
        finally:
            writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    load.seconds = time.perf_counter() - start
    return load
