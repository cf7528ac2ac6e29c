"""A person's data: found, shown, erased once and for all; and let go after their time. On both databases."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from smart_support.adapters.sql.erasure import add_erased
from smart_support.adapters.sql.schema import metadata
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.alert import Alert, AlertKind
from smart_support.domain.alerting.rules import Send
from smart_support.domain.event import Position
from smart_support.domain.feedback import Feedback
from smart_support.domain.incident import Incident, IncidentState, Link, LinkKind, Severity
from smart_support.domain.ticket import ERASED, Customer, State, Ticket
from smart_support.domain.triage import Reason, ReasonOf
from smart_support.pipeline.listing import Order, TicketFilter
from smart_support.pipeline.messages import Routed
from smart_support.pipeline.privacy import Kept, Person
from smart_support.pipeline.records import (
    Accepted,
    Claim,
    Dispatched,
    Gathering,
    Step,
    StoredAnswer,
    Triaged,
    Unavailable,
)
from smart_support.pipeline.sources import Reply
from tests.builders import key, lease, triage

ANN = Person("ann", "Ann@Example.org")
MARK = "zebrafish"
DAY = 86_400.0


def retitle(members, _others):
    return " | ".join(members), ("kept",)


def by(name: str, ticket_id: str, **more) -> Ticket:
    """A ticket whose every word is marked."""
    customer = Customer(name, f"{name}@example.org", f"{MARK} name", f"{MARK} tier")
    made = Ticket("default", ticket_id, f"{MARK} subject {name}", f"{MARK} body", 100.0, customer, source="desk")
    made = replace(
        made, channel=MARK, tags=(MARK,), metadata={MARK: MARK, "opened_by": "first"}, source_id=f"<{MARK}@mail>"
    )
    return replace(made, **more)


def result(urgency: float = 0.5):
    quote = Reason(ReasonOf.URGENCY, MARK, 0.5)
    vector = np.full(4, 0.5, dtype=np.float32)
    return replace(triage(urgency), reasons=(quote,), vector=vector, vector_version="v1")


def stored(store: SqlStore, *tickets: Ticket) -> None:
    store.accept(tickets, ["test"] * len(tickets))
    store.record_triage([Triaged(one.key, result()) for one in tickets], 200.0, "test")


def dispatched(store: SqlStore, *tickets: Ticket, gathered=()) -> None:
    stored(store, *tickets)
    held = lease(store)
    store.record_dispatch([Dispatched(one.key) for one in tickets], 201.0, "test", held, gathered)


def everything(store: SqlStore) -> str:
    """Every row of every table as text, those of the words that can be searched for too."""

    def unit(connection: sa.Connection) -> str:
        names = [*metadata.tables, "search_words"]
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("CREATE VIRTUAL TABLE temp.said USING fts5vocab(main, search_words, row)")
            names[-1] = "temp.said"
        found = repr([[tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")] for name in names])
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TABLE temp.said")
        return found

    return store._database.write(unit)


def full(store: SqlStore) -> None:
    """A ticket of Ann with everything that can be made of one, and one of Bob."""
    dispatched(store, by("ann", "t1"), by("bob", "t2", subject="Printer", body="It is on fire"))
    store.add_replies(key("t1"), [Reply(f"<{MARK}@r1>", MARK, 150.0, MARK, quoted=MARK)], 202.0, "source:desk")
    store.add_replies(key("t2"), [Reply("r2", MARK, 150.0, "Ann <ann@example.org>")], 202.0, "source:desk")
    store.add_replies(key("t2"), [Reply("r3", "Bob's own", 150.0, "bob@example.org")], 202.0, "source:desk")
    said = Feedback("f1", key("t1"), 203.0, "key:x", "Billing", 0.4, None, MARK, "m", "Technical", 0.5)
    store.record_feedback(said)
    store.remember_said("desk", key("t1"), closed=MARK)
    store.postpone("desk", key("t1"), {"assignee": MARK})
    assert store.claim("default", MARK, "h", 200.0, 0.0) is Claim.OURS
    store.answer("default", MARK, StoredAnswer(200, f'{{"ticket_id":"t1","subject":"{MARK}"}}'))
    store.claim("default", "other", "h", 200.0, 0.0)
    store.answer("default", "other", StoredAnswer(200, '{"ticket_id":"t10"}'))


def test_nothing_of_a_person_is_left_and_nothing_of_others_is_touched(store: SqlStore):
    full(store)
    assert MARK in everything(store)
    keys = store.person_tickets("default", ANN, 1e9)
    assert keys == [key("t1")]
    before = store.find(key("t2"))
    assert store.erase_tickets(keys, 300.0, retitle, "test") == 1
    assert store.erase_replies("default", ANN, 300.0, "test") == 1
    bobs = store.find(key("t2"))
    assert bobs == before
    left = everything(store).lower()
    ours = store.find(key("t1"))
    assert (ours.subject, ours.body, ours.customer, ours.metadata, ours.tags) == (ERASED, "", Customer(), {}, ())
    assert (ours.triage.category, ours.state, ours.dispatch_order, ours.triage.reasons) == (
        "Billing",
        State.WAITING,
        1,
        (),
    )
    assert ours.erased_at == 300.0
    assert "subject ann" not in left
    assert "ann@example.org" not in left
    assert [(one.body, one.author) for one in store.replies([key("t1")])[key("t1")]] == [("", None)] * 2
    assert {one.body for one in store.replies([key("t2")])[key("t2")]} == {"", "Bob's own"}
    assert store.vectors([key("t1"), key("t2")]).keys() == {key("t2")}
    assert store.person_tickets("default", ANN, 1e9) == []
    assert store.examples("default", None, 10) == []
    assert isinstance(store.claim("default", "other", "h", 200.0, 0.0), StoredAnswer)
    assert store.claim("default", MARK, "h", 200.0, 0.0) is Claim.OURS


def test_every_word_is_gone_where_all_are_one_persons(store: SqlStore):
    full(store)
    store.erase_tickets([key("t1"), key("t2")], 300.0, retitle, "test")
    assert MARK not in everything(store)
    assert store.list_tickets("default", TicketFilter(words=(MARK,)), Order.NEWEST, None, 10).rows == []


def test_erasing_twice_is_erasing_once(store: SqlStore):
    full(store)
    store.erase_tickets([key("t1")], 300.0, retitle, "test")
    events = store.events("default", Position(), 100)
    store.erase_tickets([key("t1")], 400.0, retitle, "test")
    assert store.find(key("t1")).erased_at == 300.0
    assert store.events("default", Position(), 100) == events


def test_what_is_gone_is_none_and_what_was_written_since_is_one_more(store: SqlStore):
    opened(store, "t1", "t2", "t3")

    titles: list[str] = []

    def name(*_) -> tuple[str, tuple[str, ...]]:
        titles.append("Printer")
        return titles[-1], ()

    def again() -> tuple[int, int, bool]:
        number = store.erase_tickets([key("t1")], 300.0, name, "test")
        return number, store.standing("default").erased, store.unscrubbed()

    assert again() == (1, 1, True)
    assert store.scrub()
    assert again() == (0, 1, False)
    assert len(titles) == 1
    store.add_replies(key("t1"), [Reply("late", MARK, 400.0)], 400.0, "test")
    assert again() == (1, 2, True)
    assert MARK not in repr(store.replies([key("t1")]))


def said(store: SqlStore, kind: str) -> list[dict]:
    """The events of privacy so far."""
    happened = [one.event for one in store.events("default", Position(), 1_000)]
    return [dict(one.data) for one in happened if one.kind == f"privacy.{kind}"]


def refuse_the_third(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tickets are written one by one from now on, and the third time not."""
    write, times = store._database.write, []

    def refusing(unit):
        times.append(1)
        if len(times) == 3:
            raise Unavailable("database or disk is full")
        return write(unit)

    monkeypatch.setattr("smart_support.adapters.sql.privacy._BATCH", 1)
    monkeypatch.setattr(store._database, "write", refusing)


