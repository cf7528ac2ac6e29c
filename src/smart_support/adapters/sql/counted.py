"""How many tickets have which values, from what triggers keep of it; migration 0019 says how.

Kept are all but those that wait for triage: these have a state alone, and are counted by their index.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.statements import of_workspace
from smart_support.domain.ticket import State

_VALUES = ("state", "category", "language", "tier")
_KEPT = sa.table("ticket_counts", *map(sa.column, ("workspace", *_VALUES, "number")))
_FOLD_FROM = 500  # rows: several for each combination, and few enough that a thousand workspaces are added up fast


@dataclass(frozen=True, slots=True)
class Combination:
    """So many tickets have these values; '' is what they do not have."""

    state: str
    category: str
    language: str
    tier: str
    number: int


def combinations(connection: Connection, workspace: str | None) -> list[Combination]:
    """All there are: each ticket of the workspace is in one of them; of all workspaces without one."""
    values = [_KEPT.c[name] for name in _VALUES]
    number = sa.cast(sa.func.sum(_KEPT.c.number), sa.BigInteger).label("number")  # PostgreSQL says a decimal
    kept = sa.select(*values, number).where(of_workspace(_KEPT.c.workspace, workspace)).group_by(*values)
    fresh = sa.select(sa.func.count()).where(
        of_workspace(tickets.c.workspace, workspace),
        tickets.c.state == State.ACCEPTED.value,
        tickets.c.processed_at.is_(None),
    )
    found = [
        Combination(row.state, row.category, row.language, row.tier, row.number)
        for row in connection.execute(kept)
        if row.number
    ]
    new = int(connection.execute(fresh).scalar_one())
    return [*found, Combination(State.ACCEPTED.value, "", "", "", new)] if new else found


def number_of(found: Collection[Combination], wanted: Mapping[str, Collection[str]]) -> int:
    """How many tickets have one of the wanted values of each of these names."""
    return sum(one.number for one in found if all(getattr(one, name) in values for name, values in wanted.items()))


def by_value(found: Collection[Combination], name: str) -> dict[str, int]:
    """How many tickets have which value of this name; those that have none are left out."""
    numbers: Counter[str] = Counter()
    for one in found:
        numbers[getattr(one, name)] += one.number
    del numbers[""]
    return dict(numbers)


def piled_up(connection: Connection) -> list[str]:
    """PostgreSQL: the workspaces that have many rows to put together."""
    if connection.dialect.name == "sqlite":
        return []
    query = sa.select(_KEPT.c.workspace).group_by(_KEPT.c.workspace).having(sa.func.count() >= _FOLD_FROM)
    return list(connection.execute(query).scalars())


def fold(connection: Connection, workspace: str) -> None:
    """Put rows of the same values together. Any number of processes may do so at once."""
    key = ("workspace", *_VALUES)
    # What another process takes away meanwhile is not found any more once its commit is over.
    columns = [_KEPT.c[name] for name in (*key, "number")]
    gone = sa.delete(_KEPT).where(_KEPT.c.workspace == workspace).returning(*columns).cte("gone")
    number = sa.func.sum(gone.c.number)
    together = sa.select(*(gone.c[name] for name in key), number).group_by(*(gone.c[name] for name in key))
    connection.execute(sa.insert(_KEPT).from_select([*key, "number"], together.having(number != 0)))
