"""How the whole system stands, in SQL: over all workspaces, from the rows that are not finished alone."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.functions import ClockTime
from smart_support.adapters.sql.message_rows import IS_PENDING
from smart_support.adapters.sql.outbound_schema import messages
from smart_support.adapters.sql.schema import leases, outbox, tickets
from smart_support.adapters.sql.storm_schema import incidents
from smart_support.adapters.sql.tallies import destination_tallies
from smart_support.adapters.sql.workers import select_workers
from smart_support.domain.incident import IncidentState
from smart_support.pipeline.lead import LEASE
from smart_support.pipeline.records import Step
from smart_support.pipeline.standing import Backlog, Standing
from smart_support.pipeline.tallies import DestinationTally

_OPEN = [state.value for state in IncidentState if not state.closed]


class SqlStanding:
    """The port StandingStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def overview(self) -> Standing:
        return self._database.read(_standing)


def _standing(connection: Connection) -> Standing:
    now = connection.execute(sa.select(ClockTime())).scalar_one()
    holder = sa.select(leases.c.holder).where(leases.c.name == LEASE, leases.c.expires_at > ClockTime())
    incidents_open = sa.select(sa.func.count()).select_from(incidents).where(incidents.c.state.in_(_OPEN))
    buried = sa.select(outbox.c.step, sa.func.count()).where(outbox.c.due_at.is_(None)).group_by(outbox.c.step)
    return Standing(
        at=now,
        waiting=_waiting(connection, now),
        buried={Step(step): number for step, number in connection.execute(buried)},
        destinations=_destinations(connection),
        incidents=connection.execute(incidents_open).scalar_one(),
        leader=connection.execute(holder).scalar(),
        workers=tuple(select_workers(connection)),
    )


def _waiting(connection: Connection, now: float) -> dict[Step, Backlog]:
    # Imported history came at another time, and what was scored again is in the queue already: they wait like any
    # other, but are not late.
    ready = sa.case((outbox.c.step == Step.TRIAGE.value, tickets.c.accepted_at), else_=tickets.c.processed_at)
    is_new = sa.not_(tickets.c.history) & tickets.c.dispatch_order.is_(None)
    oldest = sa.func.min(sa.case((is_new, ready)))
    query = (
        sa.select(outbox.c.step, sa.func.count().label("tickets"), oldest.label("oldest"))
        .join(tickets, (tickets.c.workspace == outbox.c.workspace) & (tickets.c.id == outbox.c.ticket_id))
        .where(outbox.c.due_at.is_not(None))
        .group_by(outbox.c.step)
    )
    return {
        Step(row.step): Backlog(row.tickets, 0.0 if row.oldest is None else max(0.0, now - row.oldest))
        for row in connection.execute(query)
    }


def _destinations(connection: Connection) -> dict[str, DestinationTally]:
    columns = (messages.c.destination, messages.c.state, messages.c.failures)
    is_dead = messages.c.state == sa.literal_column("'dead'")  # said so, because SQLite asks for the index's own words
    open_ends = sa.union_all(*(sa.select(*columns).where(some) for some in (IS_PENDING, is_dead))).subquery()
    return destination_tallies(connection, open_ends)
