"""The answer to a new ticket that came by mail."""

from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.adapters.mail.acknowledge import LATEST, MOST, WINDOW, Acknowledger, message_of
from smart_support.adapters.mail.read import incoming
from smart_support.domain.ticket import Ticket
from smart_support.domain.triage import Triage
from smart_support.pipeline.records import Undelivered
from smart_support.pipeline.sources import WriteBack

SENDER = "Desk <support@desk.example>"


def ticket(**metadata: Any) -> Ticket:
    given = {"message_id": "<root@example.org>", "answer_to": "ann@example.org", "may_answer": True}
    return Ticket(
        "default", "mail:1", "Checkout is down", "No customer can pay.", 100.0, channel="mail", source="support",
        source_id="0123456789abcdef" * 2, metadata=given | metadata,
    )  # fmt: skip


class Desk:
    """An acknowledger with a clock set by hand, and what it sent."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.now = 100.0
        self.down = False
        self.writer = Acknowledger(self._send, SENDER, lambda: self.now, ["Team <team@Desk.example>"])

    def _send(self, message: Message) -> None:
        if self.down:
            raise Undelivered("no")
        self.sent.append(message)

    def write(self, given: Ticket, **written: Any) -> Any:
        return self.writer.write(WriteBack("w", given, None, None, written=written))


def test_a_new_ticket_is_answered_once_in_its_thread() -> None:
    desk = Desk()
    written = desk.write(ticket(), other=1)
    assert written == {"other": 1, "acknowledged_at": 100.0}
    assert desk.write(ticket(), **written) == written
    (mail,) = desk.sent
    assert (mail["To"], mail["From"], mail["Subject"]) == ("ann@example.org", SENDER, "Re: Checkout is down")
    assert mail["In-Reply-To"] == mail["References"] == "<root@example.org>"
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert "mail:1" in mail.get_payload(decode=True).decode()


def test_a_reply_to_the_answer_is_of_the_ticket_and_the_answer_itself_is_no_ticket() -> None:
    sent = message_of(ticket(), SENDER, "ann@example.org", 100.0)
    reply = f"From: ann@example.org\r\nMessage-ID: <r@x>\r\nIn-Reply-To: {sent['Message-ID']}\r\n\r\nMore.\r\n"
    said = incoming(reply.encode())
    assert said is not None
    assert said.source_id == ticket().source_id
    returned = incoming(sent.as_bytes())
    assert returned is not None
    assert not returned.opens
    assert not returned.metadata["may_answer"]


def test_it_is_sent_again_with_the_same_id_where_it_failed() -> None:
    desk = Desk()
    desk.down = True
    with pytest.raises(Undelivered):
        desk.write(ticket())
    desk.down = False
    desk.write(ticket())
    desk.write(ticket())  # what was sent was not marked
    assert len({mail["Message-ID"] for mail in desk.sent}) == 1


@pytest.mark.parametrize(
    "changed",
    [
        ticket(may_answer=False),
        ticket(answer_to=None),
        ticket(answer_to="noreply@example.org"),
        ticket(answer_to="support@desk.example"),
        ticket(answer_to="Team@Desk.example"),
        ticket(answer_to="a@x\r\nBcc: b@x"),
        ticket(answer_to="a@x, b@x"),
        ticket(answer_to=5),
        replace(ticket(), channel="web"),
        replace(ticket(), history=True),
        replace(ticket(), source_id=None),
        replace(ticket(), accepted_at=99.0 - LATEST),
        Ticket("default", "t", "s", "b", 100.0, channel="mail"),
    ],
)
def test_who_is_not_answered(changed: Ticket) -> None:
    desk = Desk()
    assert desk.write(changed) == {"acknowledged_at": None}
    assert not desk.sent


def test_one_address_gets_no_more_than_a_few_in_an_hour() -> None:
    desk = Desk()
    for number in range(MOST + 2):
        desk.now += 1.0
        desk.write(replace(ticket(), id=f"mail:{number}", accepted_at=desk.now))
    assert len(desk.sent) == MOST
    desk.write(ticket(answer_to="bob@example.org"))
    assert desk.sent[-1]["To"] == "bob@example.org"
    desk.now += WINDOW
    desk.write(replace(ticket(), accepted_at=desk.now))
    assert len(desk.sent) == MOST + 2


def test_no_address_is_remembered_for_longer_than_it_counts() -> None:
    desk = Desk()
    for name, seconds in (("ann", 0.0), ("bob", WINDOW / 2), ("ann", 1.0), ("eve", WINDOW - 1.0)):
        desk.now += seconds
        desk.write(replace(ticket(answer_to=f"{name}@example.org"), accepted_at=desk.now))
    assert list(desk.writer._recent) == ["ann@example.org", "eve@example.org"]
    desk.now += WINDOW
    desk.write(replace(ticket(answer_to="bob@example.org"), accepted_at=desk.now))
    assert list(desk.writer._recent) == ["bob@example.org"]


@pytest.mark.parametrize(
    ("language", "word"), [("de", "Nummer"), ("fr", "numéro"), ("es", "número"), ("it", "numero"), ("ja", "number")]
)
def test_it_is_written_in_the_language_of_the_ticket(language: str, word: str) -> None:
    triage = Triage("billing", 0.9, 0.5, 0.9, "v1", language=language)
    mail = message_of(replace(ticket(), triage=triage), SENDER, "ann@example.org", 100.0)
    assert word in mail.get_payload(decode=True).decode()


@given(st.text(max_size=300), st.one_of(st.text(max_size=60), st.just("<" + "a" * 200 + "@example.org>")))
def test_no_subject_or_id_adds_a_header_or_is_lost(subject: str, message_id: str) -> None:
    mail = message_of(replace(ticket(message_id=message_id), subject=subject), SENDER, "ann@example.org", 100.0)
    read = message_from_bytes(mail.as_bytes())
    expected = ["Content-Type", "MIME-Version", "Content-Transfer-Encoding", "From", "To", "Subject", "Date",
                "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "In-Reply-To", "References"]  # fmt: skip
    assert [name for name in read if name not in expected] == []
    assert len(read.keys()) == len(set(read.keys()))
    assert str(make_header(decode_header(read["Subject"]))).lower().startswith("re:")
    if message_id.startswith("<aaa"):
        assert "".join(read["In-Reply-To"].split()) == message_id
