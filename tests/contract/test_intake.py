"""What sources have said: deliveries, replies, what was said last, what waits, and how far feeds were read."""

from dataclasses import replace

import pytest

from smart_support.domain.event import Event, Position
from smart_support.pipeline.ports import Store
from smart_support.pipeline.records import LeaseLost
from smart_support.pipeline.sources import Reply
from tests.builders import key, lease, ticket

REPLY = Reply("r1", "Still broken", 150.0, "ann", by_customer=True)


@pytest.fixture
def known(store: Store) -> Store:
    store.accept([ticket("t1"), ticket("t2"), ticket("t1", workspace="other")], ["test"] * 3)
    return store


def kinds(store: Store, ticket_id: str = "t1") -> list[str]:
    return [found.event.kind for found in store.events("default", Position(), 100, ticket_id)]


def test_a_delivery_is_known_from_its_mark_on(store: Store):
    assert not store.is_delivered("desk", "d1")
    for _ in range(2):
        store.mark_delivered("desk", "d1", 100.0)
    assert store.is_delivered("desk", "d1")
    assert not store.is_delivered("desk", "d2")
    assert not store.is_delivered("other", "d1")


def test_old_marks_are_forgotten(store: Store):
    store.mark_delivered("desk", "old", 100.0)
    store.mark_delivered("desk", "new", 200.0)
    assert store.purge_deliveries(150.0) == 1
    assert (store.is_delivered("desk", "old"), store.is_delivered("desk", "new")) == (False, True)


def test_a_reply_is_stored_once_with_its_event(known: Store):
    undated = Reply("r2", "A note", author=None, by_customer=False, internal=True, quoted="> Still broken")
    assert known.add_replies(key(), [undated, REPLY, REPLY], 160.0, "source:desk") == [undated, REPLY]
    assert known.add_replies(key(), [replace(REPLY, body="Edited"), undated], 170.0, "source:desk") == []
    assert known.replies([key()]) == {key(): [REPLY, replace(undated, at=160.0)]}
    *_, told = known.events("default", Position(), 100, "t1")
    assert told.event == Event(
        "default",
        "ticket.reply",
        160.0,
        "source:desk",
        "t1",
        data={"reply_id": "r1", "by_customer": True, "internal": False},
    )
    assert kinds(known).count("ticket.reply") == 2


def test_replies_belong_to_one_ticket_of_one_workspace(known: Store):
    known.add_replies(key(), [REPLY], 160.0, "source:desk")
    known.add_replies(key(workspace="other"), [replace(REPLY, body="Another")], 160.0, "source:desk")
    found = known.replies([key("t2"), key(), key(workspace="other"), key("t9")])
    assert {one: [reply.body for reply in replies] for one, replies in found.items()} == {
        key("t2"): [],
        key(): ["Still broken"],
        key(workspace="other"): ["Another"],
        key("t9"): [],
    }
    assert known.replies([]) == {}


def test_what_a_source_said_last_is_remembered_in_parts(known: Store):
    assert known.said("desk", key()) == {}
    known.remember_said("desk", key(), closed=True)
    known.remember_said("desk", key(), assignee="ann")
    known.remember_said("desk", key(), closed=False)
    assert known.said("desk", key()) == {"closed": False, "assignee": "ann"}
    for source, other in (("other", key()), ("desk", key("t2")), ("desk", key(workspace="other"))):
        assert known.said(source, other) == {}


def test_what_waits_is_kept_until_it_is_settled(known: Store):
    known.postpone("desk", key("t2"), {"closed": True, "assignee": None})
    known.postpone("desk", key("t2"), {"closed": None, "assignee": "ann"})
    known.postpone("desk", key("t1"), {"closed": True})
    known.postpone("other", key("t1"), {"closed": True})
    known.postpone("desk", key("t1", "other"), {"closed": True})
    waits = [(key("t1"), {"closed": True}), (key("t2"), {"closed": True, "assignee": "ann"})]
    assert known.postponed("desk", "default", 10) == waits
    assert known.postponed("desk", "default", 1) == waits[:1]
    known.settled("desk", key("t1"), {"closed": True})
    assert known.postponed("desk", "default", 10) == waits[1:]
    assert len(known.postponed("other", "default", 10)) == 1


def test_a_note_is_an_event(known: Store):
    told = Event("default", "ticket.refused", 150.0, "source:desk", "t1", data={"action": "resolve"})
    known.note(told)
    assert [found.event for found in known.events("default", Position(), 100, "t1")][-1] == told


def test_a_cursor_is_moved_by_whoever_leads(store: Store):
    assert store.cursor("feed:desk") == {}
    first = store.take_lease("dispatcher", "first", 60.0)
    assert first is not None
    store.move_cursor("feed:desk", {"id": 5}, first)
    store.move_cursor("feed:desk", {"id": 7, "open": [1, 2]}, first)
    assert store.cursor("feed:desk") == {"id": 7, "open": [1, 2]}
    store.give_up_lease(first)
    second = lease(store)
    with pytest.raises(LeaseLost):
        store.move_cursor("feed:desk", {}, first)
    store.move_cursor("feed:other", {}, second)
    assert store.cursor("feed:desk") == {"id": 7, "open": [1, 2]}
