"""Which errors of a driver mean that the database cannot be used now, and which are a statement's own."""

import sqlite3
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


@contextmanager
def translated() -> Iterator[None]:
    """What PostgreSQL says of itself rather than of a statement is Unavailable: no connection, no room, read-only."""
    try:
        yield
    except PoolTimeout as error:
        raise unavailable(error) from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        if isinstance(error, OperationalError | InterfaceError) or state[:2] in _STATES_OF_THE_SERVER:
            raise unavailable(error) from error
        raise


def lost(error: BaseException) -> bool:
    """Whether the database cannot be used now, and so the whole transaction is over, savepoints and all.

    SQLite calls a mistake in a statement operational too, which is the statement's own affair. A full disk ends the
    transaction by itself; then it is the missing savepoint that is complained of, and the cause stands behind it.
    """
    cause = _first(error)
    told = cause.orig if isinstance(cause, DBAPIError) else cause  # or the driver was asked without SQLAlchemy
    return getattr(told, "sqlite_errorcode", 0) & 0xFF in _UNUSABLE


def _first(error: BaseException) -> BaseException:
    """The error of the database that the others followed from."""
    first, behind = error, error.__context__
    while behind is not None:
        if isinstance(behind, DBAPIError):
            first = behind
        behind = behind.__context__
    return first


def unavailable(error: BaseException) -> Unavailable:
    first = _first(error)
    cause = first.orig if isinstance(first, DBAPIError) else first
    return Unavailable(str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__)
