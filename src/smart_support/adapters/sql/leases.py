"""Leases with fencing tokens, in SQL and on the database's clock, so that no two processes' clocks are compared."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.functions import ClockTime
from smart_support.adapters.sql.schema import leases
from smart_support.pipeline.records import Lease, LeaseLost


class SqlLeases:
    """The port LeaseStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take_lease(self, name: str, holder: str, seconds: float) -> Lease | None:
        # One that runs longer than any lease does was dated by a clock that has been set back.
        over = (leases.c.expires_at < ClockTime()) | (leases.c.expires_at > ClockTime() + 2 * seconds)
        free = {"name": name, "token": 0, "holder": "", "expires_at": 0.0}

        def unit(connection: Connection) -> Lease | None:
            bulk.insert_new(connection, leases, [free])
            token = connection.execute(
                sa.update(leases)
                .where(leases.c.name == name, over)
                .values(token=leases.c.token + 1, holder=holder, expires_at=ClockTime() + seconds)
                .returning(leases.c.token)
            ).scalar()
            return None if token is None else Lease(name, token)

        return self._database.write(unit)

    def keep_lease(self, lease: Lease, seconds: float) -> bool:
        statement = sa.update(leases).where(_is(lease)).values(expires_at=ClockTime() + seconds)
        return self._database.write(lambda connection: connection.execute(statement).rowcount > 0)

    def give_up_lease(self, lease: Lease) -> None:
        statement = sa.update(leases).where(_is(lease)).values(expires_at=0.0)
        self._database.write(lambda connection: connection.execute(statement))


def hold_lease(connection: Connection, lease: Lease) -> None:
    """Keep the lease from changing hands until the transaction ends; raises LeaseLost where it has done so already."""
    held = sa.select(leases.c.token).where(_is(lease)).with_for_update(read=True)
    if connection.execute(held).scalar() is None:
        raise LeaseLost(f"another process holds the lease {lease.name!r} by now")


def _is(lease: Lease) -> sa.ColumnElement[bool]:
    return (leases.c.name == lease.name) & (leases.c.token == lease.token)
