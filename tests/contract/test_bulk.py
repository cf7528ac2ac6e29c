"""Many rows in one statement: any number of any values goes in and comes out the same, and few rows cost little."""

import json
import struct
from collections.abc import Iterator
from itertools import count, cycle, islice
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.database import Database, open_database
from smart_support.adapters.sql.schema import outbox, tickets
from smart_support.adapters.sql.store import SqlStore
from tests import servers

NUMBERS = count(1)
THINGS = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("workspace", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(128), primary_key=True),
    sa.Column("number", sa.BigInteger),
    sa.Column("real", sa.Float(53)),
    sa.Column("flag", sa.Boolean),
    sa.Column("text", sa.Text),
    sa.Column("data", sa.JSON),
)

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
REALS = st.floats(allow_nan=False, allow_infinity=False).map(lambda real: real + 0.0)  # SQLite knows no negative zero
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | REALS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
DATA = st.none() | st.lists(JSON, max_size=3) | st.dictionaries(TEXT, JSON, max_size=3)  # no column holds a bare number
VALUES = st.fixed_dictionaries(
    {
        "number": st.none() | st.integers(-(2**63), 2**63 - 1),
        "real": st.none() | REALS,
        "flag": st.none() | st.booleans(),
        "text": st.none() | TEXT,
        "data": DATA,
    }
)
MANY = st.integers(0, 400) | st.sampled_from([0, 1, 127, 128, 129, 256, 257, 400])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with the table THINGS."""
    if request.param == "sqlite":
        opened = open_database(f"sqlite:///{tmp_path_factory.mktemp('bulk')}/bulk.db", durable=False)
        opened.write(THINGS.create)
        yield opened
        opened.close()
        return
    with servers.postgres_database(request.getfixturevalue("postgres_url"), f"bulk_{next(NUMBERS)}") as url:
        opened = open_database(url)
        opened.write(THINGS.create)
        yield opened
        opened.close()


def rows_of(number: int, values: list[dict[str, Any]], first: int = 0) -> list[dict[str, Any]]:
    """So many rows that take turns with the values."""
    named = enumerate(islice(cycle(values), number), first)
    return [{"workspace": f"w{n % 3}", "id": f"t{n}"} | given for n, given in named]


def keys_of(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in ("id", "workspace")} for row in rows]


def exact(rows: list[dict[str, Any]]) -> dict[tuple, tuple]:
    """Rows by their keys, in a form in which two numbers are equal only where they are the same to the last bit."""
    return {
        (row["workspace"], row["id"]): (
            row["number"],
            None if row["real"] is None else struct.pack("d", row["real"]),
            row["flag"],
            row["text"],
            json.dumps(row["data"], sort_keys=True),
        )
        for row in rows
    }


def start(connection: Connection) -> None:
    connection.execute(sa.delete(THINGS))


def stored(connection: Connection) -> dict[tuple, tuple]:
    return exact([dict(row._mapping) for row in connection.execute(sa.select(THINGS))])


@given(number=MANY, values=st.lists(VALUES, min_size=1, max_size=4))
def test_what_is_inserted_comes_out_the_same(database: Database, number: int, values: list[dict[str, Any]]):
    rows = rows_of(number, values)

    def unit(connection: Connection) -> None:
        start(connection)
        bulk.insert(connection, THINGS, rows)
        assert stored(connection) == exact(rows)

    database.write(unit)


@given(taken=MANY, number=MANY, old=VALUES, new=VALUES)
def test_what_is_taken_is_left_alone(database: Database, taken: int, number: int, old: dict, new: dict):
    before, offered = rows_of(taken, [old], 100), rows_of(number, [new])

    def unit(connection: Connection) -> None:
        start(connection)
        bulk.insert(connection, THINGS, before)
        fresh = bulk.insert_new(connection, THINGS, offered)
        assert fresh == exact(offered).keys() - exact(before).keys()
        assert stored(connection) == exact(offered) | exact(before)

    database.write(unit)


@given(number=MANY, changed=MANY, old=VALUES, new=VALUES)
def test_an_update_changes_the_rows_that_are_named(database: Database, number: int, changed: int, old: dict, new: dict):
    before, after = rows_of(number, [old]), rows_of(changed, [new], 100)

    def unit(connection: Connection) -> None:
        start(connection)
        bulk.insert(connection, THINGS, before)
        bulk.update(connection, THINGS, after)
        there = exact(before)
        assert stored(connection) == there | {key: row for key, row in exact(after).items() if key in there}
        bulk.update(connection, THINGS, [key | {"text": "only this"} for key in keys_of(before)])
        assert {row[3] for row in stored(connection).values()} <= {"only this"}

    database.write(unit)


@given(number=MANY, deleted=MANY, values=VALUES)
def test_a_delete_takes_the_rows_that_are_named(database: Database, number: int, deleted: int, values: dict):
    before, gone = rows_of(number, [values]), rows_of(deleted, [values], 100)

    def unit(connection: Connection) -> None:
        start(connection)
        bulk.insert(connection, THINGS, before)
        bulk.delete(connection, THINGS, keys_of(gone))
        assert stored(connection).keys() == exact(before).keys() - exact(gone).keys()

    database.write(unit)


def test_an_expression_stands_beside_the_values(database: Database):
    def unit(connection: Connection) -> None:
        start(connection)
        bulk.insert(
            connection, THINGS, [{"workspace": "w", "id": f"t{n}"} for n in range(3)], number=sa.literal_column("3 + 4")
        )
        assert {row[0] for row in stored(connection).values()} == {7}

    database.write(unit)


ROWS = 20_000
SOME = [0, 1, 777, 19_999]


def fill(connection: Connection) -> None:
    texts = {"subject": "Help", "body": "It is broken. " * 20, "content_hash": "x" * 64, "state": "accepted"}
    ticket = texts | {"tags": [], "metadata": {}, "history": False, "accepted_at": 1.0}
    bulk.insert(connection, tickets, [{"workspace": "default", "id": f"t{n}"} | ticket for n in range(ROWS)])
    waiting = {"step": "accepted", "due_at": 1.0, "failures": 0}
    bulk.insert(connection, outbox, [{"workspace": "default", "ticket_id": f"t{n}"} | waiting for n in range(ROWS)])


def plan(connection: Connection, work: Any) -> str:
    """How the database goes about what `work` executes."""
    seen: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, parameters, _context, _many) -> None:
        seen.append((statement, parameters))

    sa.event.listen(connection, "before_cursor_execute", note)
    work()
    sa.event.remove(connection, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    ((statement, parameters),) = seen
    return "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters))


@pytest.mark.parametrize("analysed", [False, True], ids=["without statistics", "with statistics"])
def test_a_few_rows_of_many_are_found_by_their_keys(store: SqlStore, analysed: bool):
    def unit(connection: Connection) -> None:
        fill(connection)
        if analysed:
            connection.exec_driver_sql("ANALYZE")
        named = [{"workspace": "default", "id": f"t{n}"} for n in SOME]
        waiting = [{"workspace": "default", "ticket_id": f"t{n}"} for n in SOME]
        works = {
            "update tickets": lambda: bulk.update(connection, tickets, [key | {"state": "waiting"} for key in named]),
            "update outbox": lambda: bulk.update(connection, outbox, [key | {"due_at": 2.0} for key in waiting]),
            "delete outbox": lambda: bulk.delete(connection, outbox, waiting),
        }
        for name, work in works.items():
            table = name.split()[1]
            found = plan(connection, work)
            if connection.dialect.name == "sqlite":
                own = "INDEX sqlite_autoindex_tickets_1" if table == "tickets" else "PRIMARY KEY"  # it has no rowid
                assert f"{own} (workspace=? AND" in found, found
            else:
                assert f"pk_{table}" in found, found
            assert f"Seq Scan on {table}" not in found
            assert f"SCAN {table}" not in found

    store._database.write(unit)
