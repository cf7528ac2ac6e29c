"""What a mail says to the pipeline."""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from email.utils import mktime_tz, parsedate_tz
from typing import Any

from smart_support.adapters.mail import kinds, text, threads
from smart_support.adapters.mail.kinds import Kind
from smart_support.adapters.mail.parts import Headers, Mail, take_apart
from smart_support.domain.ticket import Customer
from smart_support.pipeline.incoming import ANSWER_TO, OPENED_BY
from smart_support.pipeline.sources import Incoming, Reply
from smart_support.triage import history

CHANNEL = "mail"

_ADDRESS = re.compile(r"[^\s<>()\",:;@\\]{1,64}@[^\s<>()\",:;@\\]{1,255}")
_ANGLE = re.compile(r"<\s*([^<>\s]{1,320})\s*>")
_PERSON = 2_000
_NAME = 320
_DATE = 100
_LATEST = 4_102_444_800.0  # the year 2100
_NO_SUBJECT = "(no subject)"
_HASHED = ("from", "to", "date", "subject")


def incoming(
    message: bytes,
    ours: Collection[str] = (),
    *,
    whole: bool = True,
    known: Callable[[str, bool], bool] = lambda *_: False,
) -> Incoming | None:
    """What the mail says of its thread, which is the ticket; None where nobody wants to know it: an absence or a
    report that belongs to no thread. Never raises.

    The ticket's `source_id` is that of `threads.thread_of`, for which `known` tells of a key whether it is a ticket's
    to which this mail may belong; True as its second argument: also as one of many answers, by a customer.
    A mail is given as a ticket, for whom it opens one, and as a reply, for whom the thread is known; `metadata` names
    that reply as what opened the ticket, should this mail do so. A reply's `body` is its writer's own words, `quoted`
    the mails before.
    An automatic reply or a report is an internal reply and opens nothing.

    `ours` are addresses in lower case from which no customer writes. `whole` is False where `message` was cut.
    """
    mail = take_apart(message)
    headers = mail.headers
    name, sender = _writer(headers)
    own_id = threads.message_id(headers)
    earlier = threads.earlier(headers)
    kind = kinds.kind_of(mail, sender or "", threaded=bool(earlier))
    if kind is Kind.BOUNCE:
        earlier = earlier or _returned(mail.returned)
    returned = mail.returned if kind is Kind.BOUNCE else {}
    automatic = kind in {Kind.AUTO_REPLY, Kind.BOUNCE}
    if automatic and not earlier:
        return None
    own = threads.key(own_id) if own_id else _fingerprint(mail)
    # Mails of ours and bounces are about whom ours went to.
    to = _first(returned or headers, "to")
    party = _person(to)[1] if returned or (sender or "").lower() in ours else sender
    subject = text.header(_first(headers, "subject"))
    at = _date(headers)
    by_customer = not automatic and (sender or "").lower() not in ours
    body, quoted = _split(mail.text) if earlier else (mail.text, "")
    reply = Reply(own, body, at, _author(name, sender), by_customer, automatic, quoted)
    answerable = kind is Kind.PERSON and by_customer and not kinds.unwanted(headers)
    cut = mail.truncated or not whole or len(subject) > text.SUBJECT_LIMIT
    return Incoming(
        source_id=threads.thread_of(own, earlier, party, lambda key, open_: known(key, open_ and by_customer)),
        subject=subject[: text.SUBJECT_LIMIT] or ("" if mail.text.strip() else _NO_SUBJECT),
        body=mail.text,
        customer=Customer(email=sender, name=name),
        channel=CHANNEL,
        received_at=at,
        replies=(reply,),
        opens=not automatic,
        metadata=_metadata(mail, own_id, own, kind, _answer_to(headers, sender) if answerable else None)
        | ({"truncated": True} if cut else {}),
    )


def _metadata(mail: Mail, own_id: str | None, own: str, kind: Kind, answer_to: str | None) -> dict[str, Any]:
    return {
        "message_id": own_id,
        OPENED_BY: own,
        "kind": kind.value,
        ANSWER_TO: answer_to,
        "may_answer": answer_to is not None,
        "attachments": [dict(attachment) for attachment in mail.attachments],
    }


def _split(body: str) -> tuple[str, str]:
    """The writer's own words and what stands of earlier mails; a mail that is nothing but those is its own."""
    parts = history.split(body.split("\n"))
    own = "\n".join(parts.own).strip()
    return (own, "\n".join(parts.history).strip()) if own else (body.strip(), "")


def _returned(headers: Headers) -> list[str]:
    own = threads.message_id(headers)
    return [*threads.earlier(headers), *([own] if own else [])]


def _fingerprint(mail: Mail) -> str:
    """The same for copies of a mail that has no id of its own."""
    said: Mapping[str, Any] = {name: mail.headers.get(name, ()) for name in _HASHED}
    return hashlib.sha256(repr((said, mail.text, mail.attachments)).encode("utf-8", "replace")).hexdigest()[:32]


def _writer(headers: Headers) -> tuple[str | None, str | None]:
    """Name and address of who wrote; each None where it is not given."""
    return _person(_first(headers, "from") or _first(headers, "sender"))


def _answer_to(headers: Headers, sender: str | None) -> str | None:
    """The one address that an answer goes to; None where there is none that somebody reads."""
    wished = _person(_first(headers, "reply-to"))[1] or sender
    return None if wished is None or kinds.is_program(wished) else wished


def _person(value: str) -> tuple[str | None, str | None]:
    """Name and address of the first person in an address header. The address is looked for outside of encoded words,
    so that no name can pass for one."""
    given = text.raw(value)[:_PERSON]
    angle = next((found for found in _ANGLE.finditer(given) if _ADDRESS.fullmatch(found[1])), None)
    if angle is not None:
        return _name(given[: angle.start()]), text.one_line(angle[1])
    found = _ADDRESS.search(given)
    if found is None:
        return _name(given), None
    return _name(given[found.end() :].strip(" ()")), text.one_line(found[0])


def _name(value: str) -> str | None:
    return text.header(value).strip(" '\",;").replace("\\", "")[:_NAME] or None


def _author(name: str | None, address: str | None) -> str | None:
    if address is None:
        return name
    return f"{name} <{address}>" if name else address


def _date(headers: Headers) -> float | None:
    """When the mail says that it was sent; None where it does not, or says what cannot be."""
    try:
        parsed = parsedate_tz(text.header(_first(headers, "date"))[:_DATE])
        at = float(mktime_tz(parsed)) if parsed else None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return at if at is not None and 0.0 <= at < _LATEST else None


def _first(headers: Headers, name: str) -> str:
    return headers.get(name, ("",))[0]
