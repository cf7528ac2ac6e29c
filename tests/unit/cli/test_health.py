"""`doctor` and `status` say how it is, to people and to programs."""

import json
from pathlib import Path

import pytest

from smart_support import bootstrap
from smart_support.settings import load
from tests.builders import ticket
from tests.unit.cli.conftest import Cli, served


class TestDoctor:
    def test_a_sound_installation_ends_with_0(self, cli: Cli, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("LISTEN_PORT", "0")
        ended = cli("doctor", "--json")
        assert ended.code == 0, ended.out
        found = json.loads(ended.out)
        assert found["ok"] is True
        assert {"settings", "model", "disk", "database", "Redis", "clock", "port"} <= {
            one["check"] for one in found["findings"]
        }
        assert "port" in cli("doctor").out

    def test_what_is_wrong_ends_with_1_and_says_what_to_do(self, cli: Cli, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("LISTEN_PORT", "0")
        monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
        ended = cli("doctor")
        assert ended.code == 1
        assert "REDIS_URL" in ended.out

    def test_settings_that_cannot_be_are_findings(self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("LOG_LEVEL", "loud")
        ended = cli("doctor", "--json")
        assert ended.code == 1
        (found,) = json.loads(ended.out)["findings"]
        assert found["says"] == "LOG_LEVEL: choose debug, info, warning or error"
        monkeypatch.delenv("LOG_LEVEL")
        (tmp_path / "smart-support.toml").write_text("log_levle = 'info'")
        (found,) = json.loads(cli("doctor", "--json").out)["findings"]
        assert "log_levle" in found["says"]


class TestStatus:
    def test_nothing_runs(self, cli: Cli):
        cli("status").failed("no system runs", "smart-support up")

    def test_a_system_that_works(self, cli: Cli, tmp_path: Path):
        with served(tmp_path / "data", model_fallback=True) as pipeline:
            pipeline.lead.run_once()
            pipeline.heartbeat.run_once(["triage"])
            pipeline.accept.accept([ticket(name, at=pipeline.clock.now()) for name in ("t1", "t2")], "test")
            ended = cli("status", "--json")
            assert ended.code == 0, ended.out
            found = json.loads(ended.out)
            assert (found["ok"], found["faults"]) == (True, [])
            assert {one["stage"]: one["waiting"] for one in found["stages"]} == {"triage": 2, "dispatch": 0}
            assert found["leader"]
            shown = cli("status")
            assert shown.code == 0
            assert "all is well" in shown.out
            assert found["workers"][0]["worker"] in shown.out

    def test_a_system_that_nobody_works_for(self, cli: Cli, tmp_path: Path):
        with served(tmp_path / "data", model_fallback=True):
            ended = cli("status")
            assert ended.code == 1
            assert "No worker is alive" in ended.out
            assert "Nobody dispatches" in ended.out

    def test_processes_that_share_a_database_are_asked_without_an_api(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch, postgres_database: str, redis_url: str
    ):
        url = postgres_database.replace("+psycopg", "")
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("REDIS_URL", redis_url)
        monkeypatch.setenv("REDIS_QUEUE_KEY", "status")
        cli("status").failed("is empty")
        with bootstrap.open_pipeline(load(model_fallback=True)) as pipeline:
            pipeline.lead.run_once()
            pipeline.heartbeat.run_once(["triage"])
            found = json.loads(cli("status", "--json").out)
        assert found["faults"] == []
        assert [one["stream"] for one in found["stages"]] == [0, 0]
