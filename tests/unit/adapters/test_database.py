"""SQLite: group commit, and what of it must hold when a unit, the disk or the version fails."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError, OperationalError

from smart_support.adapters.sql.database import SqliteDatabase, StoreMisconfigured, open_database
from smart_support.adapters.sql.schema import events
from smart_support.adapters.sql.store import SqlStore
from smart_support.pipeline.records import Unavailable
from tests.builders import key, ticket

T = TypeVar("T")


def put(number: int, text: str = "") -> Callable[[Connection], int]:
    def unit(connection: Connection) -> int:
        connection.execute(sa.text("INSERT INTO t VALUES (:n, :x)"), {"n": number, "x": text})
        return number

    return unit


def numbers(database: SqliteDatabase) -> list[int]:
    return list(database.read(lambda c: c.execute(sa.text("SELECT n FROM t ORDER BY n")).scalars().all()))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    opened = open_database(f"sqlite:///{tmp_path}/t.db")
    assert isinstance(opened, SqliteDatabase)
    opened.write(lambda c: c.execute(sa.text("CREATE TABLE t (n INTEGER PRIMARY KEY, x TEXT)")))
    yield opened
    opened.close()


class Held:
    """The writer thread, held up in a unit until `release`; what is given to it meanwhile is one group."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._go, started = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self.later(lambda _: (started.set(), self._go.wait(30)))
        assert started.wait(30)

    def later(self, unit: Callable[[Connection], T]) -> "Future[T]":
        """A write of another thread; when this returns, it waits its turn."""
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(self._database.write(unit))
            except Exception as error:  # noqa: BLE001 - the test asks for it
                done.set_exception(error)

        before = self._database._units.qsize()
        self._threads.append(threading.Thread(target=run))
        self._threads[-1].start()
        if len(self._threads) > 1:
            while self._database._units.qsize() == before:
                threading.Event().wait(0.001)
        return done

    def release(self) -> None:
        self._go.set()
        for thread in self._threads:
            thread.join(30)


def test_what_waits_is_committed_together(database: SqliteDatabase):
    commits: list[object] = []
    sa.event.listen(database._writer, "commit", commits.append)
    held = Held(database)
    answers = [held.later(put(n)) for n in range(100)]
    held.release()
    assert [answer.result() for answer in answers] == list(range(100))
    assert numbers(database) == list(range(100))
    assert len(commits) == 3  # the one that was held, 64, and the rest


def test_many_threads_need_fewer_commits_than_writes(database: SqliteDatabase):
    commits: list[object] = []
    sa.event.listen(database._writer, "commit", commits.append)
    with ThreadPoolExecutor(16) as pool:
        assert sorted(pool.map(lambda n: database.write(put(n)), range(400))) == list(range(400))
    assert numbers(database) == list(range(400))
    assert len(commits) < 300


def _raise_after_a_write(connection: Connection) -> None:
    put(99)(connection)
    raise ValueError("mine")


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (_raise_after_a_write, ValueError),
        (put(1), IntegrityError),
        (lambda c: c.execute(sa.text("SELECT * FROM nowhere")), (OperationalError, Unavailable)),
    ],
    ids=["its own error", "a constraint", "an error of SQL"],
)
def test_a_unit_that_fails_takes_no_other_with_it(
    database: SqliteDatabase, bad: Callable[[Connection], object], error: type[Exception]
):
    held = Held(database)
    before, failing, after = held.later(put(1)), held.later(bad), held.later(put(2))
    held.release()
    assert (before.result(), after.result()) == (1, 2)
    with pytest.raises(error):
        failing.result()
    assert numbers(database) == [1, 2]


def test_a_full_disk_is_unavailable_and_passes(database: SqliteDatabase):
    database.write(put(1))
    pages = database.write(lambda c: c.execute(sa.text("PRAGMA page_count")).scalar_one())
    _limit(database, pages + 2)
    held = Held(database)
    small, big = held.later(put(2)), held.later(put(3, "x" * 100_000))
    held.release()
    for lost in (small, big):  # one commit, and it failed: nobody in it is told that he is safe
        with pytest.raises(Unavailable, match="full"):
            lost.result()
    assert numbers(database) == [1]
    assert database.write(put(4)) == 4
    _limit(database, 1_000_000)
    assert database.write(put(3, "x" * 100_000)) == 3
    assert numbers(database) == [1, 3, 4]


def test_files_that_cannot_be_written_anew_are_said_to_be_so(tmp_path: Path):
    store = SqlStore.open(f"sqlite:///{tmp_path}/s.db", durable=False)
    database = store._database
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # whoever holds the file
        assert not database.scrub()
    assert database.scrub()
    store.close()


def test_nothing_is_written_anew_while_somebody_reads_from_before(tmp_path: Path):
    with closing(SqlStore.open(f"sqlite:///{tmp_path}/s.db", durable=False)) as store:
        database, log = store._database, tmp_path / "s.db-wal"
        with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT 1 FROM tickets").fetchall()
            database.write(
                lambda connection: connection.execute(sa.text("CREATE TABLE x AS SELECT randomblob(100000)"))
            )
            size = log.stat().st_size
            assert [database.scrub(), database.scrub(), log.stat().st_size] == [False, False, size]
        assert database.scrub()
        assert log.stat().st_size == 0


def _limit(database: SqliteDatabase, pages: int) -> None:
    database.write(lambda c: c.execute(sa.text(f"PRAGMA max_page_count = {pages}")).scalar_one())


