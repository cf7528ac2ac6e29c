"""Sending one mail through one server, named by an address such as `smtp://USER:PASSWORD@HOST:587`."""

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from ipaddress import ip_address
from threading import Timer
from urllib.parse import unquote, urlsplit

from smart_support.pipeline.records import Undelivered

SECONDS = 10.0
"""How long a server may stay silent."""

TOTAL_SECONDS = 30.0
"""How long sending one mail may take, however busy the server looks."""

_READY = 220
_PORTS = {"smtp": 587, "smtps": 465}
_REASON = 200


class InvalidAddress(ValueError):
    """The address of a mail server cannot be read; the message holds nothing of it, for it has a password in it."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in; `tls` from the first byte on, else by STARTTLS where it is offered."""

    host: str
    port: int
    user: str | None
    password: str = field(repr=False)
    tls: bool


def server_of(url: str) -> Server:
    """The server that `smtp://` (587) or `smtps://` (465) names; raises InvalidAddress. User and password are
    percent-encoded."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidAddress("the address of the mail server cannot be read: percent-encode its password") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise InvalidAddress("the address of the mail server is smtp://USER:PASSWORD@HOST:587 or smtps://...:465")
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password or "")
    return Server(parts.hostname, port or _PORTS[parts.scheme], user, password, parts.scheme == "smtps")


def send(url: str, message: Message, *, seconds: float = SECONDS, total: float = TOTAL_SECONDS) -> None:
    """Hand `message` to the server, for all of its receivers; raises Undelivered, or InvalidAddress.

    Another try helps against silence, broken connections and answers of 4xx, not against those of 5xx. A password goes
    to a server whose certificate holds, or to this machine. A mail that some receivers are refused goes to the others.
    """
    server = server_of(url)
    client = _client(server, seconds)
    # A socket's time-out starts anew with each byte: this ends what drips.
    timer = Timer(total, _cut, [client])
    timer.daemon = True
    timer.start()
    try:
        code, text = client.connect(server.host, server.port)
        if code != _READY:
            raise _refused(server, code, text)
        _secure(client, server)
        if server.user is not None:
            client.login(server.user, server.password)
        client.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, text = max(error.recipients.values(), key=lambda answer: _helps(answer[0]))
        raise _refused(server, code, text) from None
    except smtplib.SMTPResponseException as error:
        raise _refused(server, error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPNotSupportedError:
        raise Undelivered(f"{server.host} lacks what this mail or its login needs", retry=False) from None
    except ssl.SSLCertVerificationError as error:
        raise Undelivered(f"{server.host} has a certificate that does not hold: {error.verify_message}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise Undelivered(f"{server.host} cannot be reached or broke off: {type(error).__name__}", away=True) from None
    except UnicodeError:
        raise Undelivered(f"{server.host} cannot be given these addresses or this password", retry=False) from None
    finally:
        timer.cancel()
        with suppress(OSError, smtplib.SMTPException):
            client.close()


def _client(server: Server, seconds: float) -> smtplib.SMTP:
    if server.tls:
        return _named(smtplib.SMTP_SSL(timeout=seconds, context=ssl.create_default_context()), server)
    return _named(smtplib.SMTP(timeout=seconds), server)


def _named(client: smtplib.SMTP, server: Server) -> smtplib.SMTP:
    # Where it is not given to the constructor, which connects at once, smtplib would check certificates for "".
    client._host = server.host  # type: ignore[attr-defined]  # noqa: SLF001
    return client


def _secure(client: smtplib.SMTP, server: Server) -> None:
    client.ehlo_or_helo_if_needed()
    if server.tls:
        return
    context = ssl.create_default_context()
    if server.user is None:
        # Without TLS all would be readable on the way; with any certificate it is so only for who stands in between.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if client.has_extn("starttls"):
        client.starttls(context=context)
        client.ehlo_or_helo_if_needed()
    elif server.user is not None and not is_here(server.host):
        raise Undelivered(f"{server.host} offers no encryption; the password is not sent there", retry=False)


def is_here(host: str) -> bool:
    """Whether a name or address means this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _helps(code: int) -> bool:
    """Whether another try helps against an answer: only 5xx is final (RFC 5321, 4.2.1)."""
    return not 500 <= code <= 599


def _refused(server: Server, code: int, text: bytes | str) -> Undelivered:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if server.password:
        said = said.replace(server.password, "***")
    said = " ".join(said.split())[:_REASON]
    return Undelivered(f"{server.host} answered {code}: {said}", retry=_helps(code), busy=code == 421)


def _cut(client: smtplib.SMTP) -> None:
    sock: socket.socket | None = client.sock
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
