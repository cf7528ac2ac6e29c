"""`smart-support up` as an operator meets it: it starts, refuses what it must, and ends when told."""

import json
import shutil
import signal
import socket
import sqlite3
import stat
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from smart_support.adapters.sql.store import SqlStore
from smart_support.triage.light import SHIPPED
from tests.integration.system import run, until, up

ANYWHERE = "0.0.0.0"  # noqa: S104 - that others could reach it is what is tested
TICKET = {"subject": "Checkout is down", "body": "No customer can pay since 9:00. Urgent!"}


def refused(answer, *words: str) -> None:
    """It failed with one line that says why, and no traceback."""
    assert answer.returncode == 1, answer.stderr
    assert answer.stdout == ""
    assert answer.stderr.startswith("error: ")
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    for word in words:
        assert word in answer.stderr


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_accepts_processes_and_ends_clean(tmp_path: Path, ending: signal.Signals):
    with up(tmp_path / "data") as system:
        assert stat.S_IMODE((system.data_dir / "server.json").stat().st_mode) == 0o600
        answer = system.api.post("/v2/tickets", params={"wait": 5}, json=TICKET)
        assert answer.status_code == 202
        assert answer.json()["urgency_score"] > 0.5
        system.until_waiting(1)
        assert system.api.get("/v2/tickets/next").json()["ticket_id"] == answer.json()["ticket_id"]
        assert system.end(ending) == 0
        assert not (system.data_dir / "server.json").exists()
        log = system.log.read_text()
        assert f"{system.url}/v2/tickets" in log  # the line to try
        assert "Traceback" not in log


def test_with_log_json_each_line_is_an_object_to_the_last(tmp_path: Path):
    with up(tmp_path / "data", LOG_JSON="true") as system:
        refuses = run("up", "--data-dir", str(system.data_dir), folder=tmp_path, LOG_JSON="true")
        assert system.end(signal.SIGTERM) == 0
        *_, last = [json.loads(line) for line in system.log.read_text().splitlines()]
    apart = run("api", folder=tmp_path, LOG_JSON="true")
    assert (last["event"], last["process"]) == ("stopped", "up")
    for ended, word in ((refuses, "--data-dir"), (apart, "DATABASE_URL")):
        (line,) = [json.loads(line) for line in ended.stderr.splitlines()]
        assert (ended.returncode, line["event"], line["level"], word in line["error"]) == (1, "failed", "error", True)


def test_one_system_to_a_database(tmp_path: Path):
    with up(tmp_path / "data") as system:
        refused(run("up", "--port", "0", "--data-dir", str(system.data_dir), folder=tmp_path), str(system.data_dir))
        url = f"sqlite:///{system.data_dir}/smart-support.db"
        other = run("up", "--port", "0", "--data-dir", "other", folder=tmp_path, DATABASE_URL=url)
        refused(other, "smart-support.db is in use")
        refused(run("db", "upgrade", folder=tmp_path, DATABASE_URL=url), "smart-support.db is in use")
        assert system.api.get("/readyz").is_success