def test_what_broke_off_is_on_the_record_as_far_as_it_came(store: SqlStore, monkeypatch: pytest.MonkeyPatch):
    names = ("t1", "t2", "t3")
    stored(store, *(by("ann", name) for name in names))
    with monkeypatch.context() as patch:
        refuse_the_third(store, patch)
        with pytest.raises(Unavailable):
            store.erase_tickets([key(name) for name in names], 300.0, retitle, "test")
    assert [store.find(key(name)).erased_at for name in names] == [300.0, 300.0, None]
    assert said(store, "erase") == [{"tickets": 1, "replies": 0}] * 2
    store.erase_tickets([key(name) for name in names], 300.0, retitle, "test")
    assert said(store, "erase") == [{"tickets": 1, "replies": 0}] * 3


def test_and_so_is_a_purge(store: SqlStore, monkeypatch: pytest.MonkeyPatch):
    names = ("t1", "t2", "t3")
    stored(store, *(by("ann", name) for name in names))
    store._database.write(lambda c: c.exec_driver_sql("UPDATE tickets SET state = 'resolved', resolved_at = 300.0"))
    with monkeypatch.context() as patch:
        refuse_the_third(store, patch)
        with pytest.raises(Unavailable):
            store.purge(Kept.TEXT, 500.0, 600.0, 10, retitle)
    assert said(store, "purge") == [{"text": 1}] * 2
    assert store.purged() == {"text": 2}
    purged = store.purge(Kept.EVENTS, 500.0, 600.0, 100, retitle)
    assert said(store, "purge")[2:] == [{"events": purged["default"]}]


