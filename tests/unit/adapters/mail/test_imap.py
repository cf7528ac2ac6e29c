"""A mailbox as a feed, against a real IMAP server that is ended and started again, and against broken ones."""

import json
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import trustme

from smart_support.adapters.mail import imap
from smart_support.adapters.mail.imap import MailFeed, server_of
from smart_support.adapters.mail.smtp import InvalidAddress
from smart_support.pipeline.records import Unavailable
from smart_support.pipeline.sources import Incoming
from tests.imap import PASSWORD, Mailbox, imap_mailbox

NOW = 1_795_251_600.0  # 2026-11-21 09:00 UTC


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with imap_mailbox() as opened:
        yield opened


def mails(start: int, end: int) -> list[bytes]:
    return [
        f"From: c{number}@example.org\r\nSubject: {number}\r\nMessage-ID: <{number}@x>\r\n\r\nHelp.\r\n".encode()
        for number in range(start, end)
    ]


def feed(box: Mailbox) -> MailFeed:
    return MailFeed(box.url, lambda: NOW, seconds=5.0)


class Reader:
    """Takes pages in as the pipeline does: the cursor is kept once a page is taken, as JSON."""

    def __init__(self, box: Mailbox) -> None:
        self.box = box
        self.cursor: Mapping[str, Any] = {}
        self.pages: list[int] = []
        self.subjects: list[str] = []

    def read(self, pages: int | None = None) -> list[str]:
        """What is new, at most `pages` pages of it."""
        found: list[Incoming] = []
        for said, cursor in feed(self.box).fetch(self.cursor):
            self.cursor = json.loads(json.dumps(cursor))
            self.pages.append(len(said))
            found += said
            if pages is not None and len(self.pages) >= pages:
                break
        self.subjects += [one.subject for one in found]
        return [one.subject for one in found]


def named(start: int, end: int) -> list[str]:
    return [str(number) for number in range(start, end)]


def test_each_mail_is_read_once_and_in_order_over_restarts(box: Mailbox) -> None:
    reader = Reader(box)
    box.deliver(*mails(0, 3))
    assert sorted(reader.read()) == named(0, 3)
    assert reader.read() == []
    box.deliver(*mails(3, 5))
    box.server.end(signal.SIGKILL)
    with pytest.raises(Unavailable):
        reader.read()
    box.deliver(*mails(5, 6))
    box.server.start()
    assert sorted(reader.read()) == named(3, 6)
    assert reader.read() == []
    assert box.flags() == [""] * 6  # nothing is deleted, nothing marked as read


def test_pages_are_bounded_and_one_that_was_not_taken_comes_again(box: Mailbox) -> None:
    reader = Reader(box)
    box.deliver(*mails(0, 120))
    reader.read(pages=1)
    box.server.end()
    box.server.start()
    reader.read()
    assert reader.pages == [50, 50, 20]
    assert sorted(map(int, reader.subjects)) == list(range(120))


def test_of_the_mails_that_were_there_before_only_the_unread_are_taken(box: Mailbox, monkeypatch: Any) -> None:
    monkeypatch.setattr(imap, "PAGE", 2)
    reader = Reader(box)
    box.deliver(*mails(0, 3), read=True)
    box.deliver(*mails(3, 6))
    box.deliver(*mails(6, 9), read=True)
    reader.read(pages=1)
    box.deliver(*mails(9, 11), read=True)  # somebody was faster than we, which must not hide it
    reader.read()
    assert sorted(map(int, reader.subjects)) == [3, 4, 5, 9, 10]
    assert reader.read() == []


def test_an_empty_mailbox_has_a_place_to_go_on_from(box: Mailbox) -> None:
    reader = Reader(box)
    assert reader.read() == []
    assert reader.cursor["since"] == "2026-11-21"
    box.deliver(*mails(0, 1), read=True)
    assert reader.read() == ["0"]


def test_a_mailbox_that_is_numbered_anew_is_read_again_since_the_first_day(box: Mailbox) -> None:
    reader = Reader(box)
    box.deliver(*mails(0, 2), read=True)
    reader.read()
    box.deliver(*mails(2, 4))
    assert sorted(reader.read()) == named(2, 4)
    box.server.end()
    box.renumber()
    box.server.start()
    box.deliver(*mails(4, 5))
    # All of them have come on one day here; their ids tell who receives them which ones are known.
    assert sorted(reader.read()) == named(0, 5)
    assert reader.read() == []
    # What came before the first day is left where it is.
    reader.cursor = {**reader.cursor, "uidvalidity": 1, "since": "2100-01-01"}
    assert reader.read() == []
    box.deliver(*mails(5, 6))
    assert reader.read() == ["5"]


