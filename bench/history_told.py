"""What a long history has told: alerts, messages and where, as a system with alerts and write-back keeps them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from smart_support.adapters.sql.message_rows import new_message
from smart_support.adapters.sql.outbound_schema import alerts, messages, threads, told
from smart_support.domain.alert import AlertKind, ticket_topic
from smart_support.pipeline.messages import MessageState, Purpose, source_destination

Rows = dict[sa.Table, list[dict[str, Any]]]

KEPT_SECONDS = 90 * 86_400.0
"""How long what was told is kept; what a destination remembers of a ticket stays."""

_DESK, _CHAT, _URGENT = source_destination("desk"), "chat", 0.6
_AFTER = (1.0, 600.0, 3_600.0)  # of acceptance: it waits, somebody has it, it is resolved


def told_of(tickets: Iterable[dict[str, Any]], end: float) -> Rows:
    """The rows beside those of tickets: three messages to the helpdesk each, and for each 25th or so, the urgent ones,
    an alert and a message to the chat."""
    made: Rows = defaultdict(list)
    for ticket in tickets:
        workspace, at, topic = ticket["workspace"], ticket["accepted_at"], ticket_topic(ticket["id"])
        place = {"workspace": workspace, "topic": topic}
        made[threads].append(place | {"destination": _DESK, "handle": {"note": "0" * 64}})
        if at < end - KEPT_SECONDS:
            continue
        sent = [(Purpose.WRITE_BACK, _DESK, n, at + after) for n, after in enumerate(_AFTER, 1) if at + after <= end]
        if ticket["urgency"] > _URGENT:
            sent.append((Purpose.ALERT, _CHAT, 1, at))
            made[told].append(place | {"destination": _CHAT, "thread": topic, "at": at})
            made[alerts].append({
                "id": f"alert-{ticket['id']}", "workspace": workspace, "kind": AlertKind.URGENT_TICKET.value, "at": at,
                "topic": topic, "ticket_id": ticket["id"], "data": {}, "routed_at": at,
            })  # fmt: skip
        for purpose, destination, ordinal, when in sent:
            row = new_message(workspace, purpose, destination, topic, ordinal, when, when)
            made[messages].append(row | {"state": MessageState.SENT.value, "attempts": 1, "sent_at": when})
    return made
