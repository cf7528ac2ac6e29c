"""Which mails belong together (RFC 5322, 3.6.4)."""

import hashlib
import re
from collections.abc import Callable

from smart_support.adapters.mail import text
from smart_support.adapters.mail.parts import Headers

_ID = re.compile(r"<[^<>\s]{1,998}>")
_BARE = re.compile(r"[^<>\s]{1,998}@[^<>\s]{1,998}")
_ACKNOWLEDGEMENT = re.compile(r"<ack\.([0-9a-f]{32})@")


def key(message_id: str) -> str:
    """32 hexadecimal digits that stand for a message id, of which anything may be in a mail."""
    return hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()[:32]


def acknowledgement_id(thread: str, domain: str) -> str:
    """The message id of our answer to the thread of this key: replies to it lead back to the thread."""
    return f"<ack.{thread}@{domain}>"


def message_id(headers: Headers) -> str | None:
    """The mail's own id; None where it has none, or several that differ."""
    found = {given for value in headers.get("message-id", ())[:2] for given in _ids(value)}
    return found.pop() if len(found) == 1 else None


def earlier(headers: Headers) -> list[str]:
    """The ids of the mails before this one, the first of the thread first."""
    return [given for name in ("references", "in-reply-to") for given in _ids(headers.get(name, ("",))[0])]


def thread_of(own: str, ids: list[str], party: str | None, known: Callable[[str, bool], bool]) -> str:
    """The key of the thread of a mail with the key `own` that comes after these, the first of the thread first.

    That is the one that we have acknowledged; else the first that is `known`, of what `party`, the customer, has in
    answer to a mail (False), or of that mail itself (True: as one to be answered by anybody). Else it is a new one: the
    party's own where the mail is an answer, as a mass mail is the first mail of all its answers.
    """
    for given in ids:
        if answer := _ACKNOWLEDGEMENT.match(given):
            return answer[1]
    for mail in (*map(key, ids), own):
        theirs = _answers(mail, party)
        if known(theirs, False):
            return theirs
        if known(mail, True):
            return mail
    return _answers(key(ids[0]), party) if ids else own


def _answers(mail: str, party: str | None) -> str:
    """The key of what somebody has in answer to the mail of this key, in whatever order his mails come."""
    return key(f"{mail} {(party or '').lower()}")


def _ids(value: str) -> list[str]:
    unfolded = text.raw(value)
    return _ID.findall(unfolded) or [f"<{bare}>" for bare in _BARE.findall(unfolded)]
