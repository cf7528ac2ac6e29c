"""The broker of one process: streams in memory, refilled from SQL after a start."""

import itertools
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import replace

from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.records import Message, Step


class MemoryBroker:
    """The port Broker for threads of one process.

    A message that is not acknowledged within `redelivery` seconds is handed out again. Memory is bounded by the
    number of tickets underway: a key that a stream holds is not added to it a second time.
    """

    def __init__(self, redelivery: float = 10.0) -> None:
        self._redelivery = redelivery
        self._streams = {step: _Stream() for step in Step}
        self._ids = itertools.count(1)
        self._changed = threading.Condition()
        self._refilled = False
        self._closed = False

    def publish(self, step: Step, keys: Iterable[TicketKey]) -> None:
        stream = self._streams[step]
        with self._changed:
            for key in keys:
                if key not in stream.held:
                    stream.held.add(key)
                    stream.waiting.append(Message(str(next(self._ids)), key))
            self._changed.notify_all()

    def read(self, step: Step, limit: int, wait: float) -> list[Message]:
        stream = self._streams[step]
        with self._changed:
            self._changed.wait_for(lambda: self._closed or stream.ready(time.monotonic()), timeout=wait)
            if self._closed:
                return []
            now = time.monotonic()
            return stream.hand_out(limit, now, now + self._redelivery)

    def acknowledge(self, step: Step, messages: Iterable[Message]) -> None:
        stream = self._streams[step]
        with self._changed:
            for message in messages:
                if stream.pending.pop(message.id, None) is not None:
                    stream.held.discard(message.key)

    def release(self, step: Step, messages: Iterable[Message]) -> None:
        stream = self._streams[step]
        with self._changed:
            for message in reversed(list(messages)):
                if stream.pending.pop(message.id, None) is not None:
                    stream.waiting.appendleft(message)
            self._changed.notify_all()

    def reclaim(self, step: Step) -> None:
        stream = self._streams[step]
        with self._changed:
            held = sorted((message for message, _ in stream.pending.values()), key=lambda message: int(message.id))
            stream.pending = OrderedDict((message.id, (message, 0.0)) for message in held)
            self._changed.notify_all()

    def lag(self, step: Step) -> int:
        with self._changed:
            return len(self._streams[step].held)

    def is_refilled(self) -> bool:
        return self._refilled

    def set_refilled(self) -> None:
        self._refilled = True

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class _Stream:
    """One stream; `held` are the keys of all its messages, `pending` those handed out, the earliest deadline first."""

    def __init__(self) -> None:
        self.waiting: deque[Message] = deque()
        self.pending: OrderedDict[str, tuple[Message, float]] = OrderedDict()
        self.held: set[TicketKey] = set()

    def ready(self, now: float) -> bool:
        return bool(self.waiting) or self._overdue(now) is not None

    def hand_out(self, limit: int, now: float, deadline: float) -> list[Message]:
        messages: list[Message] = []
        # One of these, because what ends its worker must not be counted against those behind it.
        if (overdue := self._overdue(now)) is not None:
            del self.pending[overdue.id]
            messages.append(replace(overdue, deliveries=overdue.deliveries + 1))
        while not overdue and len(messages) < limit and self.waiting:
            messages.append(self.waiting.popleft())
        for message in messages:
            self.pending[message.id] = (message, deadline)
        return messages

    def _overdue(self, now: float) -> Message | None:
        first = next(iter(self.pending.values()), None)
        return first[0] if first is not None and first[1] <= now else None
