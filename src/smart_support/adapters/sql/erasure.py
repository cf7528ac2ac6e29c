"""What is personal in the rows of tickets, taken out: each function is part of the caller's transaction, which holds
the tickets' rows. Taking out what is gone changes nothing."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.access_schema import idempotency
from smart_support.adapters.sql.cursors import change_cursor, find_cursor
from smart_support.adapters.sql.learning_schema import feedback
from smart_support.adapters.sql.outbound_schema import alerts, messages, replies, threads
from smart_support.adapters.sql.schema import events, outbox, tickets
from smart_support.adapters.sql.storm_schema import vectors
from smart_support.domain.alert import ticket_topic
from smart_support.domain.ticket import ERASED, TicketKey
from smart_support.pipeline.incoming import NAMES_SENDER, OPENED_BY, pseudonym, was_written_before
from smart_support.pipeline.messages import source_destination
from smart_support.pipeline.sources import Reply

_PLACE = "erased:"

SAYS_SENDER = sa.or_(*(tickets.c.metadata[name].as_string().is_not(None) for name in NAMES_SENDER))
"""Whether the metadata of a ticket tell who wrote it."""


def count_erased(connection: Connection, workspace: str) -> int:
    """How many tickets of a workspace were erased so far."""
    return int(find_cursor(connection, _PLACE + workspace).get("tickets", 0))


def add_erased(connection: Connection, workspace: str, number: int) -> None:
    """Count some more, so that who has read them before notices."""
    change_cursor(connection, _PLACE + workspace, lambda so_far: {"tickets": so_far.get("tickets", 0) + number})


def erased_replies(connection: Connection, key: TicketKey, offered: Collection[Reply]) -> set[str]:
    """The ids of those replies that were erased with this ticket, or by themselves: they must not come back."""
    erased_at = connection.execute(
        sa.select(tickets.c.erased_at).where(_mine(tickets, key.workspace, [key.ticket_id]))
    ).scalar()
    before = {one.id for one in offered if erased_at is not None and was_written_before(one, erased_at)}
    wanted = {pseudonym(one.id): one.id for one in offered}
    mine = (replies.c.workspace == key.workspace) & (replies.c.ticket_id == key.ticket_id)
    found = connection.execute(sa.select(replies.c.id).where(mine, replies.c.id.in_(sorted(wanted)))).scalars()
    return before | {wanted[one] for one in found}


def forget_words(
    connection: Connection, workspace: str, ids: Sequence[str], incident_ids: Collection[str], at: float
) -> None:
    """Subject, body, replies, and what quotes them or was said about them in words; so do answers that tell of the
    incidents named after them."""
    mine = _mine(tickets, workspace, ids)
    opened = connection.execute(sa.select(tickets.c.id, tickets.c.metadata).where(mine)).all()
    forget_replies(connection, workspace, ids, {row.id: row.metadata.get(OPENED_BY) for row in opened}, at)
    words: dict[str, Any] = {
        "subject": ERASED,
        "body": "",
        "tags": [],
        "metadata": {},
        "channel": None,
        "content_hash": "",
    }
    fresh = tickets.c.erased_at.is_(None)
    connection.execute(sa.update(tickets).where(mine, fresh).values(words | {"erased_at": at}))
    connection.execute(sa.update(tickets).where(mine, tickets.c.processed_at.is_not(None)).values(reasons=[]))
    connection.execute(sa.update(feedback).where(_of(feedback, workspace, ids)).values(note=None))
    connection.execute(sa.update(outbox).where(_of(outbox, workspace, ids)).values(last_error=None))
    _forget_errors(connection, workspace, ids)
    _forget_answers(connection, workspace, [*ids, *incident_ids])


def forget_replies(
    connection: Connection, workspace: str, ids: Sequence[str], firsts: Mapping[str, Any], at: float
) -> None:
    """What was written to tickets. What is left of a reply is that there was one, so that it is known when it is told
    again; so is the one that a ticket was opened by (`firsts`, by ticket), whose words are the ticket's."""
    forget_authors(connection, _of(replies, workspace, ids), body="", quoted="")
    told: dict[str, Any] = {"at": at, "author": None, "by_customer": True, "internal": False, "body": "", "quoted": ""}
    rows = [
        {"workspace": workspace, "ticket_id": name, "id": pseudonym(first)} | told
        for name, first in sorted(firsts.items())
        if isinstance(first, str)
    ]
    bulk.insert_new(connection, replies, rows)


