"""What helpdesks say becomes tickets and changes of tickets, once however often it is said."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.agent import Agent
from smart_support.domain.event import Position
from smart_support.domain.ticket import State, Ticket, TicketKey, check_ticket_id
from smart_support.pipeline.accept import AcceptStep
from smart_support.pipeline.admission import Admission, Overloaded
from smart_support.pipeline.agents import Act, Handling
from smart_support.pipeline.compose import Composer
from smart_support.pipeline.incoming import clean, fitted, key_of, ticket_of
from smart_support.pipeline.intake import ECHO_SECONDS
from smart_support.pipeline.messages import Claimed, Message, MessageState, Purpose
from smart_support.pipeline.privacy import Kept, Person
from smart_support.pipeline.publish import PublishStep
from smart_support.pipeline.records import Dispatched, Triaged, Unavailable
from smart_support.pipeline.sources import Incoming, Reply, WriteBack
from smart_support.pipeline.take_in import GIVE_UP_SECONDS, RETRY_SECONDS, TakeIn, Taken
from smart_support.pipeline.write_back import WriteBacks
from tests.builders import lease, triage

NEW = Incoming("5", "Help", "It is broken", closed=False, assignee="")
AGENTS = {"ann@desk.example": "ann"}


@dataclass
class Desk:
    """A helpdesk named `desk`, and the store that hears of it."""

    store: SqlStore
    take_in: TakeIn
    now: float = 1_000.0
    deliveries: list[str] = field(default_factory=list)

    def say(self, *said: Incoming, delivery: str | None = None) -> Taken:
        self.now += 1.0
        return self.take_in.take("desk", "default", said, delivery, AGENTS, self.now)

    def dispatch(self) -> None:
        """What was accepted comes into the queue, and what waited for that is settled."""
        keys = [found.key for found in self.store.page("default", None, 100) if found.state is State.ACCEPTED]
        self.store.record_triage([Triaged(key, triage()) for key in keys], self.now, "test")
        self.store.record_dispatch([Dispatched(key) for key in keys], self.now, "test", lease(self.store))
        self.take_in.settle("desk", "default", AGENTS, self.now)

    def do(self, kind: Handling, agent_id: str | None = None) -> None:
        self.store.handle(Act(self.ticket.key, kind, self.now, "key:k", agent_id=agent_id))

    @property
    def ticket(self) -> Ticket:
        (found,) = self.store.page("default", None, 100)
        return found

    @property
    def kinds(self) -> list[str]:
        return [found.event.kind for found in self.store.events("default", Position(), 1_000)]

    @property
    def replies(self) -> list[str]:
        return [reply.id for reply in self.store.replies([self.ticket.key])[self.ticket.key]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = SqlStore.open(f"sqlite:///{tmp_path}/store.db", durable=False)
    accept = AcceptStep(store, PublishStep(MemoryBroker()))
    store.save_agents([Agent("default", "ann", capacity=5), Agent("default", "bob", "Bob B.", capacity=5)], 1.0, "test")
    yield Desk(store, TakeIn(store, accept, Admission(store, 100)))
    accept.close()
    store.close()


@pytest.fixture
def queued(desk: Desk) -> Desk:
    """The same with one ticket that waits."""
    desk.say(NEW)
    desk.dispatch()
    return desk


def customer(id_: str = "r1", body: str = "Still broken") -> Reply:
    return Reply(id_, body, 5.0, "ann")


def test_a_new_ticket_is_accepted_with_where_it_came_from(desk: Desk):
    assert desk.say(replace(NEW, url="https://desk.example/5")) == Taken(fresh=1, ticket_ids=("desk:5",))
    found = desk.ticket
    assert (found.id, found.source, found.source_id, found.state) == ("desk:5", "desk", "5", State.ACCEPTED)
    assert found.metadata == {"url": "https://desk.example/5"}
    (told,) = [found.event for found in desk.store.events("default", Position(), 10, "desk:5")]
    assert (told.kind, told.actor) == ("ticket.accept", "source:desk")


def test_the_same_ticket_once_more_is_no_second_one(desk: Desk):
    desk.say(NEW)
    assert desk.say(NEW) == Taken(ticket_ids=("desk:5",))
    assert desk.say(replace(NEW, body="It is broken, and edited")) == Taken(ticket_ids=("desk:5",))
    assert desk.ticket.body == "It is broken"


@pytest.mark.parametrize("said", [replace(NEW, closed=True), replace(NEW, opens=False), replace(NEW, by_us=True)])
def test_not_everything_opens_a_ticket(desk: Desk, said: Incoming):
    assert desk.say(said) == Taken()
    assert desk.store.page("default", None, 10) == []


def test_a_known_delivery_has_no_effect(desk: Desk):
    assert desk.say(NEW, delivery="d1").fresh == 1
    assert desk.say(replace(NEW, source_id="6"), delivery="d1") == Taken(repeated=True)
    assert desk.ticket.id == "desk:5"


def test_a_delivery_that_found_no_room_may_come_again(desk: Desk):
    desk.take_in._admission = Admission(desk.store, 0)
    desk.take_in._admission._waiting = 1
    with pytest.raises(Overloaded):
        desk.say(NEW, delivery="d1")
    desk.take_in._admission = Admission(desk.store, 10)
    assert desk.say(NEW, delivery="d1").fresh == 1


def test_anothers_ticket_with_its_id_swallows_none(desk: Desk):
    key = TicketKey("default", "desk:5")
    desk.store.accept([replace(ticket_of("x", key, Incoming("9", "Mine"), 1.0), source=None)], ["key:k"])
    for _ in range(2):
        said = desk.say(replace(NEW, replies=(customer(),)))
        (id_,) = said.ticket_ids
        found = desk.store.find(TicketKey("default", id_))
        assert found is not None
        assert (found.subject, found.body, found.source, found.source_id) == ("Help", "It is broken", "desk", "5")
    assert [one.subject for one in desk.store.page("default", None, 10) if one.id == "desk:5"] == ["Mine"]


def test_the_text_that_opened_a_ticket_is_not_its_reply_too(desk: Desk):
    first = replace(NEW, body="Still broken", replies=(customer(),))
    for _ in range(2):
        desk.say(first)
    desk.say(replace(first, body="Still broken", replies=(customer("r2"),)))
    assert (desk.ticket.body, desk.replies) == ("Still broken", ["r2"])


def test_a_first_text_that_comes_again_as_a_comment_is_none(desk: Desk):
    desk.say(NEW)
    desk.say(replace(NEW, replies=(customer("c1", NEW.body + "\n"),)))
    assert desk.replies == []


def test_a_thread_that_comes_out_of_order_loses_no_text(desk: Desk):
    desk.say(replace(NEW, body="The answer", replies=(customer("m2", "The answer"),)))
    desk.say(replace(NEW, body="The question", replies=(customer("m1", "The question"),)))
    assert (desk.ticket.body, desk.replies) == ("The answer", ["m1"])


def test_a_new_ticket_brings_its_other_replies(desk: Desk):
    desk.say(replace(NEW, replies=(customer(), Reply("r2", "We look", 6.0, by_customer=False))))
    assert desk.replies == ["r1", "r2"]


def test_replies_are_stored_once(queued: Desk):
    for _ in range(2):
        queued.say(replace(NEW, replies=(customer(), customer("r2", "Hello?"))))
    assert queued.replies == ["r1", "r2"]
    assert queued.kinds.count("ticket.reply") == 2


def test_closed_there_is_resolved_here_and_open_again(queued: Desk):
    assert queued.say(replace(NEW, closed=True)).updated == 1
    assert queued.ticket.state is State.RESOLVED
    assert queued.say(replace(NEW, closed=True)).updated == 0
    queued.say(NEW)
    assert queued.ticket.state is State.WAITING
    assert [kind for kind in queued.kinds if "re" in kind][-2:] == ["ticket.resolve", "ticket.reopen"]


def test_what_was_resolved_here_stays_so_while_nobody_there_says_anything_new(queued: Desk):
    queued.do(Handling.RESOLVE)
    queued.say(NEW)
    assert queued.ticket.state is State.RESOLVED


def test_what_was_reopened_here_stays_so_while_nobody_there_says_anything_new(queued: Desk):
    queued.say(replace(NEW, closed=True))
    queued.do(Handling.REOPEN)
    queued.say(replace(NEW, closed=True, tags=("vip",)))
    assert queued.ticket.state is State.WAITING


@pytest.mark.parametrize(
    ("reply", "closed", "state"),
    [
        (customer(), None, State.WAITING),
        (customer(), False, State.WAITING),
        (customer(), True, State.RESOLVED),
        (replace(customer(), internal=True), None, State.RESOLVED),
        (replace(customer(), by_customer=False), None, State.RESOLVED),
    ],
)
def test_a_customers_reply_reopens(queued: Desk, reply: Reply, closed: bool | None, state: State):
    queued.do(Handling.RESOLVE)
    said = Incoming("5", replies=(reply,), closed=closed)
    queued.say(said)
    assert queued.ticket.state is state
    queued.do(Handling.RESOLVE)
    queued.say(said)
    assert queued.ticket.state is State.RESOLVED  # an old reply is no new one


@pytest.mark.parametrize("erased", [True, False], ids=["erased", "kept long enough"])
def test_a_reply_that_is_gone_and_told_again_reopens_nothing(queued: Desk, erased: bool):
    said = Incoming("5", replies=(replace(customer(), at=None, author="ann@desk.example"),))
    queued.say(said)
    queued.do(Handling.RESOLVE)
    if erased:
        assert queued.store.erase_replies("default", Person(email="ann@desk.example"), queued.now, "test") == 1
    else:
        before = queued.now + 1.0
        assert queued.store.purge(Kept.CUSTOMER, before, before, 10, lambda *_: ("", ())) == {"default": 1}
    assert queued.replies != ["r1"]
    assert queued.say(said).updated == 0
    assert queued.ticket.state is State.RESOLVED
    queued.say(Incoming("5", replies=(customer("r2"),)))
    assert queued.ticket.state is State.WAITING


@pytest.mark.parametrize(("name", "agent"), [("ann@desk.example", "ann"), ("ann", "ann"), ("bob b.", "bob")])
def test_who_has_it_there_has_it_here(queued: Desk, name: str, agent: str):
    queued.say(replace(NEW, assignee=name))
    assert (queued.ticket.state, queued.ticket.agent_id) == (State.ASSIGNED, agent)
    *_, told = queued.store.events("default", Position(), 100)
    assert (told.event.kind, told.event.actor) == ("ticket.reassign", "source:desk")


def test_nobody_there_is_back_to_the_queue_only_if_ours_was(queued: Desk):
    queued.do(Handling.REASSIGN, "bob")
    queued.say(NEW)
    assert queued.ticket.agent_id == "bob"  # it was nobody's there all the time
    queued.say(replace(NEW, assignee="ann"))
    queued.say(NEW)
    assert (queued.ticket.state, queued.ticket.agent_id) == (State.WAITING, None)


def test_who_had_it_there_and_moved_here_is_not_given_it_back(queued: Desk):
    queued.say(replace(NEW, assignee="ann"))
    queued.do(Handling.REASSIGN, "bob")
    queued.say(replace(NEW, assignee="ann", tags=("x",)))
    assert queued.ticket.agent_id == "bob"
    queued.say(NEW)
    assert queued.ticket.agent_id == "bob"


def test_somebody_unknown_there_is_told_once_and_changes_nothing(queued: Desk):
    queued.do(Handling.REASSIGN, "bob")
    for _ in range(2):
        queued.say(replace(NEW, assignee="Zoe"))
    assert queued.ticket.agent_id == "bob"
    told = [found.event for found in queued.store.events("default", Position(), 100) if "unknown" in found.event.kind]
    assert [one.data for one in told] == [{"source": "desk"}]


def test_what_cannot_be_done_is_told_with_its_reason(queued: Desk):
    queued.store.save_agents([Agent("default", "ann", capacity=0)], 1.0, "test")
    queued.say(replace(NEW, assignee="ann"))
    *_, told = queued.store.events("default", Position(), 100)
    assert told.event.kind == "ticket.refused"
    assert (told.event.data["action"], told.event.data["state"]) == ("reassign", "waiting")
    assert "no room" in str(told.event.data["reason"])


def test_what_we_did_ourselves_changes_nothing(queued: Desk):
    queued.do(Handling.REASSIGN, "ann")
    before = queued.ticket
    said = replace(NEW, by_us=True, closed=True, assignee="ann", replies=(customer(),))
    assert queued.say(said) == Taken(ticket_ids=("desk:5",))
    assert (queued.ticket, queued.replies) == (before, [])
    queued.say(NEW)  # and yet: who is taken off it there is known to have had it
    assert queued.ticket.state is State.WAITING


class Writer:
    """A helpdesk that shows whom we name."""

    def write(self, told: WriteBack) -> Mapping[str, Any]:
        return {"assignee": None if told.agent is None else told.agent.id}


def test_what_we_write_back_does_not_come_back_as_the_helpdesks_wish(queued: Desk):
    def written_back(before: Mapping[str, Any]) -> None:
        state, topic = MessageState.PENDING, "ticket:desk:5"
        message = Message("m1", "default", Purpose.WRITE_BACK, "source:desk", topic, 1, (), 1.0, state, 1.0, 1, 0)
        WriteBacks(queued.store, Composer(queued.store, None), Writer(), lambda: queued.now).deliver(
            Claimed(message, before)
        )

    queued.do(Handling.REASSIGN, "ann")
    written_back({})
    queued.do(Handling.REASSIGN, "bob")
    queued.say(replace(NEW, assignee="ann"))  # the echo of what was written back
    assert queued.ticket.agent_id == "bob"
    written_back({"written": {"assignee": "ann"}})
    for late in (replace(NEW, assignee="ann"), NEW, replace(NEW, assignee="ann")):
        queued.say(late)  # echoes of what was written before, and how it stood before that
        assert queued.ticket.agent_id == "bob"
    queued.now += ECHO_SECONDS
    queued.say(replace(NEW, assignee="ann"))  # now it is somebody's wish
    assert queued.ticket.agent_id == "ann"


def test_what_is_said_before_the_dispatcher_has_it_is_done_then(desk: Desk):
    desk.say(replace(NEW, assignee="ann"))
    desk.say(replace(NEW, closed=True, assignee=None))
    assert desk.ticket.state is State.ACCEPTED
    desk.take_in.settle("desk", "default", AGENTS, desk.now)
    assert desk.ticket.state is State.ACCEPTED
    desk.dispatch()
    assert (desk.ticket.state, desk.ticket.agent_id) == (State.RESOLVED, "ann")
    assert desk.store.postponed("desk", "default", 10) == []


def test_the_last_word_before_the_dispatcher_has_it_counts(desk: Desk):
    desk.say(NEW)
    assert desk.store.postponed("desk", "default", 10) == []  # a new one is open and nobody's anyway
    desk.say(replace(NEW, closed=True, assignee="ann"))
    desk.say(NEW)
    desk.dispatch()
    assert (desk.ticket.state, desk.ticket.agent_id) == (State.WAITING, None)


def room(desk: Desk, capacity: int) -> None:
    desk.store.save_agents([Agent("default", "ann", capacity=capacity)], 1.0, "test")


def settle(desk: Desk, seconds: float) -> None:
    desk.now += seconds
    desk.take_in.settle("desk", "default", AGENTS, desk.now)


def test_a_refused_hand_over_is_done_once_there_is_room_and_told_once(queued: Desk):
    room(queued, 0)
    for _ in range(2):
        queued.say(replace(NEW, assignee="ann"))
    settle(queued, RETRY_SECONDS)
    assert queued.ticket.state is State.WAITING
    room(queued, 1)
    settle(queued, 1.0)
    assert queued.ticket.state is State.WAITING  # not asked for again and again
    settle(queued, RETRY_SECONDS)
    assert (queued.ticket.agent_id, queued.kinds.count("ticket.refused")) == ("ann", 1)
    settle(queued, RETRY_SECONDS)
    assert queued.store.postponed("desk", "default", 10) == []
    queued.say(NEW)
    assert queued.ticket.state is State.WAITING


@pytest.mark.parametrize("then", [NEW, replace(NEW, assignee="bob"), "here", GIVE_UP_SECONDS])
def test_a_refused_hand_over_is_not_tried_again_once_it_is_nobodys_wish(queued: Desk, then: object):
    room(queued, 0)
    queued.say(replace(NEW, assignee="ann"))
    if isinstance(then, Incoming):
        queued.say(then)
    elif then == "here":
        queued.do(Handling.REASSIGN, "bob")
    else:
        settle(queued, GIVE_UP_SECONDS)
    room(queued, 1)
    for _ in range(2):
        settle(queued, RETRY_SECONDS)
    if not isinstance(then, Incoming):
        queued.say(replace(NEW, assignee="ann"))  # the same once more
    assert queued.ticket.agent_id in {None, "bob"}
    assert queued.store.postponed("desk", "default", 10) == []


@pytest.mark.parametrize("early", [False, True])
def test_what_shows_a_ticket_as_it_was_before_changes_nothing(desk: Desk, early: bool):
    desk.say(NEW)
    if not early:
        desk.dispatch()
    desk.say(replace(NEW, closed=True, changed_at=10.0))
    desk.say(replace(NEW, closed=False, assignee="ann", changed_at=12.0))
    desk.say(Incoming("5", closed=True, assignee="", changed_at=11.0, replies=(customer(),)))
    desk.dispatch()
    assert (desk.ticket.state, desk.ticket.agent_id, desk.replies) == (State.ASSIGNED, "ann", ["r1"])
    desk.say(replace(NEW, closed=True, changed_at=12.0))
    assert desk.ticket.state is State.RESOLVED


def test_what_waits_for_long_hides_nothing(desk: Desk):
    for number in range(3):
        desk.store.postpone("desk", TicketKey("default", f"desk:{number}"), {"again": desk.now + 30.0})
    desk.say(replace(NEW, assignee="ann"))
    desk.store.record_triage([Triaged(desk.ticket.key, triage())], desk.now, "test")
    desk.store.record_dispatch([Dispatched(desk.ticket.key)], desk.now, "test", lease(desk.store))
    done = [desk.take_in.settle("desk", "default", AGENTS, desk.now, limit=2) for _ in range(3)]
    assert (done, desk.ticket.agent_id) == ([0, 1, 0], "ann")


def test_what_is_said_while_it_is_settled_is_kept(desk: Desk):
    key = TicketKey("default", "desk:5")
    desk.store.postpone("desk", key, {"closed": True})
    desk.store.postpone("desk", key, {"closed": False})
    desk.store.settled("desk", key, {"closed": True})
    assert desk.store.postponed("desk", "default", 10) == [(key, {"closed": False})]


def test_the_first_assignee_there_has_it_once_it_is_dispatched(desk: Desk):
    desk.say(replace(NEW, assignee="ann@desk.example"))
    desk.dispatch()
    assert desk.ticket.agent_id == "ann"


class Failing:
    """A store that goes away before one of its writes."""

    def __init__(self, store: SqlStore, left: int) -> None:
        self._store = store
        self._left = left

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name not in {"add_replies", "handle", "remember_said", "note", "mark_delivered", "postpone"}:
            return found

        def counted(*given: Any, **more: Any) -> Any:
            self._left -= 1
            if self._left < 0:
                raise Unavailable("gone")
            return found(*given, **more)

        return counted


@pytest.mark.parametrize("left", range(5))
def test_a_crash_at_any_place_is_mended_by_the_delivery_coming_again(queued: Desk, left: int):
    said = replace(NEW, closed=True, assignee="ann", replies=(customer(),))
    broken = TakeIn(Failing(queued.store, left), queued.take_in._accept, queued.take_in._admission)  # type: ignore[arg-type]
    with suppress(Unavailable):
        broken.take("desk", "default", [said], "d1", AGENTS, 2_000.0)
    queued.take_in.take("desk", "default", [said], "d1", AGENTS, 2_001.0)
    assert (queued.ticket.state, queued.ticket.agent_id, queued.replies) == (State.RESOLVED, "ann", ["r1"])
    assert [queued.kinds.count(f"ticket.{act}") for act in ("reply", "resolve", "reassign")] == [1, 1, 1]


@pytest.mark.parametrize("left", range(3))
def test_nor_does_a_crash_lose_that_a_reply_opens_it_again(queued: Desk, left: int):
    queued.do(Handling.RESOLVE)
    said = Incoming("5", replies=(customer(),))
    broken = TakeIn(Failing(queued.store, left), queued.take_in._accept, queued.take_in._admission)  # type: ignore[arg-type]
    with suppress(Unavailable):
        broken.take("desk", "default", [said], "d1", AGENTS, 2_000.0)
    queued.take_in.take("desk", "default", [said], "d1", AGENTS, 2_001.0)
    assert (queued.ticket.state, queued.replies) == (State.WAITING, ["r1"])


source_ids = st.one_of(st.text(max_size=400), st.from_regex(r"[a-z0-9-]{1,40}(/[a-z]+)?#?[0-9]*", fullmatch=True))


@given(source_ids.filter(lambda text: bool(clean(text, 10_000))))
def test_every_source_id_makes_a_legal_ticket_id(source_id: str):
    one = fitted(Incoming(source_id, "Help"))
    key = key_of("desk", "default", one)
    assert check_ticket_id(key.ticket_id) == key.ticket_id
    assert key == key_of("desk", "default", fitted(Incoming(source_id)))
    assert key != key_of("mail", "default", one)
    assert len(ticket_of("desk", key, one, 1.0).source_id or "") <= 256


@given(st.lists(source_ids, min_size=2, max_size=5, unique_by=lambda text: clean(text, 10_000)))
def test_two_tickets_there_are_two_here(source_ids: list[str]):
    keys = {key_of("desk", "default", fitted(Incoming(one))) for one in source_ids}
    assert len(keys) == len(source_ids)


ANYTHING = st.text(max_size=30)


@given(
    st.builds(
        Incoming,
        source_id=st.just("5"),
        subject=ANYTHING | st.just("s" * 2_000),
        body=ANYTHING | st.just("b" * 300_000),
        tags=st.lists(ANYTHING, max_size=60).map(tuple),
        url=ANYTHING,
        replies=st.lists(st.builds(Reply, id=ANYTHING, body=ANYTHING, author=ANYTHING), max_size=3).map(tuple),
        metadata=st.dictionaries(ANYTHING, st.one_of(ANYTHING, st.floats(), st.just("x" * 20_000)), max_size=3),
    )
)
def test_whatever_is_said_can_be_stored_and_read_by_the_api(said: Incoming):
    one = fitted(said)
    ticket = ticket_of("desk", TicketKey("default", "desk:5"), one, 1.0)
    assert len(ticket.subject) <= 1_000
    assert len(ticket.body) <= 200_000
    assert ticket.subject.strip() or ticket.body.strip()
    assert len(ticket.tags) <= 50
    everything = repr((ticket, one.replies)) + ticket.subject + ticket.body + "".join(ticket.tags)
    assert "\0" not in everything
    everything.encode()
    assert len(ticket.content_hash) == 64
