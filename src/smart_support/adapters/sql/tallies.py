"""Counts in SQL, from the indexes that are there: each looks at rows from a time on, or at what is not finished."""

from collections import Counter

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.functions import WholePart
from smart_support.adapters.sql.outbound_schema import destinations, messages
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.statements import of_workspace
from smart_support.domain.ticket import State
from smart_support.pipeline.messages import MessageState
from smart_support.pipeline.tallies import Bucket, DestinationTally, OutboxTally

_OPEN_ENDS = (MessageState.PENDING.value, MessageState.DEAD.value)
_ENDS = (MessageState.SENT.value, MessageState.SKIPPED.value)


class SqlTallies:
    """The port TallyStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def arrivals(self, workspace: str | None, since: float, seconds: int) -> list[Bucket]:
        duplicate = (tickets.c.state == State.SUPPRESSED.value) & tickets.c.incident_id.is_not(None)
        suppressed = sa.func.sum(sa.case((duplicate, 1), else_=0))
        came = tickets.c.accepted_at
        return self._buckets(came, seconds, suppressed, _came_since(workspace, since))

    def triages(self, workspace: str | None, since: float, seconds: int) -> list[Bucket]:
        done = tickets.c.processed_at
        where = of_workspace(tickets.c.workspace, workspace) & (done >= since)
        return self._buckets(done, seconds, sa.literal(0), where)

    def messages_tally(self, workspace: str, since: float) -> OutboxTally:
        ours, state = messages.c.workspace == workspace, messages.c.state
        ended = sa.select(state, sa.func.count()).where(ours, state.in_(_ENDS), messages.c.at >= since).group_by(state)
        # One by one, because the index has the states first.
        columns = (messages.c.destination, messages.c.state, messages.c.failures)
        rows = sa.union_all(*(sa.select(*columns).where(ours, state == one) for one in _OPEN_ENDS))
        open_ends = rows.subquery()

        def unit(connection: Connection) -> OutboxTally:
            by_state = Counter({MessageState(name): number for name, number in connection.execute(ended)})
            found = destination_tallies(connection, open_ends)
            for one in found.values():
                by_state += Counter({MessageState.PENDING: one.pending, MessageState.DEAD: one.dead})
            return OutboxTally(by_state, found)

        return self._database.read(unit)

    def _buckets(
        self,
        time: sa.ColumnElement[float],
        seconds: int,
        suppressed: sa.ColumnElement[int],
        where: sa.ColumnElement[bool],
    ) -> list[Bucket]:
        place = WholePart(time / float(seconds)).label("place")
        number = sa.func.count().label("number")
        query = sa.select(place, number, suppressed.label("suppressed")).where(where).group_by(place).order_by(place)

        def unit(connection: Connection) -> list[Bucket]:
            rows = connection.execute(query).all()
            return [Bucket(float(row.place * seconds), row.number, row.suppressed) for row in rows]

        return self._database.read(unit)


def _came_since(workspace: str | None, since: float) -> sa.ColumnElement[bool]:
    ours = of_workspace(tickets.c.workspace, workspace)
    return ours & (tickets.c.accepted_at >= since) & sa.not_(tickets.c.history)


def destination_tallies(connection: Connection, open_ends: sa.Subquery) -> dict[str, DestinationTally]:
    """By name, those destinations that have something to do, or are left in peace; `open_ends` are the destination,
    the state and the failures of the messages that are not finished or were given up."""
    failing = sa.func.sum(sa.case((open_ends.c.failures > 0, 1), else_=0)).label("failing")
    by_destination = (open_ends.c.destination, open_ends.c.state)
    query = sa.select(*by_destination, sa.func.count().label("number"), failing).group_by(*by_destination)
    standing = connection.execute(query).all()
    blocked = {row.name: row for row in connection.execute(sa.select(destinations))}
    numbers = {(row.destination, row.state): row for row in standing}
    found = {}
    for name in {row.destination for row in standing} | blocked.keys():
        pending, dead = (numbers.get((name, state)) for state in _OPEN_ENDS)
        how = blocked.get(name)
        found[name] = DestinationTally(
            pending=pending.number if pending else 0,
            failing=pending.failing if pending else 0,
            dead=dead.number if dead else 0,
            failures=how.failures if how else 0,
            blocked_until=how.blocked_until if how else 0.0,
        )
    return found
