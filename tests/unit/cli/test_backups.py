"""`backup` and `restore`, as they speak; what they do is in test_backup.py."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from smart_support.adapters.backup.archive import DATABASE
from smart_support.adapters.sql.store import SqlStore
from smart_support.data_dir import SERVER_NOTE
from tests.unit.cli.conftest import Cli


@pytest.fixture
def data(tmp_path: Path) -> Path:
    SqlStore.open(f"sqlite:///{tmp_path}/old/{DATABASE}").close()
    return tmp_path / "old"


def test_there_and_back(cli: Cli, data: Path, tmp_path: Path):
    file = tmp_path / "b.tar.gz"
    made = cli("backup", str(file), "--data-dir", str(data))
    assert (made.code, made.out) == (0, "")
    assert re.search(r": [1-9]\d*\.\d KiB, .* checked", made.err)
    cli("backup", str(file), "--data-dir", str(data)).failed("b.tar.gz is there already", "--force")
    again = json.loads(cli("backup", str(file), "--data-dir", str(data), "--force", "--json").out)
    done = cli("restore", str(file), "--data-dir", str(tmp_path / "new"))
    assert (done.code, done.out) == (0, "")
    assert "Erasures, revoked keys" in done.err
    cli("restore", str(file), "--data-dir", str(tmp_path / "new")).failed(DATABASE, "--force")
    (tmp_path / "new" / SERVER_NOTE).write_text("{}")
    told = json.loads(cli("restore", str(file), "--data-dir", str(tmp_path / "new"), "--force", "--json").out)
    assert not (tmp_path / "new" / SERVER_NOTE).exists()
    assert told["at"] == again["at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["at"])
    assert (Path(told["aside"]) / DATABASE).is_file()


def test_what_cannot_be_is_said(cli: Cli, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    cli("backup", str(tmp_path), "--data-dir", str(data)).failed("is a folder")
    cli("backup", str(tmp_path / "no" / "b"), "--data-dir", str(data)).failed(
        f"cannot write {tmp_path}/no/b: No such file"
    )
    cli("restore", str(tmp_path / "b"), "--data-dir", str(data)).failed(f"{tmp_path}/b: No such file")
    cli("backup", str(tmp_path / "b"), "--data-dir", str(tmp_path / "none")).failed("there is no database")
    cli("restore", str(tmp_path / "b"), "--data-dir", str(tmp_path / "new")).failed("No such file")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{data}/{DATABASE}")
    cli("restore", str(tmp_path / "b"), "--data-dir", str(tmp_path / "new")).failed("DATABASE_URL names")


def test_a_backup_that_this_version_cannot_restore_says_so(cli: Cli, data: Path, tmp_path: Path):
    with closing(sqlite3.connect(data / DATABASE)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0999'")
    made = cli("backup", str(tmp_path / "b"), "--data-dir", str(data))
    assert (made.code, "revision 0999) is newer than this program knows" in made.err) == (0, True)
    cli("restore", str(tmp_path / "b"), "--data-dir", str(tmp_path / "new")).failed("newer than this program knows")


def test_a_database_elsewhere_is_backed_up_too(cli: Cli, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{data}/{DATABASE}")
    assert cli("backup", str(tmp_path / "b"), "--data-dir", str(tmp_path / "elsewhere")).code == 0


def test_postgresql_is_backed_up_with_its_own_tools(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:secret@db.example:5433/desk")
    place = "--dbname=postgresql://me@db.example:5433/desk"
    made, back = cli("backup", "desk.dump"), cli("restore", "desk.dump")
    made.failed(f"pg_dump --format=custom --file=desk.dump {place}\n")
    back.failed(f"pg_restore --clean --if-exists --single-transaction --no-owner {place} desk.dump\n")
    assert "secret" not in made.err + back.err
    assert not (tmp_path / "desk.dump").exists()
