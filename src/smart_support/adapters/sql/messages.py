"""The outbox in SQL: messages are claimed by lease, so that several notifiers may run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.leases import hold_lease
from smart_support.adapters.sql.message_rows import IS_PENDING, message_of, new_message
from smart_support.adapters.sql.outbound_schema import alerts, destinations, messages, threads, told
from smart_support.adapters.sql.rows import add_events
from smart_support.adapters.sql.statements import storable
from smart_support.domain.event import Datum, Event
from smart_support.domain.retry import ALERT_DELAYS, DOWN_AFTER, LONGEST_PAUSE
from smart_support.pipeline.messages import Claimed, Message, MessageState, Purpose
from smart_support.pipeline.records import Lease, Undelivered

# One that was tried, and is due later than any delay reaches, was dated by a clock that has been set back.
_LONGEST = 2 * max(LONGEST_PAUSE, *ALERT_DELAYS)


class SqlMessages:
    """The port MessageStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim_message(self, destination: str, at: float, lease_until: float, pause: float) -> Claimed | None:
        free = (destinations.c.blocked_until <= at) | (destinations.c.blocked_until > at + _LONGEST)
        blocked = sa.exists().where(destinations.c.name == destination, ~free)
        earlier = messages.alias("earlier")
        # Not by NOT EXISTS, of which PostgreSQL would make a join of all with all.
        first = sa.select(sa.func.min(earlier.c.ordinal)).where(
            earlier.c.workspace == messages.c.workspace,
            # Not by an index of destinations, which without fresh statistics seems as good as that of topics.
            earlier.c.destination + "" == messages.c.destination,
            earlier.c.topic == messages.c.topic,
            earlier.c.state == sa.literal_column("'pending'"),
        )
        is_first = messages.c.ordinal == first.scalar_subquery()
        is_late = (messages.c.attempts > 0) & (messages.c.due_at > at + _LONGEST)
        due = (
            sa.select(messages)
            .where(messages.c.destination == destination, IS_PENDING, (messages.c.due_at <= at) | is_late, is_first)
            .order_by(messages.c.weight.desc(), messages.c.due_at)
            .limit(1)
        )
        row = {"name": destination, "blocked_until": 0.0, "failures": 0}

        def unit(connection: Connection) -> Claimed | None:
            bulk.insert_new(connection, destinations, [row])
            ours = sa.select(destinations.c.failures).where(destinations.c.name == destination, free)
            failures = connection.execute(ours.with_for_update(skip_locked=True)).scalar()
            if failures is None:
                return None
            found = connection.execute(due.with_for_update(of=messages, skip_locked=True)).mappings().one_or_none()
            if found is None:
                return None
            message = replace(message_of(found), attempts=found["attempts"] + 1)
            leased = {"due_at": lease_until, "leased_until": lease_until, "tried_at": message.tried_at or at}
            _put(connection, message, leased | {"attempts": message.attempts})
            remembered = connection.execute(sa.select(threads.c.handle).where(_is_thread(message))).scalar()
            claimed = Claimed(message, remembered or {}, failures)
            _block(connection, destination, lease_until if claimed.probe else at + pause)
            return claimed

        some = sa.select(due.exists() & ~blocked)  # looking costs no transaction that writes
        if not self._database.read(lambda connection: connection.execute(some).scalar()):
            return None
        return self._database.write(unit)

    def take_repeats(self, at: float, limit: int, lease: Lease) -> list[Message]:
        newer = messages.alias("newer")
        is_newest = ~sa.exists().where(
            newer.c.workspace == messages.c.workspace,
            newer.c.destination == messages.c.destination,
            newer.c.topic == messages.c.topic,
            newer.c.ordinal > messages.c.ordinal,
        )
        due = sa.select(messages, is_newest.label("is_newest")).where(messages.c.repeat_at <= at).limit(limit)
        if not self._database.read(lambda connection: connection.execute(due).first()):
            return []

        def unit(connection: Connection) -> list[Message]:
            hold_lease(connection, lease)
            found = connection.execute(due).mappings().all()
            bulk.update(connection, messages, [{"id": row["id"], "repeat_at": None} for row in found])
            return [message_of(row) for row in found if row["is_newest"]]

        return self._database.write(unit)

    def purge_messages(self, before: float, limit: int) -> int:
        # In the words of the index, for SQLite.
        finished = (messages.c.state != sa.literal_column("'pending'")) & messages.c.repeat_at.is_(None)

        def unit(connection: Connection) -> int:
            oldest = connection.execute(sa.select(sa.func.min(messages.c.at)).where(IS_PENDING)).scalar()
            unneeded = before if oldest is None else min(before, oldest)
            return (
                _let_go(connection, messages, messages.c.at, finished & (messages.c.at < before), limit)
                + _let_go(connection, told, told.c.at, told.c.at < before, limit)
                + _let_go(connection, alerts, alerts.c.routed_at, alerts.c.routed_at < unneeded, limit)
            )

        return self._database.write(unit)

    def forget_unserved(self, before: float, limit: int) -> int:
        waits = IS_PENDING & (messages.c.at < before)

        def unit(connection: Connection) -> int:
            gone = _let_go(connection, messages, messages.c.at, waits, limit)
            # One that is served has its row again with the next look.
            connection.execute(sa.delete(destinations).where(destinations.c.blocked_until < before))
            return gone

        return self._database.write(unit)

    def message_sent(self, claimed: Claimed, handle: Mapping[str, Any], at: float, actor: str, *, again: bool) -> None:
        message = claimed.message

        def unit(connection: Connection) -> None:
            repeat_at = at + message.repeat if again and message.repeat else None
            if not _put(connection, message, {"state": MessageState.SENT.value, "sent_at": at, "repeat_at": repeat_at}):
                return
            add_events(connection, [_event("sent", message, at, actor)])
            if handle != claimed.handle:
                _remember(connection, message, handle)
            row = (destinations.c.name == message.destination) & (destinations.c.failures > 0)
            connection.execute(sa.update(destinations).where(row).values(failures=0))

        self._database.write(unit)
        if claimed.probe:  # by itself, as it takes many messages: whoever holds one of them must not wait for this one
            self._database.write(lambda connection: _recover(connection, message.destination, at))

    def message_failed(
        self, claimed: Claimed, error: Undelivered, at: float, retry_at: float | None, blocked_until: float, actor: str
    ) -> None:
        message, gone = claimed.message, retry_at is None
        values: dict[str, Any] = {
            "last_error": storable(str(error)),
            "failures": message.failures + (not (claimed.probe and error.away)),
            "away": error.away,
            "leased_until": None,
        }
        values |= {"state": MessageState.DEAD.value} if gone else {"due_at": retry_at}

        def unit(connection: Connection) -> None:
            if not _put(connection, message, values, messages.c.attempts == message.attempts):
                return  # the lease is over, and another sends it by now
            add_events(connection, [_event("dead" if gone else "retry", message, at, actor)])
            # A receiver that refuses one message for good is there.
            failed = destinations.c.failures + 1 if error.away else 0 if gone else destinations.c.failures
            later = blocked_until if claimed.probe else _later(destinations.c.blocked_until, blocked_until)
            row = destinations.c.name == message.destination
            connection.execute(sa.update(destinations).where(row).values(failures=failed, blocked_until=later))

        self._database.write(unit)

    def message_skipped(self, claimed: Claimed, at: float) -> None:
        def unit(connection: Connection) -> None:
            message = claimed.message
            if _put(connection, message, {"state": MessageState.SKIPPED.value, "sent_at": at}):
                _block(connection, message.destination, at)  # nothing was sent that others must keep a distance from
                here = (told.c.workspace == message.workspace) & (told.c.destination == message.destination)
                alone = (told.c.thread == message.topic) & (told.c.topic == message.topic)
                if message.ordinal == 1:  # nobody has heard of it
                    connection.execute(sa.delete(told).where(here, alone))

        self._database.write(unit)

    def add_test(self, workspace: str, destination: str, at: float) -> Message:
        topic = f"test:{at * 1_000:.0f}"
        row = new_message(workspace, Purpose.TEST, destination, topic, 1, at, at)
        self._database.write(lambda connection: bulk.insert_new(connection, messages, [row]))
        return message_of(row | {"sent_at": None, "last_error": None, "tried_at": None})

    def messages(
        self, workspace: str, states: Sequence[MessageState], limit: int, topic: str | None = None
    ) -> list[Message]:
        ours = sa.select(messages).where(messages.c.workspace == workspace)
        wanted = sorted({state.value for state in states or MessageState})
        if topic is not None:
            found = ours.where(messages.c.topic == topic, messages.c.state.in_(wanted)).subquery()
        else:  # the newest of each state, because the index has the states first
            newest = ours.order_by(messages.c.at.desc()).limit(limit)
            each = (newest.where(messages.c.state == state).subquery() for state in wanted)
            found = sa.union_all(*map(sa.select, each)).subquery()
        query = sa.select(found).order_by(found.c.at.desc()).limit(limit)
        return self._database.read(lambda c: [message_of(row) for row in c.execute(query).mappings()])

    def retry_messages(self, workspace: str, ids: Sequence[str] | None, at: float, actor: str) -> list[str]:
        waits = IS_PENDING & (messages.c.attempts > 0) & (messages.c.due_at > at) & ~_is_leased(at)
        given_up = messages.c.state == MessageState.DEAD.value
        which = given_up if ids is None else messages.c.id.in_(ids) & (given_up | waits)

        def unit(connection: Connection) -> list[str]:
            held = sa.select(messages).where(messages.c.workspace == workspace, which).order_by(messages.c.id)
            found = [message_of(row) for row in connection.execute(held.with_for_update()).mappings()]
            again = {"state": MessageState.PENDING.value, "due_at": at, "failures": 0, "tried_at": None}
            bulk.update(connection, messages, [{"id": message.id} | again for message in found])
            add_events(connection, [_event("replay", message, at, actor) for message in found])
            names = sorted({message.destination for message in found})
            down = destinations.c.name.in_(names) & (destinations.c.failures >= DOWN_AFTER)
            connection.execute(sa.update(destinations).where(down).values(blocked_until=at))
            return [message.id for message in found]

        return self._database.write(unit)


