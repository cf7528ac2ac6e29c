"""From a mailbox on a real server to tickets in a real store, with the server killed in between."""

import signal
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

from smart_support.adapters.clock import ManualClock
from smart_support.adapters.mail.acknowledge import Acknowledger
from smart_support.adapters.mail.imap import MailFeed
from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.ticket import Ticket, TicketKey
from smart_support.pipeline.accept import AcceptStep
from smart_support.pipeline.admission import Admission
from smart_support.pipeline.fetch import FetchStep, Origin
from smart_support.pipeline.metrics import Metrics
from smart_support.pipeline.publish import PublishStep
from smart_support.pipeline.records import Lease
from smart_support.pipeline.sources import Reply, WriteBack
from smart_support.pipeline.take_in import TakeIn
from tests.imap import Mailbox, imap_mailbox

NOW = 1_795_251_600.0


class Leader:
    """Leads for ever."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    def lease(self, _: float) -> Lease:
        return self._lease


class System:
    """What takes mails in: all of it real but the clock and who leads."""

    def __init__(self, box: Mailbox, store: SqlStore) -> None:
        self._store = store
        self._clock = ManualClock(NOW)
        accept = AcceptStep(store, PublishStep(MemoryBroker()))
        admission = Admission(store, 1_000)
        self._step = FetchStep(
            Origin("support", "default"),
            MailFeed(box.url, self._clock.now, ["Desk <Desk@example.org>"], self.find, seconds=5.0),
            30.0,
            store,
            TakeIn(store, accept, admission),
            admission,
            self._clock,
            Leader(store.take_lease("dispatcher", "test", 60.0)),  # type: ignore[arg-type]
            Metrics(),
        )

    def find(self, source_id: str) -> Ticket | None:
        return self._store.find(TicketKey("default", f"support:{source_id}"))

    def look(self) -> None:
        self._clock.set(self._clock.now() + 31.0)
        self._step.run_once()

    def tickets(self) -> dict[TicketKey, Ticket]:
        found = self._store.page("default", None, 1_000)
        return {ticket.key: ticket for ticket in found}

    def replies(self, ticket: Ticket) -> list[Reply]:
        return self._store.replies([ticket.key]).get(ticket.key, [])


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with imap_mailbox() as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = SqlStore.open(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


def mail(own: str, body: str, refers: str = "", sender: str = "ann@example.org") -> bytes:
    thread = f"In-Reply-To: {refers}\r\nReferences: {refers}\r\n" if refers else ""
    return f"From: {sender}\r\nSubject: Checkout\r\nMessage-ID: {own}\r\n{thread}\r\n{body}\r\n".encode()


def test_threads_become_tickets_with_replies_whatever_happens_in_between(box: Mailbox, store: SqlStore) -> None:
    system = System(box, store)
    box.deliver(mail("<a@x>", "It is down."), mail("<b@x>", "Please send a bill."))
    system.look()
    box.server.end(signal.SIGKILL)
    box.deliver(mail("<a2@x>", "Still down.\n\nOn 1 Jan 2026 at 9:00, Desk <desk@x> wrote:\n> We look.", "<a@x>"))
    system.look()
    assert len(system.tickets()) == 2
    box.server.start()
    system.look()
    box.deliver(mail("<late@x>", "It was so.\n\nOn 1 Jan 2026 at 9:00, Desk <desk@x> wrote:\n> Why?", "<first@x>"))
    system.look()
    box.deliver(mail("<first@x>", "Where is my parcel?"), mail("<d@x>", "We look at it.", "<a@x>", "desk@example.org"))
    system.look()

    def check() -> None:
        tickets = {ticket.body.split(".")[0]: ticket for ticket in system.tickets().values()}
        assert sorted(tickets) == ["It is down", "It was so", "Please send a bill"]
        down = system.replies(tickets["It is down"])
        assert {(one.body, one.quoted, one.by_customer) for one in down} == {
            ("Still down.", "We look.", True),
            ("We look at it.", "", False),
        }
        assert [one.body for one in system.replies(tickets["It was so"])] == ["Where is my parcel?"]
        assert system.replies(tickets["Please send a bill"]) == []

    check()
    # Numbered anew, all is read again, and nothing is new.
    box.server.end()
    box.renumber()
    box.server.start()
    system.look()
    check()


@pytest.mark.parametrize("copy", [[], [mail("<news@desk>", "Buy now!", "", "desk@example.org")]])
def test_nobody_s_answer_to_a_mass_mail_is_lost_in_another_one_s_ticket(
    box: Mailbox, store: SqlStore, copy: list[bytes]
) -> None:
    system = System(box, store)
    box.deliver(*copy, mail("<ann@x>", "Which colours?", "<news@desk>", "ann@example.org"))
    system.look()
    box.deliver(mail("<bob@x>", "Delete my data please.", "<news@desk>", "bob@example.org"))
    system.look()
    box.deliver(mail("<ann2@x>", "Well?", "<news@desk>", "ann@example.org"))
    system.look()
    found = {ticket.customer.email: ticket for ticket in system.tickets().values()}
    assert found["bob@example.org"].body.strip() == "Delete my data please."
    assert [one.body for one in system.replies(found["ann@example.org"])] == ["Well?"]


def test_an_answer_that_came_back_is_of_its_ticket(box: Mailbox, store: SqlStore) -> None:
    system, sent = System(box, store), list[Message]()
    box.deliver(mail("<a@x>", "It is down."))
    system.look()
    (ticket,) = system.tickets().values()
    writer = Acknowledger(sent.append, "Desk <support@desk.example>", lambda: NOW)
    writer.write(WriteBack("w", ticket, None, None))
    answer = str(sent[0]["Message-ID"])
    box.deliver(
        mail("<a2@x>", "Thanks.", answer),
        b"Auto-Submitted: auto-replied\r\n" + mail("<v@x>", "I am away.", answer),
        b"Auto-Submitted: auto-replied\r\n" + mail("<v2@x>", "I am away.", "<other@x>"),
        b"Auto-Submitted: auto-replied\r\n" + mail("<v3@x>", "I am away."),
    )
    system.look()
    assert len(system.tickets()) == 1
    replies = {one.body: (one.internal, one.by_customer) for one in system.replies(ticket)}
    assert replies == {"Thanks.": (False, True), "I am away.": (True, False)}
