"""Zendesk: webhooks subscribed to ticket events.

Signature: developer.zendesk.com/documentation/webhooks/verifying; payloads:
developer.zendesk.com/api-reference/webhooks/event-types/ticket-events.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from smart_support.adapters.sources import signature
from smart_support.adapters.sources.fields import (
    is_note,
    is_ours,
    maybe,
    moment,
    needed,
    parse,
    person,
    record,
    text,
    words,
)
from smart_support.domain.ticket import Customer
from smart_support.pipeline.sources import Incoming, Reply, Unreadable

_TYPE = "zen:event-type:ticket."
_OVER = {"solved", "closed", "deleted"}
_TELLS_STATUS = {"created", "status_changed"}
_ENDS = {"soft_deleted", "permanently_deleted", "marked_as_spam", "merged"}


@dataclass(frozen=True, slots=True)
class Zendesk:
    """A Zendesk account. `api_user` is the id, the mail address or the name of the user who writes there for us."""

    secret: str = field(repr=False)
    api_user: str | None = None
    agents: Collection[str] = ()

    def verify(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: float) -> str | None:  # noqa: ARG002 - part of the port
        at = signature.header(headers, "x-zendesk-webhook-signature-timestamp")
        given = signature.header(headers, "x-zendesk-webhook-signature")
        signature.check_signature(self.secret, at.encode() + body, given, encoding="base64")
        signature.check_time(at, now)
        try:
            return maybe(parse(body).get("id"))  # the event's: it is signed, the invocation's is not
        except Unreadable:
            return None

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Incoming]:  # noqa: ARG002 - part of the port
        told = parse(body)
        kind = text(told.get("type"))
        if not kind.startswith(_TYPE):
            return []
        kind, detail, event = kind.removeprefix(_TYPE), record(told.get("detail")), record(told.get("event"))
        comment = record(event.get("comment")) if kind == "comment_added" else {}
        author = record(comment.get("author"))
        ours = is_ours([author.get("id"), author.get("name"), detail.get("actor_id")], self.api_user)
        first = text(detail.get("description")) or text(comment.get("body"))
        by_customer = author.get("is_staff") is False
        noted = is_note(text(comment.get("body"))) and not by_customer
        return [
            Incoming(
                source_id=needed(detail.get("id"), "ticket id (detail.id)"),
                subject=text(detail.get("subject")),
                body=first,
                customer=Customer(id=maybe(detail.get("requester_id"))),
                channel=maybe(record(detail.get("via")).get("channel")),
                tags=words(detail.get("tags")),
                received_at=moment(detail.get("created_at")),
                closed=_closed(kind, detail),
                assignee=_assignee(kind, detail, event, self.agents),
                replies=(_reply(comment, told),) if comment and not noted else (),
                by_us=noted or (ours and kind not in _TELLS_STATUS | _ENDS),
                opens=kind == "created" or (bool(comment) and by_customer),
            )
        ]


def _closed(kind: str, detail: Mapping[str, Any]) -> bool | None:
    if kind in _ENDS:
        return True
    # Other events of one change may come in any order, so that the status they show is no news.
    status = text(detail.get("status")).lower() if kind in _TELLS_STATUS else ""
    return status in _OVER if status else None


def _assignee(kind: str, detail: Mapping[str, Any], event: Mapping[str, Any], known: Collection[str]) -> str | None:
    if kind == "agent_assignment_changed" and "current" in event:
        return person([event["current"]], known)
    return person([detail["assignee_id"]], known) if kind == "created" and "assignee_id" in detail else None


def _reply(comment: Mapping[str, Any], told: Mapping[str, Any]) -> Reply:
    author = record(comment.get("author"))
    return Reply(
        id=needed(comment.get("id"), "comment id (event.comment.id)"),
        body=text(comment.get("body")),
        at=moment(told.get("time")),
        author=maybe(author.get("name")),
        by_customer=author.get("is_staff") is False,
        internal=comment.get("is_public") is False,
    )
