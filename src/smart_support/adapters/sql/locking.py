"""How an upgrade comes to its tables while other processes work on them. PostgreSQL alone: SQLite has one process."""

import random
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from smart_support.adapters.sql.schema import metadata
from smart_support.pipeline.records import Unavailable

T = TypeVar("T")

_BESIDE = ("alembic_version", "search_words", "ticket_counts")  # made by migrations alone
_HELD = {"55P03", "40P01"}  # SQLSTATE: nobody let go of it in time, and a deadlock
_WAIT_MS = 500  # below the second after which PostgreSQL ends one of those that wait for each other, whoever it is
_PATIENCE_SECONDS = 60.0

_jitter = random.random
log = structlog.get_logger(__name__)


def lock_all(connection: Connection, migrations: Sequence[ModuleType]) -> None:
    """Take all our tables before any is changed: who takes them one by one, as they are changed, meets a transaction
    that has the next one already and waits for this one. Raises what `patiently` tries again for.

    Whoever reads goes on where every migration says `reading_goes_on = True`: it makes tables, indexes and triggers.
    """
    if connection.dialect.name == "sqlite" or not migrations:
        return
    reading = all(getattr(one, "reading_goes_on", False) for one in migrations)
    mode = "SHARE ROW EXCLUSIVE" if reading else "ACCESS EXCLUSIVE"
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_WAIT_MS}")
    tables = sorted({*metadata.tables, *_BESIDE}.intersection(sa.inspect(connection).get_table_names()))
    quoted = ", ".join(map(connection.dialect.identifier_preparer.quote, tables))
    connection.exec_driver_sql(f"LOCK TABLE {quoted} IN {mode} MODE")


def patiently(attempt: Callable[[], T]) -> T:
    """What a transaction gives, tried again for a minute where others hold what it locks. Raises Unavailable."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return attempt()
        except Unavailable as error:
            if not _is_held(error):
                raise
            if time.monotonic() > end:
                raise Unavailable(
                    f"others hold its tables for longer than {_WAIT_MS} ms at a time (a dump that is being made?): "
                    "wait for their end, and try again"
                ) from error
            log.info("tables_are_held", reason=str(error))
            time.sleep(0.05 + 0.45 * _jitter())


def _is_held(error: Unavailable) -> bool:
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", None) in _HELD