def test_a_taken_port_is_named(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = run("up", "--port", str(port), "--data-dir", "data", folder=tmp_path)
    refused(answer, f"127.0.0.1:{port}", "ddress already in use", "--port")
    assert "attempting to bind" not in answer.stderr


def test_others_reach_it_with_keys_alone(tmp_path: Path):
    at = {"DATA_DIR": str(tmp_path / "data")}
    refused(run("up", "--port", "0", "--host", ANYWHERE, folder=tmp_path, **at), "keys create")
    made = run("keys", "create", "--name", "ci", "--scope", "intake", "--json", folder=tmp_path, **at)
    key = json.loads(made.stdout)
    with up(tmp_path / "data", "--host", ANYWHERE) as system:
        assert system.api.post("/v2/tickets", json=TICKET).status_code == 401
        bearer = {"Authorization": f"Bearer {key['token']}"}
        assert system.api.post("/v2/tickets", json=TICKET, headers=bearer).status_code == 202
        assert system.api.get("/keys", headers=bearer).status_code == 403
        assert run("keys", "revoke", key["id"], folder=tmp_path, **at).returncode == 0
        assert system.api.post("/v2/tickets", json=TICKET, headers=bearer).status_code == 401


def test_commands_beside_it_use_its_api(tmp_path: Path):
    with up(tmp_path / "data") as system:
        at = {"DATA_DIR": str(system.data_dir)}
        lines = "".join(json.dumps({"id": f"i{n}", **TICKET}) + "\n" for n in range(3))
        imported = run("import", "-", "--json", folder=tmp_path, stdin=lines, **at)
        assert json.loads(imported.stdout) == {"imported": 3, "known": 0, "conflicts": []}
        until(lambda: system.status()["processed"] == 3, "what was imported is triaged")
        exported = run("export", folder=tmp_path, **at)
        assert {json.loads(line)["ticket_id"] for line in exported.stdout.splitlines()} == {"i0", "i1", "i2"}
        # From the first key on, calls without one are refused; the commands still pass.
        token = run("keys", "create", "--name", "ops", "--scope", "admin", folder=tmp_path, **at).stdout.strip()
        assert system.api.get("/keys").status_code == 401
        assert system.api.get("/keys", headers={"X-API-Key": token}).json()[0]["name"] == "ops"
        listed = json.loads(run("keys", "list", "--json", folder=tmp_path, **at).stdout)
        assert [key["name"] for key in listed] == ["ops"]
        assert "secret" not in str(listed)


class _Stranger(BaseHTTPRequestHandler):
    """Somebody else's server, which knows none of our paths; it keeps the tokens it was sent."""

    tokens: list[str | None] = []  # noqa: RUF012 - the server makes an instance a request

    def do_GET(self) -> None:
        self.tokens.append(self.headers["Authorization"])
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


def test_a_taxonomy_applied_beside_it_is_used_at_once(tmp_path: Path):
    examples = [{"name": name, "examples": [f"{name} {n}" for n in "abc"]} for name in ("Apples", "Pears")]
    (tmp_path / "own.json").write_text(json.dumps({"category": examples, "review_below": 1.0, "fallback": "Who knows"}))
    with up(tmp_path / "data") as system:
        applied = run("config", "apply", "own.json", folder=tmp_path, DATA_DIR=str(system.data_dir))
        assert applied.returncode == 0, applied.stderr

        def category() -> str:
            made = system.api.post("/v2/tickets", params={"wait": 5}, json=TICKET).json()["ticket_id"]
            return system.api.get(f"/v2/tickets/{made}").json()["category"]

        until(lambda: category() == "Who knows", "the new taxonomy is used", 5.0)


def test_the_note_of_a_killed_system_does_no_harm(tmp_path: Path):
    with up(tmp_path / "data") as system:
        system.end(signal.SIGKILL)
    note = tmp_path / "data" / "server.json"
    at = {"DATA_DIR": str(tmp_path / "data")}
    assert note.exists()
    assert run("keys", "list", "--json", folder=tmp_path, **at).stdout == "[]\n"
    with HTTPServer(("127.0.0.1", 0), _Stranger) as server:  # the port is somebody else's now
        threading.Thread(target=server.serve_forever, daemon=True).start()
        note.write_text(json.dumps(json.loads(note.read_text()) | {"url": f"http://127.0.0.1:{server.server_port}"}))
        listed = run("keys", "list", "--json", folder=tmp_path, **at)
        server.shutdown()
    assert listed.stdout == "[]\n", listed.stderr
    with up(tmp_path / "data") as again:
        assert again.end(signal.SIGTERM) == 0
    assert not note.exists()


@pytest.mark.parametrize("below", ["", "/deeper"])
def test_a_data_dir_that_cannot_be_written_is_named(tmp_path: Path, below: str):
    (tmp_path / "file").write_text("")
    refused(run("up", "--port", "0", "--data-dir", f"file{below}", folder=tmp_path), f"file{below}", "--data-dir")


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path):
    file = tmp_path / "smart-support.db"
    file.write_bytes(bytes(range(256)) * 64)
    refused(run("up", "--port", "0", "--data-dir", ".", folder=tmp_path), "not a database", "smart-support.db")
    assert file.read_bytes() == bytes(range(256)) * 64


