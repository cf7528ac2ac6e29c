"""Notify: messages leave the durable outbox, each until its receiver has taken it or it is given up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from smart_support.domain.notice import Status
from smart_support.domain.retry import (
    ALERT_DELAYS,
    DOWN_AFTER,
    GIVE_UP_SECONDS,
    LEASE_SECONDS,
    next_try,
    probe_pause,
)
from smart_support.pipeline.compose import Composer
from smart_support.pipeline.messages import Claimed, MessageStore
from smart_support.pipeline.ports import Clock, Sender
from smart_support.pipeline.records import Unavailable, Undelivered
from smart_support.pipeline.watch import NOTIFY, Watch

log = structlog.get_logger(__name__)

ACTOR = "notifier"


@dataclass(frozen=True, slots=True)
class Delivered:
    """A receiver has taken a message: what it is to remember of the topic, and whether somebody still has to do
    something about it."""

    handle: Mapping[str, Any]
    firing: bool = False


Deliver = Callable[[Claimed], Delivered | None]
"""Sends a message; None where there is nothing to say any more. Raises Undelivered."""


class Alerts:
    """Delivers alerts, and samples of them, by one sender."""

    def __init__(self, composer: Composer, sender: Sender) -> None:
        self._composer = composer
        self._sender = sender

    def deliver(self, claimed: Claimed) -> Delivered | None:
        """Tell it as things stand now; nothing where it is said again and somebody has seen to it meanwhile, or where
        it turned out to be part of an incident that was told."""
        message = claimed.message
        if self._composer.is_told_by_incident(message):
            return None
        notice = self._composer.notice(message)
        if message.again and notice.status is not Status.FIRING:
            return None
        handle = self._sender.send(notice, claimed.handle)
        # What comes after the end is news: it begins a message of its own.
        return Delivered({} if notice.status is Status.RESOLVED else handle, notice.status is Status.FIRING)


class NotifyStep:
    """Sends what is due to one destination, at most `per_second` messages a second over all processes.

    A crash between sending and marking repeats the message under the same id once the lease is over; none is lost.
    Retry-After replaces the next step of the schedule. A destination on which several in a row failed is down, and is
    tried with one message at a time at growing pauses, which uses up no message's tries.
    `jitter()` gives numbers in [0, 1). `pause` is how many seconds lie between two messages.
    """

    def __init__(
        self,
        destination: str,
        deliver: Deliver,
        store: MessageStore,
        clock: Clock,
        jitter: Callable[[], float],
        *,
        per_second: float,
        watch: Watch | None = None,
    ) -> None:
        self.destination = destination
        self._deliver = deliver
        self._store = store
        self._clock = clock
        self._jitter = jitter
        self.pause = 1.0 / per_second
        self._watch = watch or Watch()

    def run_once(self) -> int:
        """Send one message; 0 where none is due, or the destination is to be left in peace."""
        now = self._clock.now()
        claimed = self._store.claim_message(self.destination, now, now + LEASE_SECONDS, self.pause)
        if claimed is None:
            return 0
        message, metrics, start = claimed.message, self._watch.metrics, self._watch.timer()
        if message.attempts == 1:
            metrics.stage_wait.labels(NOTIFY).observe(max(0.0, now - message.due_at))
        about = {"destination": message.destination, "purpose": message.purpose.value}
        with self._watch.tracing.span(
            NOTIFY, message.trace, message_id=message.id, attempt=message.attempts, **about
        ) as fail:
            outcome, reason = self._send(claimed)
            if reason:
                fail(reason)
        metrics.stage_run.labels(NOTIFY).observe(self._watch.timer() - start)
        metrics.messages.labels(outcome=outcome, reason=reason, **about).inc()
        return 1

    def _send(self, claimed: Claimed) -> tuple[str, str]:
        """What became of it, and why where it failed."""
        try:
            delivered = self._deliver(claimed)
        except Undelivered as error:
            reason = "busy" if error.busy else "away" if error.away else "gone" if error.gone else "refused"
            return self._failed(claimed, error), reason
        except Unavailable:
            raise  # the store's outage is nobody's failure: it is sent again once the lease is over
        except Exception as error:
            # Else it would come back for ever, and hold up all that is told after it.
            log.exception("failed", part=f"notify {self.destination}", message_id=claimed.message.id)
            fault = Undelivered(f"a fault of the program ({type(error).__name__}); its log says more")
            return self._failed(claimed, fault), "fault"
        if delivered is None:
            self._store.message_skipped(claimed, self._clock.now())
            return "skipped", ""
        self._store.message_sent(claimed, delivered.handle, self._clock.now(), ACTOR, again=delivered.firing)
        return "sent", ""

    def _failed(self, claimed: Claimed, error: Undelivered) -> str:
        now, message = self._clock.now(), claimed.message
        pause = probe_pause(claimed.failed + error.away) if error.retry else 0.0
        if error.busy and error.after is not None:
            pause = max(pause, error.after)
        retry_at = self._retry_at(claimed, error, now, pause)
        log.warning(
            "undelivered",
            message_id=message.id,
            destination=self.destination,
            attempts=message.attempts,
            reason=str(error),
            given_up=retry_at is None,
        )
        self._store.message_failed(claimed, error, now, retry_at, now + pause, ACTOR)
        return "dead" if retry_at is None else "failed"

    def _retry_at(self, claimed: Claimed, error: Undelivered, now: float, pause: float) -> float | None:
        """When to try again; None to give up."""
        message = claimed.message
        if not error.retry or (message.tried_at is not None and now - message.tried_at >= GIVE_UP_SECONDS):
            return None
        if error.away and claimed.failed + 1 >= DOWN_AFTER:  # ask the destination, and do not wait for hours
            return now + max(pause, error.after or 0.0)
        at = next_try(ALERT_DELAYS, message.failures + 1, now, self._jitter())
        return now + error.after if at is not None and error.after is not None else at
