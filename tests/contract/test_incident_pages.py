"""What a store tells of one incident: what happened to it, when its tickets came, and whose they are."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smart_support.domain.event import Position, Recorded
from smart_support.domain.ticket import Action, Customer
from smart_support.pipeline.agents import Act, Handling
from smart_support.pipeline.incidents import Affected
from smart_support.pipeline.ports import Store
from smart_support.pipeline.records import Dispatched, Triaged
from tests.builders import key, lease, ticket, triage
from tests.contract.test_incidents import change, gathering, incident, link, open_with, queue, report, storm, triaged
from tests.examples import examples


def pages(store: Store, incident_id: str = "inc-1", workspace: str = "default", size: int = 3) -> Iterator[Recorded]:
    """All that happened, a page at a time."""
    place = Position()
    while found := store.incident_events(workspace, incident_id, place, size):
        yield from found
        place = found[-1].position


class TestEvents:
    def test_they_are_those_of_the_incident_and_of_its_members_in_order(self, store: Store):
        storm(store)
        storm(store, 2, "u")
        queue(store, "alone")
        report(store, "late", exception="lost_data")
        store.handle(Act(key("late"), Handling.ESCALATE, 250.0, "key:1"))
        change(store, "unlink", "t1")
        store.handle(Act(key("t1"), Handling.RESOLVE, 400.0, "key:1"))  # no member any more
        found = list(pages(store))
        assert [one.position for one in found] == sorted(one.position for one in found)
        everything = store.events("default", Position(), 1_000)
        assert found == [one for one in everything if one.event.incident_id == "inc-1"]
        told = [(one.event.kind, one.event.ticket_id) for one in found]
        assert ("incident.open", None) in told
        assert ("ticket.escalate", "late") in told
        assert ("ticket.unlink", "t1") in told
        assert ("ticket.resolve", "t1") not in told

    def test_a_member_that_says_more_comes_with_its_reason(self, store: Store):
        queue(store, "t0", "t1")
        (opener,) = triaged(store, "t4")
        opens = gathering(opener, ["t0", "t1"], incident())
        opens = replace(opens, links=(opens.links[0], replace(opens.links[1], exception="danger")))
        decision = Dispatched(opener, Action.SUPPRESS, link=link("t4"))
        store.record_dispatch([decision], 160.0, "dispatcher", lease(store), [opens])
        report(store, "late", exception="lost_data")
        reasons = {
            one.event.ticket_id: (one.event.kind, one.event.data["exception"])
            for one in pages(store)
            if "exception" in one.event.data
        }
        assert reasons == {"t1": ("ticket.link", "danger"), "late": ("ticket.queue", "lost_data")}

    def test_another_workspace_has_its_own(self, store: Store):
        storm(store, workspace="other")
        assert list(pages(store)) == []
        assert list(pages(store, workspace="other"))


class TestMinutes:
    def test_they_count_the_members_by_when_they_came(self, store: Store):
        storm(store)  # accepted from 100 to 104
        for name, at in (("a", 119.5), ("b", 120.0), ("c", 179.999), ("d", 3_600.0)):
            report(store, name, at=at)
        queue(store, "alone", at=500.0)
        assert store.minutes("default", "inc-1") == {1: 6, 2: 2, 60: 1}
        change(store, "unlink", "d", "b")
        assert store.minutes("default", "inc-1") == {1: 6, 2: 1}

    def test_there_are_none_without_members(self, store: Store):
        storm(store)
        change(store, "dismiss")
        assert store.minutes("default", "inc-1") == {}
        assert store.minutes("default", "inc-9") == {}
        assert store.minutes("other", "inc-1") == {}


WHO = st.builds(
    Customer,
    id=st.sampled_from([None, "c1", "c2"]),
    email=st.sampled_from([None, "a@b.c", "c1"]),
    name=st.sampled_from([None, "Ann", "Bob"]),
    tier=st.sampled_from([None, "gold"]),
)
numbers = count()


class TestAffected:
    @settings(max_examples=examples(0.15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(who=st.lists(WHO, min_size=1, max_size=12), limit=st.integers(1, 5))
    def test_each_customer_is_named_once_the_one_with_the_most_tickets_first(
        self, store: Store, who: list[Customer], limit: int
    ):
        workspace = f"w{next(numbers)}"
        members = [
            replace(ticket(f"m{n:02}", workspace=workspace, at=100.0 + n), customer=one) for n, one in enumerate(who)
        ]
        store.accept(members, ["test"] * len(members))
        store.record_triage([Triaged(one.key, triage()) for one in members], 150.0, "triage")
        *first, opener = [one.key for one in members]
        store.record_dispatch([Dispatched(one) for one in first], 160.0, "dispatcher", lease(store))
        new = incident(workspace=workspace, representative=opener.ticket_id)
        open_with(store, opener, [one.ticket_id for one in first], new)

        latest = {one.id or one.email: (n, one) for n, one in enumerate(who) if one.id or one.email}
        tickets = Counter(one.id or one.email for one in who)
        order = sorted(latest, key=lambda name: (-tickets[name], latest[name][0]))
        expected = [Affected(latest[name][1], tickets[name]) for name in order]
        assert store.affected(workspace, "inc-1", 100) == expected
        assert store.affected(workspace, "inc-1", limit) == expected[:limit]
        assert store.incident(workspace, "inc-1").customers == len(expected)

    def test_nobody_is_where_there_is_no_incident(self, store: Store):
        storm(store)
        assert store.affected("default", "inc-9", 10) == []
        assert store.affected("other", "inc-1", 10) == []
