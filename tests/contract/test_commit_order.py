"""Events are read in the order of commits: a transaction that is late to commit is not skipped."""

import random

import sqlalchemy as sa

from smart_support.adapters.sql.rows import add_events
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.event import Event, Position
from tests.builders import ticket


def event(name: str) -> Event:
    return Event("default", "agent.add", 1.0, "test", agent_id=name)


def read_on(store: SqlStore, seen: list[str], after: Position) -> Position:
    for found in store.events("default", after, 100):
        seen.append(found.event.agent_id or found.event.kind)
        after = found.position
    return after


def test_an_open_transaction_holds_back_what_later_ones_wrote(postgres_database: str):
    store = SqlStore.open(postgres_database)
    late = sa.create_engine(store._database.engine.url)
    try:
        with late.connect() as connection:
            add_events(connection, [event("late")])
            store.accept([ticket()], ["test"])  # a higher number, committed first
            seen: list[str] = []
            after = read_on(store, seen, Position())
            assert seen == []
            connection.commit()
        read_on(store, seen, after)
        assert seen == ["late", "ticket.accept"]
    finally:
        late.dispose()
        store.close()


def test_no_event_is_skipped_or_doubled_however_commits_interleave(postgres_database: str):
    store = SqlStore.open(postgres_database)
    engine = sa.create_engine(store._database.engine.url, pool_size=8)
    order = random.Random(7)
    seen: list[str] = []
    after, number, open_ = Position(), 0, []
    try:
        for _ in range(400):
            step = order.random()
            if step < 0.4 and len(open_) < 8:
                open_.append(engine.connect())
            elif step < 0.7 and open_:
                add_events(order.choice(open_), [event(f"e{number}")])
                number += 1
            elif step < 0.85 and open_:
                with open_.pop(order.randrange(len(open_))) as connection:
                    connection.commit()
            else:
                after = read_on(store, seen, after)
        for connection in open_:
            connection.commit()
        read_on(store, seen, after)
        assert sorted(seen) == sorted(f"e{n}" for n in range(number))
        assert number > 50
    finally:
        for connection in open_:
            connection.close()
        engine.dispose()
        store.close()


def test_a_database_that_was_restored_into_a_younger_cluster_goes_on_telling(postgres_database: str):
    store = SqlStore.open(postgres_database)
    store.accept([ticket("old")], ["test"])
    ahead = 10**15
    store._database.write(lambda connection: connection.execute(sa.text(f"UPDATE events SET txn = {ahead}")))
    (seq,) = store._database.read(lambda connection: connection.execute(sa.text("SELECT seq FROM events")).one())
    store.close()

    restored = SqlStore.open(postgres_database)
    try:
        restored.accept([ticket("new")], ["test"])
        told = [found.event.ticket_id for found in restored.events("default", Position(), 10)]
        assert told == ["old", "new"]
        gone_on = [found.event.ticket_id for found in restored.events("default", Position(ahead, seq), 10)]
        assert gone_on == ["new"]
        assert restored.last_position("default").txn < ahead
    finally:
        restored.close()
