"""The whole store, and how its tables come to be."""

from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa
import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from smart_support.adapters.sql.access import SqlIdempotency, SqlKeys, SqlSessions
from smart_support.adapters.sql.agents import SqlAgents
from smart_support.adapters.sql.alerts import SqlAlerts
from smart_support.adapters.sql.assignments import SqlAssignments
from smart_support.adapters.sql.configuration import SqlConfiguration
from smart_support.adapters.sql.cursors import find_cursor, put_cursor
from smart_support.adapters.sql.database import Database, StoreMisconfigured, open_database
from smart_support.adapters.sql.dead import SqlDead
from smart_support.adapters.sql.degraded import SqlDegraded
from smart_support.adapters.sql.feedback import SqlFeedback
from smart_support.adapters.sql.forming import SqlForming
from smart_support.adapters.sql.handling import SqlHandling
from smart_support.adapters.sql.incidents import SqlIncidents
from smart_support.adapters.sql.intake import SqlIntake
from smart_support.adapters.sql.leases import SqlLeases
from smart_support.adapters.sql.listing import SqlListing
from smart_support.adapters.sql.locking import patiently
from smart_support.adapters.sql.messages import SqlMessages
from smart_support.adapters.sql.models import SqlModels
from smart_support.adapters.sql.outbound_schema import cursors
from smart_support.adapters.sql.privacy import SqlPrivacy
from smart_support.adapters.sql.schema import leases, workers
from smart_support.adapters.sql.shadow import SqlShadow
from smart_support.adapters.sql.slas import SqlSlas
from smart_support.adapters.sql.standing import SqlStanding
from smart_support.adapters.sql.steps import SqlSteps
from smart_support.adapters.sql.storms import SqlStorms
from smart_support.adapters.sql.tallies import SqlTallies
from smart_support.adapters.sql.tickets import SqlTickets, adopt_events
from smart_support.adapters.sql.workers import SqlWorkers
from smart_support.adapters.sql.workspaces import SqlWorkspaces
from smart_support.pipeline.records import Unavailable

GRACE = 10.0
_MIGRATION_LOCK = 7_246_130_511  # any number; the same in every process
_FIRST_ROLLING = "0015"  # up to here a newer revision may take anything away
_SCHEMA = "schema"  # the cursor that says who may use the schema; it stays where it is in every later one

log = structlog.get_logger(__name__)


class SqlStore(
    SqlSteps,
    SqlDegraded,
    SqlWorkers,
    SqlDead,
    SqlLeases,
    SqlTickets,
    SqlAlerts,
    SqlMessages,
    SqlWorkspaces,
    SqlKeys,
    SqlSessions,
    SqlConfiguration,
    SqlIdempotency,
    SqlFeedback,
    SqlModels,
    SqlShadow,
    SqlStorms,
    SqlIncidents,
    SqlAgents,
    SqlHandling,
    SqlAssignments,
    SqlSlas,
    SqlIntake,
    SqlForming,
    SqlTallies,
    SqlStanding,
    SqlListing,
    SqlPrivacy,
):
    """The port Store, on a database whose schema is the newest one."""

    @classmethod
    def open(cls, url: str, *, durable: bool = True, grace: float = GRACE) -> "SqlStore":
        """The store at a database URL, its schema brought to the newest revision first.

        `grace` is the seconds that a ticket may be underway in the broker before it is due to be enqueued again.

        Raises StoreMisconfigured for what the caller has to mend and Unavailable where the database does not answer.
        """
        database = open_database(url, durable=durable)
        try:
            upgrade(database)
            if database.engine.dialect.name == "sqlite":  # one process at a time: whoever was there is gone
                database.write(lambda connection: connection.execute(sa.update(leases).values(expires_at=0.0)))
                database.write(lambda connection: connection.execute(sa.delete(workers)))
        except BaseException:
            database.close()
            raise
        return cls(database, grace)

    def close(self) -> None:
        self._database.close()


def upgrade(database: Database) -> tuple[str | None, str]:
    """Bring the schema to the newest revision, in one transaction; the revisions before and after.

    Several processes may do so at once: the first does it, the others wait and find it done. A schema that a newer
    version made is left as it is, and used, if that version took nothing away from this one (docs/upgrading.md).

    Raises StoreMisconfigured for a schema that this version cannot use.
    """
    config = _alembic()

    def unit(connection: Connection) -> tuple[str | None, str]:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
            # A busy machine may think for a while between two steps.
            connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = '60s'"))
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        schema, before, newest = schema_of(connection)
        if schema is Schema.AHEAD:
            raise StoreMisconfigured(
                f"the database is at revision {before}, which a newer version made: install that one, or name another"
            )
        if schema is Schema.NEWER:
            log.warning("newer_schema", revision=before, known=newest)
            adopt_events(connection)
            return before, str(before)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if find_cursor(connection, _SCHEMA) != (usable := {"oldest": _oldest(connection.dialect.name)}):
            put_cursor(connection, _SCHEMA, usable)
        adopt_events(connection)
        return before, newest

    try:
        return patiently(lambda: database.write(unit))
    except Unavailable as error:
        if "not a database" in str(error) or "malformed" in str(error):
            raise StoreMisconfigured(
                f"{database.engine.url.database}: {error}; restore it from a backup, or name another database"
            ) from error
        raise


class Schema(StrEnum):
    """How a database's schema stands to this version's. A newer one that only grew can be used as it is; one that is
    ahead cannot."""

    NONE = "none"
    BEHIND = "behind"
    CURRENT = "current"
    NEWER = "newer"
    AHEAD = "ahead"


def schema_of(connection: Connection) -> tuple[Schema, str | None, str]:
    """How the schema stands, its revision, and this version's; nothing is changed."""
    revision, newest = _revision(connection), _head()
    if revision is None:
        return Schema.NONE, None, newest
    if revision not in (known := known_revisions()):
        only_grew = find_cursor(connection, _SCHEMA).get("oldest") in known
        return Schema.NEWER if only_grew else Schema.AHEAD, revision, newest
    return Schema.CURRENT if revision == newest else Schema.BEHIND, revision, newest


def touch(database: Database) -> None:
    """Commit a small write that changes nothing, on a schema that can be used: then `write_refusal` knows what those of
    other processes meet for want of room or right. One that fails for another reason says nothing of theirs."""
    same = sa.update(cursors).where(cursors.c.name == _SCHEMA).values(name=_SCHEMA)
    with suppress(Unavailable, DBAPIError):
        database.write(lambda connection: connection.execute(same))


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _head() -> str:
    head = ScriptDirectory.from_config(_alembic()).get_current_head()
    assert head is not None  # the package holds at least one migration
    return head


def known_revisions() -> set[str]:
    """Every revision of the schema that this version can bring to its newest one."""
    return {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def _oldest(dialect: str) -> str:
    """The newest revision that took something away there: who knows it can use the schema of every later one."""
    for script in ScriptDirectory.from_config(_alembic()).walk_revisions(_FIRST_ROLLING, "head"):
        if dialect in getattr(script.module, "contracts", {}):  # with the reason
            return script.revision
    return _FIRST_ROLLING


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
