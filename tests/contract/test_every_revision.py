"""A database of any revision that there ever was, with rows in all its tables, is brought to the newest one: nothing is
lost, the schema is what the statements are written for, and the store reads what is in it. On both databases."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from smart_support.adapters.sql import store as sql_store
from smart_support.adapters.sql.database import Database, open_database
from smart_support.adapters.sql.store import SqlStore, upgrade
from smart_support.domain.event import Position
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.listing import Order, TicketFilter
from tests.contract.revisions import ROWS, all_revisions, differences, fill, migrate, rows_of, tables_of
from tests.integration.system import environment

# What a revision took away, and where it went.
GONE = {
    "alerts": {"state", "due_at", "attempts", "sent_at", "last_error"},  # 0011: messages, and alerts.routed_at
}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    is_sqlite = request.param == "sqlite"
    return f"sqlite:///{tmp_path}/store.db" if is_sqlite else request.getfixturevalue("postgres_database")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with closing(open_database(url, durable=False)) as opened:
        yield opened


def _snapshot(connection: sa.Connection) -> dict[str, dict[tuple, dict]]:
    return {name: rows_of(connection, table) for name, table in tables_of(connection).items()}


@pytest.mark.parametrize("revision", all_revisions())
def test_nothing_is_lost_on_the_way_from(url: str, database: Database, revision: str):
    def old(connection: sa.Connection) -> dict[str, dict[tuple, dict]]:
        migrate(connection, revision)
        fill(connection)
        return _snapshot(connection)

    before = database.write(old)
    assert all(rows for rows in before.values())
    assert upgrade(database) == (revision, all_revisions()[-1])
    after = database.read(_snapshot)
    for name, rows in before.items():
        assert rows.keys() <= after[name].keys(), name
        for key, row in rows.items():
            kept = {column: value for column, value in row.items() if column not in GONE.get(name, ())}
            assert {column: after[name][key][column] for column in kept} == kept, name
    assert database.read(differences) == []
    assert upgrade(database) == (all_revisions()[-1], all_revisions()[-1])
    assert database.read(_snapshot) == after
    database.close()
    store = SqlStore.open(url)
    try:
        reads_all(store)
    finally:
        store.close()


def reads_all(store: SqlStore) -> None:
    """Everything that pages and steps ask for is answered from rows of long ago."""
    for workspace, number in (("default", ROWS - 1), ("other", 1)):
        tickets = store.page(workspace, None, 100)
        assert len(tickets) == number
        for ticket in tickets:
            assert store.find(TicketKey(workspace, ticket.id)) == ticket
            store.events(workspace, Position(), 100, ticket.id)
            store.link_of_ticket(TicketKey(workspace, ticket.id))
            store.clocks(TicketKey(workspace, ticket.id))
        for order in Order:
            assert len(store.list_tickets(workspace, TicketFilter(), order, None, 100).rows) == number
        assert store.list_tickets(workspace, TicketFilter(), Order.NEWEST, None, 1).total == number
        assert len(store.events(workspace, Position(), 100)) in {number, 0}
        store.facets(workspace)
        store.counts(workspace)
        for incident in store.incidents(workspace, frozenset(), None, 100):
            assert store.incident(workspace, incident.id) == incident
            store.links(workspace, incident.id)
            store.incident_events(workspace, incident.id, Position(), 100)
        for standing in store.agents(workspace):
            assert store.agent(workspace, standing.agent.id) == standing
        for alert in store.raised(workspace):
            assert alert in store.alerts_of(workspace, alert.topic, 2**40, 100)
        store.examples(workspace, None, 100)
        store.buried(workspace, 100)
        store.models(workspace)
        store.roles(workspace)
        store.told_storms(workspace)
        store.messages_tally(workspace, 0.0)
        store.applied_versions(workspace, "taxonomy", 10)
    store.list_keys()
    store.workers()
    store.unrouted(100)
    store.due_clocks(2.0**40, 100)
    assert store.list_tickets("other", TicketFilter(words=("zürich",)), Order.NEWEST, None, 10).rows


_KILLED = """
import os, signal, sys
import sqlalchemy as sa
from smart_support.adapters.sql.database import open_database
from smart_support.adapters.sql.store import upgrade

def attempt(url, at):
    def look(connection, cursor, statement, *_):
        if statement.lstrip().startswith(at):
            os.kill(os.getpid(), signal.SIGKILL)
    database = open_database(url)
    sa.event.listen(sa.Engine, "after_cursor_execute", look)
    upgrade(database)

for at in sys.argv[2:]:
    pid = os.fork()
    if not pid:
        attempt(sys.argv[1], at)
        os._exit(0)
    print(os.WTERMSIG(os.waitpid(pid, 0)[1]))
"""
MOMENTS = ["INSERT INTO alerts_next", "DROP TABLE alerts", "CREATE TABLE search_words", "UPDATE alembic_version"]
"""After which statement it is killed; what is searched with differs, so one of them stands for both."""


def test_an_upgrade_that_is_killed_is_done_by_the_next_start(url: str, database: Database):
    def old(connection: sa.Connection) -> dict[str, dict[tuple, dict]]:
        migrate(connection, "0010")
        fill(connection)
        return _snapshot(connection)

    before = database.write(old)
    moments = [*MOMENTS, "ALTER TABLE workers ADD COLUMN limits"]
    if url.startswith("sqlite"):
        moments[2] = "CREATE TABLE search_tickets"
        database.close()
    command = [sys.executable, "-c", _KILLED, url, *moments]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.split() == [str(int(signal.SIGKILL))] * len(moments), done.stderr
    with closing(open_database(url)) as again:
        assert again.read(_snapshot) == before  # not one of the steps is there
        assert upgrade(again) == ("0010", sql_store._head())
        assert again.read(differences) == []
        after = again.read(_snapshot)
    assert {name: after[name].keys() for name in before} == {
        name: rows.keys() | ({("alerts",)} if name == "cursors" else set()) for name, rows in before.items()
    }


def test_every_column_is_filled_in_some_row(database: Database):
    """What rows are made of here: in each column there is a value, and nothing in each that may be empty."""

    def newest(connection: sa.Connection) -> None:
        migrate(connection, "head")
        fill(connection)
        for table in tables_of(connection).values():
            rows = list(rows_of(connection, table).values())
            for column in table.columns:
                values = [row[column.name] for row in rows]
                assert any(value is not None for value in values), f"{table.name}.{column.name}"
                single = table.name == "storm_state"
                assert not column.nullable or single or None in values, f"{table.name}.{column.name}"

    database.write(newest)
