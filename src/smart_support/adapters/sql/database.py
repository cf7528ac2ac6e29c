"""Transactions on SQLite and on PostgreSQL, behind two methods: `write` and `read`.

SQLite has one writer thread, which commits what waits as one group: a commit is one wait for the disk, however many
callers it serves. PostgreSQL does the same by itself, over a pool of connections.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import filelock
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import DatabaseError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from smart_support.adapters.sql.outages import WriteRefusal, lost, translated, unavailable
from smart_support.adapters.sql.pragmas import begin_deferred, begin_immediate, durable_writer, fast_writer, reader
from smart_support.adapters.sql.rewrite import rewrite
from smart_support.pipeline.records import Unavailable

T = TypeVar("T")

OLDEST_SQLITE = (3, 35, 0)  # RETURNING
RESTORING = ".restoring"
"""What follows the database's name in that of the folder beside it where a backup is being put back."""

_GROUP = 64

_POSTGRES_OPTIONS = {
    "statement_timeout": 10_000,
    # A process that was stopped in a transaction lets go of what it has locked, and whoever leads next goes on.
    "idle_in_transaction_session_timeout": 2_000,
    # A plan that was made while a table was empty reads all of it, foreign keys' included, until statistics come in.
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
}


class StoreMisconfigured(Exception):
    """The database cannot be used as configured; the message says what to change."""


class Database(Protocol):
    """One database. Both methods raise Unavailable where it cannot be used now; then nothing was changed."""

    engine: Engine
    write_refusal: WriteRefusal

    def write(self, unit: Callable[[Connection], T]) -> T:
        """Run `unit` in one transaction, committed and on disk on return. What `unit` raises undoes it."""
        ...

    def read(self, unit: Callable[[Connection], T]) -> T:
        """Run `unit` on one consistent snapshot; it must not write."""
        ...

    def scrub(self) -> bool:
        """See to it that the files hold nothing that no row holds any more; False where somebody reads from before, and
        it has to be done again. Where the server does so by itself there is nothing to do."""
        ...

    def close(self) -> None: ...


def open_database(url: str, *, durable: bool = True) -> Database:
    """The database at a SQLAlchemy URL (`sqlite:///PATH` or `postgresql://...`).

    `durable=False` leaves out the wait for the disk, for data that may be lost (a replay). Raises StoreMisconfigured.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteDatabase(parsed, durable=durable)
    return PostgresDatabase(parsed.set(drivername="postgresql+psycopg"))


class PostgresDatabase:
    """Transactions over a pool of connections; group commit is the server's."""

    def __init__(self, url: sa.URL) -> None:
        self.write_refusal = WriteRefusal()
        self.engine = sa.create_engine(
            url,
            pool_size=10,
            max_overflow=10,
            pool_timeout=5,
            pool_pre_ping=True,
            hide_parameters=True,  # they are tickets, and errors are logged
            connect_args={
                "connect_timeout": 5,
                "application_name": "smart-support",
                "tcp_user_timeout": 10_000,
                "keepalives_idle": 5,
                "keepalives_interval": 2,
                "keepalives_count": 3,
                "options": " ".join(f"-c {name}={value}" for name, value in _POSTGRES_OPTIONS.items()),
            },
        )

    def write(self, unit: Callable[[Connection], T]) -> T:
        with translated(self.write_refusal), self.engine.begin() as connection:
            return unit(connection)

    def read(self, unit: Callable[[Connection], T]) -> T:
        with translated(), self.engine.connect() as connection:
            return unit(connection.execution_options(isolation_level="REPEATABLE READ"))

    def scrub(self) -> bool:
        return True  # VACUUM is the server's: it takes turns, and a rewrite would lock each table for its time

    def close(self) -> None:
        self.engine.dispose()


@dataclass(slots=True)
class _Unit:
    """A piece of work that waits for the writer thread."""

    work: Callable[[Connection], Any]
    done: "Future[Any]"
    alone: bool = False  # in no transaction


