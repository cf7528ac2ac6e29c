import json
import sqlite3
from pathlib import Path

import pytest

from smart_support import __version__
from tests.integration.system import run
from tests.unit.cli.conftest import Cli, served

COMMANDS = [
    *(["up"], ["triage"], ["replay"], ["train"], ["evaluate"], ["import"], ["export"], ["demo"]),
    *(["backup"], ["restore"]),
    *(["keys"], ["keys", "create"], ["keys", "list"], ["keys", "revoke"]),
    *(["config"], ["config", "check"], ["config", "apply"], ["config", "show"], ["db"], ["db", "upgrade"]),
    *(["storms"], ["storms", "preview"], ["status"], ["doctor"]),
    *(["simulate"], ["simulate", "flood"], ["simulate", "day"]),
]


def settings(cli: Cli) -> dict:
    ended = cli("config", "check", "--json")
    assert ended.code == 0, ended.err
    return json.loads(ended.out)["settings"]


class TestConfigCheck:
    def test_shows_every_setting_and_no_password(self, cli: Cli, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("DATABASE_URL", "postgresql://ann:hunter2@db.example/tickets")
        ended = cli("config", "check")
        assert ended.code == 0
        assert "postgresql://ann:***@db.example/tickets" in ended.out
        assert "hunter2" not in ended.out + ended.err + cli("config", "check", "--json").out
        for name in ("DATA_DIR", "LISTEN_PORT", "WEBHOOK_THRESHOLD", "LOG_LEVEL"):
            assert name in ended.out

    def test_shows_values_whole_on_a_narrow_terminal(self, cli: Cli, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setenv("DATABASE_URL", "postgresql://ann@a-long-name-of-a-host.example.org/with-a-long-name-too")
        assert "…" not in cli("config", "check").out

    def test_environment_before_dotenv_before_toml(self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        (tmp_path / "smart-support.toml").write_text(
            'listen_port = 1\nlisten_host = "127.0.0.1"\nlog_level = "debug"\n'
        )
        (tmp_path / ".env").write_text("LISTEN_PORT=2\nLISTEN_HOST=127.0.0.2\n")
        monkeypatch.setenv("LISTEN_PORT", "3")
        found = settings(cli)
        assert (found["listen_port"], found["listen_host"], found["log_level"]) == (3, "127.0.0.2", "debug")

    def test_another_name_of_the_threshold_and_of_the_file(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        (tmp_path / "other.toml").write_text("triage_batch = 7\n")
        monkeypatch.setenv("CONFIG_FILE", "other.toml")
        monkeypatch.setenv("URGENCY_WEBHOOK_THRESHOLD", "0.5")
        found = settings(cli)
        assert (found["triage_batch"], found["webhook_threshold"]) == (7, 0.5)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("LISTEN_PORT", "http"),
            ("WEBHOOK_THRESHOLD", "1.5"),
            ("DATABASE_URL", "mysql://u:hunter2@h/d"),
            ("LOG_LEVEL", "loud"),
            ("MODEL_DIR", "missing"),
        ],
    )
    def test_a_wrong_value_names_its_variable(self, cli: Cli, monkeypatch: pytest.MonkeyPatch, name: str, value: str):
        monkeypatch.setenv(name, value)
        ended = cli("config", "check")
        ended.failed(name, *(["missing does not exist"] if name == "MODEL_DIR" else []))
        assert "hunter2" not in ended.err
        assert "Value error, " not in ended.err

    def test_a_file_that_is_no_toml_or_is_missing_is_named(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        (tmp_path / "smart-support.toml").write_text('listen_port = "x\n')
        cli("config", "check").failed("smart-support.toml")
        monkeypatch.setenv("CONFIG_FILE", "missing.toml")
        cli("config", "check").failed("missing.toml")


class TestDbUpgrade:
    def test_a_second_time_changes_nothing(self, cli: Cli, tmp_path: Path):
        first = json.loads(cli("db", "upgrade", "--json").out)
        second = json.loads(cli("db", "upgrade", "--json").out)
        assert first["before"] is None
        assert second == {"before": first["after"], "after": first["after"]}
        assert (tmp_path / "data" / "smart-support.db").exists()
        assert "already" in cli("db", "upgrade").err

    def test_a_damaged_file_and_a_newer_schema_are_named(self, cli: Cli, tmp_path: Path):
        cli("db", "upgrade")
        database = sqlite3.connect(tmp_path / "data" / "smart-support.db")
        with database:
            database.execute("UPDATE alembic_version SET version_num = '9999'")
        assert "revision 9999 already" in cli("db", "upgrade").err  # it took nothing away
        with database:
            database.execute("""UPDATE cursors SET value = '{"oldest": "9999"}' WHERE name = 'schema'""")
        database.close()
        cli("db", "upgrade").failed("9999", "newer")
        (tmp_path / "data" / "smart-support.db").write_bytes(b"no database" * 1_000)
        cli("db", "upgrade").failed("smart-support.db", "not a database")

    def test_beside_a_running_system_says_what_holds(self, cli: Cli, tmp_path: Path):
        with served(tmp_path / "data", model_fallback=True):
            cli("db", "upgrade").failed("when it started", "stop it and start that version")
            other = tmp_path / "other.db"
            assert cli("db", "upgrade", "--data-dir", str(other)).code == 0


WHOSE = ("--email", "ann@example.org")
OF_WHAT_IS_THERE = [
    *(("privacy", "erase", *WHOSE, "--yes"), ("privacy", "export", *WHOSE, "--out", "x.json"), ("privacy", "purge")),
    *(("keys", "list"), ("keys", "revoke", "0"), ("dead", "list"), ("dead", "retry", "--all"), ("alerts", "list")),
    *(("alerts", "retry", "--all"), ("export",), ("export", "--out", "x.jsonl")),
]


@pytest.mark.parametrize("command", OF_WHAT_IS_THERE, ids=" ".join)
def test_what_is_there_is_looked_for_where_something_is(cli: Cli, tmp_path: Path, command: tuple[str, ...]):
    """Whoever names another folder than the system's is not told that there is nothing."""
    cli(*command).failed("there is no database at", "smart-support.db", "--data-dir")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_new_database_is_not_made_in_silence(cli: Cli):
    assert "a new database is made at" in cli("keys", "create", "--name", "ci", "--scope", "read").err
    assert "new database" not in cli("keys", "list").err


class TestKeys:
    def test_life_of_a_key(self, cli: Cli):
        made = cli("keys", "create", "--name", "ci", "--scope", "read", "--scope", "intake")
        assert made.out.startswith("ss_")
        assert len(made.out.split()) == 1
        (key,) = json.loads(cli("keys", "list", "--json").out)
        assert (key["name"], key["scopes"], key["revoked_at"]) == ("ci", ["intake", "read"], None)
        assert made.out.strip() not in cli("keys", "list").out
        assert cli("keys", "revoke", key["id"]).code == 0
        assert json.loads(cli("keys", "list", "--json").out)[0]["revoked_at"] is not None
        cli("keys", "revoke", key["id"]).failed(key["id"])

    def test_what_is_refused_is_named(self, cli: Cli):
        cli("keys", "create", "--name", "", "--scope", "read").failed("name")
        assert cli("keys", "create", "--name", "x", "--scope", "nope").code == 2
        cli("keys", "create", "--name", "x", "--scope", "agent", "--agent", "nobody").failed("nobody")
        assert cli("keys", "list", "--json").out == "[]\n"


class TestUsage:
    def test_version(self, cli: Cli):
        assert cli("--version").out == f"{__version__}\n"

    @pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
    def test_every_command_explains_itself(self, cli: Cli, command: list[str]):
        ended = cli(*command, "--help")
        assert ended.code == 0
        assert f"smart-support {' '.join(command)} " in ended.out
        assert ended.err == ""

    @pytest.mark.parametrize(
        "wrong", [["nope"], ["up", "--port", "99999"], ["up", "--nope"], ["replay"], ["train"], ["keys", "revoke"]]
    )
    def test_wrong_use_is_2_and_goes_to_stderr(self, cli: Cli, wrong: list[str]):
        ended = cli(*wrong)
        assert (ended.code, ended.out) == (2, "")
        assert "Usage: " in ended.err

    def test_shell_completion(self, tmp_path: Path):
        shown = run("--show-completion", "bash", folder=tmp_path, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
        assert "_SMART_SUPPORT_COMPLETE" in shown.stdout
        complete = {"_SMART_SUPPORT_COMPLETE": "complete_bash", "COMP_WORDS": "smart-support ke", "COMP_CWORD": "1"}
        assert run(folder=tmp_path, **complete).stdout.split() == ["keys"]


class TestDemo:
    def test_seven_steps_and_an_end(self, tmp_path: Path):
        ended = run("demo", folder=tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/mine.db", TMPDIR=str(tmp_path))
        assert ended.returncode == 0, ended.stderr
        for step in range(1, 8):
            assert f"{step} · " in ended.stdout + ended.stderr
        assert "Traceback" not in ended.stderr
        assert list(tmp_path.iterdir()) == []

    def test_json_is_one_object(self, tmp_path: Path):
        ended = run("demo", "--json", folder=tmp_path)
        assert ended.stderr == ""
        steps = json.loads(ended.stdout)
        assert list(dict.fromkeys(name[0] for name in steps)) == list("1234567")
        scores = [ticket["urgency_score"] for ticket in steps["6 claimed"]]
        assert scores == sorted(scores, reverse=True)
        agents = {ticket["category"]: ticket["agent_id"] for ticket in steps["6 assigned"]}
        assert agents == {"Technical": "agent_1", "Billing": "agent_2", "Legal": "agent_3", "General": "agent_3"}
