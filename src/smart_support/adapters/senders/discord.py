"""Discord: an embed by a webhook. Limits: docs.discord.com, Message resource, Embed limits (title 256, description
4,096, 25 fields of 256 and 1,024, 6,000 in all); rates: the same, Rate limits."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from smart_support.adapters.senders import words
from smart_support.adapters.senders.http import Answer, Http, check, pause, retry_after
from smart_support.adapters.senders.text import DISCORD, fit, stack
from smart_support.domain.notice import Notice, Status, Weight
from smart_support.pipeline.records import Undelivered

PATIENCE = 3.0
"""Seconds that a send waits for the service's leave; a longer wait is the schedule's."""

_COLOURS = {Weight.CRITICAL: 0xC92A2A, Weight.ERROR: 0xE8590C, Weight.WARNING: 0xF59F00, Weight.INFO: 0x1C7ED6}
_DONE = {Status.ACKNOWLEDGED: 0x7048E8, Status.RESOLVED: 0x2F9E44}


class Discord:
    """A webhook of a channel: each message by itself. It is left in peace for as long as its headers say."""

    rate = 2.5  # 5 in 2 seconds
    follows = False

    def __init__(
        self,
        url: str,
        http: Http,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = url
        self._http = http
        self._clock = clock
        self._sleep = sleep
        self._free_at = 0.0

    def send(self, notice: Notice, handle: Mapping[str, Any]) -> Mapping[str, Any]:
        wait = self._free_at - self._clock()
        if wait > PATIENCE:
            raise Undelivered("it is to be left in peace for now", after=wait, busy=True)
        if wait > 0.0:
            self._sleep(wait)
        answer = self._http.post(self._url, json=payload(notice))
        self._free_at = self._clock() + _rest(answer)
        if answer.status == 429:
            raise Undelivered("it answered 429", after=_after(answer), busy=True)
        check(answer)
        return handle


def payload(notice: Notice) -> dict[str, Any]:
    """The message: nobody is called by it, whatever its text."""
    parts = [
        stack(words.why(notice), 900, 300, DISCORD),
        fit(words.said(notice), 600, DISCORD),
        stack(words.others(notice), 1_100, 250, DISCORD),
    ]
    embed: dict[str, Any] = {
        "title": fit(words.headline(notice), 256, DISCORD),
        "color": _DONE.get(notice.status, _COLOURS[notice.weight]),
        "timestamp": words.stamp(notice.at),
        "fields": [
            {"name": fit(name, 50, DISCORD), "value": fit(value, 200, DISCORD), "inline": len(value) <= 40}
            for name, value in words.known(notice)[:11]
        ],
    }
    description = "\n\n".join(part for part in parts if part)
    if description:
        embed["description"] = description
    link = words.link(notice)
    if link:
        embed["url"] = link
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def _rest(answer: Answer) -> float:
    """Seconds until the next message may go out, by the headers of any answer."""
    if answer.headers.get("x-ratelimit-remaining", "").strip() != "0":
        return 0.0
    return pause(answer.headers.get("x-ratelimit-reset-after")) or 0.0


def _after(answer: Answer) -> float | None:
    """Seconds to wait after a 429: its body is more exact than its header, which an edge server writes alone."""
    said = answer.json()
    exact = pause(said.get("retry_after")) if isinstance(said, dict) else None
    return retry_after(answer) if exact is None else exact
