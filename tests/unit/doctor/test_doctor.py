"""Each check finds what is really broken, and leaves everything as it was."""

import hashlib
import os
import shutil
import socket
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from smart_support.adapters.exposition import ProcessFigures, registry_of, shown
from smart_support.adapters.sql.store import SqlStore
from smart_support.backends import models_of
from smart_support.doctor import machine, program
from smart_support.doctor.database import check_apart, check_database
from smart_support.doctor.finding import Finding, Level
from smart_support.doctor.machine import check_machine
from smart_support.doctor.program import check_program
from smart_support.doctor.redis import check_redis
from smart_support.domain.access import ApiKey, Scope
from smart_support.domain.registry import Roles
from smart_support.settings import Settings, load
from smart_support.triage.models import SHIPPED
from smart_support.triage.taxonomy_file import load as load_taxonomy
from tests import servers
from tests.builders import ticket


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*Settings.model_fields, "config_file", "otel_exporter_otlp_endpoint", "otel_exporter_otlp_protocol"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def made(tmp_path: Path, **given: object) -> Settings:
    return load(**{"data_dir": tmp_path / "data", "listen_port": 0, "model_fallback": True} | given)


def the(findings: Iterator[Finding], check: str) -> Finding:
    (found,) = [one for one in findings if one.check == check]
    assert (found.level is Level.OK) == (not found.do), found
    return found


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


