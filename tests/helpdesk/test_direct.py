"""The feed and the writer against a real django-helpdesk."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from smart_support.adapters.helpdesks import django_helpdesk_feed
from smart_support.adapters.helpdesks.choose import Desk as Address
from smart_support.adapters.helpdesks.choose import feed_of, writer_of
from smart_support.adapters.senders.http import Http
from smart_support.domain.agent import Agent
from smart_support.pipeline.records import Unavailable, Undelivered
from smart_support.pipeline.sources import Feed, Incoming, WriteBack, Writer
from tests.builders import ticket, triage
from tests.helpdesk.desk import TOKEN, Desk


@pytest.fixture
def http() -> Iterator[Http]:
    client = Http(allow_private=True, seconds=30.0)
    yield client
    client.close()


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


class Reader:
    """Takes in what a feed says, as the pipeline does: page by page, each with its cursor."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.cursor: Mapping[str, Any] = {}

    def read(self) -> dict[str, Incoming]:
        """What is new, by ticket; the last word counts."""
        found: dict[str, Incoming] = {}
        for page, cursor in self.feed.fetch(self.cursor):
            found |= {one.source_id: one for one in page}
            self.cursor = cursor
        return found


def address(desk: Desk) -> Address:
    agents = {str(id_): name for name, id_ in desk.users.items()}
    return Address("django-helpdesk", desk.url, token=TOKEN, agents=agents)


def feed(desk: Desk, http: Http, clock: Clock) -> Reader:
    made = feed_of("desk", address(desk), http, clock)
    assert made is not None
    return Reader(made)


def writer(desk: Desk, http: Http) -> Writer:
    made = writer_of("desk", address(desk), http)
    assert made is not None
    return made


def told(id_: int, urgency: float, agent: str | None, note: str | None = None, **more: Any) -> WriteBack:
    scored = replace(ticket(f"desk:{id_}"), triage=triage(urgency, "Billing"), source="desk", source_id=str(id_))
    return WriteBack(f"wb-{id_}", scored, Agent("default", agent) if agent else None, None, note, **more)


def test_what_is_created_there_comes_in_and_what_is_decided_here_stands_there(own_helpdesk: Desk, http: Http):
    reader = feed(own_helpdesk, http, Clock())
    ids = [own_helpdesk.create(f"Ticket {n}", f"The printer is broken {{{{ {n} }}}}") for n in range(20)]
    found = reader.read()
    assert set(found) == {str(id_) for id_ in ids}
    assert found[str(ids[3])].subject == "Ticket 3"
    assert found[str(ids[3])].customer.email == "customer@shop.example"
    assert reader.read() == {}

    own_helpdesk.kill()
    with pytest.raises(Unavailable):
        reader.read()
    with pytest.raises(Undelivered) as refused:
        writer(own_helpdesk, http).write(told(ids[0], 0.9, "ada"))
    assert refused.value.retry
    own_helpdesk.server.start()

    ids += [own_helpdesk.create(f"Ticket {n}", "Where is my refund?") for n in range(20, 30)]
    assert set(reader.read()) == {str(id_) for id_ in ids[20:]}

    for id_ in ids:
        written = writer(own_helpdesk, http).write(told(id_, 0.9 if id_ % 2 else 0.1, "ada" if id_ % 3 else "grace"))
        assert written["priority"] == ("urgent" if id_ % 2 else "low")
    there = {one["id"]: one for one in own_helpdesk.tickets()}
    assert sorted(there) == ids
    users = own_helpdesk.users
    assert all(one["priority"] == (1 if id_ % 2 else 4) for id_, one in there.items())
    assert all(one["assigned_to"] == users["ada" if id_ % 3 else "grace"] for id_, one in there.items())
    assert all(one["custom_smart_support_category"] == "Billing" for one in there.values())
    assert reader.read() == {}  # what we wrote does not come back


def test_a_note_stands_there_once_whatever_is_in_it(helpdesk: Desk, http: Http):
    id_ = helpdesk.create("Refund", "Where is it?")
    note = "Urgent because of: {{ ticket.secret_key }} {% endverbatim %} {# nothing #} {% bad"
    desk_writer = writer(helpdesk, http)
    first = desk_writer.write(told(id_, 0.9, "ada", note))
    assert desk_writer.write(told(id_, 0.9, "ada", note)) == first  # as after a crash: nobody knows that it was written
    assert desk_writer.write(told(id_, 0.9, "ada", note, written=first)) == first
    [found] = helpdesk.notes(id_)
    assert found.startswith("Urgent because of: { { ticket.secret_key }} { % endverbatim % }")
    assert helpdesk.ticket(id_)["title"] == "Refund"


def test_only_what_differs_is_set(helpdesk: Desk, http: Http):
    id_ = helpdesk.create("Refund", "Where is it?")
    desk_writer = writer(helpdesk, http)
    written = desk_writer.write(told(id_, 0.9, "ada"))
    helpdesk.change(id_, priority=5)
    desk_writer.write(told(id_, 0.9, "grace", written=written))
    there = helpdesk.ticket(id_)
    assert (there["priority"], there["assigned_to"]) == (5, helpdesk.users["grace"])


