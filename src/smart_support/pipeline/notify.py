"""Notify: alerts leave the durable outbox, each until its receiver has taken it or it is given up."""

from collections.abc import Callable

import structlog

from smart_support.domain.retry import ALERT_DELAYS, next_try
from smart_support.pipeline.ports import AlertStore, Clock, Sender
from smart_support.pipeline.records import Delivery, Undelivered

log = structlog.get_logger(__name__)

ACTOR = "notifier"


class NotifyStep:
    """Claims alerts that are due and sends them.

    A crash between sending and marking repeats the message under the same id once the lease is over; none is lost.
    `jitter()` gives numbers in [0, 1).
    """

    def __init__(
        self,
        store: AlertStore,
        sender: Sender,
        clock: Clock,
        jitter: Callable[[], float],
        *,
        batch: int = 16,
        lease: float = 60.0,
    ) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._jitter = jitter
        self._batch = batch
        self._lease = lease

    def run_once(self) -> int:
        """Send what is due now; how many alerts that were."""
        now = self._clock.now()
        deliveries = self._store.claim_alerts(now, now + self._lease, self._batch)
        for delivery in deliveries:
            self._deliver(delivery)
        return len(deliveries)

    def _deliver(self, delivery: Delivery) -> None:
        try:
            self._sender.send(delivery)
        except Undelivered as error:
            now = self._clock.now()
            retry_at = next_try(ALERT_DELAYS, delivery.attempts, now, self._jitter()) if error.retry else None
            log.warning("alert_undelivered", alert_id=delivery.alert.id, reason=str(error), given_up=retry_at is None)
            self._store.alert_failed(delivery.alert, str(error), now, retry_at, ACTOR)
        else:
            self._store.alert_sent(delivery.alert, self._clock.now(), ACTOR)