class SqliteDatabase:
    """One writer thread with group commit; readers have connections of their own, which cannot write.

    WAL with synchronous=FULL: what is committed is on disk. A lock file beside the database keeps a second process
    out, because SQLite up to 3.51.2 can damage a WAL that several connections write to
    (https://sqlite.org/wal.html#walresetbug); for the same reason readers never write a checkpoint.
    """

    def __init__(self, url: sa.URL, *, durable: bool) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StoreMisconfigured(
                f"SQLite {sqlite3.sqlite_version} is too old; 3.35 or newer is needed, from a newer Python or system"
            )
        path = sqlite_file(url)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = filelock.FileLock(f"{path}.lock", timeout=0)
            self._lock.acquire()
        except filelock.Timeout as error:
            raise StoreMisconfigured(f"{path} is in use by another process: stop that, or wait for its end") from error
        except OSError as error:
            raise StoreMisconfigured(f"cannot write to {path.parent}: {error.strerror}") from error
        if is_restoring(path):
            self._lock.release()
            raise StoreMisconfigured(
                f"a restore to {path.parent} was interrupted: `smart-support restore`, run again, brings it to its end"
            )
        self.write_refusal = WriteRefusal()
        self.engine = sa.create_engine(url, pool_size=10, max_overflow=20, pool_timeout=5, hide_parameters=True)
        sa.event.listen(self.engine, "connect", reader)
        sa.event.listen(self.engine, "begin", begin_deferred)
        self._writer = sa.create_engine(
            url, poolclass=sa.pool.StaticPool, connect_args={"check_same_thread": False}, hide_parameters=True
        )
        sa.event.listen(self._writer, "connect", durable_writer if durable else fast_writer)
        sa.event.listen(self._writer, "begin", begin_immediate)
        self._path = path
        self._identity: tuple[int, int] | None = None
        self._units: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def write(self, unit: Callable[[Connection], T]) -> T:
        return self._ask(unit)

    def scrub(self) -> bool:
        """Writing waits for it: 15 to 22 s a gigabyte. It needs as much room on the disk as the database has."""
        return self._ask(rewrite, alone=True)

    def _ask(self, unit: Callable[[Connection], T], *, alone: bool = False) -> T:
        done: Future[T] = Future()
        with self._closing:
            if not self._open:
                raise Unavailable("the database is closed")
            self._units.put(_Unit(unit, done, alone))
        return done.result()

    def read(self, unit: Callable[[Connection], T]) -> T:
        self._require_file()
        try:
            with self.engine.connect() as connection:
                return unit(connection)
        except (DatabaseError, InterfaceError, PoolTimeout) as error:
            if isinstance(error, PoolTimeout) or lost(error):
                raise unavailable(error) from error
            raise

    def close(self) -> None:
        """Let what waits be committed, then close the file."""
        with self._closing:
            if self._open:
                self._open = False
                self._units.put(None)
        self._thread.join()
        self.engine.dispose()
        self._writer.dispose()
        self._lock.release()

    def _require_file(self) -> None:
        """SQLite would go on writing to a file that was removed, and nothing of it would be found again."""
        try:
            found = self._path.stat()
        except OSError:
            found = None
        identity = (found.st_dev, found.st_ino) if found else None
        if self._identity is None:
            self._identity = identity
        elif identity != self._identity:
            raise Unavailable(f"{self._path} was removed or replaced; put it back, and start again")

    def _run(self) -> None:
        open_ = True
        while open_:
            group = [self._units.get()]
            while len(group) < _GROUP and not self._units.empty():
                group.append(self._units.get())
            open_ = group[-1] is not None
            units = [unit for unit in group if unit is not None]
            if together := [unit for unit in units if not unit.alone]:
                self._commit(together)
            for unit in units:
                if unit.alone:
                    self._run_alone(unit)

    def _run_alone(self, unit: _Unit) -> None:
        try:
            self._require_file()
            with self._writer.connect() as connection:
                result = unit.work(connection)
        except BaseException as error:  # noqa: BLE001 - whatever it is, who waits must hear
            # Of what may be written this says nothing: rewriting takes room for the whole database once more.
            unit.done.set_exception(unavailable(error) if lost(error) else error)
        else:
            unit.done.set_result(result)

    def _commit(self, units: list[_Unit]) -> None:
        """One transaction for all units; each has a savepoint, so that one that fails takes no other with it."""
        outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            self._require_file()
            with self._writer.connect() as connection, connection.begin():
                for unit in units:
                    try:
                        # What is alone in its transaction takes no other with it.
                        with connection.begin_nested() if len(units) > 1 else nullcontext():
                            outcomes.append((unit.done, unit.work(connection), None))
                    except BaseException as error:  # it is the caller's, and goes to him
                        if len(units) == 1 or lost(error) or not _in_transaction(connection):
                            raise
                        outcomes.append((unit.done, None, error))
        except BaseException as error:  # noqa: BLE001 - the group is undone, and every caller in it must hear
            failure = error
            if lost(error):
                self.write_refusal.note(error)
                failure = unavailable(error)
            outcomes = [(unit.done, None, failure) for unit in units]
        for done, result, failed in outcomes:
            if failed is None:
                done.set_result(result)
            else:
                done.set_exception(failed)


def sqlite_file(url: sa.URL) -> Path:
    """The file that a SQLite URL names; raises StoreMisconfigured where it names none."""
    if not url.database or url.database == ":memory:":
        raise StoreMisconfigured("SQLite needs a file: set DATABASE_URL to sqlite:///PATH")
    return Path(url.database)


def files_of(path: Path) -> list[Path]:
    """The file of a database, and those that SQLite and the lock put beside it, be they there or not."""
    return [path.with_name(f"{path.name}{end}") for end in ("", "-wal", "-shm", "-journal", ".lock")]


def is_restoring(path: Path) -> bool:
    """Whether a backup is being put back in place of this database, or that was interrupted."""
    return Path(f"{path}{RESTORING}").exists()


def _in_transaction(connection: Connection) -> bool:
    """Whether SQLite itself still holds the transaction open."""
    driver = connection.connection.driver_connection
    return isinstance(driver, sqlite3.Connection) and driver.in_transaction
