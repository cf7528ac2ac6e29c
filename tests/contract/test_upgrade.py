"""A database of an older version, with what stands in it, is brought to the newest revision."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from smart_support.adapters.sql.database import open_database
from smart_support.adapters.sql.store import SqlStore, _alembic
from smart_support.domain.alert import AlertKind
from smart_support.domain.alerting.rules import Send
from smart_support.pipeline.messages import Routed
from tests.builders import lease

TICKET = sa.text(
    "INSERT INTO tickets (workspace, id, subject, body, tags, metadata, content_hash, history, accepted_at, state)"
    " VALUES ('default', :id, 'Help', 'It is broken', '[]', '{}', 'x', :history, 100, 'waiting')"
)
ALERT = sa.text(
    "INSERT INTO alerts (id, workspace, kind, at, ticket_id, incident_id, state, due_at, attempts, sent_at)"
    " VALUES (:id, 'default', :kind, :at, :ticket, :incident, :state, :at, 1, :sent)"
)
EVENT = sa.text(
    "INSERT INTO events (txn, workspace, kind, at, actor, ticket_id, data)"
    " VALUES (0, 'default', 'ticket.bury', 100, 'test', 't1', '{}')"
)
OLD = [
    {"id": "a", "kind": "urgent_ticket", "at": 101.0, "ticket": "t1", "incident": None, "state": "sent", "sent": 105.0},
    {"id": "b", "kind": "urgent_ticket", "at": 102.0, "ticket": "t2", "incident": None, "state": "pending"},
    {"id": "c", "kind": "incident_opened", "at": 103.0, "ticket": "t1", "incident": "inc-1", "state": "pending"},
    {"id": "d", "kind": "exception", "at": 104.0, "ticket": "t3", "incident": "inc-1", "state": "pending"},
    {"id": "e", "kind": "sla_breached", "at": 105.0, "ticket": "t3", "incident": None, "state": "dead"},
]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database at revision 0010, before there were messages."""
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/store.db" if is_sqlite else request.getfixturevalue("postgres_database")
    database = open_database(url)

    def unit(connection: sa.Connection) -> None:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "0010")
        for name in ("t1", "t2", "t3"):
            connection.execute(TICKET, {"id": name, "history": False})
        for row in OLD:
            connection.execute(ALERT, {"sent": None} | row)
        connection.execute(EVENT)

    database.write(unit)
    database.close()
    return url


def test_alerts_that_were_not_sent_are_routed_and_no_others(url: str):
    store = SqlStore.open(url)
    try:
        found = store.unrouted(10)
        assert [(one.id, one.kind, one.at, one.topic) for one in found] == [
            ("b", AlertKind.URGENT_TICKET, 102.0, "ticket:t2"),
            ("c", AlertKind.INCIDENT_OPENED, 103.0, "incident:inc-1"),
            ("d", AlertKind.EXCEPTION, 104.0, "ticket:t3"),
        ]
        assert len(store.raised("default")) == 5
        for alert in store.raised("default"):
            assert alert in store.alerts_of("default", alert.topic, 200.0, 10)
        routed = [Routed(one, [Send("chat", one.topic, 0.0, 0.0, 0.0)]) for one in found]
        store.record_routes(routed, 110.0, "test", lease(store))
        assert store.unrouted(10) == []
        assert store.claim_message("chat", 110.0, 170.0, 0.0) is not None
    finally:
        store.close()


def test_what_happened_before_is_told_by_nobody(url: str):
    store = SqlStore.open(url)
    try:
        assert store.watched({"alert.sent", "ticket.accept", "ticket.queue"}, 10)[1] == []
    finally:
        store.close()


def test_a_second_start_changes_nothing(url: str):
    SqlStore.open(url).close()
    store = SqlStore.open(url)
    try:
        assert len(store.unrouted(10)) == 3
    finally:
        store.close()
