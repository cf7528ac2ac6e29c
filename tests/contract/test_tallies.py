"""What a store promises of counts and of what the leader tells, on every database."""

from collections import Counter
from dataclasses import replace
from itertools import count

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.store import SqlStore
from smart_support.adapters.sql.storm_schema import storm_state
from smart_support.domain.incident import LinkKind
from smart_support.domain.ticket import Customer
from smart_support.pipeline.forming import STALE_SECONDS, FormingStorm, Member, StormState
from smart_support.pipeline.messages import MessageState
from smart_support.pipeline.records import LeaseLost, Step, Triaged
from smart_support.pipeline.tallies import Bucket, DestinationTally
from tests.builders import key, lease, ticket, triage
from tests.contract.test_messages import AWAY, NOW, about, claim, fail, route
from tests.examples import examples

CLUSTER = FormingStorm(LinkKind.SEMANTIC, "Technical", 7, 5, 12, 5, 0.5625, ("a", "b"), 100.5, 130.0)
STATE = StormState(300.0, 1.5, (CLUSTER, replace(CLUSTER, kind=LinkKind.EXACT, threshold=None, missing=None)))
names = count()


@settings(max_examples=examples(0.15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(900.0, 1_700.0), max_size=20), st.integers(1, 400))
def test_arrivals_are_counted_where_their_times_lie(store: SqlStore, times: list[float], seconds: int):
    workspace = f"w{next(names)}"
    made = [ticket(f"t{n}", workspace=workspace, at=at) for n, at in enumerate(times)]
    store.accept(
        [*made, replace(ticket("old", workspace=workspace, at=1_200.0), history=True)], ["x"] * (len(made) + 1)
    )
    expected = Counter(float(int(at // seconds) * seconds) for at in times if at >= 1_000.0)
    assert store.arrivals(workspace, 1_000.0, seconds) == [Bucket(at, n, 0) for at, n in sorted(expected.items())]


def test_duplicates_of_an_incident_are_counted_apart(store: SqlStore):
    store.accept([ticket(name, at=100.0) for name in "abc"], ["x"] * 3)
    for name, change in (("a", {"state": "suppressed", "incident_id": "inc-1"}), ("b", {"state": "waiting"})):
        made = sa.update(tickets).where(tickets.c.id == name).values(**change)
        store._database.write(lambda connection, made=made: connection.execute(made))
    assert store.arrivals("default", 0.0, 60) == [Bucket(60.0, 3, 1)]
    assert store.arrivals("other", 0.0, 60) == []


def test_triages_are_counted_by_their_own_time_with_those_of_history(store: SqlStore):
    store.accept([ticket("a"), ticket("b"), replace(ticket("h"), history=True), ticket("no")], ["x"] * 4)
    for name, at in (("a", 130.0), ("b", 190.0), ("h", 190.5)):
        store.record_triage([Triaged(key(name), triage())], at, "triage")
    assert store.triages("default", 100.0, 60) == [Bucket(120.0, 1), Bucket(180.0, 2)]
    assert store.triages("default", 150.0, 60) == [Bucket(180.0, 2)]


def test_messages_are_counted_by_state_and_by_destination(store: SqlStore):
    assert store.messages_tally("default", NOW).by_state == {}
    for n, destination in enumerate(("chat", "chat", "pager"), 1):
        route(store, about(f"inc-{n}"), destination=destination)
    fail(store, NOW, wait=500.0)
    pager = claim(store, destination="pager")
    store.message_failed(pager, AWAY, NOW, None, NOW, "notifier")
    found = store.messages_tally("default", NOW)
    assert found.by_state == {MessageState.PENDING: 2, MessageState.DEAD: 1}
    chat, pager = found.destinations["chat"], found.destinations["pager"]
    assert (chat.pending, chat.failing, chat.dead) == (2, 1, 0)
    assert (pager.pending, pager.failing, pager.dead) == (0, 0, 1)
    assert chat.failures == pager.failures == 1
    sent = claim(store)
    store.message_sent(sent, {}, NOW, "notifier", again=False)
    after = store.messages_tally("default", NOW)
    assert after.by_state == {MessageState.PENDING: 1, MessageState.SENT: 1, MessageState.DEAD: 1}
    assert after.destinations["chat"] == DestinationTally(1, 1, 0, 0, after.destinations["chat"].blocked_until)
    assert store.messages_tally("default", NOW + 1.0).by_state == {MessageState.PENDING: 1, MessageState.DEAD: 1}
    assert store.messages_tally("other", NOW).by_state == {}


def test_who_was_given_up_is_counted(store: SqlStore):
    store.accept([ticket("a"), ticket("b")], ["x", "x"])
    assert store.count_buried("default") == 0
    store.record_failure(key("a"), Step.TRIAGE, "broken", 100.0, (), "triage")
    assert (store.count_buried("default"), store.count_buried("other")) == (1, 0)


def test_the_last_state_that_was_told_is_kept_with_its_age(store: SqlStore):
    assert store.told_storms("default") is None
    held = lease(store)
    store.tell_storms("default", StormState(60.0, None), held)
    store.tell_storms("default", STATE, held)
    told = store.told_storms("default")
    assert told.state == STATE
    assert not told.stale
    assert store.told_storms("other") is None
    late = sa.update(storm_state).values(told_at=told.told_at - STALE_SECONDS - 1.0)
    store._database.write(lambda connection: connection.execute(late))
    assert store.told_storms("default").stale


def test_who_leads_no_more_tells_nothing(store: SqlStore):
    held = lease(store)
    store.tell_storms("default", STATE, held)
    lease(store)
    with pytest.raises(LeaseLost):
        store.tell_storms("default", StormState(60.0, None), held)
    assert store.told_storms("default").state == STATE


def test_members_are_known_without_their_texts(store: SqlStore):
    customers = [Customer("c1", "c1@x.org"), Customer(None, "ann@x.org"), Customer()]
    made = [replace(ticket(f"t{n}"), customer=customer) for n, customer in enumerate(customers)]
    store.accept(made, ["x"] * 3)
    store.record_triage([Triaged(key("t0"), triage(category="Billing"))], 100.0, "triage")
    assert store.members("default", ["t0", "t1", "t2", "gone"]) == {
        "t0": Member("Billing", "c1"),
        "t1": Member(None, "ann@x.org"),
        "t2": Member(None, None),
    }
    assert store.members("other", ["t0"]) == {}