@pytest.mark.parametrize("kept", [None, Kept.TEXT], ids=["erased", "kept long enough"])
def test_answers_that_told_of_the_incident_named_after_it_go(store: SqlStore, kept: Kept | None):
    opened(store, "t1", "t2", "t3")
    for name in ("INC-1", "INC-10"):
        store.claim("default", name, "h", 200.0, 0.0)
        store.answer("default", name, StoredAnswer(200, f'{{"id":"{name}","title":"{MARK} subject ann"}}'))
    if kept is None:
        store.erase_tickets([key("t1")], 300.0, retitle, "test")
    else:
        ended = "UPDATE tickets SET state = 'resolved', resolved_at = 250.0 WHERE id = 't1'"
        store._database.write(lambda c: c.exec_driver_sql(ended))
        assert store.purge(kept, 300.0, 300.0, 10, retitle) == {"default": 1}
    assert store.claim("default", "INC-1", "h", 200.0, 0.0) is Claim.OURS
    assert isinstance(store.claim("default", "INC-10", "h", 200.0, 0.0), StoredAnswer)


def test_what_a_worker_read_before_does_not_come_back(store: SqlStore):
    store.accept([by("ann", "t1")], ["test"])
    store.erase_tickets([key("t1")], 150.0, retitle, "test")
    assert store.record_triage([Triaged(key("t1"), result())], 200.0, "test") == [key("t1")]
    after = store.find(key("t1"))
    assert (after.subject, after.triage.category, after.triage.reasons) == (ERASED, "Technical", ())
    assert store.vectors([key("t1")]) == {}
    assert MARK not in everything(store)


def test_nor_what_was_scored_again(store: SqlStore):
    store.accept([by("ann", "t1")], ["test"])
    store.record_triage([Triaged(key("t1"), replace(result(), degraded=True))], 200.0, "test")
    store.record_dispatch([Dispatched(key("t1"))], 201.0, "test", lease(store))
    store.erase_tickets([key("t1")], 202.0, retitle, "test")
    store.record_rescore([Triaged(key("t1"), result(0.9))], 203.0, "rescore")
    assert MARK not in everything(store)


def test_nor_what_a_source_tells_once_more(store: SqlStore):
    full(store)
    store.erase_tickets([key("t1")], 300.0, retitle, "test")
    store.erase_replies("default", ANN, 300.0, "test")
    again = [Reply(f"<{MARK}@r1>", MARK, None, MARK), Reply("unknown", MARK, 250.0), Reply("first", MARK)]
    assert store.add_replies(key("t1"), again, 310.0, "source:desk") == []
    assert store.add_replies(key("t2"), [Reply("r2", MARK, 150.0, "ann@example.org")], 310.0, "source:desk") == []
    new = Reply("new", "Something else", 305.0, "ann")
    assert store.add_replies(key("t1"), [new], 310.0, "source:desk") == [new]


