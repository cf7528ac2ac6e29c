"""Slack: Block Kit by an incoming webhook, or as a bot, which keeps one message a topic up to date.

The words of strangers stand in `plain_text`, where nothing is markup. Limits: docs.slack.dev, Block Kit reference
(header 150, text 3,000, field 2,000, 10 fields, 50 blocks), and about 13,000 characters a message (bolt-js#2509).
"""

from collections.abc import Mapping
from typing import Any

from smart_support.adapters.senders import words
from smart_support.adapters.senders.http import Answer, Http, check, retry_after
from smart_support.adapters.senders.text import SLACK, fit, stack
from smart_support.domain.notice import Notice
from smart_support.pipeline.records import Undelivered

API = "https://slack.com/api"
RATE = 1.0  # messages a second to a webhook or a channel

_GONE = {"message_not_found", "cant_update_message", "edit_window_closed", "is_inactive"}
_BUSY = {"ratelimited", "rate_limited", "message_limit_exceeded"}
_PASSING = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}


class SlackWebhook:
    """An incoming webhook: each message by itself, for the answer names none that could be edited."""

    rate = RATE
    follows = False

    def __init__(self, url: str, http: Http) -> None:
        self._url = url
        self._http = http

    def send(self, notice: Notice, handle: Mapping[str, Any]) -> Mapping[str, Any]:
        check(self._http.post(self._url, json=payload(notice)))
        return handle


class SlackBot:
    """A bot (scope chat:write): the topic's first message is edited in place, and each change is a reply in its thread.

    The handle is {channel, ts}. A crash between the two calls repeats at most the reply."""

    rate = RATE / 2  # a change is two calls
    follows = True

    def __init__(self, token: str, channel: str, http: Http, api: str = API) -> None:
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json; charset=utf-8"}
        self._channel = channel
        self._http = http
        self._api = api.rstrip("/")

    def send(self, notice: Notice, handle: Mapping[str, Any]) -> Mapping[str, Any]:
        if handle.get("for") == self._channel and self._update(notice, handle):
            reply = {"thread_ts": handle["ts"], **update(notice)}
            self._call("chat.postMessage", {"channel": handle["channel"], **reply})
            return handle
        said = self._call("chat.postMessage", {"channel": self._channel, **payload(notice)})
        # The channel may be given by its name; edits need the id, which the answer has.
        return {"for": self._channel, "channel": said.get("channel", self._channel), "ts": said.get("ts", "")}

    def _update(self, notice: Notice, handle: Mapping[str, Any]) -> bool:
        """Edit the first message; False where somebody has deleted it, or it may be edited no more."""
        first = {"channel": handle["channel"], "ts": handle["ts"]}
        try:
            self._call("chat.update", first | payload(notice))
        except Undelivered as error:
            if str(error) in _GONE:
                return False
            raise
        return True

    def _call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = check(self._http.post(f"{self._api}/{method}", json=arguments, headers=self._headers))
        said = answer.json()
        if not isinstance(said, dict):
            raise Undelivered("Slack's answer is not JSON")
        if said.get("ok") is not True:
            raise _refused(str(said.get("error", "")), answer)
        return said


def payload(notice: Notice) -> dict[str, Any]:
    """The message, for a webhook as for chat.postMessage and chat.update."""
    blocks = [
        {"type": "header", "text": _plain(fit(words.headline(notice), 150))},
        *_sections(stack(words.why(notice), 1_500, 400)),
        *_facts(notice),
        *_sections(fit(words.said(notice), 700)),
        *_sections(stack(words.others(notice), 2_900, 300)),
    ]
    link = words.link(notice)
    if link:
        # A button would need an app that answers Slack; a link needs nothing.
        opener = {"type": "mrkdwn", "text": f"<{link.replace('&', '&amp;')}|Open in Smart-Support>", "verbatim": True}
        blocks.append({"type": "context", "elements": [opener]})
    return {"text": fit(words.headline(notice), 300, SLACK), "blocks": blocks, **_UNFURL}


def update(notice: Notice) -> dict[str, Any]:
    """The reply in the thread: what has changed."""
    text = words.changed(notice)
    return {"text": fit(text, 300, SLACK), "blocks": _sections(fit(text, 1_500)), **_UNFURL}


_UNFURL = {"unfurl_links": False, "unfurl_media": False}


def _facts(notice: Notice) -> list[dict[str, Any]]:
    fields = [_plain(f"{fit(name, 60)}\n{fit(value, 300)}") for name, value in words.known(notice)[:10]]
    return [{"type": "section", "fields": fields}] if fields else []


def _sections(text: str) -> list[dict[str, Any]]:
    return [{"type": "section", "text": _plain(text)}] if text else []


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _refused(error: str, answer: Answer) -> Undelivered:
    """Slack answers 200 and names the error; the reason is its name alone."""
    name = error if error.isascii() and error.replace("_", "").isalnum() and len(error) <= 60 else "unknown error"
    busy = name in _BUSY
    return Undelivered(name, retry=busy or name in _PASSING, after=retry_after(answer) if busy else None, busy=busy)