def _let_go(
    connection: Connection, table: sa.Table, time: sa.Column[float], old: sa.ColumnElement[bool], limit: int
) -> int:
    """Delete the oldest rows; how many. What another process holds is left for the next time."""
    key = list(table.primary_key)
    some = sa.select(*key).where(old).order_by(time).limit(limit).with_for_update(skip_locked=True)
    found = connection.execute(some).mappings().all()
    bulk.delete(connection, table, [dict(row) for row in found])
    return len(found)


def _put(connection: Connection, message: Message, values: dict[str, Any], *conditions: sa.ColumnElement[bool]) -> bool:
    """Change a message that is not finished, where the conditions hold; whether it was so."""
    ours = sa.and_(messages.c.id == message.id, IS_PENDING, *conditions)
    return connection.execute(sa.update(messages).where(ours).values(values)).rowcount > 0


def _block(connection: Connection, destination: str, until: float) -> None:
    connection.execute(sa.update(destinations).where(destinations.c.name == destination).values(blocked_until=until))


def _later(column: sa.Column[float], moment: float) -> sa.ColumnElement[float]:
    return sa.case((column < moment, moment), else_=column)


def _is_thread(message: Message) -> sa.ColumnElement[bool]:
    return (
        (threads.c.workspace == message.workspace)
        & (threads.c.destination == message.destination)
        & (threads.c.topic == message.topic)
    )


