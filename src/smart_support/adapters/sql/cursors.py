"""How far something was read, in SQL."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.outbound_schema import cursors


def find_cursor(connection: Connection, name: str) -> dict[str, Any]:
    """The place that was noted last; {} at first."""
    found = connection.execute(sa.select(cursors.c.value).where(cursors.c.name == name)).scalar()
    return {} if found is None else dict(found)


def hold_cursor(connection: Connection, name: str) -> dict[str, Any]:
    """The same, held until the transaction ends: what is made of it and put there loses nothing that others put."""
    bulk.insert_new(connection, cursors, [{"name": name, "value": {}}])  # else nothing is there to be held
    query = sa.select(cursors.c.value).where(cursors.c.name == name)
    return dict(connection.execute(query.with_for_update()).scalar_one())


def put_cursor(connection: Connection, name: str, value: Mapping[str, Any]) -> None:
    """Note a place, in the transaction that stores what was read up to there."""
    if not bulk.insert_new(connection, cursors, [{"name": name, "value": dict(value)}]):
        connection.execute(sa.update(cursors).where(cursors.c.name == name).values(value=dict(value)))
