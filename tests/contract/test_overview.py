"""How the whole system stands, and where traces go on, on both databases."""

import pytest

from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.alert import Alert, AlertKind
from smart_support.domain.alerting.rules import Send
from smart_support.pipeline.messages import Routed
from smart_support.pipeline.records import Step, Triaged, Undelivered
from smart_support.pipeline.standing import Backlog
from tests.builders import by_transformer, degraded, key, lease, queued, ticket, triage

PLACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_an_empty_system(store: SqlStore):
    found = store.overview()
    assert (found.waiting, found.buried, found.destinations, found.incidents, found.leader, found.workers) == (
        *({}, {}, {}, 0, None, ()),
    )


def test_what_waits_and_for_how_long_over_all_workspaces(store: SqlStore):
    now = store.overview().at
    store.accept([ticket("old", at=now - 90.0), ticket("new", at=now)], ["test"] * 2)
    store.accept([ticket("theirs", at=now - 30.0, workspace="other")], ["test"])
    store.record_triage([Triaged(key("theirs", workspace="other"), triage())], now - 20.0, "test")
    store.record_failure(key("new"), Step.TRIAGE, "bad", now, (), "test")
    found = store.overview()
    assert found.backlog(Step.TRIAGE).tickets == found.backlog(Step.DISPATCH).tickets == 1
    assert found.backlog(Step.TRIAGE).oldest == pytest.approx(90.0, abs=20.0)
    assert found.backlog(Step.DISPATCH).oldest == pytest.approx(20.0, abs=19.0)
    assert found.buried == {Step.TRIAGE: 1}
    assert found.backlog(Step.TRIAGE) != Backlog()


def test_what_was_scored_again_is_in_the_queue_already_and_not_late(store: SqlStore):
    queued(store, degraded())
    store.record_rescore([Triaged(key("t0"), by_transformer())], store.overview().at, "rescore")
    assert store.overview().waiting == {Step.DISPATCH: Backlog(1, 0.0)}


def test_who_leads_is_known_while_the_lease_lasts(store: SqlStore):
    held = store.take_lease("dispatcher", "one", 30.0)
    assert store.overview().leader == "one"
    store.give_up_lease(held)
    assert store.overview().leader is None


def test_a_trace_goes_on_from_the_outbox(store: SqlStore):
    store.accept([ticket("a"), ticket("b")], ["test"] * 2, [PLACE, None])
    store.accept([ticket("c")], ["test"])
    keys = [key("a"), key("b"), key("c"), key("unknown")]
    assert store.traces(keys) == {key("a"): PLACE}
    store.record_triage([Triaged(key("a"), triage())], 100.0, "test")
    assert store.traces(keys) == {key("a"): PLACE}
    assert store.traces([]) == {}


def test_a_trace_goes_on_through_an_alert_into_its_message_and_what_was_given_up_is_counted(store: SqlStore):
    held = lease(store)
    alert = Alert("a1", "default", AlertKind.INCIDENT_GROWN, 100.0, None, "inc-1", trace=PLACE)
    store.add_alerts([alert])
    (found,) = store.unrouted(10)
    assert found.trace == PLACE
    store.record_routes([Routed(found, [Send("chat", "incident:inc-1", 0.0, 0.0, 0.0)])], 100.0, "test", held)
    claimed = store.claim_message("chat", 100.0, 160.0, 0.0)
    assert claimed.message.trace == PLACE
    store.message_failed(claimed, Undelivered("gone"), 100.0, None, 100.0, "test")
    tally = store.overview().destinations["chat"]
    assert (tally.pending, tally.dead) == (0, 1)
