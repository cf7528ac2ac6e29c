"""What the two databases spell differently."""

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


@compiles(CurrentTxn, "postgresql")
def _current_txn_postgresql(_element: CurrentTxn, _compiler: SQLCompiler, **_: object) -> str:
    return "CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)"


@compiles(CurrentTxn, "sqlite")
def _current_txn_sqlite(_element: CurrentTxn, _compiler: SQLCompiler, **_: object) -> str:
    return "0"


@compiles(OldestRunningTxn, "postgresql")
def _oldest_running_txn_postgresql(_element: OldestRunningTxn, _compiler: SQLCompiler, **_: object) -> str:
    return "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)"


@compiles(OldestRunningTxn, "sqlite")
def _oldest_running_txn_sqlite(_element: OldestRunningTxn, _compiler: SQLCompiler, **_: object) -> str:
    return "1"


class NextTxn(sa.sql.functions.GenericFunction[int]):
    """No transaction of this cluster has had this id or a higher one yet."""

    type = sa.BigInteger()
    inherit_cache = True


class ClockTime(sa.sql.functions.GenericFunction[float]):
    """The database's own time in UTC epoch seconds, of this moment and not of the transaction's start."""

    type = sa.Float(53)
    inherit_cache = True


@compiles(ClockTime, "postgresql")
def _clock_time_postgresql(_element: ClockTime, _compiler: SQLCompiler, **_: object) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)"


@compiles(ClockTime, "sqlite")
def _clock_time_sqlite(_element: ClockTime, _compiler: SQLCompiler, **_: object) -> str:
    return "(julianday('now') - 2440587.5) * 86400.0"


@compiles(NextTxn, "postgresql")
def _next_txn_postgresql(_element: NextTxn, _compiler: SQLCompiler, **_: object) -> str:
    return "CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT)"


@compiles(NextTxn, "sqlite")
def _next_txn_sqlite(_element: NextTxn, _compiler: SQLCompiler, **_: object) -> str:
    return "1"
