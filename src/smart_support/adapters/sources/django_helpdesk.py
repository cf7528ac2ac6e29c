"""django-helpdesk 2.3: its webhooks for new tickets and for follow-ups, which it does not sign.

The token in the address that it calls is what proves them. Payloads: `helpdesk/webhooks.py` and
`TicketSerializer` in `helpdesk/serializers.py` of the package.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from smart_support.adapters.sources import signature
from smart_support.adapters.sources.fields import (
    is_note,
    maybe,
    moment,
    needed,
    parse,
    person,
    record,
    records,
    text,
)
from smart_support.domain.ticket import Customer
from smart_support.pipeline.sources import Incoming, Reply

TOKEN_HEADER = "x-webhook-token"  # noqa: S105 - a header's name
_OVER = {"3", "4", "5"}  # resolved, closed, duplicate


@dataclass(frozen=True, slots=True)
class DjangoHelpdesk:
    """A django-helpdesk that calls with `?token=SECRET`, or with the header X-Webhook-Token."""

    secret: str = field(repr=False)
    agents: Collection[str] = ()

    def verify(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: float) -> str | None:  # noqa: ARG002 - part of the port
        signature.check_token(self.secret, query.get("token") or headers.get(TOKEN_HEADER))
        return signature.fingerprint(body)  # each change of a ticket adds a follow-up to it

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Incoming]:  # noqa: ARG002 - part of the port
        told = parse(body)
        ticket = record(told.get("ticket"))
        if not ticket:
            return []
        found = incoming_of(ticket, self.agents, queue=maybe(told.get("queue_slug")))
        if told.get("followup_id") is None:
            return [found]
        added = text(told["followup_id"])
        return [replace(found, opens=any(one.id == added and one.by_customer for one in found.replies))]


def incoming_of(ticket: Mapping[str, Any], agents: Collection[str] = (), *, queue: str | None = None) -> Incoming:
    """What a ticket says as the webhooks and the API (`GET /api/tickets/ID/`) have it; raises Unreadable."""
    status = text(ticket.get("status"))
    mail = maybe(ticket.get("submitter_email"))
    follow_ups = records(ticket.get("followup_set"))
    return Incoming(
        source_id=needed(ticket.get("id"), "ticket id (ticket.id)"),
        subject=text(ticket.get("title")),
        body=text(ticket.get("description")),
        customer=Customer(email=mail),
        # A ticket shows no time of its own; with it comes its first follow-up.
        received_at=min(filter(None, (moment(one.get("date")) for one in follow_ups)), default=None),
        closed=status in _OVER if status else None,
        assignee=person([ticket["assigned_to"]], agents) if "assigned_to" in ticket else None,
        replies=tuple(_reply(one) for one in follow_ups if text(one.get("comment")).strip() and not is_ours(one)),
        metadata={} if queue is None else {"queue": queue},
    )


def is_ours(follow_up: Mapping[str, Any]) -> bool:
    """Whether a follow-up is a note that we wrote: a private one, by a user."""
    by_us = maybe(follow_up.get("user")) is not None and follow_up.get("public") is False
    return by_us and is_note(text(follow_up.get("comment")))


def _reply(one: Mapping[str, Any]) -> Reply:
    user = maybe(one.get("user"))
    return Reply(
        id=needed(one.get("id"), "follow-up id (followup_set.id)"),
        body=text(one.get("comment")),
        at=moment(one.get("date")),
        author=user,
        by_customer=user is None,  # who writes by mail or without an account
        internal=one.get("public") is False,
    )
