"""What a source says of a ticket, made fit to be kept, and the ticket that it opens."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from smart_support.domain.ids import InvalidId
from smart_support.domain.ticket import Customer, Ticket, TicketKey, check_ticket_id
from smart_support.pipeline.sources import Incoming, Reply

OPENED_BY = "opened_by"
"""Where a ticket's metadata has the id of the reply that its first text was, so that it is not stored as one too."""

ANSWER_TO = "answer_to"
"""Where the metadata of one that came by mail has the address that wants the answer."""

NAMES_SENDER = ("message_id", ANSWER_TO)
"""What in the metadata names who wrote: a mail's id names his machine, if not himself. Only a new ticket needs it."""

NO_TEXT = "(no text)"

# As the API takes them.
_SUBJECT, _BODY, _SHORT, _TAG, _TAGS, _METADATA = 1_000, 200_000, 320, 64, 50, 16_384
_ID = 256
_PSEUDONYM = "erased:"


def digest(text: str) -> str:
    """Its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()


def short_id(text: str) -> str:
    """An id from outside, or its digest where it is longer than what is kept of one."""
    return text if len(text) <= _ID else digest(text)


def pseudonym(name: str) -> str:
    """What stands in place of an id from outside, such as a mail's, once it is erased: the same for the same one, so
    that it is known when it comes again. That of a pseudonym is itself."""
    return name if name.startswith(_PSEUDONYM) else _PSEUDONYM + digest(name)[:40]


def key_of(source: str, workspace: str, one: Incoming) -> TicketKey:
    """The id follows from the source's name and its id there; where that makes no legal one, from a hash of it."""
    try:
        return TicketKey(workspace, check_ticket_id(f"{source}:{one.source_id}"))
    except InvalidId:
        return TicketKey(workspace, f"{source}:{digest(one.source_id)[:40]}")


def other_key_of(source: str, key: TicketKey) -> TicketKey:
    """The id instead of one that a ticket has which did not come from this source."""
    return TicketKey(key.workspace, f"{source[:200]}:{digest(f'{source}:{key.ticket_id}')[:40]}")


def fitted(one: Incoming) -> Incoming:
    """The same without what a database cannot store, and cut to what the API takes; `truncated` in the metadata says
    that text was lost."""
    who = one.customer
    cut = len(one.subject) > _SUBJECT or len(one.body) > _BODY
    metadata = _small({**one.metadata, **({"truncated": True} if cut else {})})
    return replace(
        one,
        source_id=clean(one.source_id, 10_000),
        subject=clean(one.subject, _SUBJECT),
        body=clean(one.body, _BODY),
        customer=Customer(
            _maybe(who.id, _SHORT), _maybe(who.email, _SHORT), _maybe(who.name, _SHORT), _maybe(who.tier, _TAG)
        ),
        channel=_maybe(one.channel, _TAG),
        tags=tuple(clean(tag, _TAG) for tag in one.tags[:_TAGS]),
        url=_maybe(one.url, 2_000),
        assignee=None if one.assignee is None else clean(one.assignee, _SHORT),
        replies=tuple(map(_fitted_reply, one.replies)),
        metadata=metadata,
    )


def ticket_of(source: str, key: TicketKey, one: Incoming, now: float) -> Ticket:
    """The ticket that is opened by what was said (`fitted`). Where its text is that of a reply, it is that reply."""
    first = next((reply for reply in one.replies if reply.body.strip() == one.body.strip()), None)
    if first is None and not one.body.strip():
        first = next((reply for reply in one.replies if reply.by_customer and not reply.internal), None)
    body = one.body if one.body.strip() or first is None else first.body
    subject = one.subject if one.subject.strip() or body.strip() else NO_TEXT
    said_beside = {"url": one.url, OPENED_BY: None if first is None else first.id}
    return Ticket(
        workspace=key.workspace,
        id=key.ticket_id,
        subject=subject,
        body=body,
        accepted_at=now,
        customer=one.customer,
        channel=one.channel,
        tags=one.tags,
        received_at=one.received_at,
        metadata={**one.metadata, **{name: value for name, value in said_beside.items() if value is not None}},
        source=source,
        source_id=short_id(one.source_id),
    )


def is_first(reply: Reply, ticket: Ticket) -> bool:
    """Whether a reply is the ticket's first text, told once more. Where it came without an id of its own, its words
    say so."""
    opened_by = ticket.metadata.get(OPENED_BY)
    return reply.id == opened_by if opened_by is not None else reply.body.strip() == ticket.body.strip()


def was_written_before(reply: Reply, erased_at: float) -> bool:
    """Whether a reply is known to be from before its ticket was erased: what a source tells once more must not come
    back. One without a time is known by its id."""
    return reply.at is not None and reply.at <= erased_at


def clean(text: str, most: int) -> str:
    """The text's beginning without NULs and halves of characters."""
    return text[:most].replace("\0", "").encode("utf-8", "ignore").decode()


def _fitted_reply(reply: Reply) -> Reply:
    return replace(
        reply,
        id=short_id(clean(reply.id, 10_000)),
        body=clean(reply.body, _BODY),
        author=_maybe(reply.author, _SHORT),
        quoted=clean(reply.quoted, _BODY),
    )


def _maybe(text: str | None, most: int) -> str | None:
    return None if text is None else clean(text, most) or None


def _small(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """The metadata as JSON that can be stored, or none where it is too large."""
    try:
        text = json.dumps(metadata, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        return {}
    found: Mapping[str, Any] = json.loads(clean(text, len(text)).replace("\\u0000", ""))
    return found if len(text) <= _METADATA else {}
