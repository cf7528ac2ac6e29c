"""`doctor` and `status` say how it is, to people and to programs."""

import json
import re
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from smart_support import bootstrap, running
from smart_support.adapters.sql.cursors import put_cursor
from smart_support.adapters.sql.database import open_database
from smart_support.adapters.sql.store import SqlStore, upgrade
from smart_support.cli import connection, status
from smart_support.pipeline.records import Unavailable
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
        assert found["says"] == "LOG_LEVEL: choose debug, info, warning or error (from the environment)"
        monkeypatch.delenv("LOG_LEVEL")
        (tmp_path / "smart-support.toml").write_text("log_levle = 'info'")
        (found,) = json.loads(cli("doctor", "--json").out)["findings"]
        assert "log_levle" in found["says"]

    def test_a_system_that_speaks_https_is_known_by_its_certificate(
        self, cli: Cli, tmp_path: Path, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
    ):
        with served(tmp_path / "data", model_fallback=True, **files):
            found = connection.find(tmp_path / "data")
            assert found is not None
            monkeypatch.setenv("LISTEN_PORT", found.url.rpartition(":")[2])
            for name, path in files.items():
                monkeypatch.setenv(name.upper(), str(path))
            findings = {one["check"]: one for one in json.loads(cli("doctor", "--json").out)["findings"]}
            assert findings["port"]["says"].startswith("Smart-Support answers")
            assert (findings["port"]["level"], findings["TLS"]["level"]) == ("ok", "ok")

    def test_the_system_on_the_data_directory_is_named_on_whatever_port(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("LISTEN_PORT", "0")

        def named() -> dict[str, str]:
            findings = json.loads(cli("doctor", "--json").out)["findings"]
            (found,) = (one for one in findings if one["check"] == "running system")
            return dict(found)

        assert named()["says"].startswith("none")
        with served(tmp_path / "data", model_fallback=True):
            address = connection.find(tmp_path / "data")
            assert address is not None
            assert named()["says"] == f"it answers at {address.url}"
            monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
            assert named()["level"] == "warning"


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
            pipeline.store.add_test("default", "gone", pipeline.clock.now())
            pipeline.store.add_test("default", "log", pipeline.clock.now())
            shown = cli("status")
            assert re.search(r"gone +no +1 ", shown.out)
            assert re.search(r"log +yes +1 ", shown.out)
            assert shown.code == 0
            assert "all is well" in shown.out
            assert found["workers"][0]["worker"] in shown.out

    def test_what_is_set_is_what_the_running_system_says(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        with served(tmp_path / "data", model_fallback=True) as pipeline:
            monkeypatch.setenv("DESTINATIONS", json.dumps({"oncall": {"url": "https://example.org/hook"}}))
            pipeline.store.add_test("default", "log", pipeline.clock.now())
            pipeline.store.add_test("default", "oncall", pipeline.clock.now())
            assert json.loads(cli("status", "--json").out)["destinations_set"] == ["log"]
            shown = cli("status").out
        assert re.search(r"log +yes +1 ", shown)
        assert re.search(r"oncall +no +1 ", shown)

    def test_processes_and_what_each_runs(self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("COLUMNS", "80")
        with served(tmp_path / "data", model_fallback=True) as pipeline:
            pipeline.lead.run_once()
            assert re.search(r" dispatcher +yes +- ", cli("status").out)
            for command, parts in (("worker", running.WORKER), ("api", running.API), ("up", running.EVERYTHING)):
                pipeline.heartbeat.run_once(sorted(parts))
                shown = cli("status").out
                assert re.search(rf" {command} +yes +light-[0-9a-f]+ ", shown), shown
                assert " dispatcher " not in shown

    def test_it_is_asked_for_all_workspaces_whichever_was_chosen(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("WORKSPACE", "acme")
        with served(tmp_path / "data", model_fallback=True) as pipeline:
            pipeline.accept.accept([ticket(at=pipeline.clock.now())], "test")
            found = json.loads(cli("status", "--json").out)
        assert found["stages"][0]["waiting"] == 1

    def test_a_system_that_was_started_again_is_found_again(self, tmp_path: Path):
        settings = load(data_dir=tmp_path / "data", model_fallback=True)
        for _ in range(2):
            with served(settings.data_dir, model_fallback=True):
                assert status._look(settings)["leader"] is None
            assert "no system runs" in str(status._again(settings))

    def test_a_database_that_is_away_gets_no_advice_for_senders(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        with served(tmp_path / "data", model_fallback=True) as pipeline:

            def overview() -> None:
                raise Unavailable("gone")

            monkeypatch.setattr(pipeline.store, "overview", overview)
            ended = cli("status")
        ended.failed("cannot reach its database")
        assert "/v1" not in ended.err

    def test_what_looks_again_is_for_people(self, cli: Cli):
        cli("status", "--watch", "--json").failed("--watch is for people")

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
            assert "all is well" in cli("status").out
        assert found["faults"] == []
        assert found["destinations_set"] is None  # no process was asked that would know
        assert [one["stream"] for one in found["stages"]] == [0, 0]

    def test_a_database_that_takes_no_writes_is_named_and_not_the_processes_that_cannot_say_they_live(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch, postgres_database: str, redis_url: str
    ):
        monkeypatch.setenv("DATABASE_URL", postgres_database.replace("+psycopg", ""))
        monkeypatch.setenv("REDIS_URL", redis_url)
        SqlStore.open(postgres_database).close()
        with closing(open_database(postgres_database)) as database:
            name = database.engine.url.database
            read_only = f"ALTER DATABASE {name} SET default_transaction_read_only = on"
            database.write(lambda connection: connection.exec_driver_sql(read_only))
        ended = cli("status", "--json")
        assert ended.code == 1
        (fault,) = json.loads(ended.out)["faults"]
        assert fault.startswith("The database takes no writes (cannot execute UPDATE in a read-only transaction)")

    def test_who_may_only_read_the_tables_sees_how_the_others_are(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch, postgres_database: str, redis_url: str
    ):
        monkeypatch.setenv("REDIS_URL", redis_url)
        monkeypatch.setenv("DATABASE_URL", postgres_database.replace("+psycopg", ""))
        with bootstrap.open_pipeline(load(model_fallback=True)) as pipeline:
            pipeline.lead.run_once()
            pipeline.heartbeat.run_once(["triage"])
        with closing(open_database(postgres_database)) as database:
            for statement in ("CREATE ROLE looker LOGIN", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO looker"):
                database.write(lambda connection, one=statement: connection.exec_driver_sql(one))
            try:
                theirs = sa.make_url(postgres_database).set(drivername="postgresql", username="looker")
                monkeypatch.setenv("DATABASE_URL", str(theirs))
                assert json.loads(cli("status", "--json").out)["faults"] == []
            finally:
                for statement in ("DROP OWNED BY looker", "DROP ROLE looker"):
                    database.write(lambda connection, one=statement: connection.exec_driver_sql(one))

    def test_what_processes_hold_in_their_own_memory_is_not_guessed(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch, postgres_database: str
    ):
        monkeypatch.setenv("DATABASE_URL", postgres_database.replace("+psycopg", ""))
        cli("status").failed("no system runs")

    @pytest.mark.parametrize(
        ("revision", "oldest", "words"),
        [("0015", "0015", "smart-support db upgrade"), ("9999", "9998", "a newer version made")],
    )
    def test_a_database_of_another_version_is_no_fault_of_the_program(
        self,
        cli: Cli,
        monkeypatch: pytest.MonkeyPatch,
        postgres_database: str,
        redis_url: str,
        revision: str,
        oldest: str,
        words: str,
    ):
        monkeypatch.setenv("DATABASE_URL", postgres_database.replace("+psycopg", ""))
        monkeypatch.setenv("REDIS_URL", redis_url)
        with closing(open_database(postgres_database)) as database:
            upgrade(database)
            database.write(lambda connection: put_cursor(connection, "schema", {"oldest": oldest}))
            stamp = f"UPDATE alembic_version SET version_num = '{revision}'"
            database.write(lambda connection: connection.exec_driver_sql(stamp))
        cli("status").failed(revision, words)