def test_an_assignee_is_taken_back_only_where_he_is_ours(helpdesk: Desk, http: Http):
    desk_writer = writer(helpdesk, http)
    ours, another = helpdesk.create("Refund", "Where is it?"), helpdesk.create("Invoice", "Wrong sum")
    written = {id_: desk_writer.write(told(id_, 0.5, "ada")) for id_ in (ours, another)}
    helpdesk.change(another, assigned_to=helpdesk.users["linus"])
    for id_ in (ours, another):
        assert desk_writer.write(told(id_, 0.5, None, written=written[id_]))["assignee"] is None
    assert helpdesk.ticket(ours)["assigned_to"] is None
    assert helpdesk.ticket(another)["assigned_to"] == helpdesk.users["linus"]


def test_a_closed_ticket_and_one_that_is_not_there(helpdesk: Desk, http: Http):
    id_ = helpdesk.create("Refund", "Where is it?")
    helpdesk.follow_up(id_, "Sent", new_status=4)
    writer(helpdesk, http).write(told(id_, 0.9, "ada"))
    assert helpdesk.ticket(id_)["priority"] == 1
    with pytest.raises(Undelivered) as refused:
        writer(helpdesk, http).write(told(id_ + 1_000, 0.9, "ada"))
    assert not refused.value.retry


def test_a_person_whom_it_does_not_know_is_not_assigned(helpdesk: Desk, http: Http):
    id_ = helpdesk.create("Refund", "Where is it?")
    writer(helpdesk, http).write(told(id_, 0.9, "nobody-there"))
    assert (helpdesk.ticket(id_)["priority"], helpdesk.ticket(id_)["assigned_to"]) == (1, None)


def test_what_happens_to_known_tickets_comes_in_too(helpdesk: Desk, http: Http):
    reader = feed(helpdesk, http, Clock())
    closed, reopened, answered, untouched = (helpdesk.create(f"T{n}", "It is broken") for n in range(4))
    helpdesk.follow_up(reopened, "Done", new_status=3)
    first = set(reader.read())
    assert {str(closed), str(answered), str(untouched)} <= first
    assert str(reopened) not in first
    helpdesk.follow_up(closed, "Solved it", new_status=3)
    helpdesk.follow_up(reopened, "Not quite", new_status=2)
    id_ = helpdesk.follow_up(answered, "It still is")
    helpdesk.change(answered, assigned_to=helpdesk.users["grace"])
    found = reader.read()
    assert set(found) == {str(closed), str(reopened), str(answered)}
    assert found[str(closed)].closed is True
    assert not found[str(closed)].opens
    assert [reply.body for reply in found[str(closed)].replies] == ["Solved it"]
    assert found[str(reopened)].closed is False
    assert found[str(answered)].assignee == str(helpdesk.users["grace"])
    assert ("It still is", str(id_)) in [(reply.body, reply.id) for reply in found[str(answered)].replies]
    assert reader.read() == {}


def test_what_leaves_no_trace_is_seen_in_the_end(helpdesk: Desk, http: Http):
    clock = Clock()
    reader = feed(helpdesk, http, clock)
    id_ = helpdesk.create("Refund", "Where is it?")
    reader.read()
    helpdesk.change(id_, assigned_to=helpdesk.users["ada"])
    assert reader.read() == {}
    clock.at += django_helpdesk_feed.SWEEP_SECONDS
    assert reader.read()[str(id_)].assignee == str(helpdesk.users["ada"])
    assert reader.read() == {}


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in {"_KNOWN": 6, "_FOLLOW_UPS": 6, "_TICKETS": 4, "_ONE_BY_ONE": 5}.items():
        monkeypatch.setattr(django_helpdesk_feed, name, number)


@pytest.mark.usefixtures("small_pages")
def test_nothing_is_missed_over_many_pages_and_interruptions(own_helpdesk: Desk, http: Http):
    """The feed is left after each page, as by a crash, and goes on from its cursor."""
    reader = feed(own_helpdesk, http, Clock())
    seen: dict[str, Incoming] = {}

    def read_on(pages: int = 1) -> None:
        for number, (page, cursor) in enumerate(reader.feed.fetch(reader.cursor), 1):
            seen.update({one.source_id: one for one in page})
            if number > pages:
                return
            reader.cursor = cursor

    ids = [own_helpdesk.create(f"T{n}", "It is broken") for n in range(14)]
    for _ in range(10):
        read_on()
    assert set(seen) == {str(id_) for id_ in ids}
    seen.clear()
    ids += [own_helpdesk.create(f"T{n}", "It is broken") for n in range(14, 25)]
    for id_ in ids[:9]:
        own_helpdesk.follow_up(id_, "Still broken")
    own_helpdesk.follow_up(ids[9], "Solved", new_status=4)
    read_on(2)
    seen |= reader.read()
    assert set(seen) >= {str(id_) for id_ in [*ids[:10], *ids[14:]]}
    assert all("Still broken" in [reply.body for reply in seen[str(id_)].replies] for id_ in ids[:9])
    assert reader.read() == {}


@pytest.mark.usefixtures("small_pages")
def test_deleted_follow_ups_hide_no_new_ones(helpdesk: Desk, http: Http):
    reader = feed(helpdesk, http, Clock())
    first = helpdesk.create("Refund", "Where is it?")
    gone = [helpdesk.follow_up(first, f"Answer {n}") for n in range(9)]
    reader.read()
    with helpdesk.api as api:
        for id_ in gone[-4:]:
            api.delete(f"/followups/{id_}/").raise_for_status()
    helpdesk.follow_up(first, "The last word")
    assert "The last word" in [reply.body for reply in reader.read()[str(first)].replies]
    assert reader.read() == {}
