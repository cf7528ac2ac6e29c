"""How far something was read, in SQL."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.outbound_schema import cursors


def find_cursor(connection: Connection, name: str) -> dict[str, Any]:
    """The place that was noted last; {} at first."""
    found = connection.execute(sa.select(cursors.c.value).where(cursors.c.name == name)).scalar()
    return {} if found is None else dict(found)


def put_cursor(connection: Connection, name: str, value: Mapping[str, Any]) -> None:
    """Note a place, in the transaction that stores what was read up to there."""
    if not bulk.insert_new(connection, cursors, [{"name": name, "value": dict(value)}]):
        _set(connection, name, value)


def change_cursor(connection: Connection, name: str, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> None:
    """Note what is made of what was noted last; that is held, so that nothing that others note is lost."""
    bulk.insert_new(connection, cursors, [{"name": name, "value": {}}])  # else nothing is there to be held
    query = sa.select(cursors.c.value).where(cursors.c.name == name)
    _set(connection, name, change(dict(connection.execute(query.with_for_update()).scalar_one())))


def _set(connection: Connection, name: str, value: Mapping[str, Any]) -> None:
    connection.execute(sa.update(cursors).where(cursors.c.name == name).values(value=dict(value)))
