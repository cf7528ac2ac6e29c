"""Zammad: a webhook that a trigger calls, with the payload that it has by default.

Signature and payload: admin-docs.zammad.org, "Webhook".
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
from smart_support.pipeline.sources import Incoming, Reply
from smart_support.triage.markup import to_text

_OVER = {"closed", "merged", "removed"}
_NOBODY = "1"  # the user "-", who owns what nobody owns


@dataclass(frozen=True, slots=True)
class Zammad:
    """A Zammad. `api_user` is the login, the mail address or the id of the user who writes there for us."""

    secret: str = field(repr=False)
    api_user: str | None = None
    agents: Collection[str] = ()

    def verify(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: float) -> str | None:  # noqa: ARG002 - part of the port
        given = signature.header(headers, "x-hub-signature")
        signature.check_signature(self.secret, body, given, digest="sha1", prefix="sha1=")
        return signature.fingerprint(body)  # X-Zammad-Delivery is not signed, and no time is sent

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Incoming]:  # noqa: ARG002 - part of the port
        told = parse(body)
        ticket, article = record(told.get("ticket")), record(told.get("article"))
        if not ticket:
            return []
        who, content = record(ticket.get("customer")), _content(article)
        # Each change of a ticket comes with its last article: one of ours says nothing of whose the change is.
        noted = is_note(content) and article.get("sender") != "Customer"
        ours = noted or is_ours(_names(record(article.get("created_by"))), self.api_user)
        reply = _reply(article, content) if article and not ours else None
        state = ticket.get("state")
        state = text(record(state).get("name") if isinstance(state, dict) else state).lower()
        return [
            Incoming(
                source_id=needed(ticket.get("id"), "ticket id (ticket.id)"),
                subject=text(ticket.get("title")),
                body="" if reply is None else reply.body,
                customer=Customer(maybe(who.get("id")), maybe(who.get("email")), _name(who)),
                channel=maybe(ticket.get("create_article_type")),
                tags=words(ticket.get("tags")),
                received_at=moment(ticket.get("created_at")),
                closed=state in _OVER if state else None,
                assignee=self._owner(ticket),
                replies=() if reply is None else (reply,),
                opens=reply is not None and reply.by_customer,
                changed_at=moment(ticket.get("updated_at")),
                metadata={"number": text(ticket.get("number"))},
            )
        ]

    def _owner(self, ticket: Mapping[str, Any]) -> str | None:
        if "owner_id" not in ticket:
            return None
        if text(ticket["owner_id"]) == _NOBODY:
            return ""
        return person([*_names(record(ticket.get("owner"))), ticket["owner_id"]], self.agents)


def _names(who: Mapping[str, Any]) -> list[Any]:
    return [who.get("email"), who.get("login"), who.get("id")]


def _name(who: Mapping[str, Any]) -> str | None:
    return " ".join(found for part in ("firstname", "lastname") if (found := text(who.get(part)))) or None


def _content(article: Mapping[str, Any]) -> str:
    body = text(article.get("body"))
    return to_text(body) if article.get("content_type") == "text/html" else body


def _reply(article: Mapping[str, Any], content: str) -> Reply:
    return Reply(
        id=needed(article.get("id"), "article id (article.id)"),
        body=content,
        at=moment(article.get("created_at")),
        author=maybe(article.get("from")),
        by_customer=article.get("sender") == "Customer",
        internal=article.get("internal") is True,
    )
