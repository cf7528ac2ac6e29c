"""The streams, as far as they need no I/O: events that miss nothing across lost connections, and lines of an export."""

import json
from collections.abc import Iterator
from typing import TypeGuard

import httpx
from httpx_retries import Retry
from httpx_sse import ServerSentEvent
from pydantic import ValidationError

from smart_support.client.answers import Event, Record
from smart_support.client.call import sendable
from smart_support.client.errors import SupportError
from smart_support.client.retries import again

Opened = httpx.Response | httpx.RequestError
"""What came of asking for a stream: an answer, or none."""

BROKE_OFF = httpx.RemoteProtocolError("the stream broke off")

_SILENCE_SECONDS = 60.0  # a live stream of events says something every 15


def silence(timeout: float) -> httpx.Timeout:
    """How long a stream may say nothing."""
    return httpx.Timeout(timeout, read=max(timeout, _SILENCE_SECONDS))


def flows(opened: Opened) -> TypeGuard[httpx.Response]:
    """Whether it is a stream to read from."""
    return isinstance(opened, httpx.Response) and opened.is_success


class Knocker:
    """Who opens a stream, again and again as long as his patience lasts."""

    def __init__(self, retry: Retry) -> None:
        self._fresh = retry
        self._retry = retry

    def failed(self, how: Opened) -> Retry:
        """What to sleep by until the next try; raises SupportError where it would not help, or patience is over."""
        self._retry = again(self._retry, how)
        return self._retry

    def let_in(self) -> None:
        """It was a stream: there is new patience for the next failure."""
        self._retry = self._fresh


class Ear(Knocker):
    """A listener to events, who knows what he heard last."""

    def __init__(self, retry: Retry, after: str | None) -> None:
        super().__init__(retry)
        self._last = after

    def headers(self) -> dict[str, str]:
        """What makes the stream go on where it was."""
        asked = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        return asked if self._last is None else {**asked, "Last-Event-ID": sendable("Last-Event-ID", self._last)}

    def hear(self, told: ServerSentEvent) -> Event | None:
        """The event, if it is one; else it says only that the stream lives, or where it is."""
        self.let_in()
        self._last = told.id or self._last
        if told.event != "message" or not told.data:
            return None
        try:
            return Event.model_validate({**json.loads(told.data), "id": told.id})
        except (ValueError, TypeError) as error:
            raise strange() from error


class Lines:
    """Records from the bytes of an export: a line each, and no other line break than ours ends one."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[Record]:
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        try:
            for line in whole:
                yield Record.model_validate_json(line)
        except ValidationError as error:
            raise strange() from error


def strange() -> SupportError:
    """What answers is none of our streams."""
    return SupportError("the stream is none that this client knows; check the URL, and that both are of one version")
