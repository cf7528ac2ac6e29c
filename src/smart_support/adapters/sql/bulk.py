"""Many rows in few statements.

One statement for many rows is one round trip to PostgreSQL, and one stretch without Python's lock on SQLite; run once
a row, the same work takes several times as long (`make bench ARGS=accept`). Statements come in a few sizes only, so
that both databases keep them prepared.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

_MOST_ROWS = 128
_ENCODER = json.JSONEncoder(separators=(",", ":"))

Row = dict[str, Any]


def insert_new(connection: Connection, table: sa.Table, rows: Sequence[Row]) -> set[tuple[Any, ...]]:
    """Insert rows that name the same columns; the primary keys of those that were not there yet."""
    return {
        tuple(key)
        for chunk in _chunks(rows)
        for key in _run(connection, f"{_insert(connection, table, chunk)} {_if_new(table)}", table, chunk)
    }


def insert(connection: Connection, table: sa.Table, rows: Sequence[Row], **same: sa.ColumnElement[Any]) -> None:
    """Insert rows that name the same columns; `same` are further columns, a SQL expression for all rows."""
    for chunk in _chunks(rows):
        _run(connection, _insert(connection, table, chunk, **same), table, chunk)


def update(connection: Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Update the rows whose primary keys are given with what else is given, the same columns for each."""
    for chunk in _chunks(rows):
        _run(connection, _update(connection.dialect, table, tuple(chunk[0]), len(chunk)), table, chunk)


def delete(connection: Connection, table: sa.Table, keys: Sequence[Row]) -> None:
    """Delete the rows with these primary keys."""
    for chunk in _chunks(keys):
        _run(connection, _delete(connection.dialect, table, tuple(chunk[0]), len(chunk)), table, chunk)


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Powers of two: any number of rows is made of few different statements."""
    start = 0
    while start < len(rows):
        size = min(_MOST_ROWS, 1 << ((len(rows) - start).bit_length() - 1))
        yield rows[start : start + size]
        start += size


def _run(connection: Connection, statement: str, table: sa.Table, rows: Sequence[Row]) -> Sequence[Any]:
    as_json = {name for name in rows[0] if isinstance(table.c[name].type, sa.JSON)}
    encode = _ENCODER.encode
    values = [
        encode(value) if name in as_json and value is not None else value for row in rows for name, value in row.items()
    ]
    answer = connection.exec_driver_sql(statement, tuple(values))
    return answer.all() if answer.returns_rows else ()


def _insert(connection: Connection, table: sa.Table, rows: Sequence[Row], **same: sa.ColumnElement[Any]) -> str:
    fixed = tuple((name, str(expression.compile(connection))) for name, expression in same.items())
    return _insert_text(connection.dialect, table, tuple(rows[0]), len(rows), fixed)


@cache
def _insert_text(
    dialect: Dialect, table: sa.Table, columns: tuple[str, ...], rows: int, fixed: tuple[tuple[str, str], ...]
) -> str:
    names = ", ".join([*columns, *(name for name, _ in fixed)])
    row = ", ".join([*([_mark(dialect)] * len(columns)), *(expression for _, expression in fixed)])
    return f"INSERT INTO {table.name} ({names}) VALUES {', '.join([f'({row})'] * rows)}"


def _if_new(table: sa.Table) -> str:
    return f"ON CONFLICT DO NOTHING RETURNING {', '.join(table.primary_key.columns.keys())}"


@cache
def _update(dialect: Dialect, table: sa.Table, columns: tuple[str, ...], rows: int) -> str:
    keys = table.primary_key.columns.keys()
    changes = ", ".join(f"{name} = given.{name}" for name in columns if name not in keys)
    given = _given(dialect, table, columns, rows)
    return f"{given} UPDATE {table.name} SET {changes} FROM given WHERE {_same(table)}"


@cache
def _delete(dialect: Dialect, table: sa.Table, columns: tuple[str, ...], rows: int) -> str:
    return f"DELETE FROM {table.name} WHERE ({', '.join(columns)}) IN (VALUES {_values(dialect, columns, rows)})"


def _same(table: sa.Table) -> str:
    return " AND ".join(f"{table.name}.{name} = given.{name}" for name in table.primary_key.columns.keys())  # noqa: SIM118 - a collection, no dict


def _given(dialect: Dialect, table: sa.Table, columns: tuple[str, ...], rows: int) -> str:
    """The rows as a table named `given`. PostgreSQL takes the columns' types from the first row."""
    types = [table.c[name].type.compile(dialect) for name in columns]
    mark = _mark(dialect)
    first = ", ".join(f"CAST({mark} AS {kind})" if dialect.name == "postgresql" else mark for kind in types)
    rest = f", {_values(dialect, columns, rows - 1)}" if rows > 1 else ""
    return f"WITH given ({', '.join(columns)}) AS (VALUES ({first}){rest})"


def _values(dialect: Dialect, columns: tuple[str, ...], rows: int) -> str:
    row = f"({', '.join([_mark(dialect)] * len(columns))})"
    return ", ".join([row] * rows)


def _mark(dialect: Dialect) -> str:
    return "%s" if dialect.paramstyle in {"format", "pyformat"} else "?"
