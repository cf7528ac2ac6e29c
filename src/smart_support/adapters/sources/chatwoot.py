"""Chatwoot: an account's webhooks.

Signature: chatwoot.com, the API's reference of webhooks, from 4.12 on (chatwoot/chatwoot#13573); payloads:
chatwoot/docs, docs/product/others/webhook-events.md.
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
    records,
    text,
    words,
)
from smart_support.domain.ticket import Customer
from smart_support.pipeline.sources import Incoming, Reply

_CONVERSATION = {"conversation_created", "conversation_status_changed", "conversation_updated"}
_INCOMING, _OUTGOING = ("incoming", 0), ("outgoing", 1)


@dataclass(frozen=True, slots=True)
class Chatwoot:
    """A Chatwoot account; a conversation is a ticket. `api_user` is the id, the mail address or the name of the agent
    (or the agent bot) who writes there for us."""

    secret: str = field(repr=False)
    api_user: str | None = None
    agents: Collection[str] = ()

    def verify(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: float) -> str | None:  # noqa: ARG002 - part of the port
        at = signature.header(headers, "x-chatwoot-timestamp")
        given = signature.header(headers, "x-chatwoot-signature")
        signed = at.encode() + b"." + body
        signature.check_signature(self.secret, signed, given, prefix="sha256=")
        signature.check_time(at, now)
        return signature.fingerprint(signed)  # X-Chatwoot-Delivery is not signed

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Incoming]:  # noqa: ARG002 - part of the port
        told = parse(body)
        event = text(told.get("event"))
        if event in _CONVERSATION:
            changed = {name for one in records(told.get("changed_attributes")) for name in one}
            turns = event != "conversation_updated" or "status" in changed
            return [
                self._incoming(
                    told,
                    opens=False,
                    closed=text(told.get("status")) == "resolved" if turns and told.get("status") else None,
                    assignee=self._assignee(told) if "assignee_id" in changed else None,
                )
            ]
        if event != "message_created" or told.get("message_type") not in _INCOMING + _OUTGOING:
            return []
        conversation, sender = record(told.get("conversation")), record(told.get("sender"))
        content, by_customer = text(told.get("content")), told.get("message_type") in _INCOMING
        by_us = not by_customer and (is_note(content) or is_ours(_names(sender), self.api_user))
        reply = Reply(
            id=needed(told.get("id"), "message id (id)"),
            body=content,
            at=moment(told.get("created_at")),
            author=maybe(sender.get("name")),
            by_customer=by_customer,
            internal=told.get("private") is True,
        )
        replies = () if by_us else (reply,)
        opens = by_customer and not reply.internal
        return [self._incoming(conversation, opens=opens, body=content, replies=replies, by_us=by_us)]

    # What a call shows of a conversation beside what it is about may be older than what is known: several calls that
    # one change causes come in any order, and none says who made it (chatwoot/chatwoot#15914).
    def _incoming(self, conversation: Mapping[str, Any], **more: Any) -> Incoming:
        meta = record(conversation.get("meta"))
        who = record(meta.get("sender"))
        return Incoming(
            source_id=needed(conversation.get("id") or conversation.get("display_id"), "conversation id"),
            subject=text(record(conversation.get("additional_attributes")).get("mail_subject")),
            customer=Customer(
                maybe(who.get("identifier") or who.get("id")), maybe(who.get("email")), maybe(who.get("name"))
            ),
            channel=maybe(text(conversation.get("channel")).removeprefix("Channel::").lower()),
            tags=words(conversation.get("labels")),
            received_at=moment(conversation.get("created_at")),
            **more,
        )

    def _assignee(self, conversation: Mapping[str, Any]) -> str:
        return person(_names(record(record(conversation.get("meta")).get("assignee"))), self.agents)


def _names(who: Mapping[str, Any]) -> list[Any]:
    return [who.get("email"), who.get("name"), who.get("id")]
