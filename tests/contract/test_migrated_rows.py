"""What a database of before the dashboard holds is listed and searched once it was migrated, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from smart_support.adapters.sql.database import Database, open_database
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.store import SqlStore, _alembic
from smart_support.domain.access import Session
from smart_support.domain.ticket import State
from smart_support.pipeline.listing import Order, TicketFilter
from smart_support.pipeline.ports import Store

BEFORE = "0011"
NOON = 1_760_000_400.0
_DONE = {"processed_at": NOON, "category": "Billing", "urgency": 0.5, "confidence": 0.9, "language": "en"}


def old_row(name: str, body: str, at: float, workspace: str = "default", **more: object) -> dict[str, object]:
    told = {"workspace": workspace, "id": name, "subject": f"About {name}", "body": body, "accepted_at": at}
    rest = {"tags": [], "metadata": {}, "content_hash": name, "history": False, "state": "accepted"}
    return told | rest | dict.fromkeys([*_DONE, "tier"]) | more


ROWS = [
    *(old_row(f"t{n}", f"Invoice number {n}", NOON + n / 4, state="waiting", tier="light", **_DONE) for n in range(6)),
    old_row("new", "Invoice not read yet", NOON + 9),
    old_row("given-up", "Invoice nobody could read", NOON + 8, state="dead"),
    old_row("long", "wörd " * 40_000, NOON + 7, state="resolved", tier="light", **_DONE),
    old_row("theirs", "Invoice of others", NOON + 1, "other", state="waiting", tier="light", **_DONE),
]


def fill(database: Database) -> None:
    """A database as revision 0011 made it, with tickets, a key and a process that worked."""

    def unit(connection: sa.Connection) -> None:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE)
        connection.execute(sa.insert(tickets), ROWS)
        connection.exec_driver_sql(
            "INSERT INTO api_keys (id, workspace, name, scopes, secret_sha256, created_at) "
            f"VALUES ('k1', 'default', 'old', '[\"read\"]', 'x', {NOON})"
        )

    database.write(unit)


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/old.db" if is_sqlite else request.getfixturevalue("postgres_database")
    database = open_database(url)
    fill(database)
    database.close()
    store = SqlStore.open(url)
    yield store
    store.close()


def found(store: Store, *words: str, workspace: str = "default", order: Order = Order.NEWEST) -> list[str]:
    rows = store.list_tickets(workspace, TicketFilter(words=words), order, None, 100).rows
    return [row.ticket_id for row in rows]


def test_all_are_listed_and_those_that_were_read_or_given_up_are_found_by_their_words(migrated: SqlStore):
    assert found(migrated) == ["new", "given-up", "long", "t5", "t4", "t3", "t2", "t1", "t0"]
    assert found(migrated, "invoice") == ["given-up", "t5", "t4", "t3", "t2", "t1", "t0"]
    assert found(migrated, "invoice", "3") == ["t3"]
    assert found(migrated, "wörd") == ["long"]
    assert found(migrated, "others", workspace="other") == ["theirs"]
    urgent = found(migrated, "invoice", order=Order.URGENT)
    assert urgent == ["t0", "t1", "t2", "t3", "t4", "t5", "given-up"]
    assert migrated.list_tickets("default", TicketFilter(states=(State.WAITING,)), Order.NEWEST, None, 2).total == 6
    assert dict(migrated.facets("default").states) == {"waiting": 6, "accepted": 1, "dead": 1, "resolved": 1}


def test_what_becomes_of_them_is_followed_by_the_search(migrated: SqlStore):
    def unit(connection: sa.Connection) -> None:
        default = tickets.c.workspace == "default"
        connection.execute(sa.update(tickets).where(default, tickets.c.id == "t1").values(body="A receipt"))
        connection.execute(sa.update(tickets).where(default, tickets.c.id == "given-up").values(state="accepted"))
        connection.execute(sa.update(tickets).where(default, tickets.c.id == "new").values(processed_at=NOON + 20))
        connection.execute(sa.delete(tickets).where(default, tickets.c.id.in_(["t2", "long"])))

    migrated._database.write(unit)
    assert found(migrated, "invoice") == ["new", "t5", "t4", "t3", "t0"]
    assert found(migrated, "receipt") == ["t1"]
    assert found(migrated, "wörd") == []
    assert found(migrated, "others", workspace="other") == ["theirs"]


def test_a_key_of_before_is_nobodys_and_signs_in(migrated: SqlStore):
    (key,) = migrated.list_keys()
    assert (key.id, key.agent_id) == ("k1", None)
    session = Session("0" * 64, key.id, NOON, NOON + 60.0)
    migrated.open_session(session, "default", "key:k1")
    assert migrated.session(session.token_sha256) == session