def test_nor_the_same_ticket_under_its_id(store: SqlStore):
    stored(store, by("ann", "t1"))
    store.erase_tickets([key("t1")], 300.0, retitle, "test")
    assert store.accept([by("ann", "t1")], ["test"]) == [Accepted(key("t1"), 100.0, fresh=False, conflict=True)]


def test_what_comes_later_is_new(store: SqlStore):
    stored(store, by("ann", "t1"), by("ann", "t2", accepted_at=500.0))
    assert store.person_tickets("default", ANN, 300.0) == [key("t1")]


@pytest.mark.parametrize("person", [Person("ann"), Person(email="ANN@example.ORG"), ANN])
def test_a_person_is_known_by_id_or_by_mail_in_one_workspace(store: SqlStore, person: Person):
    elsewhere = replace(by("ann", "t1"), workspace="other")
    stored(store, by("ann", "t1"), elsewhere, by("ann_", "t3"), by("bann", "t4"))
    assert store.person_tickets("default", person, 1e9) == [key("t1")]


@pytest.mark.parametrize("written", ["INFO@MÜLLER.de", " ann@example.org ", "Ann <Ann@example.org>"])
def test_a_mail_address_is_found_however_it_is_written(store: SqlStore, written: str):
    stored(store, by("bob", "t1", customer=Customer(email=written)))
    address = "ann@example.org" if "nn" in written else written
    assert store.person_tickets("default", Person(email=address), 1e9) == [key("t1")]


def test_a_mail_is_his_who_wants_the_answer(store: SqlStore):
    form = {"message_id": "<1@shop.example>", "answer_to": "Ann@Example.org"}
    stored(store, by("shop", "t1", metadata=form), by("shop", "t2", metadata={"answer_to": None}))
    assert store.person_tickets("default", Person(email="ann@example.org"), 1e9) == [key("t1")]
    assert store.person_tickets("default", Person(email="shop@example.org"), 1e9) == [key("t1"), key("t2")]
    store.erase_tickets([key("t1")], 300.0, retitle, "test")
    assert store.person_tickets("default", Person(email="ann@example.org"), 1e9) == []


def test_a_reply_goes_whatever_date_it_bears(store: SqlStore):
    stored(store, by("bob", "t2"))
    store.add_replies(key("t2"), [Reply("r1", MARK, 1e9, "ann@example.org")], 202.0, "source:desk")
    assert store.erase_replies("default", ANN, 300.0, "test") == 1
    assert [one.body for one in store.replies([key("t2")])[key("t2")]] == [""]


def test_what_two_erase_at_once_is_counted_twice(store: SqlStore):
    def count(connection: sa.Connection) -> None:
        add_erased(connection, "default", 1)

    def unit(connection: sa.Connection) -> threading.Thread:
        count(connection)
        other = threading.Thread(target=store._database.write, args=(count,))
        other.start()
        other.join(0.5)  # it has come as far as it can
        return other

    for total in (2, 4):
        store._database.write(unit).join()
        assert store.standing("default").erased == total


def opened(store: SqlStore, *names: str) -> None:
    """An incident of these tickets of Ann, Bob, Bob ..., named by what Ann wrote."""
    who = [by("ann" if name == "t1" else "bob", name) for name in names]
    stored(store, *who)
    links = tuple(Link(name, "INC-1", LinkKind.SEMANTIC, 150.0, 0.9, "t1") for name in names[:-1])
    incident = Incident(
        workspace="default",
        id="INC-1",
        number=1,
        title=f"{MARK} subject ann",
        keywords=(MARK,),
        severity=Severity.MAJOR,
        state=IncidentState.OPEN,
        opened_at=150.0,
        reported_at=150.0,
        representative="t1",
    )
    last = key(names[-1])
    link = Link(names[-1], "INC-1", LinkKind.SEMANTIC, 150.0, 0.9, "t1")
    held = lease(store)
    store.record_dispatch([Dispatched(key(name)) for name in names[:-1]], 201.0, "test", held)
    gathering = Gathering(last, "INC-1", links, incident)
    store.record_dispatch([Dispatched(last, link=link)], 202.0, "test", lease(store), [gathering])


