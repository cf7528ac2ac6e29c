"""Backups: whole or not at all, checked before anything is replaced, and what was there is kept."""

import errno
import gzip
import io
import json
import os
import random
import shutil
import sqlite3
import tarfile
import threading
import zlib
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import filelock
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smart_support.adapters.backup import archive, restore, take
from smart_support.adapters.backup.archive import DATABASE, BackupError, Manifest
from smart_support.adapters.sql.database import StoreMisconfigured
from smart_support.adapters.sql.store import SqlStore, known_revisions
from smart_support.domain.event import Position
from tests.builders import key, ticket

NOON = 1_760_000_400.0


def told(_what: str) -> archive.Step:
    return lambda *_: None


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with an empty database."""
    folder = tmp_path_factory.mktemp("empty")
    SqlStore.open(f"sqlite:///{folder}/{DATABASE}").close()
    return folder


class Fill:
    """Makes data directories, from one whose database is of the newest revision already."""

    def __init__(self, empty: Path) -> None:
        self._empty = empty

    def __call__(self, data_dir: Path, *names: str, models: bool = True) -> None:
        if not data_dir.exists():
            shutil.copytree(self._empty, data_dir)
        _fill(data_dir, *names, models=models)


@pytest.fixture
def fill(empty: Path) -> Fill:
    return Fill(empty)


def _fill(data_dir: Path, *names: str, models: bool) -> None:
    with closing(sqlite3.connect(data_dir / DATABASE)) as database, database:
        database.executemany(
            "INSERT INTO tickets (workspace, id, subject, body, tags, metadata, content_hash, history, accepted_at, "
            "state) VALUES ('default', ?, 'Help', 'It is broken', '[]', '{}', '', false, ?, 'accepted')",
            [(name, NOON) for name in names],
        )
    if models:
        (data_dir / "models" / "v1" / "light").mkdir(parents=True)
        (data_dir / "models" / "v1" / "light" / "weights.npz").write_bytes(random.Random(7).randbytes(300_000))
        (data_dir / "models" / ".adding-x").mkdir()
        (data_dir / "models" / ".adding-x" / "half").write_bytes(b"half")


def back_up(data_dir: Path, file: Path, *, replace: bool = False) -> Manifest:
    return take.take(data_dir / DATABASE, data_dir / "models", file, "1.2", NOON, replace=replace, told=told)


def put_back(file: Path, data_dir: Path, *, replace: bool = False) -> restore.Restored:
    return restore.restore(file, data_dir, known_revisions(), replace=replace, told=told)


def names_in(data_dir: Path) -> set[str]:
    with closing(sqlite3.connect(data_dir / DATABASE)) as database:
        return {row[0] for row in database.execute("SELECT id FROM tickets")}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, empty: Path) -> Path:
    """A folder with a data directory of two tickets and a model, and a backup of it."""
    folder = tmp_path_factory.mktemp("original")
    Fill(empty)(folder / "old", "t1", "t2")
    back_up(folder / "old", folder / "backup.tar.gz")
    return folder


@pytest.fixture
def made(original: Path, tmp_path: Path) -> Path:
    """The backup, beside what it is of."""
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    return tmp_path / "backup.tar.gz"


def test_what_was_backed_up_comes_back(made: Path, tmp_path: Path):
    done = put_back(made, tmp_path / "new")
    assert done.manifest is not None
    assert (done.manifest.version, done.manifest.at, done.aside) == ("1.2", NOON, None)
    weights = Path("models/v1/light/weights.npz")
    assert set(done.manifest.files) == {DATABASE, str(weights)}
    assert (tmp_path / "new" / weights).read_bytes() == (tmp_path / "old" / weights).read_bytes()
    store = SqlStore.open(f"sqlite:///{tmp_path}/new/{DATABASE}")
    assert store.find(key("t1")) is not None
    store.close()
    assert not list((tmp_path / "new").glob(".*"))
    assert not list(tmp_path.glob(".backup*"))


def test_the_copy_is_of_one_moment_however_fast_others_write(tmp_path: Path, fill: Fill):
    """Each transaction moves from one table to another: at no moment do both or neither have a row."""
    path = tmp_path / "data" / DATABASE
    fill(tmp_path / "data", "t1", models=False)
    writer = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    writer.execute("PRAGMA synchronous = OFF")
    writer.execute("CREATE TABLE a (n INTEGER PRIMARY KEY, text TEXT)")
    writer.execute("CREATE TABLE b (n INTEGER PRIMARY KEY, text TEXT)")
    writer.executemany("INSERT INTO a VALUES (?, ?)", [(n, "x" * 3_000) for n in range(4_000)])
    stop, begun, moved = threading.Event(), threading.Event(), [0]

    def write() -> None:
        for n in range(4_000):
            if stop.is_set():
                return
            writer.execute("BEGIN")
            writer.execute("INSERT INTO b SELECT * FROM a WHERE n = ?", (n,))
            writer.execute("DELETE FROM a WHERE n = ?", (n,))
            writer.execute("COMMIT")
            moved[0] = n + 1
            begun.set()

    thread = threading.Thread(target=write)
    thread.start()
    assert begun.wait(30)
    before = moved[0]
    back_up(tmp_path / "data", tmp_path / "b.tar.gz")
    after = moved[0]
    stop.set()
    thread.join()
    writer.close()
    assert after > before
    put_back(tmp_path / "b.tar.gz", tmp_path / "new")
    with closing(sqlite3.connect(tmp_path / "new" / DATABASE)) as copy:
        assert copy.execute("SELECT count(*) FROM (SELECT n FROM a UNION SELECT n FROM b)").fetchone() == (4_000,)
        assert copy.execute("SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b)").fetchone() == (4_000,)
        assert before <= copy.execute("SELECT count(*) FROM b").fetchone()[0] <= after + 1


def test_a_file_that_is_there_stays_unless_it_is_to_be_replaced(made: Path, tmp_path: Path, fill: Fill):
    before = made.read_bytes()
    with pytest.raises(BackupError, match="--force"):
        back_up(tmp_path / "old", made)
    assert made.read_bytes() == before
    fill(tmp_path / "old", "t3", models=False)
    back_up(tmp_path / "old", made, replace=True)
    put_back(made, tmp_path / "new")
    assert names_in(tmp_path / "new") == {"t1", "t2", "t3"}


OWN = (DATABASE, *(f"{DATABASE}{end}" for end in ("-wal", "-shm", "-journal", ".lock")), "up.lock", "server.json")
OWN += ("models/v1/light/weights.npz", "models/new.tar.gz", "replaced-20260101T000000Z/new.tar.gz", "import-0a.json")
OWN += (".unpacked/new.tar.gz",)


@pytest.mark.parametrize("name", OWN)
def test_no_backup_takes_the_place_of_a_file_of_the_system(made: Path, tmp_path: Path, name: str):
    data = tmp_path / "old"
    (data / "replaced-20260101T000000Z").mkdir()
    (data / ".unpacked").mkdir()
    (data / "import-0a.json").touch()
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    (tmp_path / "link").symlink_to(data)
    for file in (data / name, tmp_path / "link" / name, data / "models" / ".." / name):
        with pytest.raises(BackupError, match="own files"):
            back_up(data, file, replace=True)
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before


def test_no_backup_takes_the_place_of_the_database_under_another_name(made: Path, tmp_path: Path):
    (tmp_path / "hard").hardlink_to(tmp_path / "old" / DATABASE)
    (tmp_path / "soft").symlink_to(tmp_path / "old" / DATABASE)
    (tmp_path / "elsewhere").mkdir()
    moved = (tmp_path / "old" / DATABASE).rename(tmp_path / "elsewhere" / "desk")
    (tmp_path / "old" / DATABASE).symlink_to(moved)
    for name in ("hard", "soft", "elsewhere/desk", "elsewhere/desk-wal"):
        with pytest.raises(BackupError, match="own files"):
            back_up(tmp_path / "old", tmp_path / name, replace=True)
    back_up(tmp_path / "old", tmp_path / "old" / "backup.tar.gz")


def test_without_a_database_there_is_no_backup(tmp_path: Path):
    with pytest.raises(BackupError, match="--data-dir"):
        back_up(tmp_path, tmp_path / "b.tar.gz")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_backed_up_while_a_restore_is_half_done(made: Path, tmp_path: Path):
    (tmp_path / "old" / f"{DATABASE}.restoring").mkdir()
    with pytest.raises(BackupError, match="run again"):
        back_up(tmp_path / "old", tmp_path / "half.tar.gz")
    assert not (tmp_path / "half.tar.gz").exists()


def test_a_model_that_is_a_link_is_backed_up_with_what_it_holds(made: Path, tmp_path: Path):
    models = tmp_path / "old" / "models"
    (models / "v1").rename(tmp_path / "big")
    (models / "v1").symlink_to(tmp_path / "big")
    back_up(tmp_path / "old", made, replace=True)
    put_back(made, tmp_path / "new")
    weights = Path("models/v1/light/weights.npz")
    assert (tmp_path / "new" / weights).read_bytes() == (tmp_path / "big" / "light" / "weights.npz").read_bytes()


def test_who_listened_before_a_restore_misses_nothing_after_it(made: Path, tmp_path: Path):
    """However often it is put back, new events come after all that there were."""
    seen, data = Position(0, 5_000), tmp_path / "new"
    for n in range(2):
        put_back(made, data, replace=True)
        store = SqlStore.open(f"sqlite:///{data}/{DATABASE}")
        try:
            store.accept([ticket(f"new{n}")], ["test"])
            (found,) = store.events("default", seen, 10)
        finally:
            store.close()
        assert (found.event.ticket_id, found.position > seen) == (f"new{n}", True)
        seen = found.position


def test_a_damaged_database_takes_the_place_of_no_backup(made: Path, tmp_path: Path):
    path, before = tmp_path / "old" / DATABASE, made.read_bytes()
    content = bytearray(path.read_bytes())
    for place in range(4096 * 3, len(content), 4096):
        content[place : place + 16] = b"\xff" * 16
    path.write_bytes(content)
    with pytest.raises(BackupError):
        back_up(tmp_path / "old", made, replace=True)
    assert made.read_bytes() == before
    assert not list(tmp_path.glob(".backup*"))


@pytest.mark.parametrize("where", ["write", "describe", "read", "sync_folder"])
def test_a_full_disk_leaves_nothing_behind_and_the_old_backup_whole(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = made.read_bytes()
    monkeypatch.setattr(archive, where, full)
    with pytest.raises(BackupError, match="no room"):
        back_up(tmp_path / "old", made, replace=True)
    assert not list(tmp_path.glob(".backup*"))
    if where != "sync_folder":  # then the new one is in place and whole
        assert made.read_bytes() == before


def test_one_backup_at_a_time_goes_to_a_file_and_what_a_killed_one_left_is_removed(made: Path, tmp_path: Path):
    draft = tmp_path / ".backup.tar.gz.draft"
    draft.mkdir()
    (draft / DATABASE).write_bytes(b"half")
    with filelock.FileLock(draft / "lock"), pytest.raises(BackupError, match="another backup"):
        back_up(tmp_path / "old", made, replace=True)
    back_up(tmp_path / "old", made, replace=True)
    assert not draft.exists()


def test_a_backup_removes_what_killed_ones_of_other_names_left_and_nothing_else(made: Path, tmp_path: Path):
    names = ("desk-mon", "desk-tue", "running", "letter")
    monday, tuesday, running, letter = (tmp_path / f".{name}.draft" for name in names)
    for draft in (monday, tuesday, running, letter):
        draft.mkdir()
        (draft / DATABASE).write_bytes(b"half")
    (tuesday / "lock").touch()
    (tuesday / "backup").touch()
    (letter / "dear-aunt.txt").touch()
    (tmp_path / ".plan.draft").touch()
    with filelock.FileLock(running / "lock"):
        back_up(tmp_path / "old", made, replace=True)
    assert {path.name for path in tmp_path.glob(".*")} == {".running.draft", ".letter.draft", ".plan.draft"}
    assert (running / DATABASE).exists()


def test_what_is_there_is_moved_aside_and_only_when_told(made: Path, tmp_path: Path, fill: Fill):
    data = tmp_path / "new"
    fill(data, "mine")
    (data / "notes.txt").write_text("somebody else's")
    with pytest.raises(BackupError, match=f"{DATABASE} and models already"):
        put_back(made, data)
    assert names_in(data) == {"mine"}
    done = put_back(made, data, replace=True)
    assert done.aside is not None
    assert done.aside.parent == data
    assert (names_in(data), names_in(done.aside)) == ({"t1", "t2"}, {"mine"})
    assert (done.aside / "models" / "v1").is_dir()
    assert (data / "notes.txt").exists()
    again = put_back(made, data, replace=True)
    assert again.aside not in {None, done.aside}


def test_a_backup_without_models_leaves_none_in_place(tmp_path: Path, fill: Fill):
    fill(tmp_path / "bare", "t1", models=False)
    back_up(tmp_path / "bare", tmp_path / "b.tar.gz")
    fill(tmp_path / "new", "mine")
    put_back(tmp_path / "b.tar.gz", tmp_path / "new", replace=True)
    assert not list((tmp_path / "new" / "models").iterdir())


def test_nothing_is_put_under_a_running_system(made: Path, tmp_path: Path, fill: Fill):
    fill(tmp_path / "new", "mine")
    for name in ("up.lock", f"{DATABASE}.lock"):
        with filelock.FileLock(tmp_path / "new" / name), pytest.raises(BackupError, match="in use"):
            put_back(made, tmp_path / "new", replace=True)
    assert names_in(tmp_path / "new") == {"mine"}


def test_what_a_killed_one_has_unpacked_goes_with_the_next(tmp_path: Path):
    (tmp_path / ".unpacked" / "models").mkdir(parents=True)
    (tmp_path / ".unpacked" / DATABASE).write_bytes(b"all of it")
    with pytest.raises(BackupError, match="No such file"):
        put_back(tmp_path / "none.tar.gz", tmp_path)
    assert not (tmp_path / ".unpacked").exists()


def test_no_log_of_the_database_before_is_left_beside_the_restored_one(
    made: Path, tmp_path: Path, fill: Fill, monkeypatch: pytest.MonkeyPatch
):
    data = tmp_path / "new"
    fill(data, "mine")
    monkeypatch.setattr(restore, "_fold", lambda _: None)  # as where SQLite cannot open it
    logs = {f"{DATABASE}{end}" for end in ("-wal", "-shm", "-journal")}
    for log in logs:
        (data / log).write_bytes(b"of the one before")
    done = put_back(made, data, replace=True)
    assert not logs & {path.name for path in data.iterdir()}
    assert done.aside is not None
    assert logs <= {path.name for path in done.aside.iterdir()}


def test_models_that_are_mounted_are_told_of_before_anything_is_moved(
    made: Path, tmp_path: Path, fill: Fill, monkeypatch: pytest.MonkeyPatch
):
    data, rename = tmp_path / "new", os.rename
    fill(data, "mine")

    def mounted(source: Path, target: Path) -> None:
        if Path(source) == data / "models":
            raise OSError(errno.EBUSY, "Device or resource busy")
        rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", mounted)
        with pytest.raises(BackupError, match=r"new/models cannot be moved aside .*unmount it"):
            put_back(made, data, replace=True)
    assert names_in(data) == {"mine"}
    assert not list(data.glob(".*"))
    assert not list(data.glob("replaced-*"))
    assert put_back(made, data, replace=True).aside is not None


@pytest.mark.parametrize("link", [True, False])
def test_models_that_are_a_link_or_none_are_no_obstacle(made: Path, tmp_path: Path, fill: Fill, link: bool):
    fill(tmp_path / "new", "mine", models=False)
    if link:
        (tmp_path / "elsewhere" / "v9").mkdir(parents=True)
        (tmp_path / "new" / "models").symlink_to(tmp_path / "elsewhere")
    put_back(made, tmp_path / "new", replace=True)
    assert (tmp_path / "new" / "models" / "v1").is_dir()
    assert not link or (tmp_path / "elsewhere" / "v9").is_dir()


@pytest.mark.parametrize("renames", range(2, 10))
@pytest.mark.parametrize("there", [True, False])
def test_an_interrupted_restore_is_brought_to_its_end(
    made: Path, tmp_path: Path, fill: Fill, monkeypatch: pytest.MonkeyPatch, renames: int, there: bool
):
    """After any of its renames, of which the first is in vain: until the next one no system starts, or it finds the one
    database or the other."""
    data, left = tmp_path / "new", [renames]
    if there:
        fill(data, "mine")
        (data / f"{DATABASE}-shm").write_bytes(b"")

    class Killed(BaseException):
        pass

    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if not left[0]:
            raise Killed
        left[0] -= 1
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", interrupted)
        try:
            put_back(made, data, replace=True)
            ended = True
        except Killed:
            ended = False
    url = f"sqlite:///{data}/{DATABASE}"
    if not ended and (data / f"{DATABASE}.restoring").exists():
        with pytest.raises(StoreMisconfigured, match="restore"):
            SqlStore.open(url)
        assert put_back(made, data).finished
    SqlStore.open(url).close()
    assert names_in(data) == {"t1", "t2"}
    assert (data / "models" / "v1" / "light" / "weights.npz").exists()
    if there:
        (aside,) = data.glob("replaced-*")
        assert names_in(aside) == {"mine"}
        assert (aside / "models" / "v1").is_dir()


def test_a_backup_with_a_newer_schema_is_told_from_a_broken_one(made: Path, tmp_path: Path):
    with pytest.raises(BackupError, match=r"schema \(revision \d+\) is newer than this program knows; .* version 1\.2"):
        restore.restore(made, tmp_path / "new", {"0001"}, replace=False, told=told)


def repacked(made: Path, change: Callable[[dict, dict], None]) -> Path:
    """The backup with another manifest or other files."""
    with tarfile.open(made) as tar:
        files = {member.name: tar.extractfile(member).read() for member in tar}
    manifest = json.loads(files.pop("manifest.json"))
    change(manifest, files)
    target = made.with_name("changed.tar.gz")
    with tarfile.open(target, "w:gz") as tar:
        for name, content in {"manifest.json": json.dumps(manifest).encode(), **files}.items():
            member = tarfile.TarInfo(name)
            if isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
                tar.addfile(member)
            else:
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return target


def _stored(content: bytes) -> dict:
    return {"size": len(content), "sha256": archive.hashlib.sha256(content).hexdigest()}


def _escapes(name: str) -> Callable[[dict, dict], None]:
    def change(manifest: dict, files: dict) -> None:
        files[name] = b"evil"
        manifest["files"][name] = _stored(b"evil")

    return change


def _link(manifest: dict, files: dict) -> None:
    files["models/x"] = "/etc/passwd"
    manifest["files"]["models/x"] = _stored(b"")


def _other_database(manifest: dict, files: dict) -> None:
    files[DATABASE] = files[DATABASE][:-1] + b"!"


def _no_database_inside(manifest: dict, files: dict) -> None:
    files[DATABASE] = b"no database" * 1_000
    manifest["files"][DATABASE] = _stored(files[DATABASE])


CHANGES = {
    "a path that leads out": _escapes("models/../../evil"),
    "an absolute path": _escapes("/evil"),
    "a file of another name": _escapes("server.json"),
    "a file that is a folder": _escapes(f"{DATABASE}/x"),
    "a name that is too long": _escapes("models/" + "x" * 300),
    "a link": _link,
    "a file that no manifest names": lambda _, files: files.update({"models/x": b"x"}),
    "a file that is missing": lambda _, files: files.pop("models/v1/light/weights.npz"),
    "a database with another content": _other_database,
    "a database that is none": _no_database_inside,
    "no database": lambda manifest, files: (files.pop(DATABASE), manifest["files"].pop(DATABASE)),
    "another revision": lambda manifest, _: manifest.update(revision="0001"),
    "no time": lambda manifest, _: manifest.update(at=float("nan")),
    "a newer format": lambda manifest, _: manifest.update(format=2),
    "a manifest that is none": lambda manifest, _: manifest.clear(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_backup_that_was_changed_is_refused_before_anything_is_replaced(
    made: Path, tmp_path: Path, fill: Fill, change
):
    fill(tmp_path / "new", "mine")
    with pytest.raises(BackupError):
        put_back(repacked(made, change), tmp_path / "new", replace=True)
    assert names_in(tmp_path / "new") == {"mine"}
    assert not list((tmp_path / "new").glob("replaced-*"))
    assert not list((tmp_path / "new").glob(".*"))
    assert {path.name for path in tmp_path.iterdir()} == {"old", "new", "backup.tar.gz", "changed.tar.gz"}


@given(st.data())
def test_a_backup_with_a_damaged_byte_or_end_is_refused(empty: Path, data: st.DataObject):
    whole = empty / "b.tar.gz"
    if not whole.exists():
        back_up(empty, whole)
    content = bytearray(whole.read_bytes())
    place = data.draw(st.integers(10, len(content) - 1))  # before lies what gzip says of the time and the system
    if data.draw(st.booleans()):
        del content[place:]
    else:
        content[place] ^= data.draw(st.integers(1, 255))
    with suppress(EOFError, OSError, zlib.error):
        assume(gzip.decompress(content) != gzip.decompress(whole.read_bytes()))  # a zero may be copied from any other
    file = empty / "damaged.tar.gz"
    file.write_bytes(content)
    with pytest.raises(BackupError):
        archive.read(file, None, told(""))


@given(st.binary(max_size=3_000), st.booleans())
def test_what_is_no_backup_is_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes, packed: bool):
    file = tmp_path_factory.getbasetemp() / "none.tar.gz"
    file.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(BackupError):
        archive.read(file, None, told(""))
