"""A mailbox as a feed: what is new in one folder, by IMAP."""

import imaplib
import re
import ssl
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailboxLoginError, MailBoxUnencrypted

from smart_support.adapters.mail import text
from smart_support.adapters.mail.read import incoming
from smart_support.adapters.mail.smtp import InvalidAddress, is_here
from smart_support.domain.ticket import Ticket
from smart_support.pipeline.records import Unavailable
from smart_support.pipeline.sources import Incoming

log = structlog.get_logger(__name__)

PAGE = 50
"""Mails that are taken in at a time."""

SECONDS = 30.0
"""How long the server may stay silent."""

MAIL_LIMIT = 32 * 1024 * 1024
"""Bytes of one mail that are fetched, and of several at a time."""

_PORTS = {"imap": 143, "imaps": 993}
_REASON = 200
_UID = re.compile(rb"\bUID (\d{1,10})")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,19})")
_DAY = timedelta(days=1)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Server:
    """Where a mailbox is."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    tls: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a folder was read: up to `uid`, under `uidvalidity`. Mails up to `until` were there when it was read
    first, or read anew; of those only the ones that the search `old` finds are taken. `since` is the day of the first
    reading."""

    uidvalidity: int
    uid: int
    until: int
    old: str
    since: str


def server_of(url: str) -> Server:
    """The mailbox that `imaps://USER:PASSWORD@HOST:993/FOLDER` names; raises InvalidAddress, which holds nothing of it.

    User, password and folder are percent-encoded; the folder is INBOX where none is named."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidAddress("the address of the mailbox cannot be read: percent-encode its password") from None
    if parts.scheme not in _PORTS or not (parts.hostname and parts.username and parts.password):
        raise InvalidAddress("the address of a mailbox is imaps://USER:PASSWORD@HOST:PORT/FOLDER")
    if parts.query or parts.fragment:
        raise InvalidAddress("the address of the mailbox has a ? or # in it: percent-encode them")
    if parts.scheme == "imap" and not is_here(parts.hostname):
        raise InvalidAddress("imap:// is without TLS, and its password is sent to this machine only: use imaps://")
    return Server(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        user=unquote(parts.username),
        password=unquote(parts.password),
        folder=unquote(parts.path.lstrip("/")) or "INBOX",
        tls=parts.scheme == "imaps",
    )


class MailFeed:
    """The port Feed over one folder, in the order of its UIDs. It opens the folder read-only: nothing is deleted,
    moved or marked as read. `url` is as `server_of` reads it, `now` gives UTC epoch seconds, `ours` are addresses
    from which no customer writes, beside the mailbox's own where its user is one. `find` gives the ticket with that
    `source_id`. Raises InvalidAddress.

    The first time, of the mails that lie there only the unread are taken. Where the server numbers the folder anew
    (UIDVALIDITY), all that came since that day is read again: the ids of the mails tell what is known.

    What customers answer to a mail of ours, or to one that is not known, opens a ticket for each of them: it may have
    gone to many.
    """

    def __init__(
        self,
        url: str,
        now: Callable[[], float],
        ours: Collection[str] = (),
        find: Callable[[str], Ticket | None] = lambda _: None,
        *,
        seconds: float = SECONDS,
    ) -> None:
        self._server = server_of(url)
        self._now = now
        self._ours = text.bare([*ours, self._server.user])
        self._find = find
        self._seconds = seconds

    def fetch(self, cursor: Mapping[str, Any]) -> Iterator[tuple[Sequence[Incoming], Mapping[str, Any]]]:
        """Pages of at most `PAGE` mails from `cursor` on; raises Unavailable, whose text never has the password."""
        with self._errors(), self._opened() as box:
            place = self._place(box, cursor)
            uids = _new(box, place)
            # Whatever of the old ones is not among these is not taken.
            end = asdict(replace(place, uid=max(place.uid, place.until, *uids)))
            pages = [uids[first : first + PAGE] for first in range(0, len(uids), PAGE)]
            for page in pages[:-1]:
                yield self._read(box, page), asdict(replace(place, uid=page[-1]))
            if pages:
                yield self._read(box, pages[-1]), end
            elif end != cursor:
                yield [], end

    def _place(self, box: BaseMailBox, cursor: Mapping[str, Any]) -> _Place:
        """Where to go on: at the cursor, unless the folder has been numbered anew, or is new."""
        (given,) = box.client.response("UIDVALIDITY")[1][:1]
        validity = int(given or 0)
        if cursor.get("uidvalidity") == validity:
            return _Place(**cursor)
        there = _search(box, "ALL")
        until = there[-1] if there else 0
        if "since" not in cursor:
            today = datetime.fromtimestamp(self._now(), UTC).date()
            return _Place(validity, 0, until, "UNSEEN", today.isoformat())
        # A day earlier: the server's day may be another than ours.
        day = date.fromisoformat(cursor["since"]) - _DAY
        old = f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}"
        return _Place(validity, 0, until, old, cursor["since"])

    def _read(self, box: BaseMailBox, uids: Sequence[int]) -> list[Incoming]:
        taken: list[Incoming] = []
        opened = set[str]()  # by customers, on this page
        mails = 0

        def known(thread: str, one_of_many: bool) -> bool:
            return thread in opened or self._known(thread, one_of_many=one_of_many)

        sizes = _sizes(box, uids)
        for group in _groups(sizes):
            for uid, message in _fetch(box, group):
                mails += 1
                said = incoming(message, self._ours, whole=sizes[uid] <= MAIL_LIMIT, known=known)
                if said is not None:
                    taken.append(said)
                    opened |= {said.source_id} if said.opens and said.replies[0].by_customer else set()
        log.info("mail_read", host=self._server.host, folder=self._server.folder, mails=mails, taken=len(taken))
        return taken

    def _known(self, thread: str, *, one_of_many: bool) -> bool:
        ticket = self._find(thread)
        return ticket is not None and not (one_of_many and (ticket.customer.email or "").lower() in self._ours)

    @contextmanager
    def _opened(self) -> Iterator[BaseMailBox]:
        server = self._server
        box: BaseMailBox
        if server.tls:
            # Without a context of ours, no certificate would be checked.
            context = ssl.create_default_context()
            box = MailBox(server.host, server.port, timeout=self._seconds, ssl_context=context)
        else:
            box = MailBoxUnencrypted(server.host, server.port, timeout=self._seconds)
        try:
            plain = server.user.isascii() and server.password.isascii()
            login = box.login if plain else box.login_utf8
            login(server.user, server.password, initial_folder=None)
            box.folder.set(server.folder, readonly=True)
            yield box
        finally:
            with suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
                box.logout()
            # A logout that fails leaves the connection open.
            with suppress(OSError):
                box.client.shutdown()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        host = self._server.host
        try:
            yield
        except MailboxLoginError as error:
            raise Unavailable(f"{host} refuses the login: {self._said(error)}") from None
        except ssl.SSLCertVerificationError as error:
            raise Unavailable(f"{host} has a certificate that does not hold: {error.verify_message}") from None
        except (ImapToolsError, imaplib.IMAP4.error) as error:
            raise Unavailable(f"{host} breaks off: {self._said(error)}") from None
        except (OSError, EOFError) as error:
            raise Unavailable(f"{host} cannot be reached: {type(error).__name__}") from None

    def _said(self, error: Exception) -> str:
        """What the server said, without the password, which it might repeat."""
        return str(error).replace(self._server.password, "***")[:_REASON]


def _new(box: BaseMailBox, place: _Place) -> list[int]:
    """The UIDs that are to be taken from `place` on."""
    old = f"UID {place.uid + 1}:{place.until} {place.old}"
    uids = _search(box, old) if place.uid < place.until else []
    start = max(place.uid, place.until) + 1
    # "n:*" names the last mail even where its UID is below n.
    return [*uids, *(uid for uid in _search(box, f"UID {start}:*") if uid >= start)]


def _search(box: BaseMailBox, criteria: str) -> list[int]:
    return sorted(int(uid) for uid in box.uids(criteria, charset=None))


def _sizes(box: BaseMailBox, uids: Sequence[int]) -> dict[int, int]:
    """The size in bytes of each mail that is still there."""
    found: dict[int, int] = {}
    for item in _ask(box, uids, "(UID RFC822.SIZE)"):
        told = b" ".join(item) if isinstance(item, tuple) else item
        uid, size = _UID.search(told), _SIZE.search(told)
        if uid and size:
            found[int(uid[1])] = int(size[1])
    return {uid: found[uid] for uid in uids if uid in found}


def _groups(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """Mails that together are not above the limit, or are one."""
    group: list[int] = []
    total = 0
    for uid, size in sizes.items():
        if group and total + size > MAIL_LIMIT:
            yield group
            group, total = [], 0
        group.append(uid)
        total += size
    if group:
        yield group


def _fetch(box: BaseMailBox, uids: Sequence[int]) -> list[tuple[int, bytes]]:
    """UID and bytes of each mail, in the order of `uids`; without those that have gone since."""
    answer = _ask(box, uids, f"(UID BODY.PEEK[]<0.{MAIL_LIMIT}>)")
    found: dict[int, bytes] = {}
    for place, item in enumerate(answer):
        if isinstance(item, tuple):
            # What a server tells behind the bytes is an item of its own.
            behind = answer[place + 1] if place + 1 < len(answer) else b""
            uid = _UID.search(item[0]) or _UID.search(behind if isinstance(behind, bytes) else b"")
            if uid:
                found[int(uid[1])] = item[1]
    return [(uid, found[uid]) for uid in uids if uid in found]


def _ask(box: BaseMailBox, uids: Sequence[int], parts: str) -> list[Any]:
    kind, answer = box.client.uid("FETCH", ",".join(map(str, uids)), parts)
    if kind != "OK":
        raise imaplib.IMAP4.error(f"FETCH answered {kind}")
    return [item for item in answer if item is not None]
