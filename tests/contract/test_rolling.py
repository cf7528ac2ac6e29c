"""What docs/upgrading.md promises: versions that follow each other run beside each other, on both databases."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from smart_support.adapters.sql import store as sql_store
from smart_support.adapters.sql.cursors import find_cursor, put_cursor
from smart_support.adapters.sql.database import Database, StoreMisconfigured, open_database
from smart_support.adapters.sql.store import SqlStore, _alembic, upgrade
from smart_support.domain.access import Scope
from smart_support.domain.agent import AgentStatus
from smart_support.domain.alert import AlertKind
from smart_support.domain.event import Position
from smart_support.domain.incident import IncidentState, LinkKind, Severity
from smart_support.domain.registry import Role
from smart_support.domain.sla import Promise, SlaState
from smart_support.domain.ticket import State
from smart_support.domain.triage import ReasonOf, Tier
from smart_support.pipeline.messages import MessageState, Purpose
from smart_support.pipeline.records import Step
from tests.builders import key, ticket
from tests.contract.revisions import all_revisions, fill, migrate, rows_of, tables_of
from tests.contract.test_every_revision import reads_all

LATER = (
    "ALTER TABLE tickets ADD COLUMN mood TEXT",
    "ALTER TABLE messages ADD COLUMN colour INTEGER DEFAULT 7 NOT NULL",
    "CREATE TABLE moods (name TEXT PRIMARY KEY)",
    "UPDATE alembic_version SET version_num = '9999'",
)
"""A later version, which took nothing away."""


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/store.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with closing(open_database(url, durable=False)) as opened:
        yield opened


def execute(database: Database, *statements: str) -> None:
    database.write(lambda connection: [connection.exec_driver_sql(each) for each in statements])


class TestAnOlderProgram:
    def test_uses_a_schema_that_only_grew(self, database: Database):
        upgrade(database)
        execute(database, *LATER)
        assert upgrade(database) == ("9999", "9999")
        store = SqlStore(database, 10.0)
        store.accept([ticket()], ["test"])
        assert store.find(key()) == ticket()
        assert upgrade(database) == ("9999", "9999")

    @pytest.mark.parametrize("oldest", [{"oldest": "9998"}, {}], ids=["taken away later", "nobody knows"])
    def test_refuses_one_that_it_cannot_use(self, database: Database, oldest: dict[str, str]):
        upgrade(database)
        execute(database, *LATER)
        database.write(lambda connection: put_cursor(connection, "schema", oldest))
        with pytest.raises(StoreMisconfigured, match="revision 9999, which a newer version made: install that one"):
            upgrade(database)

    def test_is_told_by_the_newer_one_whether_it_can(self, database: Database, monkeypatch: pytest.MonkeyPatch):
        def oldest() -> str:
            upgrade(database)
            return database.read(lambda connection: find_cursor(connection, "schema"))["oldest"]

        dialect = database.engine.dialect.name
        assert oldest() == sql_store._oldest(dialect)
        newest = ScriptDirectory.from_config(_alembic()).get_revision("head").module
        walk = ScriptDirectory.walk_revisions

        def with_one_that_contracts(*given: str) -> Iterator[object]:
            for script in walk(*given):
                monkeypatch.setattr(script.module, "contracts", {dialect: "test"}, raising=False)
                yield script

        monkeypatch.setattr(ScriptDirectory, "walk_revisions", with_one_that_contracts)
        assert oldest() == newest.revision


_SAFE = re.compile(
    r"""(SELECT|PRAGMA|EXPLAIN|WITH|BEGIN|SAVEPOINT|RELEASE|SET\ LOCAL|INSERT|UPDATE|COMMENT
    |CREATE\ (VIRTUAL\ )?TABLE|CREATE\ INDEX|CREATE\ (OR\ REPLACE\ )?(FUNCTION|TRIGGER)|DROP\ (INDEX|TRIGGER|FUNCTION)
    )\b""",
    re.VERBOSE,
)
_NEW_COLUMN = re.compile(r'ALTER TABLE (?P<table>[\w".]+) ADD COLUMN (?P<column>.*)', re.DOTALL)
_NEW_TABLE = re.compile(r'CREATE (?:VIRTUAL )?TABLE (?P<table>[\w".]+)')
_TABLE = re.compile(r'(?:ALTER TABLE|DROP TABLE|DELETE FROM|INDEX [\w"]+ ON)(?: IF EXISTS)? (?P<table>[\w".]+)')


def takes_away(statements: list[str]) -> list[str]:
    """Of the statements of one migration, those after which a program that does not know them may fail."""
    new, found = set[str](), []
    for statement in (" ".join(each.split()) for each in statements):
        if made := _NEW_TABLE.match(statement):
            new.add(made["table"])
        column, on = _NEW_COLUMN.match(statement), _TABLE.search(statement)
        if column is not None and ("NOT NULL" not in column["column"] or "DEFAULT" in column["column"]):
            continue
        if not _SAFE.match(statement) and (on is None or on["table"] not in new):
            found.append(statement)
    return found


@pytest.mark.parametrize(
    ("statement", "safe"),
    [
        ("ALTER TABLE tickets ADD COLUMN mood TEXT", True),
        ("ALTER TABLE tickets ADD COLUMN mood TEXT DEFAULT 'x' NOT NULL", True),
        ("ALTER TABLE tickets ADD COLUMN mood TEXT NOT NULL", False),
        ("ALTER TABLE tickets DROP COLUMN subject", False),
        ("ALTER TABLE tickets ALTER COLUMN subject SET NOT NULL", False),
        ("ALTER TABLE tickets RENAME TO cases", False),
        ("ALTER TABLE tickets ADD CONSTRAINT c CHECK (urgency > 0)", False),
        ("DROP TABLE tickets", False),
        ("DELETE FROM tickets", False),
        ("CREATE INDEX ix_x ON tickets (subject)", True),
        ("CREATE UNIQUE INDEX ix_x ON tickets (subject)", False),
        ("DROP INDEX ix_x", True),
        ("CREATE TABLE moods (name TEXT)", True),
    ],
)
def test_what_takes_something_away_is_known(statement: str, safe: bool):
    assert takes_away([statement]) == ([] if safe else [statement])


def test_a_table_of_ones_own_may_be_changed():
    assert not takes_away(["CREATE TABLE moods (a INT)", "ALTER TABLE moods RENAME TO m", "DROP TABLE moods"])


def test_a_migration_takes_nothing_away_or_says_why(database: Database):
    """Every one since versions may run beside each other. Where one must: `contracts = {"sqlite": "the reason"}` in its
    module, which keeps older programs off such a database from then on."""
    revisions = all_revisions()
    scripts = ScriptDirectory.from_config(_alembic())
    ran = list[str]()
    database.write(lambda connection: migrate(connection, "0010"))
    sa.event.listen(sa.Engine, "before_cursor_execute", hear := lambda *told: ran.append(told[2]))
    try:
        for revision in revisions[revisions.index("0011") :]:
            ran.clear()
            database.write(lambda connection, to=revision: migrate(connection, to))
            found = takes_away([each for each in ran if "alembic_version" not in each])
            if revision == "0011":
                assert any("DROP TABLE alerts" in each for each in found)  # it is seen
            elif revision > sql_store._FIRST_ROLLING:
                module, dialect = scripts.get_revision(revision).module, database.engine.dialect.name
                said = dialect in getattr(module, "contracts", {})
                assert bool(found) == said, f"{revision}: {found or 'it contracts nothing'}"
                if dialect == "postgresql" and getattr(module, "reading_goes_on", False):
                    shuts_out = [each for each in ran if re.match(r"\s*(ALTER|DROP|TRUNCATE|LOCK.*ACCESS)\b", each)]
                    assert not shuts_out, f"{revision}: nobody reads beside it"
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", hear)


STORED = {
    State: {"accepted", "waiting", "offered", "assigned", "in_progress", "resolved", "claimed", "suppressed", "dead"},
    Tier: {"light", "transformer"},
    ReasonOf: {"category", "urgency"},
    Step: {"accepted", "triaged"},
    AlertKind: {
        *("urgent_ticket", "no_agent", "exception", "sla_due_soon", "sla_breached", "ticket_begun", "ticket_resolved"),
        *("incident_opened", "incident_reopened", "incident_grown", "incident_quiet", "incident_resolved"),
        *("breaker_opened", "breaker_closed", "dead_letter", "test"),
    },
    Purpose: {"alert", "write_back", "test"},
    MessageState: {"pending", "sent", "dead", "skipped"},
    IncidentState: {"open", "growing", "quiet", "resolved", "dismissed"},
    Severity: {"minor", "major", "critical"},
    LinkKind: {"exact", "semantic", "manual"},
    AgentStatus: {"online", "away", "offline", "wrap_up"},
    Promise: {"first_response", "resolution"},
    SlaState: {"ok", "due_soon", "breached", "met"},
    Role: {"active", "shadow", "previous"},
    Scope: {"intake", "read", "agent", "admin"},
}
"""The words that rows hold and every version knows that may run beside this one."""


@pytest.mark.parametrize("words", STORED, ids=lambda words: words.__name__)
def test_a_new_word_is_read_a_version_before_it_is_written(words: type):
    """A version that adds one must not write it yet, unless readers of the version before can do without: then, and in
    the version that begins to write it, it is added here. docs/upgrading.md has the rule."""
    assert {word.value for word in words} == STORED[words]


def test_what_a_newer_version_wrote_is_read_without_what_is_new_in_it(database: Database):
    """More fields in each record that is kept as JSON, more entries in each list of them, kinds of events and scopes
    that nobody knows here."""
    upgrade(database)

    def newer(connection: sa.Connection) -> None:
        fill(connection)
        tables = tables_of(connection)
        changed = {
            "workers": {
                "limits": {"slow_seconds": 0.5, "open_after": 3, "fast_seconds": 0.2, "close_after": 5, "new": 1},
                "refusals": [{"version": "v1", "reason": "gone", "new": {}}],
                "parts": ["triage", "new"],
            },
            "models": {"bundles": [["light", "v1", {"new": 1}, "new"]]},
            "tickets": {"reasons": [["urgency", "broken", 0.4, "new"]]},
            "api_keys": {"scopes": ["read", "new"]},
            "events": {"kind": "ticket.new", "data": {"new": "x"}},
            "alerts": {"data": {"new": {"a": 1}}},
            "cursors": {"value": {"new": 1}},
            "threads": {"handle": {"new": 1}},
            "storm_state": {
                "state": {
                    "seconds": 300.0,
                    "usual_per_minute": None,
                    "new": 1,
                    "clusters": [
                        {
                            "kind": "exact",
                            "category": None,
                            "tickets": 3,
                            "customers": 2,
                            "threshold": 11,
                            "missing": 8,
                            "similarity": 0.97,
                            "ticket_ids": ["t1"],
                            "first_at": 1.0,
                            "last_at": 2.0,
                            "new": 1,
                        }
                    ],
                }
            },
        }
        for name, values in changed.items():
            connection.execute(sa.update(tables[name]).values(values))
            assert rows_of(connection, tables[name])

    database.write(newer)
    store = SqlStore(database, 10.0)
    reads_all(store)
    assert {kind for recorded in store.events("default", Position(), 10) for kind in [recorded.event.kind]} == {
        "ticket.new"
    }
    assert all(found.scopes == {Scope.READ} for found in store.list_keys())
    told = store.told_storms("default")
    assert told is not None
    assert [cluster.tickets for cluster in told.state.clusters] == [3]
    assert all(worker.beat.figures.limits.open_after == 3 for worker in store.workers())
