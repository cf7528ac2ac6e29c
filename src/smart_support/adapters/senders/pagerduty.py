"""PagerDuty: Events API v2. Limits: developer.pagerduty.com, Events API v2 (dedup_key 255, summary 1,024, an event
512 KB)."""

import hashlib
from collections.abc import Mapping
from typing import Any

from smart_support.adapters.senders import words
from smart_support.adapters.senders.http import Http, check
from smart_support.adapters.senders.text import fit, stack
from smart_support.domain.notice import Notice, Status

API = "https://events.pagerduty.com"

_ACTIONS = {Status.FIRING: "trigger", Status.ACKNOWLEDGED: "acknowledge", Status.RESOLVED: "resolve"}


class PagerDuty:
    """A service's integration: one alert a topic, which further messages add to, acknowledge and resolve."""

    rate = 2.0  # 120 a minute and integration key
    follows = True

    def __init__(self, key: str, http: Http, api: str = API) -> None:
        self._key = key
        self._http = http
        self._url = f"{api.rstrip('/').removesuffix('/v2/enqueue')}/v2/enqueue"

    def send(self, notice: Notice, handle: Mapping[str, Any]) -> Mapping[str, Any]:
        check(self._http.post(self._url, json={"routing_key": self._key, **payload(notice)}))
        return handle


def payload(notice: Notice) -> dict[str, Any]:
    """The event without the key. An alert that is only acknowledged or resolved keeps what it was triggered with."""
    event: dict[str, Any] = {"event_action": _ACTIONS[notice.status], "dedup_key": dedup_key(notice.topic_id)}
    if notice.status is not Status.FIRING:
        return event
    event["client"] = "Smart-Support"
    link = words.link(notice)
    if link:
        event |= {"client_url": link, "links": [{"href": link, "text": "Open in Smart-Support"}]}
    event["payload"] = {
        "summary": fit(words.headline(notice), 1_024),
        "source": fit(f"smart-support/{notice.workspace}", 255),
        "severity": notice.weight.value,
        "timestamp": words.stamp(notice.at),
        "class": fit(notice.conditions[-1].kind, 255) if notice.conditions else "alert",
        "custom_details": _details(notice),
    }
    return event


def dedup_key(topic_id: str) -> str:
    """What all events about one topic are known by; a long one ends in its hash, so that no two become one."""
    if len(topic_id) <= 255:
        return topic_id
    return f"{topic_id[:190]}:{hashlib.sha256(topic_id.encode(errors='replace')).hexdigest()}"


def _details(notice: Notice) -> dict[str, str]:
    found = {fit(name, 100): fit(value, 2_000) for name, value in words.known(notice)[:50]}
    texts = {
        "Why": stack(words.why(notice), 8_000, 1_000),
        "Excerpt": fit(words.said(notice), 4_000),
        "Also": stack(words.others(notice), 16_000, 500),
    }
    return found | {name: text for name, text in texts.items() if text}
