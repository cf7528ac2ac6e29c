"""The command line in this process: what `smart-support ARGUMENTS` prints, and how it ends."""

import io
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
import trustme

from smart_support import bootstrap, serving
from smart_support.cli import connection, main
from smart_support.settings import Settings, load
from smart_support.tls import tls_of


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def failed(self, *words: str) -> None:
        """It ended with 1, and with one line that holds all these words; nothing but data was on stdout."""
        assert self.code == 1, self.err
        assert self.err.splitlines()[-1].startswith("error: ") or "\n  " in self.err
        for word in words:
            assert word in self.err


Cli = Callable[..., Ended]


@contextmanager
def served(folder: Path, **given: object) -> Iterator[bootstrap.Pipeline]:
    """The pipeline of a system that runs on a data directory, where commands find it; it works when it is told to."""
    settings = load(data_dir=folder, **given)
    with ExitStack() as stack:
        pipeline = stack.enter_context(bootstrap.open_pipeline(settings, durable=False))
        app = stack.enter_context(serving.open_app(pipeline, settings, open_loopback=False, local_token="local"))
        sock = connection.listen("127.0.0.1", 0)
        tls = tls_of(settings)
        stack.enter_context(connection.in_background(app, sock, tls))
        cert = () if tls is None else (tls.pem, tls.ends)
        address = connection.Address(connection.url_of(sock, tls), "local", settings.shown_database, *cert)
        stack.enter_context(connection.announced(settings.data_dir, address))
        yield pipeline


@pytest.fixture(autouse=True)
def _logging_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a command does to logging ends with its test."""
    configure, root = structlog.configure, logging.getLogger()
    handlers, level = root.handlers, root.level

    def forgettable(**given: object) -> None:
        configure(**given | {"cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", forgettable)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    yield
    logging.captureWarnings(False)
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)


def certify(folder: Path, **given: object) -> dict[str, Path]:
    """Write a certificate for a name that is not this machine's, and its key."""
    made = trustme.CA().issue_cert("support.example.org", **given)
    cert, key = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    made.private_key_pem.write_to_path(key)
    key.chmod(0o600)
    return {"tls_cert": cert, "tls_key": key}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A certificate for a name that is not this machine's, and its key."""
    return certify(tmp_path)


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command in an empty folder, with no settings but a data directory in it and the light model alone, which
    answers alike however busy the machine is."""
    for name in (*Settings.model_fields, "urgency_webhook_threshold", "config_file"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MODEL_FALLBACK", "1")
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str = "") -> Ended:
        monkeypatch.setattr(sys, "argv", ["smart-support", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        return Ended(code, *capsys.readouterr())

    return run
