"""Real servers for the tests: each a process of its own on a free loopback port, gone with all its data afterwards.

They are ended by their process, and each lives in a temporary folder of its own, so that any number of test runs can
stand side by side. A missing program is an error that names the package, never a skip. A test that wants to do a server
harm takes the Server itself; the others take a URL.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from scripts.system_packages import find_postgres_bin, find_redis_server

START_SECONDS = 60.0
STOP_SECONDS = 20.0
START_TRIES = 3


class ServerError(RuntimeError):
    """A server is not installed or did not come up; the message says which and why."""


@dataclass(frozen=True)
class Account:
    """The operating system's user that a server runs as."""

    uid: int
    gid: int


class Server:
    """A server's process on a port that stays its own, however often it is ended and started again."""

    def __init__(
        self,
        name: str,
        command: Callable[[int], list[str | Path]],
        answers: Callable[[int], bool],
        log: Path,
        account: Account | None,
        stop: signal.Signals,
    ) -> None:
        self.port = 0
        self.process: subprocess.Popen | None = None
        self._name = name
        self._command = command
        self._answers = answers
        self._log = log
        self._account = account
        self._stop = stop

    def start(self) -> None:
        """Start the server and wait until it answers.

        Between finding a port and binding it somebody else may take it: a server that ends at once is tried on another,
        unless others know its port already.
        """
        for _ in range(START_TRIES):
            port = self.port or free_port()
            with self._log.open("ab") as output:
                self.process = subprocess.Popen(
                    self._command(port),
                    cwd=self._log.parent,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    **_run_as(self._account),
                )
            if _came_up(self.process, lambda port=port: self._answers(port)):
                self.port = port
                return
            self.end()
        raise ServerError(f"{self._name} did not start:\n{self._log.read_text(errors='replace')}")

    def end(self, how: signal.Signals | None = None) -> None:
        """End the server by a signal, in the orderly way unless another is given; nothing if it does not run."""
        if self.process is not None:
            _end(self.process, how or self._stop)


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Run a PostgreSQL cluster; yields the URL of its maintenance database, for SQLAlchemy with psycopg."""
    with postgres_server() as server:
        yield postgres_url(server)


@contextlib.contextmanager
def postgres_server(**given: str) -> Iterator[Server]:
    """Run a PostgreSQL cluster, with options of its own where some are given.

    Nothing is synced to disk. Whoever reaches the loopback port is let in: the data are those of a test.
    """
    binaries = find_postgres_bin()
    if binaries is None:
        raise ServerError("no PostgreSQL server here: install postgresql (apt-get) or postgresql@17 (brew)")
    account = _account_for_postgres()
    with _folder("ss-pg-", account) as folder:
        data, log = folder / "data", folder / "server.log"
        initdb = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        made = subprocess.run(initdb, cwd=folder, capture_output=True, text=True, check=False, **_run_as(account))
        if made.returncode:
            raise ServerError(f"initdb failed:\n{made.stdout}{made.stderr}")

        def command(port: int) -> list[str | Path]:
            options = {
                "listen_addresses": "127.0.0.1",
                "port": str(port),
                "unix_socket_directories": str(folder),
                "fsync": "off",
                "synchronous_commit": "off",
                "full_page_writes": "off",
                "max_connections": "200",
            }
            settings = [f"--{name}={value}" for name, value in (options | given).items()]
            return [binaries / "postgres", "-D", data, *settings]

        with _running(Server("PostgreSQL", command, _postgres_answers, log, account, signal.SIGINT)) as server:
            yield server


def postgres_url(server: Server) -> str:
    """The URL of a PostgreSQL server's maintenance database."""
    return f"postgresql+psycopg://postgres@127.0.0.1:{server.port}/postgres"


@contextlib.contextmanager
def postgres_database(server_url: str, name: str) -> Iterator[str]:
    """Make an empty database on the server; yields its URL, and drops it afterwards, whoever is still connected."""
    admin = server_url.replace("+psycopg", "", 1)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        yield f"{server_url.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """Run a Redis server; yields its URL."""
    with redis_server() as server:
        yield redis_url(server)


@contextlib.contextmanager
def redis_server() -> Iterator[Server]:
    """Run a Redis server that keeps nothing on disk."""
    program = find_redis_server()
    if program is None:
        raise ServerError("no Redis server here: install redis-server (apt-get) or redis (brew)")
    with _folder("ss-redis-", None) as folder:

        def command(port: int) -> list[str | Path]:
            nothing_kept = ["--save", "", "--appendonly", "no"]
            return [program, "--bind", "127.0.0.1", "--port", str(port), "--dir", folder, *nothing_kept]

        with _running(Server("Redis", command, redis_answers, folder / "server.log", None, signal.SIGTERM)) as server:
            yield server


def redis_url(server: Server) -> str:
    """The URL of a Redis server's first database."""
    return f"redis://127.0.0.1:{server.port}/0"


def redis_answers(port: int) -> bool:
    """Tell whether a Redis server on the port says PONG."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16) == b"+PONG\r\n"
    except OSError:
        return False


def _postgres_answers(port: int) -> bool:
    try:
        psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _account_for_postgres() -> Account | None:
    """PostgreSQL refuses to run as root: then it is the system's `postgres`, else `nobody`; None is whoever tests."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise ServerError("PostgreSQL cannot run as root, and there is no user postgres or nobody to run it as")


def _run_as(account: Account | None) -> dict:
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


@contextlib.contextmanager
def _folder(prefix: str, account: Account | None) -> Iterator[Path]:
    """A temporary folder, the account's own. Not pytest's: that one is closed to other users, and its path too long for
    a socket."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        if account is not None:
            os.chown(folder, account.uid, account.gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _running(server: Server) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.end()


def _came_up(process: subprocess.Popen, answers: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return False
        if answers():
            # Whoever answers may be a stranger on the port while ours is about to fail on it.
            time.sleep(0.02)
            return process.poll() is None
        time.sleep(0.02)
    return False


def _end(process: subprocess.Popen, stop: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(stop)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
