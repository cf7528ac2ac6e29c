"""How connections to SQLite are set up, and how their transactions begin."""

import sqlite3

from sqlalchemy.engine import Connection

_BUSY_MS = 5_000
_CHECKPOINT_PAGES = 4_000  # 16 MB of log: a page that changes often is copied to its place less often


def _pragmas(connection: sqlite3.Connection, *pragmas: str) -> None:
    connection.isolation_level = None  # BEGIN is ours
    for pragma in ("busy_timeout = " + str(_BUSY_MS), "foreign_keys = ON", *pragmas):
        connection.execute(f"PRAGMA {pragma}")


def durable_writer(connection: sqlite3.Connection, _record: object) -> None:
    checkpoints = f"wal_autocheckpoint = {_CHECKPOINT_PAGES}"
    # What is deleted or replaced is overwritten: it is people's.
    _pragmas(connection, "journal_mode = WAL", "synchronous = FULL", checkpoints, "secure_delete = ON")


def fast_writer(connection: sqlite3.Connection, _record: object) -> None:
    _pragmas(connection, "journal_mode = WAL", "synchronous = OFF")


def reader(connection: sqlite3.Connection, _record: object) -> None:
    _pragmas(connection, "query_only = ON", "wal_autocheckpoint = 0")


def begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
