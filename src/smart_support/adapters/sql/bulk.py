"""Many rows in one statement, which is one round trip to PostgreSQL and one stretch without Python's lock on SQLite.

Run once a row, the same work takes several times as long: `make bench ARGS="accept dispatch"`. PostgreSQL is given the
rows as one JSON text, so that any number of rows is the same, short and prepared statement. SQLite is given them as
values, because up to 3.42 it reads numbers from JSON inexactly, in a few sizes of statement, which it keeps prepared.

Nor may a statement be run once a row for another reason: psycopg sends such as a pipeline, and of a process that is
stopped in the middle of one PostgreSQL ends no session, whatever its time limits; it would hold its locks for ever.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

_MOST_VALUES = 128  # rows in one statement of SQLite
_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)

Row = dict[str, Any]


def insert(connection: Connection, table: sa.Table, rows: Sequence[Row], **same: sa.ColumnElement[Any]) -> None:
    """Insert rows that name the same columns; `same` are further columns, a SQL expression for all rows."""
    for chunk in _chunks(connection, rows):
        _run(connection, _insert(connection, table, chunk, same), table, chunk)


def insert_new(connection: Connection, table: sa.Table, rows: Sequence[Row]) -> set[tuple[Any, ...]]:
    """Insert rows that name the same columns; the primary keys of those that were not there yet."""
    ending = f"ON CONFLICT DO NOTHING RETURNING {', '.join(_keys(table))}"
    return {
        tuple(key)
        for chunk in _chunks(connection, rows)
        for key in _run(connection, f"{_insert(connection, table, chunk, {})} {ending}", table, chunk)
    }


def update(connection: Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Update the rows whose primary keys are given with what else is given, the same columns for each."""
    for chunk in _chunks(connection, rows):
        _run(connection, _update(connection.dialect, table, tuple(chunk[0]), len(chunk)), table, chunk)


def delete(connection: Connection, table: sa.Table, keys: Sequence[Row]) -> None:
    """Delete the rows with these primary keys."""
    for chunk in _chunks(connection, keys):
        _run(connection, _delete(connection.dialect, table, tuple(chunk[0]), len(chunk)), table, chunk)


def _chunks(connection: Connection, rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """All rows at once, or for SQLite powers of two: any number of rows is made of few different statements."""
    start = 0
    while start < len(rows):
        left = len(rows) - start
        size = min(_MOST_VALUES, 1 << (left.bit_length() - 1)) if connection.dialect.name == "sqlite" else left
        yield rows[start : start + size]
        start += size


def _run(connection: Connection, statement: str, table: sa.Table, rows: Sequence[Row]) -> Sequence[Any]:
    encode = _ENCODER.encode
    if connection.dialect.name == "sqlite":
        as_json = {name for name in rows[0] if isinstance(table.c[name].type, sa.JSON)}
        values: list[Any] = [
            encode(row[name]) if name in as_json and row[name] is not None else row[name]
            for row in rows
            for name in rows[0]
        ]
    else:
        values = [encode(rows), len(rows)]
    answer = connection.exec_driver_sql(statement, tuple(values))
    return answer.all() if answer.returns_rows else ()


def _insert(
    connection: Connection, table: sa.Table, rows: Sequence[Row], same: dict[str, sa.ColumnElement[Any]]
) -> str:
    fixed = tuple((name, _text(connection.dialect, expression)) for name, expression in same.items())
    return _insert_text(connection.dialect, table, tuple(rows[0]), len(rows), fixed)


@cache
def _text(dialect: Dialect, expression: sa.ColumnElement[Any]) -> str:
    return str(expression.compile(dialect=dialect))


@cache
def _insert_text(
    dialect: Dialect, table: sa.Table, columns: tuple[str, ...], rows: int, fixed: tuple[tuple[str, str], ...]
) -> str:
    names = ", ".join([*columns, *(name for name, _ in fixed)])
    values = ", ".join([*columns, *(expression for _, expression in fixed)])
    given = _given(dialect, table, columns, rows)
    return f"{given} INSERT INTO {table.name} ({names}) SELECT {values} FROM given WHERE true"


@cache
def _update(dialect: Dialect, table: sa.Table, columns: tuple[str, ...], rows: int) -> str:
    keys = _keys(table)
    changes = ", ".join(f"{name} = given.{name}" for name in columns if name not in keys)
    same = " AND ".join(f"{table.name}.{name} = given.{name}" for name in keys)
    return f"{_given(dialect, table, columns, rows)} UPDATE {table.name} SET {changes} FROM given WHERE {same}"


@cache
def _delete(dialect: Dialect, table: sa.Table, columns: tuple[str, ...], rows: int) -> str:
    names = ", ".join(columns)
    given = _given(dialect, table, columns, rows)
    return f"{given} DELETE FROM {table.name} WHERE ({names}) IN (SELECT {names} FROM given)"


def _given(dialect: Dialect, table: sa.Table, columns: tuple[str, ...], rows: int) -> str:
    """The rows as a table named `given`."""
    names = ", ".join(columns)
    if dialect.name == "sqlite":
        row = f"({', '.join('?' * len(columns))})"
        return f"WITH given ({names}) AS (VALUES {', '.join([row] * rows)})"
    types = ", ".join(f"{name} {table.c[name].type.compile(dialect)}" for name in columns)
    # All of them: the limit tells the planner how many there are, else it takes them for a hundred and reads all of
    # a table of some ten thousand rows to find one.
    return f"WITH given AS (SELECT * FROM json_to_recordset(CAST(%s AS json)) AS given ({types}) LIMIT %s)"


def _keys(table: sa.Table) -> list[str]:
    return [column.name for column in table.primary_key]