def forget_customers(connection: Connection, workspace: str, ids: Sequence[str]) -> None:
    """Who wrote, and the ids that the mails and notes had where they came from."""
    mine = _mine(tickets, workspace, ids)
    nobody = dict.fromkeys(("customer_id", "customer_email", "customer_name", "customer_tier", "source_id"))
    connection.execute(sa.update(tickets).where(mine).values(nobody))
    told = connection.execute(sa.select(tickets.c.id, tickets.c.metadata).where(mine, SAYS_SENDER)).all()
    left = {row.id: {name: said for name, said in row.metadata.items() if name not in NAMES_SENDER} for row in told}
    bulk.update(connection, tickets, [{"workspace": workspace, "id": one, "metadata": left[one]} for one in left])
    forget_authors(connection, _of(replies, workspace, ids))
    forget_reply_ids(connection, workspace, ids)


def forget_reply_ids(connection: Connection, workspace: str, ids: Sequence[str]) -> None:
    """The ids of replies in the events of tickets: a mail's names its sender's machine."""
    told = sa.select(events.c.seq, events.c.data).where(
        _of(events, workspace, ids), events.c.kind == sa.literal_column("'ticket.reply'")
    )
    rows = [
        {"seq": row.seq, "data": dict(row.data) | {"reply_id": pseudonym(row.data["reply_id"])}}
        for row in connection.execute(told)
    ]
    bulk.update(connection, events, rows)


def forget_authors(connection: Connection, which: sa.ColumnElement[bool], **more: str) -> int:
    """Who wrote these replies, and their ids where they came from; how many there are."""
    found = [dict(row) for row in connection.execute(sa.select(replies).where(which)).mappings()]
    names = ("workspace", "ticket_id", "id")
    bulk.delete(connection, replies, [{name: row[name] for name in names} for row in found])
    rows = [row | {"author": None, "id": pseudonym(row["id"])} | more for row in found]
    bulk.insert(connection, replies, rows)
    return len(found)


def forget_vectors(connection: Connection, workspace: str, ids: Sequence[str]) -> None:
    """The vectors: what a text is about can be told from them."""
    connection.execute(sa.delete(vectors).where(_of(vectors, workspace, ids)))


def forget_threads(connection: Connection, workspace: str, ids: Sequence[str]) -> None:
    """What sources said last, and what was written back. What a chat remembers is the name of its message alone, and
    stays: the next change of the ticket replaces the words there."""
    topics = [ticket_topic(one) for one in ids]
    told_back = threads.c.topic.in_(topics) & threads.c.destination.startswith(source_destination(""))
    ours = threads.c.workspace == workspace
    connection.execute(sa.delete(threads).where(ours, threads.c.topic.in_(ids) | told_back))


def messages_about(
    connection: Connection, workspace: str, ids: Sequence[str], *conditions: sa.ColumnElement[bool]
) -> list[str]:
    """The ids of the messages that tell of tickets, under their topics or others'."""
    told = set(connection.execute(sa.select(alerts.c.id).where(_of(alerts, workspace, ids))).scalars())
    topics = {ticket_topic(one) for one in ids}
    query = sa.select(messages.c.id, messages.c.topic, messages.c.alert_ids).where(
        messages.c.workspace == workspace, *conditions
    )
    if not told:  # those under others' are read for nothing
        query = query.where(messages.c.topic.in_(topics))
    return [row.id for row in connection.execute(query) if row.topic in topics or told.intersection(row.alert_ids)]


def _forget_errors(connection: Connection, workspace: str, ids: Sequence[str]) -> None:
    """What receivers said of messages about them: it may quote an address."""
    failed = messages_about(connection, workspace, ids, messages.c.last_error.is_not(None))
    bulk.update(connection, messages, [{"id": one, "last_error": None} for one in failed])


def _forget_answers(connection: Connection, workspace: str, ids: Sequence[str]) -> None:
    """Answers that name any of these tickets and incidents, with the keys of the requests."""
    names = sa.or_(*(idempotency.c.body.contains(f'"{one}"', autoescape=True) for one in ids))
    connection.execute(sa.delete(idempotency).where(idempotency.c.workspace == workspace, names))


def _mine(table: sa.Table, workspace: str, ids: Sequence[str]) -> sa.ColumnElement[bool]:
    return (table.c.workspace == workspace) & table.c.id.in_(ids)


def _of(table: sa.Table, workspace: str, ids: Sequence[str]) -> sa.ColumnElement[bool]:
    return (table.c.workspace == workspace) & table.c.ticket_id.in_(ids)
