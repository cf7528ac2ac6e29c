"""No question that pages ask reads a table whole that grows with the history, on both databases.

`make bench ARGS=history` looks at the plans that a million tickets get; here PostgreSQL is kept from reading small
tables whole.
"""

import pytest

from smart_support.adapters.sql import listing
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.event import Position
from smart_support.domain.ticket import State
from smart_support.pipeline.listing import NOBODY, Order, TicketFilter
from smart_support.pipeline.messages import MessageState
from tests import plans
from tests.builders import lease, ticket, waiting
from tests.contract.test_messages import NOW, about, claim, route, sent

FILTERS = [
    TicketFilter(),
    TicketFilter(ids=("t1", "t2"), words=("broken",)),
    TicketFilter(categories=("Technical",)),
    TicketFilter(categories=("Technical", "Legal"), states=(State.WAITING, State.RESOLVED)),
    TicketFilter(states=(State.WAITING,)),
    TicketFilter(languages=("en",), tier="light"),
    TicketFilter(agent_id="ann"),
    TicketFilter(agent_id=NOBODY),
    TicketFilter(team="legal"),
    TicketFilter(incident_id="inc-1"),
    TicketFilter(needs_review=True),
    TicketFilter(urgency_from=0.5, urgency_to=0.6),
    TicketFilter(accepted_from=100.0, accepted_to=200.0),
    TicketFilter(categories=("Technical",), urgency_from=0.1, accepted_to=200.0, states=(State.WAITING,)),
    TicketFilter(words=("broken",)),
    TicketFilter(words=("is", "bro")),
    TicketFilter(words=("broken",), categories=("Technical",), agent_id=NOBODY),
    TicketFilter(seen_by="ann"),
    TicketFilter(seen_by="ann", states=(State.RESOLVED,)),
    TicketFilter(seen_by="ann", words=("broken",)),
]


@pytest.fixture(params=[0, 3, 5_000], ids="few={}".format)
def filled(request: pytest.FixtureRequest, store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> SqlStore:
    monkeypatch.setattr(listing, "_FEW", request.param)
    waiting(store, *(0.1 * n for n in range(8)))
    store.accept([ticket("new", at=500.0)], ["test"])
    return store


def test_lists_and_what_is_counted(filled: SqlStore):
    with plans.watched(filled._database.engine, forced=True) as whole:
        for which in FILTERS:
            for order in Order:
                page = filled.list_tickets("default", which, order, None, 2)
                if page.beyond is not None:
                    filled.list_tickets("default", which, order, page.beyond, 2)
        filled.facets("default")
        filled.counts("default")
    assert not whole


def test_pages_beside_the_list(store: SqlStore):
    waiting(store, 0.5, 0.6)
    with plans.watched(store._database.engine, forced=True) as whole:
        store.arrivals("default", NOW, 60)
        store.triages("default", NOW, 60)
        store.count_buried("default")
        store.messages_tally("default", NOW)
        store.messages("default", (), 100)
        store.messages("default", (MessageState.DEAD,), 100)
        store.messages("default", (), 100, "ticket:t1")
        store.incidents("default", (), None, 100)
        store.incident("default", "inc-1")
        store.minutes("default", "inc-1")
        store.affected("default", "inc-1", 100)
        store.links("default", "inc-1", None, 100)
        store.links("default", "inc-1", None, 100, "ann")
        store.incident_events("default", "inc-1", Position(), 100)
        store.events("default", Position(), 100, "t1")
        store.events("default", Position(), 100)
        store.last_position("default")
        store.find_many([ticket("t1").key])
        store.category_counts("default", 1_000)
        store.agents("default")
    assert not whole


def test_what_the_leader_asks(store: SqlStore):
    waiting(store, 0.5, 0.6)
    lease(store)
    with plans.watched(store._database.engine, forced=True) as whole:
        store.due(NOW, NOW + 10.0, 100)
        store.degraded(100)
        store.due_clocks(NOW, 100)
        store.watched({"ticket.queue"}, 100)
        store.unrouted(100)
        store.latest_alerts(["test"], 100)
        store.take_repeats(NOW, 100, lease(store))
        store.claim_message("chat", NOW, NOW + 60.0, 0.0)
    assert not whole


def test_how_all_stands(store: SqlStore):
    waiting(store, 0.5, 0.6)
    with plans.watched(store._database.engine, forced=True) as whole:
        store.overview()
        store.counts(None)
    assert not whole


def test_what_is_let_go(store: SqlStore):
    waiting(store, 0.5)
    route(store, about("inc-1"))
    sent(store, claim(store))
    with plans.watched(store._database.engine, forced=True) as whole:
        assert store.purge_messages(NOW + 1.0, 100)
        store.purge_deliveries(NOW)
        store.fold_counts()
    assert not whole


def test_a_table_that_is_read_whole_is_noticed(store: SqlStore):
    # What is looked for is in no index.
    with plans.watched(store._database.engine) as whole:
        store._database.read(lambda c: c.exec_driver_sql("SELECT id FROM tickets WHERE channel = 'x'").all())
    assert whole