def test_what_opens_nothing_is_left_out_and_passed(box: Mailbox) -> None:
    reader = Reader(box)
    box.deliver(b"From: a@x\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <v@x>\r\n\r\nAway.\r\n")
    assert reader.read() == []
    place = reader.cursor
    assert place["uid"] == 1
    reader.read()
    assert reader.cursor == place


def test_a_mail_above_the_limit_is_read_as_far_as_that(box: Mailbox, monkeypatch: Any) -> None:
    monkeypatch.setattr(imap, "MAIL_LIMIT", 2_000)
    box.deliver(*mails(0, 1), mails(1, 2)[0] + b"x" * 50_000, *mails(2, 3))
    said = {one.subject: one for page, _ in feed(box).fetch({}) for one in page}
    assert said["1"].metadata["truncated"]
    assert 1_800 < len(said["1"].body) < 2_000
    assert "truncated" not in said["0"].metadata


def test_a_wrong_password_is_said_without_it(box: Mailbox) -> None:
    wrong = box.url.replace("pa%23ss", "wrong")
    with pytest.raises(Unavailable, match="refuses the login") as caught:
        list(MailFeed(wrong, lambda: NOW, seconds=5.0).fetch({}))
    assert "wrong" not in str(caught.value)
    with pytest.raises(Unavailable):
        list(MailFeed(box.url.replace("INBOX", "No%20Such"), lambda: NOW, seconds=5.0).fetch({}))
    with pytest.raises(Unavailable):
        list(MailFeed(box.url.replace("pa%23", "p%C3%A4"), lambda: NOW, seconds=5.0).fetch({}))


@contextmanager
def speaker(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port on which each connection is given to `answer`, and left open."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                while True:
                    connection = server.accept()[0]
                    held.append(connection)
                    answer(connection)
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5.0)
    for connection in held:
        connection.close()


def closes(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda _: None, id="silent"),
        pytest.param(closes, id="closes"),
        pytest.param(lambda connection: connection.sendall(b"* OK hello\r\n"), id="silent after the greeting"),
        pytest.param(lambda connection: connection.sendall(b"* BYE too many\r\n"), id="bye"),
        pytest.param(lambda connection: connection.sendall(b"\xff\x00 what?\r\n" * 9), id="babble"),
    ],
)
@pytest.mark.parametrize("scheme", ["imap", "imaps"])
def test_a_server_that_does_not_answer_is_unavailable(scheme: str, answer: Callable[[socket.socket], None]) -> None:
    with speaker(answer) as port, pytest.raises(Unavailable) as caught:
        list(MailFeed(f"{scheme}://ann:{PASSWORD[:2]}xyz@127.0.0.1:{port}", lambda: NOW, seconds=0.3).fetch({}))
    assert "xyz" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_login_goes_to_no_stranger() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    said: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection.dup(), server_side=True) as wrapped:
            wrapped.sendall(b"* OK hello\r\n")
            said.append(wrapped.recv(100))

    with speaker(answer) as port, pytest.raises(Unavailable, match="certificate that does not hold"):
        list(MailFeed(f"imaps://ann:secret@localhost:{port}", lambda: NOW, seconds=2.0).fetch({}))
    assert not said


def test_nobody_there_is_unavailable(free_port: int) -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1 cannot be reached: ConnectionRefusedError"):
        list(MailFeed(f"imap://ann:secret@127.0.0.1:{free_port}", lambda: NOW).fetch({}))


def test_addresses() -> None:
    server = server_of("imaps://ann%40example.org:p%40ss@mail.example.org/Support%20Desk/New")
    assert (server.user, server.password, server.folder) == ("ann@example.org", "p@ss", "Support Desk/New")
    assert (server.host, server.port, server.tls) == ("mail.example.org", 993, True)
    assert server_of("imap://a:b@localhost").port == 143
    assert server_of("imap://a:b@[::1]/").folder == "INBOX"
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize("host", ["mail.example.org", "192.168.0.7", "localhost.example.org", "127.0.0.1.example.org"])
def test_no_password_goes_to_another_machine_without_tls(host: str) -> None:
    with pytest.raises(InvalidAddress, match="imaps://") as caught:
        server_of(f"imap://ann:secret@{host}")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["", "imaps://h", "imaps://a@h", "http://a:sec@h", "imaps://a:s#ec@h", "imaps://a:s/ec@h", "imaps://a:s?ec@h",
     "imaps://a:sec@h:port", "imaps://a:sec@h/x#y", "imaps://[a:sec@h"],
)  # fmt: skip
def test_an_address_that_cannot_be_read_is_an_error_without_it(url: str) -> None:
    with pytest.raises(InvalidAddress) as caught:
        MailFeed(url, lambda: NOW)
    assert "ec" not in str(caught.value).replace("percent-encode", "")
    assert caught.value.__cause__ is None