def test_readers_cannot_write_and_see_one_moment(database: SqliteDatabase):
    database.write(put(1))
    with pytest.raises(Unavailable, match="readonly"):
        database.read(put(2))

    def twice(connection: Connection) -> tuple[int, int]:
        count = sa.text("SELECT count(*) FROM t")
        first = connection.execute(count).scalar_one()
        database.write(put(3))
        return first, connection.execute(count).scalar_one()

    assert database.read(twice) == (1, 1)
    assert numbers(database) == [1, 3]


def test_what_is_committed_is_on_disk(database: SqliteDatabase, tmp_path: Path):
    def pragma(connection: Connection, name: str) -> object:
        return connection.execute(sa.text(f"PRAGMA {name}")).scalar_one()

    assert database.write(lambda c: (pragma(c, "journal_mode"), pragma(c, "synchronous"))) == ("wal", 2)
    assert database.write(lambda c: pragma(c, "foreign_keys")) == 1
    fast = open_database(f"sqlite:///{tmp_path}/replay.db", durable=False)
    assert fast.write(lambda c: pragma(c, "synchronous")) == 0
    fast.close()


def test_closing_commits_what_waits_and_refuses_what_comes(database: SqliteDatabase, tmp_path: Path):
    held = Held(database)
    waiting = [held.later(put(n)) for n in range(5)]
    close = threading.Thread(target=database.close)
    close.start()
    held.release()
    close.join(30)
    assert [answer.result() for answer in waiting] == list(range(5))
    with pytest.raises(Unavailable, match="closed"):
        database.write(put(6))
    database.close()  # a second time is no harm
    again = open_database(f"sqlite:///{tmp_path}/t.db")  # and the file is free for the next
    assert again.read(lambda c: c.execute(sa.text("SELECT count(*) FROM t")).scalar_one()) == 5
    again.close()


def test_one_database_has_one_process(database: SqliteDatabase, tmp_path: Path):
    with pytest.raises(StoreMisconfigured, match="in use"):
        open_database(f"sqlite:///{tmp_path}/t.db")
    database.write(put(1))


def test_a_failed_opening_leaves_the_file_free(tmp_path: Path):
    path = tmp_path / "store.db"
    path.write_bytes(b"no database" * 1_000)
    with pytest.raises(StoreMisconfigured):
        SqlStore.open(f"sqlite:///{path}")
    path.unlink()
    store = SqlStore.open(f"sqlite:///{path}")
    store.accept([ticket()], ["test"])
    store.close()
    store = SqlStore.open(f"sqlite:///{path}")
    assert store.find(key()) is not None
    store.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_sqlite_needs_a_file(url: str):
    with pytest.raises(StoreMisconfigured, match="file"):
        open_database(url)


def test_an_old_sqlite_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.34.1")
    with pytest.raises(StoreMisconfigured, match=r"3\.34\.1 is too old"):
        open_database(f"sqlite:///{tmp_path}/t.db")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_named(tmp_path: Path):
    (tmp_path / "t.db").write_bytes(b"no database" * 1_000)
    with pytest.raises(StoreMisconfigured, match="not a database"):
        SqlStore.open(f"sqlite:///{tmp_path}/t.db")


def test_a_damaged_page_is_unavailable_and_no_crash(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/store.db"
    SqlStore.open(url).close()
    with (tmp_path / "store.db").open("r+b") as file:
        file.seek(4_096)
        file.write(b"\xff" * 4_096 * 60)
    with pytest.raises((Unavailable, StoreMisconfigured), match="malformed"), closing(SqlStore.open(url)) as store:
        store.accept([ticket()], ["test"])


def test_a_file_that_is_taken_away_is_noticed_before_anything_is_promised(tmp_path: Path):
    path = tmp_path / "store.db"
    store = SqlStore.open(f"sqlite:///{path}")
    store.accept([ticket("before")], ["test"])
    kept = path.rename(tmp_path / "elsewhere.db")
    for act in (store.ping, lambda: store.accept([ticket("during")], ["test"])):
        with pytest.raises(Unavailable, match="removed or replaced"):
            act()
    assert not path.exists()
    kept.rename(path)
    assert store.accept([ticket("after")], ["test"])[0].fresh
    store.close()


def test_a_file_with_no_room_is_said_to_take_no_writes_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    store = SqlStore.open(f"sqlite:///{tmp_path}/store.db")
    store.accept([ticket("before")], ["test"])
    assert store.write_refusal() is None
    store._database.write(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1"))
    with pytest.raises(Unavailable, match="full"):
        store.accept([ticket(body="x" * 1_000_000)], ["test"])
    store._database.write(lambda connection: connection.execute(sa.update(events).values(actor="somebody")))
    assert "full" in store.write_refusal()
    assert store.ping() is None
    later = time.monotonic() + 30.0
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert store.write_refusal() is None
    store.close()


def test_no_room_to_write_the_file_anew_is_nothing_against_other_writes(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
):
    def full(_: Connection) -> bool:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise OperationalError("VACUUM", None, error)

    monkeypatch.setattr("smart_support.adapters.sql.database.rewrite", full)
    with pytest.raises(Unavailable, match="full"):
        database.scrub()
    assert database.write_refusal.why() is None
    assert database.write(put(1)) == 1


def test_a_server_that_may_only_be_read_is_said_to_take_no_writes(postgres_database: str):
    with closing(SqlStore.open(postgres_database)) as store:
        sa.event.listen(store._database.engine, "begin", lambda c: c.exec_driver_sql("SET TRANSACTION READ ONLY"))
        with pytest.raises(Unavailable, match="read-only"):
            store.accept([ticket()], ["test"])
        assert "read-only" in store.write_refusal()
        assert store.ping() is None