class TestMachine:
    def test_all_is_well_and_nothing_is_made(self, tmp_path: Path):
        found = list(check_machine(made(tmp_path)))
        assert {one.level for one in found} <= {Level.OK, Level.WARNING}, found
        assert not (tmp_path / "data").exists()

    @pytest.mark.parametrize("name", ["replaced-20260101T000000Z", ".unpacked"])
    def test_what_a_restore_left_there(self, tmp_path: Path, name: str):
        (tmp_path / "data" / name).mkdir(parents=True)
        found = the(check_machine(made(tmp_path)), "replaced data")
        assert (found.level, f"data/{name}: a restore left it" in found.says) == (Level.WARNING, True)

    def test_a_folder_that_is_a_file(self, tmp_path: Path):
        (tmp_path / "data").write_text("")
        assert the(check_machine(made(tmp_path)), "data directory").level is Level.WRONG

    @pytest.mark.parametrize("mode", [0o555, 0o000], ids=["to look at", "closed"])
    def test_a_folder_that_this_user_may_not_write_to(self, mode: int):
        user = os.geteuid()
        with tempfile.TemporaryDirectory() as name:  # not pytest's, which are closed to other users
            folder = Path(name)
            folder.chmod(mode)
            if user == 0:  # who may write anywhere
                os.seteuid(65_534)
            try:
                found = machine._data_dir(folder / "deeper")
            finally:
                os.seteuid(user)
                folder.chmod(0o700)
        assert (found.level, "written" in found.says) == (Level.WRONG, True)

    def test_a_folder_that_others_can_read(self, tmp_path: Path):
        (tmp_path / "data").mkdir()
        (tmp_path / "data").chmod(0o755)
        found = the(check_machine(made(tmp_path)), "data directory")
        assert (found.level, "chmod 700" in found.do) == (Level.WARNING, True)

    @pytest.mark.parametrize(("free", "level"), [(10, Level.WRONG), (500 << 20, Level.WARNING), (2 << 30, Level.OK)])
    def test_room_on_the_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, level: Level):
        monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(free, 0, free))
        assert the(check_machine(made(tmp_path)), "disk").level is level

    def test_room_on_the_disk_of_a_database_elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        elsewhere = tmp_path / "other"
        room = {elsewhere / "deeper": 10, tmp_path: 10 << 30}

        def usage(place: Path) -> object:
            if place not in room:
                raise FileNotFoundError
            return shutil._ntuple_diskusage(room[place], 0, room[place])

        monkeypatch.setattr(shutil, "disk_usage", usage)
        settings = made(tmp_path, database_url=f"sqlite:///{elsewhere}/deeper/x.db")
        assert the(check_machine(settings), "disk").level is Level.OK
        assert the(check_machine(settings), "disk of the database").level is Level.WRONG
        for url in (f"sqlite:///{tmp_path}/data/x.db", "sqlite://", "postgresql://db.example/tickets"):
            found = check_machine(made(tmp_path, database_url=url))
            assert "disk of the database" not in {one.check for one in found}

    def test_a_port_that_somebody_else_has(self, tmp_path: Path):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            threading.Thread(target=_slam, args=(taken,), daemon=True).start()
            port = taken.getsockname()[1]
            found = the(check_machine(made(tmp_path, listen_port=port)), "port")
            assert (found.level, str(port) in found.says) == (Level.WRONG, True)

    @pytest.mark.parametrize("host", ["192.0.2.1", "no-such-name.invalid"])
    def test_a_host_that_is_not_this_machine_s(self, tmp_path: Path, host: str):
        found = machine._port(made(tmp_path, listen_host=host))
        assert (found.level, found.do) == (Level.WRONG, "set LISTEN_HOST to an address of this machine")

    def test_a_port_for_metrics(self, tmp_path: Path):
        assert "none" in the(check_machine(made(tmp_path)), "metrics port").says
        assert "is free" in the(check_machine(made(tmp_path, metrics_port=0)), "metrics port").says
        figures = registry_of(ProcessFigures("worker", lambda: False, tmp_path))
        with shown(figures, "127.0.0.1", 0) as port:
            assert "answers" in the(check_machine(made(tmp_path, metrics_port=port)), "metrics port").says
        with shown(CollectorRegistry(), "127.0.0.1", 0) as port:
            found = the(check_machine(made(tmp_path, metrics_port=port)), "metrics port")
            assert (found.level, "METRICS_PORT" in found.do) == (Level.WRONG, True)

    @pytest.mark.parametrize(
        "hosts",
        [
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.1", "localhost"),
            ("127.0.0.1", "0.0.0.0"),  # noqa: S104 - compared, not bound
            ("127.0.0.1", "::"),
            ("::1", "::"),
        ],
    )
    def test_a_port_for_metrics_that_is_the_api_s(self, tmp_path: Path, hosts: tuple[str, str]):
        both = {"listen_host": hosts[0], "metrics_host": hosts[1], "listen_port": 8_000, "metrics_port": 8_000}
        found = machine._metrics_port(made(tmp_path, **both))
        assert (found.level, "METRICS_PORT" in found.do) == (Level.WRONG, True)

    @pytest.mark.parametrize("hosts", [("::", "127.0.0.1"), ("127.0.0.2", "127.0.0.1")])
    def test_or_the_same_one_elsewhere(self, tmp_path: Path, hosts: tuple[str, str]):
        with socket.create_server(("127.0.0.1", 0)) as sock:
            port = sock.getsockname()[1]
        both = {"listen_host": hosts[0], "metrics_host": hosts[1], "listen_port": port, "metrics_port": port}
        assert machine._metrics_port(made(tmp_path, **both)).level is Level.OK

    def test_few_open_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        resource = pytest.importorskip("resource")
        monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 256))
        assert the(check_machine(made(tmp_path)), "open files").level is Level.WARNING

    @pytest.mark.parametrize(("theirs", "level"), [(101.0, Level.OK), (90.0, Level.WARNING), (200.0, Level.WRONG)])
    def test_clocks_that_differ(self, theirs: float, level: Level):
        assert check_apart("Redis", theirs, 100.0).level is level


def _slam(taken: socket.socket) -> None:
    """Takes whoever calls, and says nothing that is HTTP."""
    connection, _ = taken.accept()
    connection.close()


