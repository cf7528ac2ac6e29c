"""Mails, through a real server."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from functools import partial

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from smart_support.adapters.mail.smtp import send
from smart_support.adapters.senders.mail import Mail, address, message_id
from smart_support.domain.notice import Status
from smart_support.pipeline.records import Undelivered
from tests import servers
from tests.unit.adapters.senders.notices import LINK, NOTICE

LATER = replace(NOTICE, id="msg-2", ordinal=2, status=Status.RESOLVED)


class Kept(Message):
    def __init__(self) -> None:
        super().__init__()
        self.mails: list[EmailMessage] = []
        self.refusal: str | None = None

    async def handle_RCPT(self, server, session, envelope, name, options):  # noqa: N802
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(name)
        return "250 OK"

    def prepare_message(self, session, envelope):
        return email.message_from_bytes(envelope.content, policy=email.policy.default)

    def handle_message(self, message):
        self.mails.append(message)


@pytest.fixture
def server() -> Iterator[tuple[Kept, str]]:
    kept = Kept()
    controller = Controller(kept, hostname="127.0.0.1", port=servers.free_port())
    controller.start()
    try:
        yield kept, f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


def test_the_mails_of_a_topic_are_one_thread(server):
    kept, url = server
    mail = Mail("Support <support@example.org>", ["anna@example.org", "Bob <bob@example.org>"], partial(send, url))
    handle = mail.send(NOTICE, {})
    assert mail.send(LATER, handle) == handle
    first, later = kept.mails
    assert first["Message-ID"] == "<msg-1@example.org>" == later["In-Reply-To"] == later["References"]
    assert later["Message-ID"] == "<msg-2@example.org>"
    assert first["In-Reply-To"] is None
    assert first["From"] == "Support <support@example.org>"
    assert first["To"] == "anna@example.org, Bob <bob@example.org>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert (first["Subject"], later["Subject"]) == ("[Critical] Nobody can pay", "[Resolved] Nobody can pay")
    text = first.get_content()
    assert LINK in text
    assert "> Since noon no card is taken.\r\n> Please help!" in text


def test_a_repeated_mail_is_the_same_mail(server):
    kept, url = server
    mail = Mail("support@example.org", ["anna@example.org"], partial(send, url))
    assert mail.send(NOTICE, mail.send(NOTICE, {})) == {"first": "<msg-1@example.org>"}
    first, second = kept.mails
    assert first.as_string() == second.as_string()


@pytest.mark.parametrize(("refusal", "retry"), [("450 Later", True), ("550 No such user", False)])
def test_what_the_server_says_decides_whether_it_is_tried_again(server, refusal, retry):
    kept, url = server
    kept.refusal = refusal
    with pytest.raises(Undelivered) as refused:
        Mail("support@example.org", ["anna@example.org"], partial(send, url)).send(NOTICE, {})
    assert refused.value.retry == retry


def test_a_title_of_a_stranger_is_one_header(server):
    kept, url = server
    title = "Help\r\nBcc: all@example.org\r\n\r\nbody"
    Mail("support@example.org", ["anna@example.org"], partial(send, url)).send(replace(NOTICE, title=title), {})
    assert kept.mails[0]["Bcc"] is None
    assert kept.mails[0]["Subject"] == "[Critical] Help Bcc: all@example.org body"


@pytest.mark.parametrize("text", ["", "anna", "anna@", "@x", "a@b\r\nBcc: c@d", "a@b, c@d e"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match="address"):
        address(text)


def test_any_id_gives_a_message_id():
    assert message_id("5f0c7a52-6f5e", "x.org") == "<5f0c7a52-6f5e@x.org>"
    odd = {message_id(each, "x.org") for each in ("a b", "a>\r\nX: y", "é", "a" * 200, "..")}
    assert len(odd) == 5
    assert all(each.isascii() and len(each) < 80 and each.count("@") == 1 for each in odd)
