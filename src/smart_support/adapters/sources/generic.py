"""Any helpdesk that signs JSON with HMAC-SHA256; where its fields stand is configured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from smart_support.adapters.sources import signature
from smart_support.adapters.sources.fields import at_path, maybe, moment, needed, parse, text, words
from smart_support.domain.ticket import Customer
from smart_support.pipeline.sources import Incoming, Reply

FIELDS = frozenset(
    {
        *("id", "subject", "body", "channel", "tags", "received_at", "url", "closed", "assignee"),
        *("customer_id", "customer_email", "customer_name", "customer_tier"),
        *("reply", "reply_id", "reply_author", "reply_by_customer", "reply_internal"),
    }
)
_YES = {"true", "1", "yes", "closed", "resolved", "solved", "done", "customer", "internal"}


@dataclass(frozen=True, slots=True)
class Generic:
    """A source whose `fields` are dotted paths into its bodies, by FIELDS; one that is not named stands under its own
    name. `signature_header` holds the signature in hexadecimal, alone or after `sha256=`; `delivery_header` the id of
    the delivery."""

    secret: str = field(repr=False)
    fields: Mapping[str, str] = field(default_factory=dict)
    signature_header: str = "x-signature"
    delivery_header: str | None = None

    def verify(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: float) -> str | None:  # noqa: ARG002 - part of the port
        given = signature.header(headers, self.signature_header.lower())
        prefix = "sha256=" if given.startswith("sha256=") else ""
        signature.check_signature(self.secret, body, given, prefix=prefix)
        if self.delivery_header is None or not headers.get(self.delivery_header.lower()):
            return None
        # The id is not signed: under one that somebody made up another call's must not pass for known.
        return signature.fingerprint(signature.header(headers, self.delivery_header.lower()).encode() + b"\n" + body)

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Incoming]:  # noqa: ARG002 - part of the port
        told = parse(body)

        def get(name: str) -> Any:
            return at_path(told, self.fields.get(name, name))

        words_of_reply = text(get("reply"))
        reply_id = maybe(get("reply_id"))
        assignee, by_customer = get("assignee"), get("reply_by_customer")
        reply = Reply(
            id=reply_id or signature.fingerprint(body),
            body=words_of_reply,
            author=maybe(get("reply_author")),
            by_customer=True if by_customer is None else _is(by_customer),
            internal=_is(get("reply_internal")),
        )
        closed = get("closed")
        return [
            Incoming(
                source_id=needed(get("id"), f"ticket id ({self.fields.get('id', 'id')})"),
                subject=text(get("subject")),
                body=text(get("body")),
                customer=Customer(
                    maybe(get("customer_id")),
                    maybe(get("customer_email")),
                    maybe(get("customer_name")),
                    maybe(get("customer_tier")),
                ),
                channel=maybe(get("channel")),
                tags=words(get("tags")),
                received_at=moment(get("received_at")),
                url=maybe(get("url")),
                closed=None if closed is None else _is(closed),
                assignee=None if assignee is None else text(assignee),
                replies=(reply,) if words_of_reply.strip() else (),
                opens=bool(text(get("subject")).strip() or text(get("body")).strip()),
            )
        ]


def _is(value: Any) -> bool:
    return value is True or text(value).strip().lower() in _YES