class TestDatabase:
    def test_none_yet_is_well_and_none_is_made(self, tmp_path: Path):
        found = list(check_database(made(tmp_path)))
        assert {one.level for one in found} == {Level.OK}
        assert not (tmp_path / "data").exists()

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        settings = made(tmp_path)
        SqlStore.open(settings.database).close()
        return settings

    def test_one_that_rests_is_read_and_left_as_it_is(self, settings: Settings):
        before = fingerprint(settings.data_dir)
        assert {one.level for one in check_database(settings)} == {Level.OK}
        assert fingerprint(settings.data_dir) == before

    def test_one_that_is_in_use(self, settings: Settings):
        store = SqlStore.open(settings.database)
        try:
            assert {one.level for one in check_database(settings)} == {Level.OK}
        finally:
            store.close()

    @pytest.mark.parametrize(
        ("revision", "oldest", "level"),
        [
            ("0011", "0015", Level.WARNING),
            ("9999", "0015", Level.WARNING),  # it only grew
            ("9999", "9998", Level.WRONG),
        ],
    )
    def test_a_schema_of_another_version(self, settings: Settings, revision: str, oldest: str, level: Level):
        with sqlite3.connect(settings.data_dir / "smart-support.db") as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
            connection.execute("UPDATE cursors SET value = json_object('oldest', ?) WHERE name = 'schema'", (oldest,))
        connection.close()
        found = the(check_database(settings), "schema")
        assert (found.level, revision in found.says) == (level, True)

    def test_a_restore_that_broke_off(self, settings: Settings):
        (settings.data_dir / "smart-support.db.restoring").mkdir()
        (found,) = check_database(settings)
        assert (found.level, "smart-support restore" in found.do) == (Level.WRONG, True)

    def test_the_model_that_is_promoted(self, settings: Settings, tmp_path: Path):
        folder = models_of(settings, load_taxonomy)
        info = folder.add(SHIPPED / "light")
        with closing(SqlStore.open(settings.database)) as store:
            store.add_model("default", info, 1.0, "test")
            store.change_roles("default", Roles(), Roles(active=info.version), "model.promote", 1.0, "test")
        assert info.version in the(check_database(settings), "promoted model").says
        chosen = settings.model_copy(update={"model_dir": tmp_path})
        assert "promoted model" not in {one.check for one in check_database(chosen)}
        shutil.rmtree(settings.model_folder / info.version)
        found = the(check_database(settings), "promoted model")
        assert (found.level, "models add" in found.says) == (Level.WRONG, True)

    @pytest.mark.parametrize("name", ["x.db", "x.db-wal", "x.db.lock", "."])
    def test_one_that_this_user_may_not_write_to(self, name: str):
        user = os.geteuid()
        with tempfile.TemporaryDirectory() as place:  # not pytest's, which are closed to other users
            folder = Path(place)
            for file in ("x.db", "x.db-wal", "x.db.lock"):
                (folder / file).touch(0o666)
                (folder / file).chmod(0o444 if file == name else 0o666)
            folder.chmod(0o555 if name == "." else 0o777)
            settings = made(folder / "data", database_url=f"sqlite:///{folder}/x.db")
            if user == 0:  # who may write anywhere
                os.seteuid(65_534)
            try:
                found = the(check_database(settings), "database")
            finally:
                os.seteuid(user)
                folder.chmod(0o700)
        assert (found.level, "written" in found.says, "chown" in found.do) == (Level.WRONG, True, True)

    def test_a_file_that_is_none(self, tmp_path: Path):
        settings = made(tmp_path)
        settings.data_dir.mkdir()
        (settings.data_dir / "smart-support.db").write_bytes(b"no database, and long enough to see that" * 100)
        found = the(check_database(settings), "database")
        assert (found.level, "backup" in found.do) == (Level.WRONG, True)

    def test_an_erasure_that_is_left_in_the_files(self, settings: Settings):
        with closing(SqlStore.open(settings.database)) as store:
            store.accept([ticket()], ["test"])
            store.erase_tickets([ticket().key], 1.0, lambda *_: ("", ()), "test")
        found = the(check_database(settings), "erasures")
        assert (found.level, "room" in found.do) == (Level.WARNING, True)
        with closing(SqlStore.open(settings.database)) as store:
            assert store.scrub()
        assert "erasures" not in {one.check for one in check_database(settings)}

    def test_no_key_where_others_can_call(self, settings: Settings):
        reached = settings.model_copy(update={"listen_host": "192.0.2.1"})
        assert the(check_database(reached), "API keys").level is Level.WRONG

    def test_keys_that_open_nothing_any_more_leave_nothing_open(self, settings: Settings):
        assert "none was ever made" in the(check_database(settings), "API keys").says
        with closing(SqlStore.open(settings.database)) as store:
            store.add_key(ApiKey("k1", "default", "first", frozenset({Scope.READ}), "x", 1.0, 2.0), "test")
        found = the(check_database(settings), "API keys")
        assert (found.level, "answers nobody" in found.says) == (Level.WARNING, True)
        reached = settings.model_copy(update={"listen_host": "192.0.2.1"})
        assert the(check_database(reached), "API keys").level is Level.WRONG

    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:////etc/passwd/x.db"])
    def test_a_url_that_no_file_can_be_made_by(self, tmp_path: Path, url: str):
        found = the(check_database(made(tmp_path, database_url=url)), "database")
        assert (found.level, "DATABASE_URL" in found.do) == (Level.WRONG, True)

    def test_postgresql_that_is_not_there(self, tmp_path: Path):
        url = "postgresql://ann:hunter2@127.0.0.1:1/tickets"
        found = the(check_database(made(tmp_path, database_url=url)), "database")
        assert found.level is Level.WRONG
        assert "hunter2" not in str(found)

    def test_postgresql_that_is_there_and_does_not_sync(self, tmp_path: Path, postgres_database: str):
        settings = made(tmp_path, database_url=postgres_database.replace("+psycopg", ""))
        found = {one.check: one for one in check_database(settings)}
        assert found["database"].level is Level.WARNING
        assert "fsync" in found["database"].says  # as the tests' server is run
        assert found["schema"].level is found["clock of the database"].level is Level.OK
        engine = sa.create_engine(postgres_database)
        assert sa.inspect(engine).get_table_names() == []
        engine.dispose()


