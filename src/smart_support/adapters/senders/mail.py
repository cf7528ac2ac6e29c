"""Mail: plain text, one thread a topic."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, getaddresses
from typing import Any

from smart_support.adapters.senders import words
from smart_support.adapters.senders.text import fit, line, stack
from smart_support.domain.notice import Notice

Post = Callable[[EmailMessage], None]
"""Hands a mail to a server; raises Undelivered."""


class Mail:
    """Sends to each of `to` in one mail. The handle is {first}: the Message-ID of the topic's first mail, which the
    later ones answer. The Message-ID follows from the notice's id, so that a repeated mail can be recognised."""

    rate = 5.0
    follows = False

    def __init__(self, sender: str, to: Sequence[str], post: Post) -> None:
        """Raises ValueError where an address is none."""
        self._from = address(sender)
        self._to = tuple(address(each) for each in to)
        self._post = post

    def send(self, notice: Notice, handle: Mapping[str, Any]) -> Mapping[str, Any]:
        own, first = message_id(notice.id, self._from.domain), handle.get("first")
        message = written(notice)
        message["From"] = self._from
        message["To"] = self._to
        message["Message-ID"] = own
        if first and first != own:
            message["In-Reply-To"] = first
            message["References"] = first
        self._post(message)
        return {"first": first or own}


def written(notice: Notice) -> EmailMessage:
    """The mail without its addresses and its place in the thread. No text can add a header: each is one line."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = fit(line(f"[{words.state(notice)}] {line(notice.title) or 'no title'}"), 200)
    message["Date"] = formatdate(notice.at)
    # RFC 3834, and what Exchange reads: nobody's out-of-office note is to answer.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(body(notice))
    return message


def body(notice: Notice) -> str:
    """Its text."""
    said = fit(words.said(notice), 4_000)
    parts = [
        fit(words.headline(notice), 1_000),
        stack(words.why(notice), 5_000, 1_000),
        stack([f"{name}: {value}" for name, value in words.known(notice)], 10_000, 2_000),
        "\n".join(f"> {each}" for each in said.split("\n")) if said else "",
        stack(words.others(notice), 20_000, 1_000),
        words.link(notice) or "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def message_id(notice_id: str, domain: str) -> str:
    """The Message-ID of a notice (RFC 5322, 3.6.4)."""
    if not re.fullmatch(r"[A-Za-z0-9]+([._-][A-Za-z0-9]+)*", notice_id) or len(notice_id) > 128:
        notice_id = hashlib.sha256(notice_id.encode(errors="replace")).hexdigest()
    return f"<{notice_id}@{domain}>"


def address(text: str) -> Address:
    """A mail address, with a name or without; raises ValueError."""
    found = getaddresses([text])
    if len(found) != 1 or "@" not in found[0][1] or any(char < " " for char in text):
        raise ValueError("no mail address")
    name, spec = found[0]
    try:
        return Address(name, addr_spec=spec)
    except Exception as error:  # the parser of the standard library raises IndexError and others
        raise ValueError("no mail address") from error
