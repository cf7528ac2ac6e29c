"""https by itself: checked before anything listens, and used by commands beside the system."""

from pathlib import Path

import httpx
import pytest
import trustme

from smart_support.cli import connection
from smart_support.settings import load
from smart_support.tls import TlsMisconfigured, tls_of
from tests.unit.cli.conftest import Cli, served


def test_without_certificate_and_key_it_is_plain_http():
    assert tls_of(load()) is None


def test_commands_find_a_system_that_speaks_https(cli: Cli, tmp_path: Path, files: dict[str, Path]):
    folder = tmp_path / "data"
    with served(folder, model_fallback=True, **files):
        found = connection.find(folder)
        assert found is not None
        assert found.url.startswith("https://127.0.0.1:")
        with pytest.raises(httpx.ConnectError):  # nobody else is to trust it by this address
            httpx.get(f"{found.url}/livez", trust_env=False)
        listed = cli("keys", "list", "--json", "--data-dir", str(folder))
        assert (listed.code, listed.out) == (0, "[]\n")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tls_key": None}, "set both TLS_CERT and TLS_KEY"),
        ({"tls_cert": None}, "set both TLS_CERT and TLS_KEY"),
        ({"tls_key": "none.pem"}, "cannot read .*none.pem: No such file"),
        ({"tls_key": "other.pem"}, "the key is not the certificate's"),
        ({"tls_key": "locked.pem"}, "the key without a passphrase"),
        ({"tls_key": "text.pem"}, "one of them is not what it should be"),
        ({"tls_cert": "text.pem"}, "one of them is not what it should be"),
    ],
    ids=str,
)
def test_what_no_server_could_use_is_said_at_once(
    tmp_path: Path, files: dict[str, Path], change: dict[str, str | None], words: str
):
    trustme.CA().issue_cert("support.example.org").private_key_pem.write_to_path(tmp_path / "other.pem")
    (tmp_path / "text.pem").write_text("hello")
    _lock(files["tls_key"], tmp_path / "locked.pem")
    given = files | {name: None if value is None else tmp_path / value for name, value in change.items()}
    with pytest.raises(TlsMisconfigured, match=words):
        tls_of(load(**given))


def _lock(plain: Path, locked: Path) -> None:
    """The same key with a passphrase."""
    from cryptography.hazmat.primitives import serialization as s

    key = s.load_pem_private_key(plain.read_bytes(), None)
    kind = s.BestAvailableEncryption(b"secret")
    locked.write_bytes(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, kind))
