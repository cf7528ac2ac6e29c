"""The database: is it there, will it do, is its schema this version's, does its clock agree, are there keys."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url

from smart_support.adapters.sql.access_schema import api_keys
from smart_support.adapters.sql.database import OLDEST_SQLITE, open_database
from smart_support.adapters.sql.functions import ClockTime
from smart_support.adapters.sql.store import Schema, schema_of
from smart_support.api.origin import is_loopback
from smart_support.doctor.finding import Finding, ok, warning, wrong
from smart_support.pipeline.records import Unavailable
from smart_support.settings import Settings

OLDEST_POSTGRES = 130_000
_SAFE_SQLITE = (3, 51, 3)
_OFF, _FAR_OFF = 2.0, 30.0


def check_database(settings: Settings) -> Iterator[Finding]:
    """What is there is read, and nothing is made: not even the file."""
    if settings.embedded:
        yield from _sqlite(settings)
    else:
        yield from _postgres(settings)


def check_apart(name: str, theirs: float, ours: float) -> Finding:
    """Two clocks, in UTC epoch seconds, read at one moment."""
    check, apart = f"clock of {name}", abs(theirs - ours)
    says = f"{apart:.1f} s apart from ours"
    if apart <= _OFF:
        return ok(check, says)
    do = "let both machines take their time by NTP"
    return wrong(check, says, do) if apart > _FAR_OFF else warning(check, says, do)


def _sqlite(settings: Settings) -> Iterator[Finding]:
    check, version = "database", sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        yield wrong(check, f"SQLite {version} is too old", "use a newer Python or system: 3.35 is needed")
        return
    path = Path(str(make_url(settings.database).database)).absolute()
    # Up to 3.51.2 several writers can damage a log; here only one process ever writes.
    guarded = "" if sqlite3.sqlite_version_info >= _SAFE_SQLITE else ", one writer, as versions up to 3.51.2 need"
    if not path.exists():
        yield ok(check, f"SQLite {version}{guarded}; {path} is made at the first start")
        yield from _keys(settings, 0)
        return
    # A file without a log is nobody's at present, and can be read without making one.
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    engine = sa.create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(f"{path.as_uri()}?{how}", uri=True), poolclass=sa.pool.NullPool
    )
    try:
        with engine.connect() as connection:
            found = [ok(check, f"SQLite {version}{guarded}; {path}"), *_inside(connection, settings)]
    except sa.exc.DatabaseError as error:
        found = [wrong(check, f"{path}: {error.orig}", "restore it from a backup, or set DATABASE_URL to another")]
    finally:
        engine.dispose()
    yield from found


def _postgres(settings: Settings) -> Iterator[Finding]:
    check, where = "database", settings.shown_database
    with closing(open_database(settings.database)) as database:
        try:
            yield from database.read(lambda connection: _server(connection, settings))
        except Unavailable as error:
            reason = str(error).strip().splitlines()[0]
            yield wrong(check, f"{where} does not answer: {reason}", "start it, or mend DATABASE_URL and PGPASSWORD")


def _server(connection: Connection, settings: Settings) -> list[Finding]:
    def shown(name: str) -> str:
        return str(connection.execute(sa.select(sa.func.current_setting(name))).scalar_one())

    check, version = "database", int(shown("server_version_num"))
    says = f"PostgreSQL {shown('server_version')} at {settings.shown_database}"
    if version < OLDEST_POSTGRES:
        return [wrong(check, says, "use PostgreSQL 13 or newer")]
    if connection.execute(sa.select(sa.func.pg_is_in_recovery())).scalar_one():
        return [wrong(check, f"{says} is a standby, which cannot be written to", "name the primary in DATABASE_URL")]
    found = [ok(check, says)]
    lossy = [name for name in ("fsync", "synchronous_commit", "full_page_writes") if shown(name) == "off"]
    if lossy:
        do = "turn it on: a ticket that was answered with 202 may be lost when the power is"
        found = [warning(check, f"{says}; off: {', '.join(lossy)}", do)]
    ours = time.time()
    found.append(check_apart("the database", connection.execute(sa.select(ClockTime())).scalar_one(), ours))
    return [*found, *_inside(connection, settings)]


def _inside(connection: Connection, settings: Settings) -> Iterator[Finding]:
    check, (schema, revision, newest) = "schema", schema_of(connection)
    if schema is Schema.AHEAD:
        do = "install that version, or name another database"
        yield wrong(check, f"revision {revision} is of a newer version", do)
        return
    if schema is Schema.BEHIND:
        do = "make a backup; the next start, or `smart-support db upgrade`, brings it there"
        yield warning(check, f"revision {revision}, and {newest} is this version's", do)
    else:
        yield ok(check, f"revision {revision}" if revision else "empty; made at the first start")
    keys = 0
    if revision is not None:
        now = time.time()
        expired = api_keys.c.expires_at.is_not(None) & (api_keys.c.expires_at <= now)
        active = sa.select(sa.func.count()).select_from(api_keys).where(api_keys.c.revoked_at.is_(None), ~expired)
        keys = connection.execute(active).scalar_one()
    yield from _keys(settings, keys)


def _keys(settings: Settings, keys: int) -> Iterator[Finding]:
    check, says = "API keys", f"{keys} that open something"
    if keys:
        yield ok(check, says)
    elif is_loopback(settings.listen_host):
        yield ok(check, "none: whoever is on this machine may do everything, and nobody else")
    else:
        do = "smart-support keys create --name NAME --scope admin"
        yield wrong(check, f"none, and {settings.listen_host} can be reached by others: the API refuses to start", do)