def _remember(connection: Connection, message: Message, handle: Mapping[str, Any]) -> None:
    if not handle:
        connection.execute(sa.delete(threads).where(_is_thread(message)))
        return
    key = {"workspace": message.workspace, "destination": message.destination, "topic": message.topic}
    if not bulk.insert_new(connection, threads, [key | {"handle": dict(handle)}]):
        connection.execute(sa.update(threads).where(_is_thread(message)).values(handle=dict(handle)))


def _recover(connection: Connection, destination: str, at: float) -> None:
    """The destination is there again: what failed because it was not need not wait for its next try."""
    failed = IS_PENDING & (messages.c.destination == destination) & messages.c.away & (messages.c.due_at > at)
    held = sa.select(messages.c.id).where(failed, ~_is_leased(at)).order_by(messages.c.id)
    ids = connection.execute(held.with_for_update(skip_locked=True)).scalars().all()
    bulk.update(connection, messages, [{"id": id_, "due_at": at} for id_ in ids])
    _block(connection, destination, at)


def _is_leased(at: float) -> sa.ColumnElement[bool]:
    """Whether somebody is just sending it."""
    return messages.c.leased_until.is_not(None) & (messages.c.leased_until > at)


def _event(verb: str, message: Message, at: float, actor: str) -> Event:
    """What happened to a message, with the ticket or the incident that it is about."""
    about, _, name = message.topic.partition(":")
    data: dict[str, Datum] = {
        "message": message.id,
        "destination": message.destination,
        "topic": message.topic,
        "attempts": message.attempts,
    }
    ticket_id = name if about == "ticket" else None
    incident_id = name if about == "incident" else None
    return Event(message.workspace, f"{message.purpose}.{verb}", at, actor, ticket_id, incident_id, data=data)
