"""Microsoft Teams: an Adaptive Card by a webhook of Workflows. The words of strangers stand in text runs, where
Markdown is not read (adaptivecards.io, TextRun). A message has at most 28 KB, and four a second are let through
(learn.microsoft.com, Teams, webhooks)."""

from collections.abc import Mapping
from typing import Any

from smart_support.adapters.senders import words
from smart_support.adapters.senders.http import Http, check, encoded
from smart_support.adapters.senders.text import fit, stack
from smart_support.domain.notice import Notice, Status, Weight

LIMIT = 27_000
"""Bytes of a message: 28 KB, less what a workflow adds."""

_COLOURS = {Weight.CRITICAL: "Attention", Weight.ERROR: "Attention", Weight.WARNING: "Warning", Weight.INFO: "Accent"}
_SHARES = (1.0, 0.5, 0.25, 0.12)


class Teams:
    """A webhook of a channel or chat: each message by itself."""

    rate = 4.0
    follows = False

    def __init__(self, url: str, http: Http) -> None:
        self._url = url
        self._http = http

    def send(self, notice: Notice, handle: Mapping[str, Any]) -> Mapping[str, Any]:
        check(self._http.post(self._url, json=payload(notice)))
        return handle


def payload(notice: Notice) -> dict[str, Any]:
    """The message: as much of the text as its bytes have room for."""
    for share in _SHARES[:-1]:
        found = _message(notice, share)
        if len(encoded(found)) <= LIMIT:
            return found
    return _message(notice, _SHARES[-1])


def _message(notice: Notice, share: float) -> dict[str, Any]:
    def most(limit: int) -> int:
        return int(limit * share)

    colour = "Good" if notice.status is Status.RESOLVED else _COLOURS[notice.weight]
    head = {"text": fit(words.headline(notice), most(300)), "weight": "Bolder", "size": "Large", "color": colour}
    body = [
        _text(head),
        *_lines(stack(words.why(notice), most(2_000), most(500))),
        *_facts(notice, share),
        *_lines(fit(words.said(notice), most(1_000)), isSubtle=True),
        *_lines(stack(words.others(notice), most(5_000), most(400))),
    ]
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    link = words.link(notice)
    if link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open in Smart-Support", "url": link}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _facts(notice: Notice, share: float) -> list[dict[str, Any]]:
    found = []
    for name, value in words.known(notice)[:20]:
        label = {"text": f"{fit(name, int(100 * share))}: ", "weight": "Bolder"}
        found.append(_text(label, {"text": fit(value, int(400 * share))}, spacing="Small"))
    return found


def _lines(text: str, **style: Any) -> list[dict[str, Any]]:
    """A block for each line: a text run has none."""
    return [_text({"text": each, **style}, spacing="Small") for each in text.split("\n") if each]


def _text(*runs: Mapping[str, Any], **style: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", **run} for run in runs], **style}
