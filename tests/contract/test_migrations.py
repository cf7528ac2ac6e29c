"""The migrations, one after the other, make the schema that the statements are written for, on both databases."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from smart_support.adapters.sql.schema import metadata
from smart_support.adapters.sql.store import SqlStore


def test_they_make_the_schema(store: SqlStore):
    def differences(connection: sa.Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)

    assert store._database.read(differences) == []


def test_degraded_tickets_are_found_by_their_index(store: SqlStore):
    is_sqlite = store._database.engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    plans: list[str] = []

    def explained(connection: sa.Connection, _cursor, statement, parameters, *_):
        if "degraded" in statement and not statement.startswith("EXPLAIN"):
            if not is_sqlite:  # an empty table is read whole
                connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plans.append(str(connection.exec_driver_sql(explain + statement, parameters).all()))

    sa.event.listen(store._database.engine, "before_cursor_execute", explained)
    assert store.degraded(10) == []
    assert "ix_tickets_degraded" in plans[0]
