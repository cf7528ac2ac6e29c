"""Messages to rows and back, and how alerts and write-backs become such."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.outbound_schema import messages, told
from smart_support.domain.alert import ticket_topic
from smart_support.domain.alerting.rules import Send
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.messages import Message, MessageState, Purpose, Routed, source_destination

IS_PENDING = messages.c.state == sa.literal_column("'pending'")

_MOST_ALERTS = 1_000  # in one message
_SETTLE_SECONDS = 1.0  # what changes together is written back together

_Thread = tuple[str, str]
"""A workspace and a destination."""


def message_of(row: Mapping[Any, Any]) -> Message:
    """The message in a row."""
    return Message(
        id=row["id"],
        workspace=row["workspace"],
        purpose=Purpose(row["purpose"]),
        destination=row["destination"],
        topic=row["topic"],
        ordinal=row["ordinal"],
        alert_ids=tuple(row["alert_ids"]),
        at=row["at"],
        state=MessageState(row["state"]),
        due_at=row["due_at"],
        attempts=row["attempts"],
        failures=row["failures"],
        repeat=row["repeat_seconds"],
        again=row["again"],
        weight=row["weight"],
        tried_at=row["tried_at"],
        sent_at=row["sent_at"],
        last_error=row["last_error"],
        trace=row["traceparent"],
    )


def new_message(
    workspace: str, purpose: Purpose, destination: str, topic: str, ordinal: int, at: float, due_at: float
) -> dict[str, Any]:
    """A message that waits, as a row; its id follows from its place."""
    return {
        "id": str(uuid5(NAMESPACE_URL, f"smart-support:{workspace}:{destination}:{topic}:{ordinal}")),
        "workspace": workspace,
        "purpose": purpose.value,
        "destination": destination,
        "topic": topic,
        "ordinal": ordinal,
        "alert_ids": [],
        "at": at,
        "state": MessageState.PENDING.value,
        "due_at": due_at,
        "attempts": 0,
        "failures": 0,
        "repeat_seconds": 0.0,
        "again": False,
        "away": False,
        "weight": 0,
        "traceparent": None,
    }


def route(connection: Connection, routed: Iterable[Routed], at: float) -> None:
    """Make messages of alerts, or add them to those that wait and were not tried yet."""
    wanted: dict[_Thread, list[tuple[Routed, Send]]] = defaultdict(list)
    for one in routed:
        for send in one.sends:
            wanted[one.alert.workspace, send.destination].append((one, send))
    for (workspace, destination), sends in sorted(wanted.items(), key=lambda item: item[0]):
        last = _last(connection, workspace, destination, {send.group for _, send in sends}, at)
        told_at = {topic: row.pop("told_at") for topic, row in last.items()}
        made, changed = dict[str, dict[str, Any]](), dict[str, dict[str, Any]]()
        for one, send in sends:
            before = last.get(send.group)
            due_at = _due(send, told_at.get(send.group), at)
            if before is None or not _is_untried(before) or len(before["alert_ids"]) >= _MOST_ALERTS:
                row = new_message(workspace, Purpose.ALERT, destination, send.group, _after(before), at, due_at)
                row |= {
                    "alert_ids": [one.alert.id],
                    "repeat_seconds": send.repeat,
                    "weight": one.weight,
                    "again": one.again,
                    "traceparent": one.alert.trace,
                }
                made[row["id"]] = last[send.group] = row
                continue
            row = before | {
                "alert_ids": [*before["alert_ids"], one.alert.id],
                "due_at": min(before["due_at"], due_at),
                "weight": max(before["weight"], one.weight),
                "again": before["again"] and one.again,  # else there is more to say than the same once more
            }
            last[send.group] = row
            (made if row["id"] in made else changed)[row["id"]] = row
        bulk.insert(connection, messages, list(made.values()))
        kept = ("id", "alert_ids", "due_at", "again", "weight")
        bulk.update(connection, messages, [{name: row[name] for name in kept} for row in changed.values()])
        heard = {(one.alert.topic, send.group) for one, send in sends}
        place = {"workspace": workspace, "destination": destination}
        rows = [place | {"topic": topic, "thread": group, "at": at} for topic, group in sorted(heard)]
        bulk.insert_new(connection, told, rows)
        bulk.update(connection, told, rows)


def _is_untried(row: Mapping[str, Any]) -> bool:
    """Whether it waits and was not tried, so that what it says may still change."""
    return row["state"] == MessageState.PENDING.value and not row["attempts"]


def _after(row: Mapping[str, Any] | None) -> int:
    """The ordinal of the message of a topic that comes after this one; None: of its first."""
    return 1 if row is None else int(row["ordinal"]) + 1


def _due(send: Send, told_at: float | None, at: float) -> float:
    """When what is sent now is to go out, where something was told of its group at a time."""
    due_at = at + send.wait if told_at is None else max(at + send.wait, told_at + send.interval)
    return max(due_at, send.not_before or 0.0)


def add_write_backs(connection: Connection, wanted: Sequence[tuple[TicketKey, str]], at: float) -> None:
    """Messages to the sources of tickets, unless one waits already that was not tried yet: what they say is looked up
    when they go out."""
    threads: dict[_Thread, set[str]] = defaultdict(set)
    for key, source in wanted:
        threads[key.workspace, source_destination(source)].add(ticket_topic(key.ticket_id))
    for (workspace, destination), topics in sorted(threads.items()):
        last = _last(connection, workspace, destination, topics, at)
        made = []
        for topic in sorted(topics):
            before = last.get(topic)
            if before is None or not _is_untried(before):
                due_at = at + _SETTLE_SECONDS
                made.append(new_message(workspace, Purpose.WRITE_BACK, destination, topic, _after(before), at, due_at))
        bulk.insert(connection, messages, made)


def _last(
    connection: Connection, workspace: str, destination: str, topics: Iterable[str], at: float
) -> dict[str, dict[str, Any]]:
    """The newest message of each topic, held until the transaction ends, so that it is not tried meanwhile; and in
    `told_at` when something was told of the topic last: now, where that is on its way."""
    ours = (messages.c.workspace == workspace) & (messages.c.destination == destination)
    newest = (
        sa.select(
            messages.c.topic,
            sa.func.max(messages.c.ordinal).label("ordinal"),
            sa.func.max(sa.case((IS_PENDING & (messages.c.attempts > 0), at), else_=messages.c.sent_at)).label(
                "told_at"
            ),
        )
        .where(ours, messages.c.topic.in_(sorted(topics)))
        .group_by(messages.c.topic)
        .subquery()
    )
    query = (
        sa.select(messages, newest.c.told_at)
        .join(newest, (messages.c.topic == newest.c.topic) & (messages.c.ordinal == newest.c.ordinal))
        .where(ours)
        .with_for_update(of=messages)
    )
    # Once they are held none is added after them; one that was while this waited for them is seen at the second look.
    connection.execute(query).all()
    return {row["topic"]: dict(row) for row in connection.execute(query).mappings()}
