"""Publish: keys of committed tickets go to the broker, beside the work and never in its way."""

import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.ports import Broker
from smart_support.pipeline.records import Step

_BATCH = 1_000


class PublishStep:
    """Holds what has to be enqueued until the broker has taken it, so that one that hangs holds up nobody.

    At most `most` keys are held; beyond that some are let go, and the sweeper finds them in the outbox.
    """

    def __init__(self, broker: Broker, most: int = 100_000) -> None:
        self._broker = broker
        self._held: deque[tuple[Step, TicketKey]] = deque(maxlen=most)
        self._added = threading.Event()

    def add(self, step: Step, keys: Iterable[TicketKey]) -> None:
        """Enqueue soon."""
        self._held.extend((step, key) for key in keys)
        self._added.set()

    def run_once(self, wait: float) -> int:
        """Enqueue what is held, waiting at most `wait` seconds for it; how many keys that were."""
        if not self._added.wait(wait):
            return 0
        self._added.clear()
        taken: list[tuple[Step, TicketKey]] = []
        with suppress(IndexError):
            while len(taken) < _BATCH:
                taken.append(self._held.popleft())
        try:
            for step in Step:
                if keys := [key for of, key in taken if of is step]:
                    self._broker.publish(step, keys)
        except BaseException:
            self._held.extendleft(reversed(taken))
            raise
        finally:
            if self._held:
                self._added.set()
        return len(taken)
