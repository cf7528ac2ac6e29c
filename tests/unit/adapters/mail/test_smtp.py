"""Handing mail to a server: a real one (aiosmtpd), and some that refuse, hang, drip and break off."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from smart_support.adapters.mail import smtp
from smart_support.adapters.mail.smtp import InvalidAddress, send, server_of
from smart_support.pipeline.records import Undelivered
from tests import servers

PASSWORD = "pa#ss/w:rd%"
ENCODED = "pa%23ss%2Fw%3Ard%25"


class Desk:
    """Keeps what it is given; answers a receiver as `answers` says."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


def is_right(_: Any, __: Any, ___: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=isinstance(data, LoginPassword) and data.password == PASSWORD.encode(), handled=False)


@contextmanager
def server(desk: Desk, **options: Any) -> Iterator[int]:
    controller = Controller(desk, hostname="127.0.0.1", port=servers.free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def implicit(desk: Desk, context: ssl.SSLContext, **options: Any) -> AbstractContextManager[int]:
    """A server that speaks TLS from the first byte on."""
    return server(desk, ssl_context=context, auth_require_tls=False, **options)


def message(*to: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "desk@example.org", ", ".join(to or ("ann@example.org",)), "Hello"
    mail.set_content("Grüße")
    return mail


def test_a_mail_arrives_whole() -> None:
    desk = Desk()
    with server(desk) as port:
        send(f"smtp://127.0.0.1:{port}", message())
    ((to, content),) = desk.mails
    assert to == ["ann@example.org"]
    assert b"Subject: Hello" in content


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_login_is_given_where_the_server_is_this_machine() -> None:
    desk = Desk()
    with server(desk, authenticator=is_right, auth_required=True, auth_require_tls=False) as port:
        send(f"smtp://desk:{ENCODED}@127.0.0.1:{port}", message())
        with pytest.raises(Undelivered, match="535") as caught:
            send(f"smtp://desk:wrong@127.0.0.1:{port}", message())
        assert not caught.value.retry
        assert "wrong" not in str(caught.value)
        with pytest.raises(Undelivered, match="530") as caught:
            send(f"smtp://127.0.0.1:{port}", message())
    assert len(desk.mails) == 1


def test_a_password_goes_nowhere_else_without_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "is_here", lambda _: False)
    desk = Desk()
    with server(desk, authenticator=is_right, auth_require_tls=False) as port:
        with pytest.raises(Undelivered, match="no encryption") as caught:
            send(f"smtp://desk:{ENCODED}@127.0.0.1:{port}", message())
        assert not caught.value.retry
    assert not desk.mails


@pytest.mark.parametrize(
    ("answer", "retry", "busy"),
    [
        ("450 try later", True, False),
        ("452 too many", True, False),
        ("421 go away", True, True),
        ("550 no such user", False, False),
    ],
)
def test_answers_say_whether_another_try_helps(answer: str, retry: bool, busy: bool) -> None:
    desk = Desk()
    desk.answers["ann@example.org"] = answer
    with server(desk) as port, pytest.raises(Undelivered, match=answer[4:]) as caught:
        send(f"smtp://127.0.0.1:{port}", message())
    assert (caught.value.retry, caught.value.busy) == (retry, busy)


def test_one_refused_receiver_does_not_keep_it_from_the_others() -> None:
    desk = Desk()
    desk.answers["ann@example.org"] = "550 no such user"
    with server(desk) as port:
        send(f"smtp://127.0.0.1:{port}", message("ann@example.org", "bob@example.org"))
    assert desk.mails[0][0] == ["bob@example.org"]


@contextmanager
def speaker(greeting: bytes, pause: float = 0.0) -> Iterator[int]:
    """A port that says `greeting`, byte by byte with pauses, and nothing more."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            try:
                connection = listening.accept()[0]
                with connection:
                    for place in range(len(greeting)):
                        connection.sendall(greeting[place : place + 1])
                        if over.wait(pause):
                            return
                    over.wait(10.0)
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        over.set()
        thread.join(5.0)


def test_a_server_that_is_silent_is_given_up() -> None:
    with (
        speaker(b"220 hello\r\n") as port,
        pytest.raises(Undelivered, match="cannot be reached or broke off") as caught,
    ):
        send(f"smtp://127.0.0.1:{port}", message(), seconds=0.2)
    assert caught.value.retry


@pytest.mark.parametrize("greeting", [b"2" * 1000, b"220-more\r\n" * 1000])
def test_a_server_that_drips_is_given_up(greeting: bytes) -> None:
    started = time.monotonic()
    with speaker(greeting, 0.01) as port, pytest.raises(Undelivered) as caught:
        send(f"smtp://127.0.0.1:{port}", message(), seconds=5.0, total=0.4)
    assert caught.value.retry
    assert time.monotonic() - started < 3.0


def test_a_server_that_is_busy_at_once_and_one_that_speaks_no_tls() -> None:
    with speaker(b"421 too many connections\r\n") as port, pytest.raises(Undelivered, match="421") as caught:
        send(f"smtp://127.0.0.1:{port}", message(), seconds=1.0)
    assert caught.value.busy
    with speaker(b"220 hello\r\n") as port, pytest.raises(Undelivered, match="SSLError"):
        send(f"smtps://127.0.0.1:{port}", message(), seconds=1.0)


def test_nobody_there(free_port: int) -> None:
    with pytest.raises(Undelivered, match="ConnectionRefusedError") as caught:
        send(f"smtp://desk:{ENCODED}@127.0.0.1:{free_port}", message())
    assert caught.value.retry


def test_addresses() -> None:
    one = server_of(f"smtps://ann%40example.org:{ENCODED}@mail.example.org")
    assert (one.host, one.port, one.user, one.tls) == ("mail.example.org", 465, "ann@example.org", True)
    assert one.password == PASSWORD
    assert PASSWORD not in repr(one)
    assert server_of("smtp://h").port == 587


@pytest.mark.parametrize("url", ["", "smtp://", "http://a:secret@h", "smtp://a:s#ecret@h", "smtp://[a:secret@h"])
def test_an_address_that_cannot_be_read_is_an_error_without_it(url: str) -> None:
    with pytest.raises(InvalidAddress) as caught:
        send(url, message())
    assert "ecret" not in str(caught.value)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process trusts the authority."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


def tls(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_a_login_goes_to_a_server_whose_certificate_holds(authority: trustme.CA, trusted: None) -> None:
    desk = Desk()
    with server(desk, tls_context=tls(authority), authenticator=is_right, auth_required=True) as port:
        send(f"smtp://desk:{ENCODED}@localhost:{port}", message())
    with implicit(desk, tls(authority), authenticator=is_right) as port:
        send(f"smtps://desk:{ENCODED}@localhost:{port}", message())
    assert len(desk.mails) == 2


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_login_goes_to_no_stranger(authority: trustme.CA, trusted: None, scheme: str) -> None:
    strangers = tls(trustme.CA()), tls(authority, "other.example")
    for context in strangers:
        desk, seen = Desk(), list[bytes]()

        def note(*given: Any, seen: list[bytes] = seen) -> AuthResult:
            seen.append(given[-1].password)
            return AuthResult(success=True)

        run = (
            implicit(desk, context, authenticator=note)
            if scheme == "smtps"
            else server(desk, tls_context=context, authenticator=note)
        )
        with run as port, pytest.raises(Undelivered, match="certificate that does not hold"):
            send(f"{scheme}://desk:{ENCODED}@localhost:{port}", message())
        assert (seen, desk.mails) == ([], [])


def test_without_a_password_any_certificate_is_better_than_none() -> None:
    desk = Desk()
    with server(desk, tls_context=tls(trustme.CA()), require_starttls=True) as port:
        send(f"smtp://localhost:{port}", message())
    assert len(desk.mails) == 1