class TestRightsOnPostgresql:
    @pytest.fixture
    def admin(self, postgres_database: str) -> Iterator[sa.Connection]:
        """To the database, with a role `clerk` who may make nothing there."""
        engine = sa.create_engine(postgres_database, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE ROLE clerk LOGIN")
            connection.exec_driver_sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")  # as from PostgreSQL 15 on
            yield connection
            connection.exec_driver_sql("DROP OWNED BY clerk CASCADE")
            connection.exec_driver_sql("DROP ROLE clerk")
        engine.dispose()

    @pytest.fixture
    def settings(self, tmp_path: Path, postgres_database: str) -> Settings:
        url = sa.make_url(postgres_database).set(drivername="postgresql", username="clerk")
        return made(tmp_path, database_url=str(url))

    def test_to_make_tables(self, settings: Settings, admin: sa.Connection):
        found = the(check_database(settings), "database")
        assert (found.level, found.do) == (Level.WRONG, "GRANT CREATE ON SCHEMA public TO clerk")
        admin.exec_driver_sql(found.do)
        assert the(check_database(settings), "database").level is Level.WARNING  # fsync
        admin.exec_driver_sql("ALTER ROLE clerk SET search_path = nowhere")
        found = the(check_database(settings), "database")
        assert (found.level, "search_path" in found.do) == (Level.WRONG, True)

    def test_to_write_to_those_that_are_there(self, settings: Settings, admin: sa.Connection, postgres_database: str):
        SqlStore.open(postgres_database).close()
        found = the(check_database(settings), "database")
        assert (found.level, "owner" in found.do) == (Level.WRONG, True)
        for table in sa.inspect(admin).get_table_names():
            admin.exec_driver_sql(f"GRANT ALL ON {table} TO clerk")
        assert the(check_database(settings), "database").level is Level.WARNING

    @pytest.mark.parametrize("of", ["ROLE clerk", "DATABASE {}"])
    def test_to_write_at_all(self, settings: Settings, admin: sa.Connection, of: str):
        admin.exec_driver_sql("GRANT CREATE ON SCHEMA public TO clerk")
        admin.exec_driver_sql(f"ALTER {of.format(admin.engine.url.database)} SET default_transaction_read_only = on")
        found = the(check_database(settings), "database")
        assert (found.level, "default_transaction_read_only" in found.do) == (Level.WRONG, True)


class TestRedis:
    def test_none(self, tmp_path: Path):
        (found,) = check_redis(made(tmp_path))
        assert (found.level, "need REDIS_URL" in found.says) == (Level.OK, True)

    def test_one_that_is_not_there(self, tmp_path: Path):
        found = the(check_redis(made(tmp_path, redis_url="redis://:hunter2@127.0.0.1:1/0")), "Redis")
        assert found.level is Level.WRONG
        assert "hunter2" not in str(found)

    def test_one_that_is_well_and_one_that_evicts(self, tmp_path: Path):
        import redis

        with servers.redis_server() as server:
            url = servers.redis_url(server)
            assert {one.level for one in check_redis(made(tmp_path, redis_url=url))} == {Level.OK}
            with redis.Redis.from_url(url) as client:
                client.config_set("maxmemory", "100mb")
                client.config_set("maxmemory-policy", "allkeys-lru")
                assert client.keys() == []
            found = the(check_redis(made(tmp_path, redis_url=url)), "Redis")
            assert (found.level, "allkeys-lru" in found.says) == (Level.WARNING, True)


class TestProgram:
    def test_a_name_in_dotenv_that_is_no_setting(self, tmp_path: Path):
        (tmp_path / ".env").write_text("WEBHOK_URL=https://example.org\nLOG_LEVEL=info\nPGPASSWORD=x\n")
        found, said = the(check_program(made(tmp_path)), "settings"), "WEBHOK_URL (is WEBHOOK_URL meant?)"
        assert (found.level, found.says) == (Level.WARNING, f".env sets what is no setting: {said}")

    def test_a_destination_that_cannot_be(self, tmp_path: Path):
        settings = made(tmp_path, destinations={"oncall": {"type": "slack", "url": "ftp://example.org"}})
        assert the(check_program(settings), "destinations and sources").level is Level.WRONG

    @pytest.mark.parametrize(
        ("url", "level"),
        [
            ("http://127.0.0.1:9000/x", Level.WRONG),
            ("http://localhost/x", Level.WRONG),
            ("https://[fd00::1]/x", Level.WRONG),
            ("http://0x7f000001/x", Level.WRONG),
            ("https://1.1.1.1/x", Level.OK),
            ("https://hooks.example.org/x", Level.OK),
        ],
    )
    def test_a_destination_that_is_refused_for_its_address(self, tmp_path: Path, url: str, level: Level):
        check = "destinations and sources"
        assert the(check_program(made(tmp_path, webhook_url=url)), check).level is level
        assert the(check_program(made(tmp_path, destinations={"oncall": {"url": url}})), check).level is level
        allowed = made(tmp_path, webhook_url=url, allow_private_webhooks=True)
        assert the(check_program(allowed), check).level is Level.OK

    def test_a_source_that_cannot_be_written_to(self, tmp_path: Path):
        desk = {"type": "zammad", "secret": "s", "api_url": "http://10.0.0.1", "api_token": "t"}
        found = the(check_program(made(tmp_path, sources={"desk": desk})), "destinations and sources")
        assert (found.level, found.says.startswith("desk: 10.0.0.1")) == (Level.WRONG, True)
        quiet = desk | {"write_back": False}
        found = the(check_program(made(tmp_path, sources={"desk": quiet})), "destinations and sources")
        assert "10.0.0.1" not in found.says  # nothing is sent there

    def test_a_model_that_was_damaged(self, tmp_path: Path):
        folder = tmp_path / "model"
        shutil.copytree(SHIPPED / "light", folder)
        weights = max(folder.iterdir(), key=lambda path: path.stat().st_size)
        content = bytearray(weights.read_bytes())
        content[len(content) // 2] ^= 1
        weights.write_bytes(content)
        found = the(check_program(made(tmp_path, model_dir=folder)), "model")
        assert (found.level, "MODEL_DIR" in found.do) == (Level.WRONG, True)

    def test_pages_that_were_not_built(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(program, "BUNDLE", tmp_path)
        assert the(check_program(made(tmp_path)), "dashboard").level is Level.WARNING
        (tmp_path / "index.html").write_text('<script type="module" src="/ui/assets/index-B7.js"></script>')
        assert "assets/index-B7.js is missing" in the(check_program(made(tmp_path)), "dashboard").says
        (tmp_path / "assets").mkdir()
        (tmp_path / "assets/index-B7.js").write_text("")
        assert the(check_program(made(tmp_path)), "dashboard").level is Level.OK

    def test_traces_that_nothing_sends(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        assert the(check_program(made(tmp_path)), "traces").says.startswith("off")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
        assert the(check_program(made(tmp_path)), "traces").says == "on"
        monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
        found = the(check_program(made(tmp_path)), "traces")
        assert (found.level, "smart-support[otel]" in found.says) == (Level.WRONG, True)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        found = the(check_program(made(tmp_path)), "traces")
        assert (found.level, "http/protobuf" in found.says) == (Level.WRONG, True)

    def test_a_certificate_that_is_not_there(self, tmp_path: Path):
        assert the(check_program(made(tmp_path)), "TLS").level is Level.OK
        gone = {"tls_cert": tmp_path / "cert.pem", "tls_key": tmp_path / "key.pem"}
        found = the(check_program(made(tmp_path, **gone)), "TLS")
        assert (found.level, "cert.pem" in found.says) == (Level.WRONG, True)