def test_an_incident_is_called_by_what_others_say_and_another_stands_for_it(store: SqlStore):
    opened(store, "t1", "t2", "t3")
    store.erase_tickets([key("t1")], 300.0, retitle, "test")
    (incident,) = store.incidents_named([("default", "INC-1")])
    assert "subject bob" in incident.title
    assert "subject ann" not in incident.title
    assert incident.representative == "t2"
    assert incident.tickets == 3
    assert store.standing("default").erased == 1


def test_one_whose_members_are_all_gone_has_a_name_that_says_nothing(store: SqlStore):
    opened(store, "t1", "t2")
    store.erase_tickets([key("t1"), key("t2")], 300.0, retitle, "test")
    (incident,) = store.incidents_named([("default", "INC-1")])
    assert (incident.title, incident.keywords) == ("Reports without text", ())
    assert MARK not in everything(store)


def test_one_that_opens_with_a_ticket_that_was_erased_meanwhile_does_not_say_its_words(store: SqlStore):
    who = [by("ann", "t1"), by("bob", "t2", subject="x", body="x")]
    stored(store, *who)
    held = lease(store)
    store.record_dispatch([Dispatched(key("t1"))], 201.0, "test", held)
    store.erase_tickets([key("t1"), key("t2")], 300.0, retitle, "test")
    incident = Incident(
        workspace="default",
        id="INC-1",
        number=1,
        title=MARK,
        keywords=(MARK,),
        severity=Severity.MAJOR,
        state=IncidentState.OPEN,
        opened_at=150.0,
        reported_at=150.0,
        representative="t1",
    )
    link = Link("t1", "INC-1", LinkKind.SEMANTIC, 150.0, 0.9, "t1")
    gathering = Gathering(key("t2"), "INC-1", (link,), incident)
    own = replace(link, ticket_id="t2")
    store.record_dispatch([Dispatched(key("t2"), link=own)], 301.0, "test", lease(store), [gathering])
    assert MARK not in everything(store)


def test_why_it_was_given_up_is_gone(store: SqlStore):
    store.accept([by("ann", "t1")], ["test"])
    store.record_failure(key("t1"), Step.TRIAGE, f"cannot read {MARK}", 150.0, (), "triage")
    assert store.buried("default", 10)[0].reason
    store.erase_tickets([key("t1")], 300.0, retitle, "test")
    assert store.buried("default", 10)[0].reason == ""
    assert MARK not in everything(store)


def test_a_record_shows_all_that_is_kept_of_a_ticket(store: SqlStore):
    full(store)
    (record,) = store.person_records([key("t1")])
    assert record["ticket"]["subject"] == f"{MARK} subject ann"
    assert record["ticket"]["accepted_at"] == "1970-01-01T00:01:40.000Z"
    assert [one["body"] for one in record["replies"]] == [MARK]
    assert [one["note"] for one in record["feedback"]] == [MARK]
    assert {one["kind"] for one in record["events"]} >= {"ticket.accept", "ticket.triage", "ticket.reply"}
    assert record["vectors"][0]["version"] == "v1"
    assert len(record["threads"]) == 2
    assert len(record["idempotency"]) == 1
    (reply,) = store.replies_of("default", ANN)
    assert reply.keys() == record["replies"][0].keys()
    assert (reply["id"], reply["body"], reply["at"]) == ("r2", MARK, "1970-01-01T00:02:30.000Z")


def test_and_of_the_alerts_about_it_under_whatever_topic_they_were_told(store: SqlStore):
    stored(store, by("ann", "t1"), by("bob", "t2"))
    told = [Alert(f"a-{name}", "default", AlertKind.URGENT_TICKET, 210.0, name) for name in ("t1", "t2")]
    store.add_alerts(told)
    groups = {"a-t1": "all", "a-t2": "others"}
    sends = {one.id: [Send("chat", groups[one.id], 0.0, 0.0, 0.0)] for one in told}
    store.record_routes([Routed(one, sends[one.id]) for one in told], 211.0, "alerting", lease(store))
    (record,) = store.person_records([key("t1")])
    assert [(one["topic"], one["alert_ids"]) for one in record["messages"]] == [("all", ["a-t1"])]
    assert [(one["topic"], one["thread"]) for one in record["told"]] == [("ticket:t1", "all")]


