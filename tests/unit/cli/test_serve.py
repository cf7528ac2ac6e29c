"""The parts for scale-out say what they need before they start anything."""

import socket
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry

from smart_support.cli import serve
from smart_support.cli.console import Failure
from smart_support.settings import load
from tests.unit.cli.conftest import Cli

POSTGRES = "postgresql://ann:hunter2@127.0.0.1:1/tickets"


@pytest.mark.parametrize("command", ["api", "worker", "dispatcher"])
class TestParts:
    @pytest.mark.parametrize("database", [None, "sqlite:///tickets.db"])
    def test_without_postgresql_say_what_to_set(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch, command: str, database: str | None
    ):
        monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
        if database is not None:
            monkeypatch.setenv("DATABASE_URL", database)
        cli(command).failed("DATABASE_URL", "postgresql://", "smart-support up")

    def test_without_redis_say_what_to_set(self, cli: Cli, monkeypatch: pytest.MonkeyPatch, command: str):
        monkeypatch.setenv("DATABASE_URL", POSTGRES)
        ended = cli(command)
        ended.failed("REDIS_URL", "redis://", "smart-support up")
        assert "hunter2" not in ended.err

    def test_a_wrong_address_of_redis_is_named(self, cli: Cli, monkeypatch: pytest.MonkeyPatch, command: str):
        monkeypatch.setenv("DATABASE_URL", POSTGRES)
        monkeypatch.setenv("REDIS_URL", "127.0.0.1:6379")
        cli(command).failed("REDIS_URL", "redis://")


@pytest.mark.parametrize("process", ["up", "api", "worker", "dispatcher"])
@pytest.mark.parametrize("as_json", [False, True])
def test_a_name_that_is_no_setting_is_told_at_the_start(cli: Cli, tmp_path: Path, process: str, *, as_json: bool):
    (tmp_path / ".env").write_text(f"RETENTION_TEXT_DAY=3\nXYZ=1\nOTEL_SDK_DISABLED=1\nLOG_JSON={as_json}\n")
    (tmp_path / "file").touch()
    said = cli(process, *(("--data-dir", "file") if process == "up" else ())).err  # which no process can use
    assert said.count("unknown_setting") == 2
    assert all(word in said for word in ("RETENTION_TEXT_DAY", "RETENTION_TEXT_DAYS", "XYZ", ".env"))


@pytest.mark.parametrize(("is_open", "shows"), [(True, False), (False, True)])
def test_what_to_try_takes_a_key_where_one_is_needed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, is_open: bool, shows: bool
):
    serve._greet(load(data_dir=tmp_path), SimpleNamespace(url="http://127.0.0.1:8000", is_open=is_open), "")
    assert ("-H 'Authorization: Bearer KEY'" in capsys.readouterr().err) is shows


def test_a_port_for_metrics_that_somebody_has_is_named(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken, ExitStack() as stack:
        port = taken.getsockname()[1]
        settings = load(data_dir=tmp_path, metrics_port=port)
        with pytest.raises(Failure, match=rf"127\.0\.0\.1:{port}: .*METRICS_PORT of its own"):
            serve._show(stack, settings, CollectorRegistry())