def test_a_database_of_a_newer_version_that_took_something_away_is_refused(tmp_path: Path):
    SqlStore.open(f"sqlite:///{tmp_path}/smart-support.db").close()
    with sqlite3.connect(tmp_path / "smart-support.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.execute("""UPDATE cursors SET value = '{"oldest": "9999"}' WHERE name = 'schema'""")
    database.close()
    refused(run("up", "--port", "0", "--data-dir", ".", folder=tmp_path), "9999", "newer")


def test_a_changed_model_is_refused(tmp_path: Path):
    model = tmp_path / "model"
    shutil.copytree(SHIPPED, model)
    weights = bytearray((model / "weights.npz").read_bytes())
    weights[len(weights) // 2] ^= 1
    (model / "weights.npz").write_bytes(weights)
    answer = run("up", "--port", "0", "--data-dir", "data", folder=tmp_path, MODEL_DIR=str(model))
    refused(answer, str(model), "weights.npz", "SHA-256")


def test_an_unreachable_server_is_named_and_its_password_is_not(tmp_path: Path, free_port: int):
    url = f"postgresql://u:hunter2@127.0.0.1:{free_port}/x"
    answer = run("up", "--port", "0", "--data-dir", "data", folder=tmp_path, DATABASE_URL=url)
    refused(answer, f"{free_port}", "refused")
    assert "hunter2" not in answer.stderr


def test_told_twice_it_still_ends_clean(tmp_path: Path):
    with up(tmp_path / "data") as system:
        system.process.send_signal(signal.SIGTERM)
        assert system.end(signal.SIGTERM) == 0
    assert not (tmp_path / "data" / "server.json").exists()


def test_postgresql_by_url(tmp_path: Path, postgres_database: str):
    url = postgres_database.replace("+psycopg", "", 1)
    at = {"DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": url}
    with up(tmp_path / "data", DATABASE_URL=url) as system:
        for n in range(20):
            assert system.api.post("/v2/tickets", json={"ticket_id": f"p{n}", **TICKET}).status_code == 202
        system.until_waiting(20)
        system.end(signal.SIGKILL)
    with up(tmp_path / "data", DATABASE_URL=url) as system:
        exported = run("export", folder=tmp_path, **at)
        ids = [json.loads(line)["ticket_id"] for line in exported.stdout.splitlines()]
        assert sorted(ids) == sorted(f"p{n}" for n in range(20))
        claimed = [system.api.get("/v2/tickets/next").json()["ticket_id"] for _ in range(20)]
        assert sorted(claimed) == sorted(ids)
        assert system.api.get("/v2/tickets/next").status_code == httpx.codes.NOT_FOUND
        assert system.end(signal.SIGTERM) == 0
    assert not (tmp_path / "data" / "smart-support.db").exists()


def test_an_unforeseen_error_is_answered_at_once_and_logged_without_key_or_text(tmp_path: Path):
    made = run("keys", "create", "--name", "x", "--scope", "admin", folder=tmp_path, DATA_DIR=str(tmp_path / "d"))
    token = made.stdout.strip()
    with up(tmp_path / "d") as system:
        database = sqlite3.connect(system.data_dir / "smart-support.db")
        with database:  # what no request can do, so that what nobody foresaw happens
            database.execute("DROP TABLE outbox")
        database.close()
        start = time.monotonic()
        answer = system.api.post(
            "/v2/tickets", json={"body": "confidential-text"}, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert time.monotonic() - start < 2.0
        until(lambda: "request_failed" in system.log.read_text(), "the error is logged")
        logged = system.log.read_text()
        assert "Traceback" in logged
        assert token.rsplit("_", 1)[1] not in logged
        assert "confidential-text" not in logged
