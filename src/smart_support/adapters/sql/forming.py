"""What the leader sees of storms that may be forming, in SQL: one row a workspace, told on the database's clock."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.functions import ClockTime
from smart_support.adapters.sql.leases import hold_lease
from smart_support.adapters.sql.rows import known
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.statements import select_keys
from smart_support.adapters.sql.storm_schema import storm_state
from smart_support.domain.incident import LinkKind
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.forming import FormingStorm, Member, StormState, ToldState
from smart_support.pipeline.records import Lease


class SqlForming:
    """The port StormStateStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tell_storms(self, workspace: str, state: StormState, lease: Lease) -> None:
        told = {"state": asdict(state)}
        again = sa.update(storm_state).where(storm_state.c.workspace == workspace).values(told_at=ClockTime(), **told)
        first = {"workspace": workspace, "told_at": 0.0, **told}

        def unit(connection: Connection) -> None:
            hold_lease(connection, lease)
            if not connection.execute(again).rowcount:
                bulk.insert_new(connection, storm_state, [first])
                connection.execute(again)

        self._database.write(unit)

    def told_storms(self, workspace: str) -> ToldState | None:
        silent = (ClockTime() - storm_state.c.told_at).label("silent")
        query = sa.select(storm_state, silent).where(storm_state.c.workspace == workspace)

        def unit(connection: Connection) -> ToldState | None:
            row = connection.execute(query).one_or_none()
            return None if row is None else ToldState(_state_of(row.state), row.told_at, max(0.0, row.silent))

        return self._database.read(unit)

    def members(self, workspace: str, ticket_ids: Sequence[str]) -> dict[str, Member]:
        customer = sa.func.coalesce(tickets.c.customer_id, tickets.c.customer_email).label("customer")
        queries = select_keys(
            [TicketKey(workspace, name) for name in ticket_ids], (tickets.c.id, tickets.c.category, customer)
        )

        def unit(connection: Connection) -> dict[str, Member]:
            return {
                row.id: Member(row.category, row.customer) for query in queries for row in connection.execute(query)
            }

        return self._database.read(unit)


def _state_of(told: dict[str, Any]) -> StormState:
    clusters = tuple(
        FormingStorm(
            **known(FormingStorm, one) | {"kind": LinkKind(one["kind"]), "ticket_ids": tuple(one["ticket_ids"])}
        )
        for one in told["clusters"]
    )
    return StormState(told["seconds"], told["usual_per_minute"], clusters)
