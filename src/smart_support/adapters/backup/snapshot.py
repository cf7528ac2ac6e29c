"""A copy of an SQLite database as it stands at one moment, made while others write to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from smart_support.adapters.backup.archive import BackupError, Step

_PAGES = 2_000  # between two signs of life: 8 MB


def copy_database(source: Path, target: Path, step: Step) -> None:
    """Copy the database to the file `target`. Raises BackupError.

    The source is opened for reading alone: it may be in use by a running system, whose writer this neither holds up
    nor joins (several connections that write can damage a WAL in SQLite up to 3.51.2). The transaction that is open all
    along is what makes it one moment: without it the copy would begin again after each commit of others.
    """
    if not source.is_file():
        raise BackupError(f"there is no database at {source}: name the --data-dir of the system to back up")
    with _told(source), closing(_open(source, "mode=ro")) as held, closing(sqlite3.connect(target)) as copy:
        copy.execute("PRAGMA synchronous = OFF")
        copy.execute("PRAGMA journal_mode = OFF")
        size = held.execute("PRAGMA page_size").fetchone()[0]
        held.execute("BEGIN")
        held.execute("SELECT count(*) FROM sqlite_master").fetchone()
        held.backup(copy, pages=_PAGES, progress=lambda _, left, pages: step((pages - left) * size, pages * size))
        held.rollback()


def checked_revision(path: Path) -> str:
    """The revision of the schema of a database that nobody uses, after a check of all its pages, rows and references;
    raises BackupError where it is damaged or is none of Smart-Support's."""
    with _told(path), closing(_open(path, "mode=ro&immutable=1")) as database:
        found = [row[0] for row in database.execute("PRAGMA integrity_check(3)")]
        if found != ["ok"]:
            raise BackupError(f"{path.name} is damaged ({'; '.join(found)}): go back to a backup from before")
        if broken := database.execute("PRAGMA foreign_key_check").fetchone():
            raise BackupError(f"{path.name} is damaged (a row of {broken[0]} points to none of {broken[2]})")
        row = database.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None:
        raise BackupError(f"{path.name} is empty")
    return str(row[0])


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What SQLite says against a database, as BackupError; a disk that is full as OSError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "disk is full" in str(error):
            raise OSError(28, "No space left on device", str(path)) from error
        raise BackupError(f"{path}: {error}") from error
    except sqlite3.Error as error:
        raise BackupError(f"{path}: {error}") from error


def _open(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None)
