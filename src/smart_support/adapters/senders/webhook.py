"""Any other receiver: JSON, signed as Standard Webhooks 1.0.0 say, so that their libraries verify it."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook as Signer
from standardwebhooks.webhooks import EmptyWebhookSecretError

from smart_support.adapters.senders import words
from smart_support.adapters.senders.http import Http, check, encoded
from smart_support.domain.notice import Notice, Status

PREFIX = "whsec_"


class Webhook:
    """A receiver of JSON. `webhook-id` is the same over all tries of a message; `webhook-timestamp` is that of the try.

    The signature is there where there is a secret: `whsec_` and base64, or any text, whose UTF-8 is the key."""

    rate = 50.0
    follows = False

    def __init__(self, url: str, http: Http, secret: str | None = None, now: Callable[[], float] = time.time) -> None:
        self._url = url
        self._http = http
        self._signer = None if secret is None else signer(secret)
        self._now = now

    def send(self, notice: Notice, handle: Mapping[str, Any]) -> Mapping[str, Any]:
        content = encoded(payload(notice))
        at = int(self._now())
        headers = {"Content-Type": "application/json", "webhook-id": notice.id, "webhook-timestamp": str(at)}
        if self._signer:
            signed = self._signer.sign(notice.id, datetime.fromtimestamp(at, UTC), content.decode())
            headers["webhook-signature"] = signed
        check(self._http.post(self._url, content=content, headers=headers))
        return handle


def signer(secret: str) -> Signer:
    """What signs with a secret; raises ValueError where it is none."""
    try:
        return Signer(secret if secret.startswith(PREFIX) else secret.encode())
    except (EmptyWebhookSecretError, ValueError):
        raise ValueError("the secret is empty, or no base64 follows whsec_") from None


def payload(notice: Notice) -> dict[str, Any]:
    """The body: {type, timestamp, data}; `data` holds the notice's fields, and what it says for programs besides."""
    if notice.status is Status.RESOLVED:
        kind = "alert.resolved"
    else:
        kind = "alert.raised" if notice.ordinal == 1 else "alert.updated"
    return {"type": kind, "timestamp": words.stamp(notice.at), "data": _data(notice)}


def _data(notice: Notice) -> dict[str, Any]:
    return {
        **notice.data,
        "id": notice.id,
        "topic_id": notice.topic_id,
        "ordinal": notice.ordinal,
        "at": words.stamp(notice.at),
        "status": notice.status.value,
        "weight": notice.weight.value,
        "title": notice.title,
        "conditions": [
            {"kind": each.kind, "at": words.stamp(each.at), "text": each.text} for each in notice.conditions
        ],
        "workspace": notice.workspace,
        "ticket_id": notice.ticket_id,
        "incident_id": notice.incident_id,
        "urgency": notice.urgency,
        "reasons": list(notice.reasons),
        "facts": [{"name": name, "value": value} for name, value in notice.facts],
        "excerpt": notice.excerpt,
        "link": notice.link,
        "parts": [_data(each) for each in notice.parts],
    }
