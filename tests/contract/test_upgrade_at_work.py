"""A schema is brought to its newest revision while other processes write: these and the upgrade come to their end."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import ModuleType

import pytest
import sqlalchemy as sa

from smart_support.adapters.sql import locking
from smart_support.adapters.sql.database import Database, open_database
from smart_support.adapters.sql.store import upgrade
from smart_support.pipeline.records import Unavailable
from tests.contract.revisions import all_revisions, fill, migrate


def old(connection: sa.Connection, revision: str) -> None:
    migrate(connection, revision)
    fill(connection)


@contextmanager
def writers(database: Database, number: int) -> Iterator[list[BaseException]]:
    """Transactions that change one table, think, and change another, as those of a notifier and of agents do; what they
    met."""
    over, met = threading.Event(), list[BaseException]()
    rng = random.Random(7)
    pairs = [("messages", "tickets"), ("tickets", "alerts"), ("alerts", "messages")]

    def unit(connection: sa.Connection, first: str, then: str) -> None:
        connection.exec_driver_sql(f"UPDATE {first} SET id = id WHERE id = '{first}-id-0'")
        time.sleep(0.02)
        connection.exec_driver_sql(f"UPDATE {then} SET id = id WHERE id = '{then}-id-1'")

    def work(n: int) -> None:
        try:
            while not over.is_set():
                database.write(lambda connection: unit(connection, *pairs[n % len(pairs)]))
                time.sleep(rng.uniform(0.0, 0.2))
        except BaseException as error:  # noqa: BLE001 - it is what the test asks for
            met.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield met
    finally:
        over.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("revision", ["0016", "0018", "0019"])
def test_nobody_is_ended_by_a_deadlock(postgres_database: str, revision: str):
    with closing(open_database(postgres_database)) as mine, closing(open_database(postgres_database)) as others:
        mine.write(lambda connection: old(connection, revision))
        with writers(others, 3) as met:
            time.sleep(0.2)
            assert upgrade(mine) == (revision, all_revisions()[-1])
        assert not met


def test_what_holds_a_table_for_long_is_told(postgres_database: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(locking, "_PATIENCE_SECONDS", 1.0)
    with closing(open_database(postgres_database)) as mine, closing(open_database(postgres_database)) as others:
        mine.write(lambda connection: old(connection, "0019"))
        with others.engine.begin() as dump:
            dump.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            dump.exec_driver_sql("LOCK TABLE tickets IN ROW EXCLUSIVE MODE")
            with pytest.raises(Unavailable, match="others hold its tables"):
                upgrade(mine)
        assert upgrade(mine) == ("0019", all_revisions()[-1])


def test_who_reads_goes_on_beside_an_index(postgres_database: str):
    with closing(open_database(postgres_database)) as mine, closing(open_database(postgres_database)) as others:
        mine.write(lambda connection: old(connection, "0019"))
        with others.engine.begin() as dump:
            dump.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            assert dump.exec_driver_sql("SELECT count(*) FROM messages, tickets").scalar()
            assert upgrade(mine) == ("0019", all_revisions()[-1])


_TAKEN = "SELECT relname FROM pg_locks JOIN pg_class c ON c.oid = relation WHERE pid = pg_backend_pid() AND mode = %s"


@pytest.mark.parametrize("revision", [all_revisions()[0], all_revisions()[-1]])
def test_every_table_that_a_revision_has_is_taken(postgres_database: str, revision: str):
    with closing(open_database(postgres_database)) as database:
        database.write(lambda connection: migrate(connection, revision))
        with database.engine.begin() as connection:
            made = set(sa.inspect(connection).get_table_names())
            locking.lock_all(connection, [ModuleType("a migration")])
            assert set(connection.exec_driver_sql(_TAKEN, ("AccessExclusiveLock",)).scalars()) == made


def test_tables_of_others_are_left_alone_whatever_they_are_called(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(locking, "_PATIENCE_SECONDS", 1.0)
    with closing(open_database(postgres_database)) as mine, closing(open_database(postgres_database)) as others:
        mine.write(lambda connection: old(connection, "0018"))
        others.write(lambda connection: connection.exec_driver_sql('CREATE TABLE "Order" (id int)'))
        with others.engine.begin() as shop:
            shop.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            shop.exec_driver_sql('INSERT INTO "Order" VALUES (1)')
            assert upgrade(mine) == ("0018", all_revisions()[-1])
