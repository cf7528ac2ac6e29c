"""What the two databases spell differently."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


class CurrentTxn(sa.sql.functions.GenericFunction[int]):
    """The id of the running transaction."""

    type = sa.BigInteger()
    inherit_cache = True


class OldestRunningTxn(sa.sql.functions.GenericFunction[int]):
    """Every transaction below this id is over: what it wrote is seen, or never will be."""

    type = sa.BigInteger()
    inherit_cache = True


class NextTxn(sa.sql.functions.GenericFunction[int]):
    """No transaction of this cluster has had this id or a higher one yet."""

    type = sa.BigInteger()
    inherit_cache = True


class ClockTime(sa.sql.functions.GenericFunction[float]):
    """The database's own time in UTC epoch seconds, of this moment and not of the transaction's start."""

    type = sa.Float(53)
    inherit_cache = True


class Minute(sa.sql.functions.GenericFunction[int]):
    """The whole minute since the epoch in which a time lies that is not before it."""

    type = sa.BigInteger()
    inherit_cache = True


def _spell(function: type[sa.sql.functions.GenericFunction[Any]], *, postgresql: str, sqlite: str) -> None:
    for dialect, text in (("postgresql", postgresql), ("sqlite", sqlite)):
        compiles(function, dialect)(lambda *_, text=text, **__: text)


_spell(CurrentTxn, postgresql="CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)", sqlite="0")
_spell(
    OldestRunningTxn,
    postgresql="CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)",
    sqlite="1",
)
_spell(NextTxn, postgresql="CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT)", sqlite="1")
_spell(
    ClockTime,
    postgresql="CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)",
    sqlite="(julianday('now') - 2440587.5) * 86400.0",
)


@compiles(Minute, "postgresql")
def _minute_postgresql(function: Minute, compiler: SQLCompiler, **more: Any) -> str:
    return f"CAST(floor({compiler.process(function.clauses, **more)} / 60) AS BIGINT)"


@compiles(Minute, "sqlite")
def _minute_sqlite(function: Minute, compiler: SQLCompiler, **more: Any) -> str:
    return f"CAST({compiler.process(function.clauses, **more)} / 60 AS INTEGER)"


class WholePart(sa.sql.functions.GenericFunction[int]):
    """A number that is not below 0, without its fraction."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(WholePart, "postgresql")
def _floor(element: WholePart, compiler: sa.sql.compiler.SQLCompiler, **given: Any) -> str:
    return f"CAST(FLOOR({compiler.process(element.clauses, **given)}) AS BIGINT)"  # a cast alone would round


@compiles(WholePart, "sqlite")
def _cut(element: WholePart, compiler: sa.sql.compiler.SQLCompiler, **given: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **given)} AS INTEGER)"  # it may be built without FLOOR
