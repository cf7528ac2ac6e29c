"""The rest of the world, by Apprise, which comes with the extra smart-support[apprise]. It sends by itself: its
addresses are not guarded, and it says no more than whether it worked."""

from collections.abc import Mapping
from typing import Any

from smart_support.adapters.senders import words
from smart_support.adapters.senders.text import fit, stack
from smart_support.domain.notice import Notice, Status, Weight
from smart_support.pipeline.records import Undelivered

_TYPES = {Weight.CRITICAL: "failure", Weight.ERROR: "failure", Weight.WARNING: "warning", Weight.INFO: "info"}


class Apprise:
    """One address in Apprise's notation; raises ValueError where it is none, ImportError without the extra."""

    rate = 1.0
    follows = False

    def __init__(self, url: str) -> None:
        import apprise

        self._apprise = apprise.Apprise()
        if not self._apprise.add(url):
            raise ValueError("no address that Apprise knows")

    def send(self, notice: Notice, handle: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self._apprise.notify(**payload(notice)):
            raise Undelivered("Apprise could not send it")
        return handle


def payload(notice: Notice) -> dict[str, Any]:
    """What `Apprise.notify` is called with: plain text, short enough for most services; the rest cut by Apprise."""
    kind = "success" if notice.status is Status.RESOLVED else _TYPES[notice.weight]
    body = "\n\n".join(part for part in _parts(notice) if part)
    return {"title": fit(words.headline(notice), 200), "body": body, "notify_type": kind, "body_format": "text"}


def _parts(notice: Notice) -> list[str]:
    return [
        stack(words.why(notice), 800, 300),
        stack([f"{name}: {value}" for name, value in words.known(notice)], 1_200, 250),
        fit(words.said(notice), 500),
        stack(words.others(notice), 1_000, 250),
        words.link(notice) or "",
    ]