class TestRetention:
    """Finished tickets let go of what they were kept for long enough; others keep all."""

    @pytest.fixture
    def aged(self, store: SqlStore) -> SqlStore:
        full(store)
        store.accept([by("cid", "t3")], ["test"])
        held = store._database
        ended = "UPDATE tickets SET state = 'resolved', resolved_at = {} WHERE id = '{}'"
        held.write(lambda c: c.exec_driver_sql(ended.format(300.0, "t1")))
        held.write(lambda c: c.exec_driver_sql(ended.format(900.0, "t2")))
        return store

    def test_words(self, aged: SqlStore):
        assert aged.count_kept(Kept.TEXT, 500.0) == 1
        assert aged.purge(Kept.TEXT, 500.0, 2_000.0, 10, retitle) == {"default": 1}
        old, young, open_ = (aged.find(key(name)) for name in ("t1", "t2", "t3"))
        assert (old.subject, old.body, old.tags, old.triage.reasons) == (ERASED, "", (), ())
        assert old.customer.id == "ann"
        assert (young.erased_at, open_.erased_at) == (None, None)
        assert aged.purge(Kept.TEXT, 500.0, 2_000.0, 10, retitle) == {}
        assert aged.purged() == {"text": 1}

    def test_names(self, aged: SqlStore):
        assert aged.purge(Kept.CUSTOMER, 500.0, 2_000.0, 10, retitle) == {"default": 1}
        assert aged.find(key("t1")).customer == Customer()
        assert aged.find(key("t1")).body
        assert [one.author for one in aged.replies([key("t1")])[key("t1")]] == [None]
        assert aged.find(key("t2")).customer.id == "bob"
        assert aged.purge(Kept.CUSTOMER, 500.0, 2_000.0, 10, retitle) == {}

    def test_the_names_that_a_mail_came_with(self, aged: SqlStore):
        said = {"message_id": "<1@ann.example>", "answer_to": "ann@example.org", "kind": "person"}
        aged.accept([by("ann", "t4", customer=Customer(), source_id=None, metadata=said)], ["test"])
        ended = "UPDATE tickets SET state = 'resolved', resolved_at = 300.0 WHERE id = 't4'"
        aged._database.write(lambda c: c.exec_driver_sql(ended))
        assert aged.count_kept(Kept.CUSTOMER, 500.0) == 2
        assert aged.purge(Kept.CUSTOMER, 500.0, 2_000.0, 10, retitle) == {"default": 2}
        assert aged.find(key("t4")).metadata == {"kind": "person"}
        assert aged.count_kept(Kept.CUSTOMER, 500.0) == 0

    def test_what_was_written_after_it_was_due_may_still_come(self, aged: SqlStore):
        aged.purge(Kept.TEXT, 500.0, 2_000.0, 10, retitle)
        early, late = Reply("early", MARK, 499.0), Reply("late", "Hello again", 600.0)
        assert aged.add_replies(key("t1"), [early, late], 1_010.0, "source:desk") == [late]

    def test_vectors(self, aged: SqlStore):
        assert aged.purge(Kept.VECTORS, 500.0, 2_000.0, 10, retitle) == {"default": 1}
        assert aged.vectors([key("t1"), key("t2")]).keys() == {key("t2")}
        assert aged.purge(Kept.VECTORS, 500.0, 2_000.0, 10, retitle) == {}

    def test_what_was_claimed_late_is_kept_from_then_on(self, store: SqlStore):
        dispatched(store, by("ann", "t1"))
        claimed = store.claim_next("default", 800.0, "test")
        assert claimed is not None
        assert [store.count_kept(kept, 800.0) for kept in Kept] == [0, 0, 0, 0]
        assert store.count_kept(Kept.TEXT, 801.0) == 1
        assert store.purge(Kept.TEXT, 801.0, 2_000.0, 10, retitle) == {"default": 1}

    def test_what_is_written_after_the_words_are_gone_ends_in_its_time(self, aged: SqlStore):
        aged.purge(Kept.TEXT, 500.0, 2_000.0, 10, retitle)
        aged.purge(Kept.CUSTOMER, 500.0, 2_000.0, 10, retitle)
        late = Reply("late", MARK, 1_100.0, "ann@example.org", by_customer=False, internal=True)
        aged.add_replies(key("t1"), [late], 1_100.0, "test")
        assert [aged.count_kept(kept, 1_100.0) for kept in (Kept.TEXT, Kept.CUSTOMER)] == [1, 1]  # t2
        for kept in (Kept.TEXT, Kept.CUSTOMER):
            aged.purge(kept, 1_101.0, 2_000.0, 10, retitle)
            assert aged.count_kept(kept, 1_101.0) == 0
        assert [(one.author, one.body) for one in aged.replies([key("t1")])[key("t1")]] == [(None, "")] * 3

    def test_events_a_few_at_a_time(self, aged: SqlStore):
        number = aged.count_kept(Kept.EVENTS, 500.0)
        assert number == len(aged.events("default", Position(), 100, "t1"))
        assert aged.purge(Kept.EVENTS, 500.0, 2_000.0, 2, retitle, [Kept.TEXT]) == {"default": 2}
        assert aged.purge(Kept.EVENTS, 500.0, 2_000.0, 100, retitle, [Kept.TEXT]) == {"default": number - 2}
        assert aged.events("default", Position(), 100, "t1") == []
        assert aged.events("default", Position(), 100, "t2")
        assert aged.purged() == {"events": number}

    def test_the_last_event_stays_while_it_says_when_other_things_are_due(self, aged: SqlStore):
        aged.add_replies(key("t1"), [Reply("late", MARK, 400.0)], 400.0, "test")
        *_, last = aged.events("default", Position(), 100, "t1")
        assert aged.count_kept(Kept.EVENTS, 500.0, [Kept.TEXT]) > 1
        aged.purge(Kept.EVENTS, 500.0, 2_000.0, 100, retitle, [Kept.TEXT, Kept.CUSTOMER])
        assert aged.events("default", Position(), 100, "t1") == [last]
        assert [aged.count_kept(Kept.EVENTS, 500.0, later) for later in ([Kept.TEXT], [])] == [0, 1]
        assert [aged.count_kept(Kept.TEXT, before) for before in (400.0, 401.0)] == [0, 1]
        aged.purge(Kept.TEXT, 401.0, 2_000.0, 10, retitle)
        assert aged.purge(Kept.EVENTS, 500.0, 2_000.0, 100, retitle, [Kept.TEXT]) == {"default": 1}
        assert aged.events("default", Position(), 100, "t1") == []


