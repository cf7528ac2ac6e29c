"""The database: is it there, will it do, is its schema this version's, does its clock agree; does the model load that
it names; are there keys; do its files hold nothing of what was erased."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url

from smart_support.adapters.sql.access_schema import api_keys
from smart_support.adapters.sql.database import (
    OLDEST_SQLITE,
    StoreMisconfigured,
    files_of,
    is_restoring,
    open_database,
    sqlite_file,
)
from smart_support.adapters.sql.functions import ClockTime
from smart_support.adapters.sql.models import roles_of
from smart_support.adapters.sql.privacy import is_unscrubbed
from smart_support.adapters.sql.store import Schema, schema_of
from smart_support.api.origin import is_loopback
from smart_support.backends import models_of
from smart_support.doctor.finding import Finding, ok, warning, wrong
from smart_support.doctor.folders import unwritable_file
from smart_support.domain.ticket import DEFAULT_WORKSPACE
from smart_support.pipeline.models import ModelUnusable
from smart_support.pipeline.records import Unavailable
from smart_support.settings import Settings
from smart_support.triage.taxonomy_file import load as load_taxonomy

OLDEST_POSTGRES = 130_000
_SAFE_SQLITE = (3, 51, 3)
_OFF, _FAR_OFF = 2.0, 30.0
_SCRUB = (
    "let the system run, which tries it every five minutes: end what reads the database for long (a copy of it), and "
    "see that the disk has room for the database once more"
)

_Found = tuple[list[Finding], str | None]
"""What was found inside, and the model that is promoted."""


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
    try:
        path = sqlite_file(make_url(settings.database)).absolute()
    except StoreMisconfigured as error:
        yield wrong(check, str(error), "mend DATABASE_URL, or unset it")
        return
    # Up to 3.51.2 several writers can damage a log; here only one process ever writes.
    guarded = "" if sqlite3.sqlite_version_info >= _SAFE_SQLITE else ", one writer, as versions up to 3.51.2 need"
    # Those beside it may be somebody else's too: of who ran a command as root.
    if why := next(filter(None, map(unwritable_file, files_of(path))), None):
        yield wrong(check, why, "set DATABASE_URL to another, or let this user write there (chown)")
        return
    if is_restoring(path):
        do = "let it end, or run `smart-support restore` again, which brings it to its end"
        yield wrong(check, f"a restore to {path.parent} is not done, and nothing starts meanwhile", do)
        return
    if not path.exists():
        yield ok(check, f"SQLite {version}{guarded}; {path} is made at the first start")
        yield _keys(settings, 0, 0)
        return
    # A file without a log is nobody's at present, and can be read without making one.
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    engine = sa.create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(f"{path.as_uri()}?{how}", uri=True), poolclass=sa.pool.NullPool
    )
    try:
        with engine.connect() as connection:
            found, promoted = _inside(connection, settings)
        yield ok(check, f"SQLite {version}{guarded}; {path}")
        yield from found
        yield from _model(settings, promoted)
    except sa.exc.DatabaseError as error:
        yield wrong(check, f"{path}: {error.orig}", "restore it from a backup, or set DATABASE_URL to another")
    finally:
        engine.dispose()


def _postgres(settings: Settings) -> Iterator[Finding]:
    check, where = "database", settings.shown_database
    with closing(open_database(settings.database)) as database:
        try:
            found, promoted = database.read(lambda connection: _server(connection, settings))
            yield from found
            yield from _model(settings, promoted)  # outside the transaction: the server ends one that rests
        except Unavailable as error:
            reason = str(error).strip().splitlines()[0]
            yield wrong(check, f"{where} does not answer: {reason}", "start it, or mend DATABASE_URL and PGPASSWORD")


def _server(connection: Connection, settings: Settings) -> _Found:
    def shown(name: str) -> str:
        return str(connection.execute(sa.select(sa.func.current_setting(name))).scalar_one())

    check, version = "database", int(shown("server_version_num"))
    says = f"PostgreSQL {shown('server_version')} at {settings.shown_database}"
    if version < OLDEST_POSTGRES:
        return [wrong(check, says, "use PostgreSQL 13 or newer")], None
    if connection.execute(sa.select(sa.func.pg_is_in_recovery())).scalar_one():
        do = "name the primary in DATABASE_URL"
        return [wrong(check, f"{says} is a standby, which cannot be written to", do)], None
    if refused := _refused(connection):
        why, do = refused
        return [wrong(check, f"{says} {why}", do)], None
    found = [ok(check, says)]
    lossy = [name for name in ("fsync", "synchronous_commit", "full_page_writes") if shown(name) == "off"]
    if lossy:
        do = "turn it on: a ticket that was answered with 202 may be lost when the power is"
        found = [warning(check, f"{says}; off: {', '.join(lossy)}", do)]
    ours = time.time()
    found.append(check_apart("the database", connection.execute(sa.select(ClockTime())).scalar_one(), ours))
    inside, promoted = _inside(connection, settings)
    return [*found, *inside], promoted


def _refused(connection: Connection) -> tuple[str, str] | None:
    """Why this user cannot write to a server that takes writes, and what to do about it; None where he can."""
    tables = sa.func.to_regclass("tickets")
    schema = sa.func.current_schema()
    query = sa.select(
        (sa.func.current_setting("transaction_read_only") == "on").label("read_only"),
        sa.func.current_user().label("user"),
        schema.label("schema"),
        sa.func.has_schema_privilege(schema, "CREATE").label("makes"),
        sa.func.has_table_privilege(tables, "INSERT").label("writes"),  # NULL where there are none
    )
    found = connection.execute(query).one()
    if found.read_only:
        do = "turn default_transaction_read_only off: for the server, for the database and for the user"
        return "lets this user only read (default_transaction_read_only)", do
    if found.writes is not None:
        do = "name the owner of the tables in DATABASE_URL"
        return None if found.writes else (f"has tables that {found.user} may not write to", do)
    if found.schema is None:
        do = f"CREATE SCHEMA {found.user} AUTHORIZATION {found.user}, or mend the search_path"
        return f"has no schema that {found.user} may use", do
    do = f"GRANT CREATE ON SCHEMA {found.schema} TO {found.user}"
    return None if found.makes else (f"is empty, and {found.user} may make no tables in the schema {found.schema}", do)


def _inside(connection: Connection, settings: Settings) -> _Found:
    check, (schema, revision, newest) = "schema", schema_of(connection)
    if schema is Schema.AHEAD:
        do = "install that version, or name another database"
        return [wrong(check, f"revision {revision} is of a newer version", do)], None
    found = ok(check, f"revision {revision}" if revision else "empty; made at the first start")
    if schema is Schema.NEWER:
        do = "install that version here too, once it is to stay"
        found = warning(check, f"revision {revision} is of a newer version, which took nothing away from this one", do)
    elif schema is Schema.BEHIND:
        do = "make a backup; the next start, or `smart-support db upgrade`, brings it there"
        found = warning(check, f"revision {revision}, and {newest} is this version's", do)
    made = active = 0
    if revision is not None:
        expired = api_keys.c.expires_at.is_not(None) & (api_keys.c.expires_at <= time.time())
        count = sa.select(sa.func.count()).select_from(api_keys)
        made = connection.execute(count).scalar_one()
        active = connection.execute(count.where(api_keys.c.revoked_at.is_(None), ~expired)).scalar_one()
    readable = schema in {Schema.CURRENT, Schema.NEWER}
    promoted = roles_of(connection, DEFAULT_WORKSPACE).active if readable else None
    findings = [found, _keys(settings, made, active)]
    if readable and is_unscrubbed(connection):
        says = "the files may still hold something of what was erased"
        findings.append(warning("erasures", says, _SCRUB))
    return findings, promoted


def _model(settings: Settings, promoted: str | None) -> Iterator[Finding]:
    """The one that the registry has at work, where it is neither the program's nor the settings'."""
    check, source = "promoted model", models_of(settings, load_taxonomy)
    if promoted is None or source.chosen:
        return
    try:
        source.info(promoted)
    except ModelUnusable as error:
        yield wrong(check, str(error), "mend that, or promote another: until then processes go on with another one")
    else:
        yield ok(check, f"{promoted} loads, and its files are what its manifest says")


def _keys(settings: Settings, made: int, active: int) -> Finding:
    """Of all that were ever `made` in any workspace, `active` ones open something; one made closes the loopback for
    good."""
    check, do = "API keys", "smart-support keys create --name NAME --scope admin"
    if active:
        return ok(check, f"{active} that open something")
    if not is_loopback(settings.listen_host):
        says = f"none that opens anything, and {settings.listen_host} can be reached by others"
        return wrong(check, f"{says}: the API refuses to start", do)
    if made:
        return warning(check, "all are revoked or expired: the API answers nobody but commands of this machine", do)
    return ok(check, "none was ever made: whoever is on this machine may do everything, and nobody else")
