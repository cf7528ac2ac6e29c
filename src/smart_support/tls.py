"""https without a proxy: the certificate and its key, checked before anything listens."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from smart_support.settings import Settings


class TlsMisconfigured(Exception):
    """No server could use what the settings name; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Files in PEM: a certificate with its chain, and its private key."""

    cert: Path
    key: Path


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
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password=_no_passphrase)
    except (ssl.SSLError, ValueError) as error:
        why = "the key is not the certificate's" if "MISMATCH" in str(error) else "one of them is not what it should be"
        raise TlsMisconfigured(
            f"{cert} and {key} cannot be used: {why}; give both in PEM, the key without a passphrase"
        ) from error
    return Tls(cert, key)


def trusting(cert: str | None) -> ssl.SSLContext | bool:
    """How to verify a server on this machine that uses this certificate, whatever names stand in it; True: as usual."""
    if cert is None:
        return True
    context = ssl.create_default_context(cafile=cert)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate itself is what is trusted
    return context


def _no_passphrase() -> str:
    return ""
