"""https without a proxy: the certificate and its key, checked before anything listens."""

import ssl
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from smart_support.settings import Settings

_SOON = 14 * 86_400.0
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which has no name in `ssl`


class TlsMisconfigured(Exception):
    """No server could use what the settings name; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Files in PEM: a certificate with its chain, and its private key. What they held when they were read: the
    certificate alone (PEM), and when it ends (UTC epoch seconds)."""

    cert: Path
    key: Path
    pem: str
    ends: float


def tls_of(settings: Settings) -> Tls | None:
    """What the settings name, None where they name nothing. Raises TlsMisconfigured."""
    cert, key = settings.tls_cert, settings.tls_key
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        raise TlsMisconfigured(
            "TLS takes a certificate and its key: set both TLS_CERT and TLS_KEY (--tls-cert, --tls-key)"
        )
    for path in (cert, key):
        try:
            path.open("rb").close()
        except OSError as error:
            raise TlsMisconfigured(
                f"cannot read {path}: {error.strerror}; TLS_CERT and TLS_KEY name files in PEM"
            ) from error
    try:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(cert, key, password=_no_passphrase)
        pem, ends = _served(server)
    except ssl.SSLCertVerificationError as error:
        raise TlsMisconfigured(
            f"{cert} cannot be used: no client takes it for a server's ({error.verify_message}); name another"
        ) from error
    except (ssl.SSLError, ValueError) as error:
        why = "the key is not the certificate's" if "MISMATCH" in str(error) else "one of them is not what it should be"
        raise TlsMisconfigured(
            f"{cert} and {key} cannot be used: {why}; give both in PEM, the key without a passphrase"
        ) from error
    return Tls(cert, key, pem, ends)


def faults_of(tls: Tls, now: float) -> Iterator[tuple[str, str]]:
    """What is wrong with a certificate and a key that a server can use, each with what to do."""
    yield from end_of(str(tls.cert), tls.ends, now)
    if sys.platform != "win32" and stat.S_IMODE(tls.key.stat().st_mode) & stat.S_IROTH:
        yield f"everybody on this machine can read {tls.key}", f"chmod o-rwx {tls.key}"


def end_of(name: str, ends: float, now: float) -> Iterator[tuple[str, str]]:
    """The fault of a certificate that has ended or soon does, which is called by this name, with what to do."""
    if ends - now < _SOON:
        at = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%d %H:%M UTC")
        yield f"{name} {'expired' if ends <= now else 'expires soon,'} at {at}", "renew it, and start the API again"


def trusting(pem: str | None) -> ssl.SSLContext | bool:
    """How to verify a server on this machine that uses this very certificate (PEM), whatever names and dates stand in
    it; True: as usual."""
    if pem is None:
        return True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=pem)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME  # the certificate itself is what is trusted
    return context


def _served(server: ssl.SSLContext) -> tuple[str, float]:
    """The certificate that a server shows (PEM), and when it ends. `ssl` tells both of a peer alone, so one calls."""
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    shown = _call(server, anybody).getpeercert(binary_form=True)
    assert shown is not None  # a server always shows one
    pem = ssl.DER_cert_to_PEM_cert(shown)
    client = trusting(pem)
    assert isinstance(client, ssl.SSLContext)
    told = _call(server, client).getpeercert()
    assert told is not None
    return pem, float(ssl.cert_time_to_seconds(str(told["notAfter"])))


def _call(server: ssl.SSLContext, client: ssl.SSLContext) -> ssl.SSLObject:
    """The client's side of a handshake in memory."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (asking, answering, asking, answering, asking):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    return asking


def _no_passphrase() -> str:
    return ""
