"""`smart-support backup` and `restore` as an operator uses them: beside a running system, killed, and put back."""

import json
import random
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from smart_support.adapters.backup.archive import DATABASE
from smart_support.adapters.backup.take import take
from smart_support.adapters.sql.store import SqlStore
from tests.integration.system import PROGRAM, environment, run, up
from tests.waiting import until

_MAIN = "from smart_support.cli import main; main()"

KEPT = {DATABASE, "models"}
LEFT_OUT = {"server.json", "up.lock", f"{DATABASE}.lock", f"{DATABASE}-wal", f"{DATABASE}-shm"}
"""What only means something to the process that runs."""


@contextmanager
def load(url: str) -> Iterator[list[str]]:
    """Tickets, one after the other from each of two callers; yields the ids of those that were answered with 202."""
    accepted, stop = list[str](), threading.Event()

    def post(caller: int) -> None:
        with httpx.Client(base_url=url, timeout=30.0, trust_env=False) as api:
            number = 0
            while not stop.is_set():
                ticket = {"ticket_id": f"t-{caller}-{number}", "subject": "Help", "body": f"Question {number} " * 40}
                assert api.post("/v2/tickets", json=ticket).status_code == 202
                accepted.append(ticket["ticket_id"])
                number += 1

    callers = [threading.Thread(target=post, args=(caller,)) for caller in range(2)]
    for caller in callers:
        caller.start()
    try:
        yield accepted
    finally:
        stop.set()
        for caller in callers:
            caller.join()


def test_what_was_answered_before_a_backup_is_in_it_whole(tmp_path: Path):
    file, data, new = tmp_path / "backup.tar.gz", str(tmp_path / "data"), tmp_path / "new"
    with up(tmp_path / "data") as system:
        with load(system.url) as accepted:
            until(lambda: len(accepted) >= 100, "tickets come")
            before = list(accepted)
            made = run("backup", str(file), "--data-dir", data, "--json", folder=tmp_path)
            after = len(accepted)
            until(lambda: len(accepted) > after, "tickets still come")
        assert made.returncode == 0, made.stderr
        assert json.loads(made.stdout)["bytes"] == file.stat().st_size
        in_use = run("restore", str(file), "--data-dir", data, "--force", folder=tmp_path)
        assert (in_use.returncode, "is in use" in in_use.stderr) == (1, True)
        assert {path.name for path in system.data_dir.iterdir()} <= KEPT | LEFT_OUT, "in a backup, or left out of it?"
        assert system.api.get("/readyz").is_success
    there = run("restore", str(file), "--data-dir", data, folder=tmp_path)
    assert (there.returncode, "--force" in there.stderr) == (1, True)
    done = run("restore", str(file), "--data-dir", str(new), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(new / DATABASE)) as database:
        restored = {row[0] for row in database.execute("SELECT id FROM tickets")}
        events = [row[0] for row in database.execute("SELECT ticket_id FROM events WHERE kind = 'ticket.accept'")]
        underway = {row[0] for row in database.execute("SELECT ticket_id FROM outbox")}
        triaged = {row[0] for row in database.execute("SELECT id FROM tickets WHERE dispatch_order IS NOT NULL")}
    assert len(before) <= len(restored) < len(accepted) + 3  # and up to one more of each caller
    assert restored >= set(before)
    assert sorted(events) == sorted(restored)
    assert underway | triaged == restored
    with up(new) as system:
        system.until_waiting(len(restored))


@pytest.mark.parametrize("when", [DATABASE, "backup"], ids=["as it copies", "as it packs"])
def test_a_backup_that_is_killed_leaves_the_one_before_whole(tmp_path: Path, when: str):
    data, file = tmp_path / "data", tmp_path / "b.tar.gz"
    SqlStore.open(f"sqlite:///{data}/{DATABASE}").close()

    def back_up(*, replace: bool) -> None:
        take(data / DATABASE, data / "models", file, "1.2", 0.0, replace=replace, told=lambda _: lambda *_: None)

    back_up(replace=False)
    with closing(sqlite3.connect(data / DATABASE)) as database, database:
        database.execute("CREATE TABLE weight (bytes BLOB)")
        noise = random.Random(7)
        database.executemany("INSERT INTO weight VALUES (?)", [(noise.randbytes(1 << 20),) for _ in range(24)])
    before, draft = file.read_bytes(), tmp_path / ".b.tar.gz.draft"
    command = [PROGRAM, "backup", str(file), "--force", "--data-dir", str(data)]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL)
    until(lambda: (draft / when).exists() or process.poll() is not None, "it has begun")
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert draft.exists()
    assert file.read_bytes() == before
    back_up(replace=True)
    assert not draft.exists()
    assert file.stat().st_size > 24 << 20


def test_a_disk_with_no_room_is_told_of(tmp_path: Path):
    """The limit of a file's size stands for the disk: what the system says is what is told."""
    data = tmp_path / "data"
    SqlStore.open(f"sqlite:///{data}/{DATABASE}").close()
    small = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); {_MAIN}"
    command = [PROGRAM.with_name("python"), "-c", small, "backup", "b.tar.gz", "--data-dir", str(data)]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"data"}
