"""Which errors of a driver mean that the database cannot be used now, and which are a statement's own."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from smart_support.pipeline.records import Unavailable

_STATES_OF_THE_SERVER = {"08", "25", "53", "57"}  # classes of SQLSTATE
_UNUSABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}
_NOT_WRITABLE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}
_NOT_WRITABLE_STATES = {"25006", "53100", "58030"}  # read-only transaction, disk full, I/O error
_REMEMBERED_SECONDS = 30.0


class WriteRefusal:
    """Why a database that answers takes no writes: what the last one said for which there was no room or no right, for
    half a minute. That some small write succeeds on a full disk says nothing."""

    def __init__(self) -> None:
        self._why = ""
        self._until = -1.0

    def note(self, error: BaseException) -> None:
        """A write failed with this error of a driver, or one that followed from it."""
        told = _of_driver(error)
        state = getattr(told, "sqlstate", None)
        if state in _NOT_WRITABLE_STATES or getattr(told, "sqlite_errorcode", 0) & 0xFF in _NOT_WRITABLE:
            self._why, self._until = str(unavailable(error)), time.monotonic() + _REMEMBERED_SECONDS

    def why(self) -> str | None:
        """None where nothing is known against writing."""
        return self._why if time.monotonic() < self._until else None


@contextmanager
def translated(refusal: WriteRefusal | None = None) -> Iterator[None]:
    """What PostgreSQL says of itself rather than of a statement is Unavailable: no connection, no room, read-only.
    What a write met is noted in `refusal`."""
    try:
        yield
    except PoolTimeout as error:
        raise unavailable(error) from error
    except DBAPIError as error:
        if refusal is not None:
            refusal.note(error)
        state = getattr(error.orig, "sqlstate", None) or ""
        if isinstance(error, OperationalError | InterfaceError) or state[:2] in _STATES_OF_THE_SERVER:
            raise unavailable(error) from error
        raise


def lost(error: BaseException) -> bool:
    """Whether the database cannot be used now, and so the whole transaction is over, savepoints and all.

    SQLite calls a mistake in a statement operational too, which is the statement's own affair. A full disk ends the
    transaction by itself; then it is the missing savepoint that is complained of, and the cause stands behind it.
    """
    return getattr(_of_driver(error), "sqlite_errorcode", 0) & 0xFF in _UNUSABLE


def _first(error: BaseException) -> BaseException:
    """The error of the database that the others followed from."""
    first, behind = error, error.__context__
    while behind is not None:
        if isinstance(behind, DBAPIError):
            first = behind
        behind = behind.__context__
    return first


def _of_driver(error: BaseException) -> BaseException | None:
    """The driver's own, which SQLAlchemy may have wrapped."""
    first = _first(error)
    return first.orig if isinstance(first, DBAPIError) else first


def unavailable(error: BaseException) -> Unavailable:
    cause = _of_driver(error)
    return Unavailable(str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__)
