"""What each sender does with a notice, and with what its service answers."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from standardwebhooks import Webhook as Verifier
from structlog.testing import capture_logs

from smart_support.adapters.senders.apprise import Apprise
from smart_support.adapters.senders.discord import Discord
from smart_support.adapters.senders.http import Http
from smart_support.adapters.senders.log import LogSender
from smart_support.adapters.senders.pagerduty import PagerDuty
from smart_support.adapters.senders.slack import SlackBot, SlackWebhook
from smart_support.adapters.senders.teams import Teams
from smart_support.adapters.senders.webhook import Webhook, signer
from smart_support.domain.notice import Status
from smart_support.pipeline.records import Undelivered
from tests.unit.adapters.senders.notices import AT, NOTICE
from tests.unit.adapters.senders.receivers import answer, answers, receiving

LATER = replace(NOTICE, id="msg-2", ordinal=2, status=Status.RESOLVED)
POSTED = answer(200, b'{"ok": true, "channel": "C1", "ts": "1.5"}')


@pytest.fixture
def http() -> Iterator[Http]:
    with closing(Http(allow_private=True)) as client:
        yield client


def failed(error: str) -> bytes:
    return answer(200, json.dumps({"ok": False, "error": error}).encode())


class TestSlackBot:
    def test_a_topic_is_one_message_that_is_edited_and_each_change_a_reply_in_its_thread(self, http):
        with receiving(answers(POSTED)) as receiver:
            bot = SlackBot("xoxb-1", "#alerts", http, receiver.url)
            handle = bot.send(NOTICE, {})
            assert bot.send(LATER, handle) == handle
        assert [each.target for each in receiver.requests] == ["/chat.postMessage", "/chat.update", "/chat.postMessage"]
        first, edited, reply = (json.loads(each.body) for each in receiver.requests)
        assert first["channel"] == "#alerts"
        assert (edited["channel"], edited["ts"]) == ("C1", "1.5")
        assert edited["text"].startswith("Resolved: ")
        assert (reply["channel"], reply["thread_ts"]) == ("C1", "1.5")
        assert all(each.headers["authorization"] == "Bearer xoxb-1" for each in receiver.requests)

    def test_a_message_that_somebody_deleted_is_written_anew(self, http):
        with receiving(answers(POSTED, failed("message_not_found"), POSTED)) as receiver:
            bot = SlackBot("xoxb-1", "C1", http, receiver.url)
            bot.send(LATER, bot.send(NOTICE, {}))
        assert [each.target for each in receiver.requests] == ["/chat.postMessage", "/chat.update", "/chat.postMessage"]
        assert "thread_ts" not in json.loads(receiver.requests[2].body)

    def test_another_channel_gets_a_message_of_its_own(self, http):
        with receiving(answers(POSTED)) as receiver:
            handle = SlackBot("xoxb-1", "C1", http, receiver.url).send(NOTICE, {})
            SlackBot("xoxb-1", "C2", http, receiver.url).send(LATER, handle)
        assert [each.target for each in receiver.requests] == ["/chat.postMessage"] * 2

    @pytest.mark.parametrize(
        ("error", "retry", "busy"),
        [
            ("invalid_auth", False, False),
            ("channel_not_found", False, False),
            ("ratelimited", True, True),
            ("internal_error", True, False),
            ("<b>no name</b>", False, False),
        ],
    )
    def test_an_error_in_an_answer_of_200_is_one(self, http, error, retry, busy):
        with receiving(answers(failed(error))) as receiver, pytest.raises(Undelivered) as refused:
            SlackBot("xoxb-1", "C1", http, receiver.url).send(NOTICE, {})
        assert (refused.value.retry, refused.value.busy) == (retry, busy)
        assert str(refused.value) == ("unknown error" if "<" in error else error)

    def test_a_failed_reply_is_tried_again_with_an_edit_that_changes_nothing_more(self, http):
        with receiving(answers(POSTED, POSTED, answer(503, Retry_After="9"), POSTED)) as receiver:
            bot = SlackBot("xoxb-1", "C1", http, receiver.url)
            handle = bot.send(NOTICE, {})
            with pytest.raises(Undelivered) as refused:
                bot.send(LATER, handle)
            assert (refused.value.after, refused.value.busy) == (9.0, True)
            bot.send(LATER, handle)
        assert [each.target for each in receiver.requests[1:]] == ["/chat.update", "/chat.postMessage"] * 2


@pytest.mark.parametrize("sender", [SlackWebhook, Teams, Discord])
def test_a_webhook_gets_the_payload_and_remembers_nothing(http, sender):
    with receiving(answers(answer(200, b"ok"))) as receiver:
        assert sender(f"{receiver.url}/T/B/x", http).send(NOTICE, {}) == {}
    assert "Nobody can pay" in receiver.requests[0].body.decode()


class TestDiscord:
    def test_it_waits_for_as_long_as_the_headers_say(self, http):
        now, slept = [100.0], []
        spent = answer(204, X_RateLimit_Remaining="0", X_RateLimit_Reset_After="1.5")
        with receiving(answers(spent, answer(204, X_RateLimit_Remaining="4"))) as receiver:
            sender = Discord(receiver.url, http, lambda: now[0], slept.append)
            for _ in range(2):
                sender.send(NOTICE, {})
            now[0] += 2.0
            sender.send(NOTICE, {})
        assert slept == [1.5]

    def test_a_long_wait_is_the_schedules(self, http):
        spent = answer(204, X_RateLimit_Remaining="0", X_RateLimit_Reset_After="60")
        with receiving(answers(spent)) as receiver:
            sender = Discord(receiver.url, http, lambda: 100.0)
            sender.send(NOTICE, {})
            with pytest.raises(Undelivered) as refused:
                sender.send(NOTICE, {})
        assert (refused.value.after, refused.value.busy) == (60.0, True)
        assert len(receiver.requests) == 1

    @pytest.mark.parametrize(
        ("body", "after"),
        [
            (b'{"retry_after": 0.65, "global": false}', 0.65),
            (b"<html>", 3.0),
            (b"[]", 3.0),
            (b'{"retry_after": "x"}', 3.0),
        ],
    )
    def test_a_429_says_when_in_its_body_or_in_its_header(self, http, body, after):
        with receiving(answers(answer(429, body, Retry_After="3"))) as receiver, pytest.raises(Undelivered) as refused:
            Discord(receiver.url, http).send(NOTICE, {})
        assert (refused.value.retry, refused.value.busy, refused.value.after) == (True, True, after)


def test_pagerduty_gets_the_key_in_the_event_and_takes_any_base(http):
    with receiving(answers(answer(202, b'{"status": "success"}'))) as receiver:
        for base in (receiver.url, f"{receiver.url}/", f"{receiver.url}/v2/enqueue"):
            PagerDuty("R" * 32, http, base).send(NOTICE, {})
    assert {each.target for each in receiver.requests} == {"/v2/enqueue"}
    assert json.loads(receiver.requests[0].body)["routing_key"] == "R" * 32


class TestWebhook:
    @pytest.mark.parametrize("secret", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "any text at all, even ü"])
    def test_the_specifications_own_library_verifies_it(self, http, secret):
        with receiving(answers(answer(204))) as receiver:
            Webhook(receiver.url, http, secret).send(replace(NOTICE, title="Grüße 😀"), {})
        request = receiver.requests[0]
        verifier = Verifier(secret if secret.startswith("whsec_") else secret.encode())
        assert verifier.verify(request.body, request.headers)["data"]["title"] == "Grüße 😀"

    def test_a_repeated_message_has_the_same_id_and_a_time_of_its_own(self, http):
        now = iter([AT, AT + 300.0])
        with receiving(answers(answer(500), answer(200))) as receiver:
            sender = Webhook(receiver.url, http, "s", lambda: next(now))
            with pytest.raises(Undelivered):
                sender.send(NOTICE, {})
            sender.send(NOTICE, {})
        first, second = (each.headers for each in receiver.requests)
        assert first["webhook-id"] == second["webhook-id"] == "msg-1"
        assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 300
        assert first["webhook-signature"] != second["webhook-signature"]

    def test_without_a_secret_it_still_has_its_id(self, http):
        with receiving(answers(answer(200))) as receiver:
            Webhook(receiver.url, http).send(NOTICE, {})
        assert receiver.requests[0].headers["webhook-id"] == "msg-1"
        assert "webhook-signature" not in receiver.requests[0].headers

    @pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!"])
    def test_a_secret_that_is_none_is_refused(self, secret):
        with pytest.raises(ValueError, match="secret"):
            signer(secret)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # its own imports
def test_apprise_says_no_more_than_whether_it_worked():
    with receiving(answers(answer(500), answer(200))) as receiver:
        sender = Apprise(f"json://127.0.0.1:{receiver.port}/")
        with pytest.raises(Undelivered) as refused:
            sender.send(NOTICE, {})
        assert refused.value.retry
        assert sender.send(NOTICE, {}) == {}
    assert NOTICE.title in json.loads(receiver.requests[-1].body)["title"]
    with pytest.raises(ValueError, match="Apprise"):
        Apprise("unknown://x")


def test_the_log_tells_what_it_is_about_and_no_word_of_it():
    with capture_logs() as logs:
        LogSender().send(NOTICE, {})
    assert logs[0]["kinds"] == ["urgent_ticket"]
    assert (logs[0]["ticket_id"], logs[0]["urgency"]) == ("T-1", 0.97)
    assert not any(word in str(logs) for word in ("Nobody", "outage", "Anna", "card"))
