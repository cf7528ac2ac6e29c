"""The parts for scale-out say what they need before they start anything."""

import pytest

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