class TestScrubbing:
    """The files are written anew for what was erased, and for nothing else."""

    def test_once_for_what_was_erased(self, store: SqlStore, monkeypatch: pytest.MonkeyPatch):
        times: list[int] = []
        monkeypatch.setattr(store._database, "scrub", lambda: times.append(1) is None)
        full(store)
        assert (store.scrub(), len(times)) == (True, 0)
        store.erase_tickets([key("t1")], 300.0, retitle, "test")
        assert (store.scrub(), store.scrub(), len(times)) == (True, True, 1)
        store.erase_replies("default", ANN, 300.0, "test")
        assert (store.scrub(), store.scrub(), len(times)) == (True, True, 2)

    def test_again_where_it_was_not_done(self, store: SqlStore, monkeypatch: pytest.MonkeyPatch):
        done = [False, True]
        monkeypatch.setattr(store._database, "scrub", lambda: done.pop(0))
        full(store)
        store.erase_tickets([key("t1")], 300.0, retitle, "test")
        assert [store.scrub() for _ in range(3)] == [False, True, True]

    def test_again_for_what_was_erased_while_two_did_it(self, store: SqlStore, monkeypatch: pytest.MonkeyPatch):
        full(store)
        store.erase_tickets([key("t1")], 300.0, retitle, "test")
        times: list[int] = []

        def scrub() -> bool:
            times.append(1)
            return store.scrub() if len(times) == 1 else True

        monkeypatch.setattr(store._database, "scrub", scrub)
        assert store.scrub()
        assert len(times) == 2
        store.erase_tickets([key("t2")], 300.0, retitle, "test")
        assert (store.scrub(), len(times)) == (True, 3)

    def test_the_real_one(self, store: SqlStore):
        full(store)
        store.erase_tickets([key("t1")], 300.0, retitle, "test")
        assert store.scrub()
