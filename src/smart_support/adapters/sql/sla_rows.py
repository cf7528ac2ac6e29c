"""SLA clocks to rows and back, and what others do to them in their own transactions."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.sla_schema import sla_calendars, sla_clocks
from smart_support.adapters.sql.statements import outbox_key
from smart_support.domain.calendar import ALWAYS, WeeklyHours
from smart_support.domain.sla import Escalation, Promise, SlaClock, SlaState
from smart_support.domain.ticket import State, Ticket, TicketKey

_CHUNK = 500  # tickets in one statement
_QUIET = frozenset({State.SUPPRESSED, State.RESOLVED})
_PLACES = {promise.value: place for place, promise in enumerate(Promise)}


def add_clocks(connection: Connection, made: Iterable[tuple[TicketKey, Sequence[SlaClock]]]) -> None:
    """Store what tickets are promised, in the transaction that dispatches them."""
    promised = [(key, clock) for key, clocks in made for clock in clocks]
    if not promised:
        return
    hours = {(key.workspace, clock.calendar) for key, clock in promised if clock.calendar != ALWAYS}
    rows = sorted(
        (
            {"workspace": workspace, "id": _id(calendar), "hours": calendar.as_mapping()}
            for workspace, calendar in hours
        ),
        key=lambda row: (row["workspace"], row["id"]),
    )
    bulk.insert_new(connection, sla_calendars, rows)
    bulk.insert(connection, sla_clocks, [_row(key, clock) for key, clock in promised])


def find_clocks(connection: Connection, keys: Iterable[TicketKey]) -> dict[TicketKey, list[SlaClock]]:
    """What was promised to tickets, the first answer first; those without a promise are left out."""
    rows = [
        row
        for workspace, ids in _chunks(keys)
        for row in connection.execute(sa.select(sla_clocks).where(_of(workspace, ids))).mappings()
    ]
    hours = _hours(connection, {(row["workspace"], row["calendar"]) for row in rows if row["calendar"] is not None})
    found: dict[TicketKey, list[SlaClock]] = {}
    for row in sorted(rows, key=lambda row: _PLACES[row["promise"]]):
        calendar = ALWAYS if row["calendar"] is None else hours[row["workspace"], row["calendar"]]
        found.setdefault(TicketKey(row["workspace"], row["ticket_id"]), []).append(_clock(row, calendar))
    return found


def put_clocks(connection: Connection, looked: Iterable[tuple[TicketKey, Sequence[SlaClock]]]) -> None:
    """Store what was told, and when to look again."""
    rows = [
        outbox_key(key) | {"promise": clock.promise.value, "told": clock.told.value, "next_at": clock.next_at}
        for key, clocks in looked
        for clock in clocks
    ]
    bulk.update(connection, sla_clocks, rows)


def follow_tickets(connection: Connection, moved: Iterable[tuple[Ticket, Ticket]]) -> None:
    """Where tickets stood and stand: the clocks of those that come back into the open are looked at again, and nothing
    is told any more of those that were resolved while they were suppressed. The caller holds the tickets' rows."""
    moved = list(moved)
    back = [after.key for before, after in moved if before.state in _QUIET and after.state not in _QUIET]
    done = [after.key for before, after in moved if before.state is State.SUPPRESSED and after.state is State.RESOLVED]
    for keys, next_at in ((back, 0.0), (done, None)):
        for workspace, ids in _chunks(keys):
            more = sla_clocks.c.told != SlaState.BREACHED.value
            connection.execute(sa.update(sla_clocks).where(_of(workspace, ids), more).values(next_at=next_at))


def _chunks(keys: Iterable[TicketKey]) -> Iterable[tuple[str, list[str]]]:
    """The ids of each workspace, at most 500 at once."""
    ids: dict[str, list[str]] = {}
    for key in sorted(set(keys)):
        ids.setdefault(key.workspace, []).append(key.ticket_id)
    for workspace, wanted in ids.items():
        for start in range(0, len(wanted), _CHUNK):
            yield workspace, wanted[start : start + _CHUNK]


def _of(workspace: str, ids: Sequence[str]) -> sa.ColumnElement[bool]:
    return (sla_clocks.c.workspace == workspace) & sla_clocks.c.ticket_id.in_(ids)


def _hours(connection: Connection, ids: Iterable[tuple[str, str]]) -> dict[tuple[str, str], WeeklyHours]:
    found = {}
    for workspace, name in sorted(ids):
        query = sa.select(sla_calendars.c.hours).where(
            sla_calendars.c.workspace == workspace, sla_calendars.c.id == name
        )
        found[workspace, name] = WeeklyHours.parse(connection.execute(query).scalar_one())
    return found


@lru_cache(maxsize=1_024)
def _id(hours: WeeklyHours) -> str:
    return hashlib.sha256(json.dumps(hours.as_mapping(), sort_keys=True).encode()).hexdigest()


def _row(key: TicketKey, clock: SlaClock) -> dict[str, Any]:
    return {
        "workspace": key.workspace,
        "ticket_id": key.ticket_id,
        "promise": clock.promise.value,
        "warn_at": clock.warn_at,
        "due_at": clock.due_at,
        "calendar": None if clock.calendar == ALWAYS else _id(clock.calendar),
        "escalates": clock.escalation is not None,
        "escalate_to": None if clock.escalation is None else clock.escalation.team,
        "told": clock.told.value,
        "next_at": clock.next_at,
    }


def _clock(row: RowMapping, calendar: WeeklyHours) -> SlaClock:
    return SlaClock(
        promise=Promise(row["promise"]),
        warn_at=row["warn_at"],
        due_at=row["due_at"],
        calendar=calendar,
        escalation=Escalation(row["escalate_to"]) if row["escalates"] else None,
        told=SlaState(row["told"]),
        next_at=row["next_at"],
    )
