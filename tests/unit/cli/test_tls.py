"""https by itself: checked before anything listens, and used by commands beside the system."""

import json
import os
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import filelock
import h11
import httpx
import pytest
import trustme
from structlog.testing import capture_logs

from smart_support import bootstrap
from smart_support.cli import connection, serve
from smart_support.cli.console import Failure
from smart_support.doctor.finding import Finding, Level
from smart_support.doctor.machine import check_machine
from smart_support.doctor.program import check_program
from smart_support.settings import load
from smart_support.tls import TlsMisconfigured, faults_of, tls_of
from tests.unit.cli.conftest import Cli, certify, served

DAY = timedelta(days=1)


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


def test_commands_trust_the_certificate_that_is_served_whatever_its_dates_and_the_file_say(tmp_path: Path):
    folder, past = tmp_path / "data", datetime(2020, 1, 1, tzinfo=UTC)
    with served(folder, model_fallback=True, **certify(tmp_path, not_before=past, not_after=past + DAY)):
        renewed = certify(tmp_path)
        found = connection.find(folder)
        assert found is not None
        listed = check_machine(load(data_dir=folder, listen_port=httpx.URL(found.url).port, **renewed))
        assert [one.says.split()[0] for one in listed if one.check == "port"] == ["Smart-Support"]


@pytest.mark.parametrize(
    ("days", "level", "words"),
    [(-1, "warning", "expired at"), (13, "warning", "expires soon, at"), (15, "ok", "holds")],
    ids=str,
)
def test_doctor_sees_the_certificate_that_no_setting_names(cli: Cli, tmp_path: Path, days: int, level: str, words: str):
    folder, now = tmp_path / "data", datetime.now(UTC)
    with served(folder, model_fallback=True, **certify(tmp_path, not_before=now - 9 * DAY, not_after=now + days * DAY)):
        said = {one["check"]: one for one in json.loads(cli("doctor", "--json").out)["findings"]}
    assert said["TLS"]["level"] == level
    assert f"the certificate of the running system {words}" in said["TLS"]["says"]


def test_doctor_sees_that_the_system_runs_with_what_was_there_before(tmp_path: Path):
    def found(served: float) -> list[Finding]:
        return [one for one in check_program(settings, served) if one.check == "TLS"]

    settings = load(data_dir=tmp_path / "data", model_fallback=True, **certify(tmp_path))
    tls = tls_of(settings)
    assert tls is not None
    assert [(one.level, one.says) for one in found(tls.ends)] == [(Level.OK, f"{tls.cert} and its key fit each other")]
    assert [one.level for one in found(1.0)] == [Level.WARNING]


def test_who_shows_another_certificate_is_told_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder, told, send = tmp_path / "data", [], h11.Connection.send
    other = tls_of(load(**certify(tmp_path)))
    assert other is not None
    monkeypatch.setattr(h11.Connection, "send", lambda self, event: told.append(event) or send(self, event))
    with served(folder, model_fallback=True, **certify(tmp_path)):
        assert connection.find(folder) is not None
        assert told
        told.clear()
        note = folder / "server.json"
        note.write_text(json.dumps(json.loads(note.read_text()) | {"cert": other.pem}))
        assert connection.find(folder) is None  # nobody holds the data directory
        with filelock.FileLock(folder / "up.lock"), pytest.raises(Failure, match=r"does not answer .*CERTIFICATE"):
            connection.find(folder)
    assert told == []


def test_one_that_runs_and_does_not_answer_is_told_from_none(cli: Cli, tmp_path: Path):
    folder = tmp_path / "data"
    sock = connection.listen("127.0.0.1", 0)
    address = connection.Address(connection.url_of(sock), "local", "")
    sock.close()
    folder.mkdir()
    with connection.announced(folder, address):
        cli("status").failed("no system runs")
        with filelock.FileLock(folder / "up.lock"):
            for command in (("status",), ("keys", "list")):
                cli(*command).failed(f"runs on {folder} (process {os.getpid()}) does not answer at {address.url}")
            found = json.loads(cli("doctor", "--json").out)["findings"]
            (running,) = (one for one in found if one["check"] == "running system")
            assert (running["level"], "does not answer" in running["says"]) == ("wrong", True)
            assert "disk" in {one["check"] for one in found}


def test_what_a_killed_one_left_there_is_not_taken_for_the_one_that_starts(tmp_path: Path):
    address = connection.Address("http://127.0.0.1:1", "local", "")
    with connection.announced(tmp_path, address):
        (tmp_path / ".unpacked" / "models").mkdir(parents=True)
        lock = serve._only_one(tmp_path)
        assert connection.find(tmp_path) is None
        assert not (tmp_path / ".unpacked").exists()
        lock.release()


class TestFaults:
    @pytest.mark.parametrize(("days", "words"), [(-1, "expired at"), (13, "expires soon, at"), (15, None)], ids=str)
    def test_a_certificate_that_ends(self, tmp_path: Path, days: int, words: str | None):
        now = datetime.now(UTC)
        tls = tls_of(load(**certify(tmp_path, not_before=now - 9 * DAY, not_after=now + days * DAY)))
        assert tls is not None
        found = [says for says, _ in faults_of(tls, now.timestamp())]
        assert [words in says for says in found] == ([] if words is None else [True])

    def test_a_key_that_everybody_can_read(self, tmp_path: Path, files: dict[str, Path]):
        files["tls_key"].chmod(0o644)
        settings = load(data_dir=tmp_path / "data", model_fallback=True, listen_port=0, **files)
        with ExitStack() as stack, capture_logs() as lines:
            pipeline = stack.enter_context(bootstrap.open_pipeline(settings, durable=False))
            serve._Api(stack, settings, pipeline, None, "up")
        said = [line["says"] for line in lines if line["event"] == "tls_needs_care"]
        assert said == [f"everybody on this machine can read {files['tls_key']}"]
        (found,) = [one for one in check_program(settings) if one.check == "TLS"]
        assert (found.level, found.says, found.do) == (Level.WARNING, *said, f"chmod o-rwx {files['tls_key']}")


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
