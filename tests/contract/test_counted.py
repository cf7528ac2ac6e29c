"""What is kept of how many tickets have which values is what counting them would say, whatever changes a ticket."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import count

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smart_support.adapters.sql import counted
from smart_support.adapters.sql.rows import ticket_row, triage_values
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.ticket import State
from smart_support.domain.workspace import Workspace
from smart_support.pipeline.listing import Order, TicketFilter
from smart_support.pipeline.records import Step, Triaged
from tests.builders import key, ticket, triage, waiting
from tests.examples import examples

_numbers = count()
VALUES = ("state", "category", "language", "tier")


def rows(store: SqlStore, workspace: str) -> Counter[tuple[str, ...]]:
    """What counting says. What waits for triage has a state alone, whatever a test has written to it."""
    values = (*(tickets.c[name] for name in VALUES), tickets.c.processed_at)
    query = sa.select(*values).where(tickets.c.workspace == workspace)
    found = store._database.read(lambda connection: connection.execute(query).all())
    fresh = ("accepted", "", "", "")
    return Counter(
        fresh if row[0] == "accepted" and row.processed_at is None else tuple(value or "" for value in row[:-1])
        for row in found
    )


def kept(store: SqlStore, workspace: str) -> dict[tuple[str, ...], int]:
    found = store._database.read(lambda connection: counted.combinations(connection, workspace))
    return {(one.state, one.category, one.language, one.tier): one.number for one in found}


def total(store: SqlStore, workspace: str, which: TicketFilter) -> int | None:
    return store.list_tickets(workspace, which, Order.NEWEST, None, 1).total


# What is written to a ticket by its number: None takes it away.
changes = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "state": st.sampled_from([state.value for state in State]),
                "category": st.sampled_from(["Billing", "Legal", None]),
                "language": st.sampled_from(["en", None]),
                "tier": st.sampled_from(["light", "transformer"]),
                "processed_at": st.sampled_from([None, 200.0]),
                "subject": st.just("Again"),
            },
        ).filter(bool),
    ),
    max_size=12,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=examples(0.25)
)
@given(made=changes, folded=st.booleans())
def test_every_change_is_counted(store: SqlStore, made: list[tuple[int, dict | None]], folded: bool):
    workspace = f"w{next(_numbers)}"

    def unit(connection: sa.Connection) -> None:
        for n in range(5):
            row = ticket_row(ticket(f"t{n}", workspace=workspace), "x")
            done = {**triage_values(triage()), "processed_at": 150.0, "state": "waiting"} if n % 2 else {}
            connection.execute(sa.insert(tickets), [row | done])
        for n, change in made:
            where = (tickets.c.workspace == workspace) & (tickets.c.id == f"t{n}")
            if change is None:
                connection.execute(sa.delete(tickets).where(where))
            else:
                connection.execute(sa.update(tickets).where(where).values(change))
        everywhere = sa.update(tickets).where(tickets.c.workspace == workspace)
        connection.execute(everywhere.values(language="de"))

    store._database.write(unit)
    if folded and store._database.engine.dialect.name == "postgresql":
        store._database.write(lambda connection: counted.fold(connection, workspace))
    found = kept(store, workspace)
    assert found == rows(store, workspace)
    assert all(type(number) is int for number in found.values())


def test_rows_that_pile_up_are_put_together_and_change_no_count(store: SqlStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(counted, "_FOLD_FROM", 3)
    for n in range(4):
        store.accept([ticket(f"a{n}")], ["test"])
        store.record_triage([Triaged(key(f"a{n}"), triage(category=f"c{n % 2}"))], 200.0, "test")
    before = store.counts("default")
    piled_up = store._database.engine.dialect.name == "postgresql"
    assert store.fold_counts() == piled_up
    assert not store.fold_counts()
    assert store.counts("default") == before
    assert dict(store.facets("default").categories) == {"c0": 2, "c1": 2}


def test_no_workspace_is_too_small_to_be_put_together(postgres_database: str):
    some = "INSERT INTO ticket_counts SELECT %s, 'waiting', '', '', '', 1 FROM generate_series(1, 500)"
    with closing(SqlStore.open(postgres_database)) as store:
        for workspace in ("a", "b"):
            store._database.write(lambda connection, of=workspace: connection.exec_driver_sql(some, (of,)))
        assert store.fold_counts()
        query = sa.text("SELECT workspace, number FROM ticket_counts ORDER BY 1")
        assert store._database.read(lambda connection: connection.execute(query).all()) == [("a", 500), ("b", 500)]


def test_what_is_given_up_before_triage_is_counted_as_dead_and_not_as_processed(store: SqlStore):
    store.accept([ticket()], ["test"])
    assert (store.counts("default").pending, store.counts("default").processed) == (1, 0)
    store.record_failure(key(), Step.TRIAGE, "boom", 200.0, (), "test")
    counts = store.counts("default")
    assert (counts.pending, counts.processed, counts.of(State.DEAD)) == (0, 0, 1)
    assert total(store, "default", TicketFilter(states=(State.DEAD,))) == 1


def test_workspaces_are_counted_apart_and_together(store: SqlStore):
    store.add_workspace(Workspace("other", "Other", 1.0), "test")
    waiting(store, 0.5, 0.6)
    waiting(store, 0.5, workspace="other")
    store.accept([ticket("fresh"), ticket("fresh", workspace="other")], ["test", "test"])
    together = store.counts(None)
    assert (together.pending, together.of(State.ACCEPTED), together.of(State.WAITING)) == (2, 2, 3)
    assert (store.counts("default").of(State.WAITING), store.counts("other").of(State.WAITING)) == (2, 1)
    assert total(store, "other", TicketFilter(categories=("Technical",))) == 1


def test_what_changes_while_rows_are_put_together_is_counted_once(store: SqlStore):
    def work(name: str) -> None:
        for n in range(20):
            store.accept([ticket(f"{name}{n}")], ["test"])
            store.record_triage([Triaged(key(f"{name}{n}"), triage())], 200.0, "test")

    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(work, name) for name in "abc"]
        while not all(one.done() for one in working):
            if store._database.engine.dialect.name == "postgresql":
                store._database.write(partial(counted.fold, workspace="default"))
            assert sum(kept(store, "default").values()) <= 60
        for one in working:
            one.result()
    assert kept(store, "default") == rows(store, "default") == {("accepted", "Technical", "en", "light"): 60}
