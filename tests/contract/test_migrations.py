"""The migrations, one after the other, make the schema that the statements are written for, on both databases."""

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.event import Position
from tests.contract.revisions import differences


def test_they_make_the_schema(store: SqlStore):
    assert store._database.read(differences) == []


def plan(store: SqlStore, ask: Callable[[], object]) -> str:
    """How the database finds what is asked for."""
    is_sqlite = store._database.engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    plans: list[str] = []

    def explained(connection: sa.Connection, _cursor, statement, parameters, *_):
        if statement.startswith("SELECT") and not plans:
            if not is_sqlite:  # an empty table is read whole
                connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plans.append(str(connection.exec_driver_sql(explain + statement, parameters).all()))

    sa.event.listen(store._database.engine, "before_cursor_execute", explained)
    assert ask() == []
    return plans[-1]


def test_degraded_tickets_are_found_by_their_index(store: SqlStore):
    assert "ix_tickets_degraded" in plan(store, lambda: store.degraded(10))


def test_the_last_tickets_are_found_by_their_place_in_the_order(store: SqlStore):
    found = plan(store, lambda: store.category_counts("default", 10))
    assert "ix_tickets_dispatch_order (workspace=? AND dispatch_order>?)" in found or (
        "Index Cond: (((workspace)::text = 'default'::text) AND (dispatch_order >" in found
    )


def test_a_page_of_an_incident_is_found_by_its_place_in_the_order(store: SqlStore):
    found = plan(store, lambda: store.links("default", "inc-1", 7, 10))
    assert "ix_tickets_incident (workspace=? AND incident_id=? AND dispatch_order>?)" in found or (
        "(incident_id = 'inc-1'::text) AND (dispatch_order > " in found and "ix_tickets_incident" in found
    ), found


def test_what_happened_to_an_incident_is_found_by_its_index(store: SqlStore):
    found = plan(store, lambda: store.incident_events("default", "inc-1", Position(0, 7), 10))
    assert "ix_events_incident (workspace=? AND incident_id=? AND (txn,seq)>(?,?))" in found or (
        "ix_events_incident" in found and "Sort" not in found
    ), found


def test_clocks_are_found_by_the_moment_to_look_at_them(store: SqlStore):
    found = plan(store, lambda: store.due_clocks(100.0, 10))
    assert "ix_sla_clocks_next_at (next_at<?)" in found or (
        "ix_sla_clocks_next_at" in found and "Index Cond: (next_at < " in found
    ), found


def test_the_critical_tickets_that_wait_are_found_in_the_queue(store: SqlStore):
    found = plan(store, lambda: store.critical_waiting("default", 0.8, 100.0, 10))
    assert "ix_tickets_queue" in found, found
    assert "ix_alerts_topic" in found, found
    assert "ix_events_ticket" in found, found


def test_what_is_due_to_a_destination_is_found_by_its_time(store: SqlStore):
    found = plan(store, lambda: [] if store.claim_message("chat", 100.0, 160.0, 0.0) is None else None)
    assert "ix_messages_first" in found, found


def test_the_alerts_of_a_topic_and_those_that_are_not_routed_are_found_by_their_index(store: SqlStore):
    assert "ix_alerts_topic" in plan(store, lambda: store.alerts_of("default", "ticket:t1", 100.0, 10))
    assert "ix_alerts_unrouted" in plan(store, lambda: store.unrouted(10))
    assert "ix_alerts_kind" in plan(store, lambda: store.latest_alerts(["breaker_opened"], 10))


def test_the_last_tickets_are_counted_by_the_index_of_their_times(tmp_path: Path):
    """On SQLite, which chooses by the query alone; PostgreSQL takes any index where the table is empty."""
    store = SqlStore.open(f"sqlite:///{tmp_path}/store.db")
    assert "ix_tickets_accepted_at" in plan(store, lambda: store.arrivals("default", 100.0, 60))
    assert "ix_tickets_processed_at" in plan(store, lambda: store.triages("default", 100.0, 60))
    store.close()
