"""What wrote a mail: a person, a list, a program, somebody's absence, a mail server (RFC 3834)."""

import re
from enum import StrEnum

from smart_support.adapters.mail import text
from smart_support.adapters.mail.parts import Headers, Mail


class Kind(StrEnum):
    """Only a person's mail is answered. A reply that a program gave, and a report, open no ticket."""

    PERSON = "person"
    LIST = "list"
    GENERATED = "generated"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"


_AUTO_REPLY = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from", "x-autoreply-from")
_LISTS = ("list-id", "list-post", "list-help", "list-subscribe", "list-unsubscribe", "mailing-list", "x-mailing-list")
_PROGRAM = re.compile(
    r"(?:(?:no|do|does|nicht|ne|non)[._-]?(?:not|pas)?[._-]?(?:reply|respond|response|antworten|repondre|rispondere)"
    r"|mailer-daemon|postmaster|listserv|majordomo|bounces?|notifications?|owner-.*|.*-(?:request|bounces?|noreply))"
    r"(?:[+=._-].*)?\Z",
    re.IGNORECASE,
)


def kind_of(mail: Mail, sender: str, *, threaded: bool) -> Kind:
    """What wrote `mail`, whose sender is the address `sender`; `threaded`: it says that it is a reply."""
    headers = mail.headers
    submitted = _first(headers, "auto-submitted").partition(";")[0].strip()
    precedence = _first(headers, "precedence")
    if _is_bounce(mail, sender):
        return Kind.BOUNCE
    if submitted.startswith("auto-replied") or precedence == "auto_reply" or _is_receipt(mail):
        return Kind.AUTO_REPLY
    if any(_first(headers, name) not in {"", "no"} for name in _AUTO_REPLY):
        return Kind.AUTO_REPLY
    if any(name in headers for name in _LISTS) or precedence in {"list", "bulk", "junk"}:
        return Kind.LIST
    if submitted not in {"", "no"} or _first(headers, "return-path") == "<>":
        # Exchange says "auto-generated" of an absence, and that it is a reply.
        return Kind.AUTO_REPLY if threaded else Kind.GENERATED
    return Kind.GENERATED if is_program(sender) else Kind.PERSON


def is_program(address: str) -> bool:
    """Whether nobody reads what is sent to `address`."""
    return _PROGRAM.match(address.partition("@")[0]) is not None


def unwanted(headers: Headers) -> bool:
    """Whether the sender asks for no automatic reply ([MS-OXCMAIL] 2.1.3.2.20)."""
    wishes = {wish.strip() for wish in _first(headers, "x-auto-response-suppress").split(",")}
    return not wishes.isdisjoint({"all", "autoreply", "oof"})


def _is_bounce(mail: Mail, sender: str) -> bool:
    if mail.content_type == "multipart/report" and mail.report_type in {"", "delivery-status"}:
        return True
    return "x-failed-recipients" in mail.headers or sender.lower().startswith("mailer-daemon@")


def _is_receipt(mail: Mail) -> bool:
    return mail.content_type == "multipart/report" and mail.report_type == "disposition-notification"


def _first(headers: Headers, name: str) -> str:
    return text.header(headers.get(name, ("",))[0]).lower()
