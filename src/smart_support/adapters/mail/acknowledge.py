"""The answer to a new ticket that came by mail: that it has arrived, and its number. Once, and never to a program."""

import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from email.header import Header
from email.message import Message
from email.mime.text import MIMEText
from email.utils import formataddr, formatdate, parseaddr
from typing import Any

from smart_support.adapters.mail import kinds, text, threads
from smart_support.adapters.mail.read import CHANNEL
from smart_support.domain.ticket import Ticket
from smart_support.pipeline.incoming import ANSWER_TO
from smart_support.pipeline.sources import WriteBack

LATEST = 86_400.0
"""Seconds after which a ticket is no longer new: nobody wants to hear then that it has arrived."""

MOST, WINDOW = 5, 3_600.0
"""How many answers one address gets in how many seconds, so that two programs do not answer each other for ever."""

_ADDRESSES = 10_000
_SAFE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_SAFE_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255}")
_SUBJECT = 200

_TEXTS = {
    "en": "Hello,\n\nwe have received your message. Its number is {id}.\n\n"
    "To add something, just reply to this mail.\n",
    "de": "Guten Tag,\n\nIhre Nachricht ist bei uns angekommen. Sie hat die Nummer {id}.\n\n"
    "Wenn Sie etwas ergänzen möchten, antworten Sie einfach auf diese E-Mail.\n",
    "fr": "Bonjour,\n\nnous avons bien reçu votre message. Il porte le numéro {id}.\n\n"
    "Pour ajouter une précision, répondez simplement à ce courriel.\n",
    "es": "Hola:\n\nhemos recibido su mensaje. Su número es {id}.\n\n"
    "Si desea añadir algo, responda simplemente a este correo.\n",
    "it": "Buongiorno,\n\nabbiamo ricevuto il suo messaggio. Il numero è {id}.\n\n"
    "Per aggiungere qualcosa, risponda semplicemente a questa e-mail.\n",
}


class Acknowledger:
    """The port Writer for a mailbox: `send` takes one mail or raises Undelivered, `sender` is who it comes from, with
    or without a name, `ours` are addresses that are never answered, `now` gives UTC epoch seconds.

    What is written is {"acknowledged_at": seconds, or None where this ticket is not answered}. A crash after sending
    repeats the mail with the same Message-ID, by which mail programs know it. The limit for an address is kept in
    memory: it starts anew with the process.
    """

    rate = 5.0

    def __init__(
        self, send: Callable[[Message], None], sender: str, now: Callable[[], float], ours: Collection[str] = ()
    ) -> None:
        self._send = send
        self._sender = sender
        self._now = now
        self._ours = text.bare([*ours, sender])
        self._recent: OrderedDict[str, list[float]] = OrderedDict()

    def write(self, told: WriteBack) -> Mapping[str, Any]:
        """Answer the ticket where it was not answered yet, is new and may be."""
        if "acknowledged_at" in told.written:
            return told.written
        now = self._now()
        to = self._address(told.ticket, now)
        if to is None:
            return {**told.written, "acknowledged_at": None}
        self._send(message_of(told.ticket, self._sender, to, now))
        self._count(to.lower(), now)
        return {**told.written, "acknowledged_at": now}

    def _address(self, ticket: Ticket, now: float) -> str | None:
        """Who is to be answered, if anybody is."""
        to = ticket.metadata.get(ANSWER_TO)
        if ticket.channel != CHANNEL or ticket.history or now - ticket.accepted_at > LATEST:
            return None
        if ticket.metadata.get("may_answer") is not True or not isinstance(to, str) or ticket.source_id is None:
            return None
        if not _SAFE_ADDRESS.fullmatch(to) or kinds.is_program(to) or to.lower() in self._ours:
            return None
        return to if self._is_quiet(to.lower(), now) else None

    def _is_quiet(self, address: str, now: float) -> bool:
        # Whom the last answer went to longest ago stands first: addresses are kept for no longer than they must be.
        while self._recent and now - next(iter(self._recent.values()))[-1] >= WINDOW:
            self._recent.popitem(last=False)
        return sum(now - at < WINDOW for at in self._recent.get(address, ())) < MOST

    def _count(self, address: str, now: float) -> None:
        self._recent[address] = [at for at in self._recent.pop(address, []) if now - at < WINDOW] + [now]
        if len(self._recent) > _ADDRESSES:
            self._recent.popitem(last=False)


def message_of(ticket: Ticket, sender: str, to: str, now: float) -> Message:
    """The answer to `ticket`, in its language where that is one of ours, in its thread (RFC 3834)."""
    name, address = parseaddr(sender)
    language = ticket.triage.language if ticket.triage else None
    body = _TEXTS.get(language or "", _TEXTS["en"]).format(id=ticket.id)
    # The modern classes encode ids that are longer than a line, by which no mail program knows them then.
    message = MIMEText(body, "plain", "utf-8")
    message["From"] = formataddr((text.one_line(name), address))
    message["To"] = to
    message["Subject"] = Header(_subject(ticket.subject), header_name="Subject").encode()
    message["Date"] = formatdate(now, usegmt=True)
    message["Message-ID"] = threads.acknowledgement_id(
        ticket.source_id or "", address.rpartition("@")[2] or "localhost"
    )
    message["Auto-Submitted"] = "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    given = ticket.metadata.get("message_id")
    if isinstance(given, str) and _SAFE_ID.fullmatch(given):
        message["In-Reply-To"] = given
        message["References"] = given
    return message


def _subject(subject: str) -> str:
    plain = text.one_line(subject)[:_SUBJECT]
    return plain if plain[:3].lower() == "re:" else f"Re: {plain}"
