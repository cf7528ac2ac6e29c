"""What a store promises to those who learn: feedback, the registry of models, results of a model in shadow."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from smart_support.domain.agent import Agent
from smart_support.domain.comparison import Judged, Opinion, Pair
from smart_support.domain.drift import CategoryCount
from smart_support.domain.event import Event, Position
from smart_support.domain.feedback import Feedback
from smart_support.domain.registry import BundleInfo, ModelInfo, RegisteredModel, Role, Roles
from smart_support.domain.ticket import State
from smart_support.domain.triage import Reason, ReasonOf, Text, Tier
from smart_support.pipeline.learning import Example, ShadowResult
from smart_support.pipeline.ports import Store
from smart_support.pipeline.records import Dispatched, Triaged
from tests.builders import key, lease, ticket, triage, waiting

A, B, C = (
    ModelInfo(f"light-{letter * 12}", ("Billing", "Legal"), (BundleInfo(Tier.LIGHT, f"light-{letter * 12}", {"n": 1}),))
    for letter in "abc"
)
SAID = {"model_version": "light-test", "said_category": "Technical", "said_urgency": 0.5}


def events(store: Store, *kinds: str) -> list[Event]:
    return [found.event for found in store.events("default", Position(), 1_000) if found.event.kind in kinds]


def told(number: int = 1, ticket_id: str = "t0", **said: object) -> Feedback:
    return Feedback(f"f{number}", key(ticket_id), 300.0 + number, "key:1", **said)


class TestFeedback:
    def test_a_correction_and_what_the_model_had_said_are_one_commit_with_the_event(self, store: Store):
        waiting(store, 0.5)
        before = store.find(key("t0"))
        stored = store.record_feedback(told(category="Legal", urgency=0.9, note="a regulator"))
        assert stored == told(category="Legal", urgency=0.9, note="a regulator", **SAID)
        right = replace(before.triage, category="Legal", urgency=0.9, confidence=1.0, reasons=())
        assert store.find(key("t0")) == replace(before, triage=right, corrected_at=301.0)
        (event,) = events(store, "ticket.feedback")
        assert (event.ticket_id, event.actor, event.at) == ("t0", "key:1", 301.0)
        assert event.data == {
            "feedback": "f1",
            "category": "Legal",
            "urgency": 0.9,
            "not_duplicate": None,
            "said_category": "Technical",
            "said_urgency": 0.5,
            "model": "light-test",
        }

    def test_what_is_somebody_elses_by_now_an_agent_does_not_correct(self, store: Store):
        store.save_agents([Agent("default", "ann")], 1.0, "key:1")
        waiting(store, 0.5)
        store.claim_next("default", 200.0, "key:1", "ann")
        before = store.find(key("t0"))
        assert store.record_feedback(told(category="Legal"), "bob") is None
        assert store.find(key("t0")) == before
        assert events(store, "ticket.feedback") == []
        assert store.record_feedback(told(category="Legal"), "ann") is not None

    def test_what_the_model_said_is_known_however_often_it_was_corrected(self, store: Store):
        waiting(store, 0.5)
        store.record_feedback(told(1, not_duplicate=True))
        store.record_feedback(told(2, category="Legal"))
        last = store.record_feedback(told(3, urgency=0.1))
        assert (last.said_category, last.said_urgency) == ("Technical", 0.5)
        found = store.find(key("t0")).triage
        assert (found.category, found.urgency) == ("Legal", 0.1)

    def test_reasons_stay_with_what_nobody_has_overruled(self, store: Store):
        reasons = (Reason(ReasonOf.CATEGORY, "login", 0.6), Reason(ReasonOf.URGENCY, "broken", 0.4))
        store.accept([ticket("t0")], ["a"])
        store.record_triage([Triaged(key("t0"), replace(triage(0.5, "Technical"), reasons=reasons))], 200.0, "triage")
        kept = []
        for number, said in enumerate(
            ({"category": "Technical", "urgency": 0.5}, {"category": "Legal"}, {"urgency": 1.0})
        ):
            store.record_feedback(told(number, **said))
            found = store.find(key("t0")).triage
            kept.append((found.reasons, found.confidence))
        assert kept == [(reasons, 1.0), (reasons[1:], 1.0), ((), 1.0)]

    def test_a_correction_of_urgency_moves_the_ticket_in_the_queue(self, store: Store):
        waiting(store, 0.9, 0.2)
        store.record_feedback(told(ticket_id="t1", urgency=1.0))
        assert store.find(key("t1")).state is State.WAITING
        assert store.claim_next("default", 400.0, "agent").id == "t1"

    def test_a_category_that_somebody_has_given_needs_no_second_look(self, store: Store):
        store.accept([ticket("t0")], ["a"])
        store.record_triage([Triaged(key("t0"), replace(triage(), needs_review=True))], 200.0, "triage")
        store.record_feedback(told(1, urgency=0.9))
        assert store.find(key("t0")).triage.needs_review
        store.record_feedback(told(2, category="Legal"))
        assert not store.find(key("t0")).triage.needs_review

    def test_no_duplicate_is_kept_and_corrects_nothing(self, store: Store):
        waiting(store, 0.5)
        before = store.find(key("t0"))
        assert store.record_feedback(told(not_duplicate=True)).not_duplicate is True
        assert store.find(key("t0")) == before

    def test_repeated_it_is_the_first_and_happens_once(self, store: Store):
        waiting(store, 0.5)
        first = store.record_feedback(told(category="Legal"))
        store.record_feedback(told(2, category="Billing"))
        assert store.record_feedback(replace(told(category="Legal"), at=999.0)) == first
        assert store.find(key("t0")).triage.category == "Billing"
        assert len(events(store, "ticket.feedback")) == 2

    def test_needs_a_triaged_ticket(self, store: Store):
        store.accept([ticket("t0")], ["a"])
        assert store.record_feedback(told(category="Legal")) is None
        assert store.record_feedback(told(ticket_id="unknown", category="Legal")) is None
        assert store.examples("default", None, 10) == []

    def test_examples_are_paged_in_order_with_their_texts(self, store: Store):
        waiting(store, 0.5, 0.5)
        given = [told(n, f"t{n % 2}", urgency=0.1 * n) for n in range(5)]
        for one in given:
            store.record_feedback(one)
        seen, after = [], None
        while page := store.examples("default", after, 2):
            seen += page
            after = (page[-1].feedback.at, page[-1].feedback.id)
        assert seen == [Example(replace(one, **SAID), Text("Help", "It is broken")) for one in given]
        assert store.examples("elsewhere", None, 10) == []


class TestModels:
    def test_are_kept_once_as_they_were_given(self, store: Store):
        assert store.add_model("default", A, 100.0, "key:1")
        assert store.add_model("default", B, 101.0, "key:1")
        assert not store.add_model("default", A, 102.0, "key:1")
        assert store.models("default") == [RegisteredModel(B, 101.0), RegisteredModel(A, 100.0)]
        assert store.models("elsewhere") == []
        assert [event.data for event in events(store, "model.add")] == [{"model": A.version}, {"model": B.version}]

    def test_roles_change_as_a_whole_with_an_event(self, store: Store):
        self.add(store)
        steps = [Roles(), Roles(shadow=A.version), Roles(A.version), Roles(B.version, C.version, A.version), Roles()]
        for number, (before, after) in enumerate(itertools.pairwise(steps)):
            assert store.roles("default") == before
            assert store.change_roles("default", before, after, "model.promote", 200.0 + number, "key:1")
        assert store.roles("default") == Roles()
        told = events(store, "model.promote")
        assert told[2].data == {"active": B.version, "shadow": C.version, "previous": A.version}
        assert {event.actor for event in told} == {"key:1"}

    def test_the_list_names_the_roles(self, store: Store):
        self.add(store)
        store.change_roles("default", Roles(), Roles(A.version, B.version), "model.promote", 200.0, "x")
        assert {model.info.version: model.role for model in store.models("default")} == {
            A.version: Role.ACTIVE,
            B.version: Role.SHADOW,
            C.version: None,
        }

    def test_a_change_by_what_was_seen_before_is_none(self, store: Store):
        self.add(store)
        store.change_roles("default", Roles(), Roles(A.version), "model.promote", 200.0, "x")
        assert not store.change_roles("default", Roles(), Roles(B.version), "model.promote", 201.0, "x")
        assert not store.change_roles(
            "default", Roles(A.version), Roles("light-000000000000"), "model.promote", 202.0, "x"
        )
        assert store.roles("default") == Roles(A.version)
        assert len(events(store, "model.promote")) == 1

    def test_of_many_at_once_one_wins(self, store: Store):
        self.add(store)
        barrier = threading.Barrier(9)

        def promote(number: int) -> bool:
            barrier.wait()
            version = (A, B, C)[number % 3].version
            return store.change_roles("default", Roles(), Roles(version), "model.promote", 200.0, "x")

        with ThreadPoolExecutor(9) as pool:
            assert sum(pool.map(promote, range(9))) == 1
        assert len(events(store, "model.promote")) == 1

    def add(self, store: Store) -> None:
        for info in (A, B, C):
            store.add_model("default", info, 100.0, "x")


class TestShadow:
    def results(self, store: Store) -> list[ShadowResult]:
        """Three tickets: the shadow agrees, differs, differs."""
        waiting(store, 0.9, 0.5, 0.1)
        said = [("Technical", 0.7), ("Legal", 0.5), ("Legal", 0.9)]
        return [
            ShadowResult(key(f"t{n}"), "light-new", store.find(key(f"t{n}")).triage, triage(urgency, category))
            for n, (category, urgency) in enumerate(said)
        ]

    def test_are_stored_once_and_counted_by_pair(self, store: Store):
        results = self.results(store)
        assert store.record_shadow(results, 300.0) == 3
        assert store.record_shadow(results, 301.0) == 0
        found = sorted(store.pairs("default", "light-new", {"light-test"}, 0.8), key=lambda pair: pair.shadow)
        assert found == [
            Pair("Technical", "Legal", 2, pytest.approx(0.8), 0, 1),
            Pair("Technical", "Technical", 1, pytest.approx(0.2), 1, 0),
        ]

    def test_only_beside_the_active_model_asked_for(self, store: Store):
        store.record_shadow(self.results(store), 300.0)
        assert store.pairs("default", "light-new", {"light-other"}, 0.8) == []
        assert store.pairs("default", "light-newer", {"light-test"}, 0.8) == []
        assert store.pairs("elsewhere", "light-new", {"light-test"}, 0.8) == []
        assert store.judged("default", "light-new", {"light-other"}) == []

    def test_the_last_word_of_people_judges_what_was_said_before_it(self, store: Store):
        store.record_shadow(self.results(store), 300.0)
        store.record_feedback(told(1, "t1", category="Billing", urgency=0.4))
        store.record_feedback(told(2, "t1", category="Legal"))
        store.record_feedback(told(3, "t2", not_duplicate=True))
        assert store.judged("default", "light-new", {"light-test"}) == [
            Judged(Opinion("Technical", 0.5), Opinion("Legal", 0.5), "Legal", 0.4)
        ]

    def test_old_ones_are_forgotten(self, store: Store):
        results = self.results(store)
        store.record_shadow(results[:1], 300.0)
        store.record_shadow(results[1:], 400.0)
        assert store.purge_shadow(400.0) == 1
        assert sum(pair.tickets for pair in store.pairs("default", "light-new", {"light-test"}, 0.8)) == 2

    def test_categories_are_counted_over_the_last_tickets(self, store: Store):
        assert store.category_counts("default", 10) == []
        waiting(store, 0.1, 0.2, 0.3)
        store.record_feedback(told(1, "t2", category="Legal"))
        found = sorted(store.category_counts("default", 2), key=lambda count: count.category)
        assert found == [CategoryCount("Legal", 1, 1.0), CategoryCount("Technical", 1, 0.9)]

    def test_history_is_no_part_of_the_last_tickets_and_is_looked_past_only_so_far(self, store: Store):
        waiting(store, 0.1, 0.2)
        for number, seen in ((9, 1), (2, 0)):
            old = [replace(ticket(f"old{number}-{n}"), history=True) for n in range(number)]
            store.accept(old, ["import"] * number)
            store.record_triage([Triaged(one.key, triage(category="Legal")) for one in old], 200.0, "test")
            store.record_dispatch([Dispatched(one.key) for one in old], 201.0, "test", lease(store))
            assert store.category_counts("default", 1) == [CategoryCount("Technical", 1, 0.9)][:seen]
        assert store.category_counts("default", 2) == [CategoryCount("Technical", 2, 1.8)]
