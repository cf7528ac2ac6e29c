"""A whole cluster of real processes with servers of its own, all of which may be killed, stopped and started again."""

import json
import os
import secrets
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests import servers
from tests.integration.system import PROGRAM, environment
from tests.waiting import until

REDELIVERY = 2.0
_RESTART_SECONDS = 0.2


@dataclass(slots=True)
class Process:
    """One part of the system. It is started again whenever it ends, as a process manager would."""

    name: str
    command: list[str]
    starts: int = 0
    running: subprocess.Popen | None = None
    killed: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def pid(self) -> int:
        assert self.running is not None
        return self.running.pid


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a process's log."""

    process: str
    start: int  # counts how often the process had been started, from 1 on
    text: str
    fields: dict[str, Any]  # empty where the line is not one of the log's own

    @property
    def event(self) -> str:
        return self.fields.get("event", "")


class Cluster:
    """One api, two workers, two dispatchers on one PostgreSQL and one Redis."""

    def __init__(self, folder: Path, postgres: servers.Server, redis: servers.Server, database: str, **given: str):
        self.postgres = postgres
        self.redis = redis
        self.url = f"http://127.0.0.1:{servers.free_port()}"
        self.crashes: list[str] = []
        self._folder = folder
        self._database = database.replace("+psycopg", "", 1)
        self._environment = environment(
            DATABASE_URL=self._database,
            REDIS_URL=servers.redis_url(redis),
            REDELIVERY_SECONDS=str(REDELIVERY),
            WEBHOOK_THRESHOLD="0.5",
            LOG_JSON="true",
            **given,
        )
        commands = {"api": ["api", "--port", self.url.rpartition(":")[2]]}
        commands |= {f"worker-{n}": ["worker"] for n in (1, 2)} | {f"dispatcher-{n}": ["dispatcher"] for n in (1, 2)}
        self.processes = {name: Process(name, command) for name, command in commands.items()}
        self._ending = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="supervisor", daemon=True)

    def start(self) -> None:
        """Start every part; returns once tickets can be taken in and somebody leads."""
        for process in self.processes.values():
            self._start(process)
        self._supervisor.start()
        until(self.is_ready, "the cluster is ready", 60)

    def is_ready(self) -> bool:
        """Whether the API takes tickets in and a process that runs leads."""
        try:
            with httpx.Client(base_url=self.url, timeout=5.0, trust_env=False) as api:
                return api.get("/readyz").is_success and self.leader() is not None
        except (httpx.TransportError, psycopg.OperationalError):
            return False

    def end(self) -> None:
        self._ending.set()
        if self._supervisor.is_alive():
            self._supervisor.join()
        for process in self.processes.values():
            if process.running is not None and process.running.poll() is None:
                process.running.kill()
                process.running.wait()

    def kill(self, name: str) -> int:
        """SIGKILL; the process id that is gone. The part comes back by itself."""
        process = self.processes[name]
        with process.lock:
            process.killed = True
            pid = process.pid
            os.kill(pid, signal.SIGKILL)
        return pid

    @contextmanager
    def stopped(self, name: str) -> Iterator[int]:
        """SIGSTOP, and SIGCONT afterwards if the process is still there; yields its id."""
        process = self.processes[name]
        with process.lock:
            running = process.running
            assert running is not None
            os.kill(running.pid, signal.SIGSTOP)
        # Its threads go on for a moment, long enough for a commit. Not by waitpid: another fault may have stopped it.
        until(lambda: _condition(running.pid)[:1] in {"T", "Z", ""}, f"{name} stands still")
        try:
            yield running.pid
        finally:
            with process.lock:
                if running.poll() is None:
                    running.send_signal(signal.SIGCONT)

    def leader(self) -> str | None:
        """The part that holds the lease now; None where nobody does, or one that is gone."""
        pid = self.leading_pid()
        return next((process.name for process in self.processes.values() if process.pid == pid), None)

    def leading_pid(self) -> int | None:
        """The process id in the lease, while that runs."""
        held = "SELECT holder FROM leases WHERE expires_at > extract(epoch FROM clock_timestamp())"
        rows = self.rows(held)
        return int(rows[0][0].split("-")[-2]) if rows else None  # host, pid, a random part

    def rows(self, query: str, *values: Any) -> list[tuple]:
        """What a query says, from a connection of its own."""
        with self.connect() as connection:
            return connection.execute(query, values).fetchall()

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self._database, autocommit=True, connect_timeout=5)

    def mark(self) -> dict[Path, int]:
        """How far the logs are now, for `lines`."""
        return {path: path.stat().st_size for path in self._folder.glob("*.log")}

    def lines(self, since: dict[Path, int] | None = None) -> list[Line]:
        """What all processes have logged, or since a mark; a line that is being written is left out."""
        found = []
        for path in sorted(self._folder.glob("*.log")):
            name, _, start = path.stem.rpartition(".")
            with path.open("rb") as log:
                log.seek((since or {}).get(path, 0))
                texts = [line.decode() for line in log if line.endswith(b"\n")]
            found += [Line(name, int(start), text.rstrip("\n"), _fields(text)) for text in texts]
        return found

    def _start(self, process: Process) -> None:
        process.starts += 1
        process.killed = False
        log = self._folder / f"{process.name}.{process.starts}.log"
        with log.open("wb") as output:
            process.running = subprocess.Popen(
                [PROGRAM, *process.command],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def _supervise(self) -> None:
        while not self._ending.wait(_RESTART_SECONDS):
            for process in self.processes.values():
                with process.lock:
                    assert process.running is not None
                    status = process.running.poll()
                    if status is None:
                        continue
                    if not process.killed:
                        self.crashes.append(f"{process.name} (start {process.starts}) ended by itself with {status}")
                    self._start(process)


@contextmanager
def cluster(**given: str) -> Iterator[Cluster]:
    """A cluster that is ready, on servers of its own; all of it is gone afterwards.

    PostgreSQL waits for its commits here: one that is killed keeps then what it has promised.
    """
    with ExitStack() as stack:
        postgres = stack.enter_context(servers.postgres_server(synchronous_commit="on"))
        redis = stack.enter_context(servers.redis_server())
        maintenance = servers.postgres_url(postgres)
        name = f"chaos_{secrets.token_hex(4)}"
        database = stack.enter_context(servers.postgres_database(maintenance, name))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ss-chaos-")))
        made = Cluster(folder, postgres, redis, database, **given)
        stack.callback(made.end)
        made.start()
        yield made


def _fields(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _condition(pid: int) -> str:
    """T for a process that stands still, Z or nothing for one that is gone; as the system tells it."""
    if Path("/proc/self/stat").exists():
        with suppress(OSError):
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return ""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()
