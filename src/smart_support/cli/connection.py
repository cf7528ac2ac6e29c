"""How commands reach the API: that of the running system, or one of their own for as long as they last."""

import json
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

import filelock
import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy.engine import make_url

from smart_support import bootstrap, running, serving
from smart_support.adapters.sql.database import sqlite_file
from smart_support.cli.console import Failure, messages
from smart_support.data_dir import SERVER_NOTE, UP_LOCK
from smart_support.settings import Settings
from smart_support.tls import Tls, trusting

chosen: ContextVar[str | None] = ContextVar("workspace", default=None)
"""The workspace that `smart-support --workspace` names; where it names none, WORKSPACE does."""

_START_SECONDS = 15.0
_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a system answers, the token that opens it to commands on this machine, and the certificate (PEM) that it
    shows, if it speaks https, with when that ends (UTC epoch seconds): the file that it came from may hold another by
    now."""

    url: str
    token: str
    database: str
    cert: str | None = None
    ends: float | None = None


@contextmanager
def client(
    settings: Settings, *, must_run: bool = False, must_exist: bool = False, everywhere: bool = False
) -> Iterator[httpx.Client]:
    """A client with every right: of the system that runs on this data directory, or of one made for the occasion. It
    acts in the workspace that was chosen, or `everywhere`.

    Where it `must_run` already, raises Failure instead of making one; where its database `must_exist`, instead of
    making a new one, which else is said on stderr.
    """
    workspace = None if everywhere else chosen.get() or settings.workspace
    with ExitStack() as stack:
        address = find(settings.data_dir)
        if address is None and must_run:
            raise Failure(
                f"no system runs on {settings.data_dir}: start one with `smart-support up`, or name another --data-dir"
            )
        if address is None and settings.embedded:
            _look_for(sqlite_file(make_url(settings.database)), must_exist=must_exist)
        address = address or stack.enter_context(_own(settings))
        if settings.database_url and address.database != settings.shown_database:
            raise Failure(
                f"DATABASE_URL names {settings.shown_database}, but the system that runs on {settings.data_dir} uses "
                f"{address.database}: unset DATABASE_URL, or choose another --data-dir"
            )
        yield stack.enter_context(
            httpx.Client(
                base_url=address.url,
                headers={"Authorization": f"Bearer {address.token}"}
                | ({"X-Workspace": workspace} if workspace else {}),
                timeout=60.0,
                trust_env=False,
                verify=trusting(address.cert),
            )
        )


def _look_for(database: Path, *, must_exist: bool) -> None:
    """Raise Failure where there is no database and one `must_exist`; else say that one will be made."""
    if database.is_file():
        return
    if must_exist:
        raise Failure(f"there is no database at {database}: name the --data-dir of the system")
    messages.print(
        f"No system runs there, and none did: a new database is made at {database}.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def find(data_dir: Path) -> Address | None:
    """The system that runs on a data directory, if one does: what a killed one has left there tells of none.

    Raises Failure where one runs and does not answer.
    """
    try:
        note = json.loads((data_dir / SERVER_NOTE).read_text())
        address = Address(note["url"], note["token"], note["database"], note.get("cert"), note.get("ends"))
        pid = note["pid"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if (fault := _fault(address)) is None:
        return address
    if not _is_held(data_dir / UP_LOCK):
        return None
    raise Failure(
        f"the system that runs on {data_dir} (process {pid}) does not answer at {address.url}: {fault}. Ask again; if "
        "that does not help, end that process and start the system again"
    )


def _fault(address: Address) -> str | None:
    """Why it is not the system that knows this token who answers there, if it is not: the port may be another's by
    now. To one with another certificate the token is not sent."""
    try:
        headers, verify = {"Authorization": f"Bearer {address.token}"}, trusting(address.cert)
        answer = httpx.get(f"{address.url}/keys", headers=headers, timeout=_SECONDS, trust_env=False, verify=verify)
    except httpx.TimeoutException:
        return f"nothing came within {_SECONDS:.0f} seconds"
    except (OSError, ValueError, httpx.HTTPError) as error:
        return str(error)
    ours = answer.status_code in {httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE}
    return None if ours else f"somebody else does, with {answer.status_code}"


def _is_held(lock: Path) -> bool:
    """Whether a process has it."""
    try:
        with filelock.FileLock(lock, timeout=0):
            return False
    except filelock.Timeout:
        return True


@contextmanager
def announced(data_dir: Path, address: Address) -> Iterator[None]:
    """Tell commands on this machine where the system answers; readable by its owner alone."""
    note = data_dir / SERVER_NOTE
    content = json.dumps({**asdict(address), "pid": os.getpid()})
    draft = note.with_suffix(f".{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    draft.replace(note)
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises Failure where the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        # The text of the error itself repeats the address; that of a name that is none has a number of its own kind.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise Failure(f"cannot listen on {host}:{port}: {reason}; choose another --host or --port") from error


def url_of(sock: socket.socket, tls: Tls | None = None) -> str:
    """The URL of a listening socket; one that listens everywhere is reached by its loopback address."""
    host, port = sock.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"{'http' if tls is None else 'https'}://{host}:{port}"


class _Server(uvicorn.Server):
    """Tells calls that would not end by themselves that a signal has come."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.config.app.state.parts.stopping.set()  # type: ignore[union-attr]  # here it is the app, never its name
        super().handle_exit(sig, frame)


def server(app: FastAPI, tls: Tls | None = None) -> uvicorn.Server:
    """A server for the app that logs through us."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        http="h11" if sys.platform == "win32" else "smart_support.cli.heads:BoundedHeads",
        timeout_graceful_shutdown=10,
        ssl_certfile=None if tls is None else tls.cert,
        ssl_keyfile=None if tls is None else tls.key,
    )
    return _Server(config)


@contextmanager
def in_background(app: FastAPI, sock: socket.socket, tls: Tls | None = None) -> Iterator[None]:
    """Serve the app from a thread."""
    runner = server(app, tls)
    thread = threading.Thread(target=runner.run, kwargs={"sockets": [sock]}, name="http", daemon=True)
    thread.start()
    end = time.monotonic() + _START_SECONDS
    while not runner.started:
        if time.monotonic() > end or not thread.is_alive():
            raise Failure("the HTTP server did not start")
        time.sleep(0.01)
    try:
        yield
    finally:
        runner.should_exit = True
        thread.join()


@contextmanager
def _own(settings: Settings) -> Iterator[Address]:
    token = secrets.token_hex(32)
    if settings.embedded:  # nobody else sends tickets here, and nothing triages them yet: all of them may wait
        settings = settings.model_copy(update={"lag_limit": sys.maxsize})
    with ExitStack() as stack:
        pipeline = stack.enter_context(bootstrap.open_pipeline(settings))
        app = stack.enter_context(serving.open_app(pipeline, settings, open_loopback=False, local_token=token))
        stack.enter_context(running.running(pipeline, running.API))
        sock = listen("127.0.0.1", 0)
        stack.enter_context(in_background(app, sock))
        yield Address(url_of(sock), token, settings.shown_database)
