"""Lead: of all processes that could dispatch, the one that holds the lease does."""

import threading

import structlog

from smart_support.pipeline.ports import Broker, LeaseStore
from smart_support.pipeline.records import Lease, Step, Unavailable

log = structlog.get_logger(__name__)

LEASE = "dispatcher"
LEASE_SECONDS = 3.0
"""After so long without a sign of life the leader is replaced. With the 2 s after which the database ends a session
that is idle in a transaction running beside it, and a look each half second, another leads within 5 s."""


class LeadStep:
    """Takes the lease, keeps it, notices when it is gone. `holder` tells people who leads."""

    def __init__(self, store: LeaseStore, broker: Broker, holder: str) -> None:
        self._store = store
        self._broker = broker
        self._holder = holder
        self._lease: Lease | None = None
        self._leading = threading.Event()

    def run_once(self) -> int:
        """Renew the lease or try to take it; always 0, because there is nothing to hurry for.

        Raises Unavailable, and leads no more, where the broker cannot be reached: perhaps another process can.
        """
        try:
            self._broker.lag(Step.DISPATCH)
        except Unavailable:
            self.resign()
            raise
        if self._lease is None:
            self._take()
        elif not self._store.keep_lease(self._lease, LEASE_SECONDS):
            log.warning("lease_lost", token=self._lease.token)
            self._leading.clear()
            self._lease = None
        return 0

    def lease(self, wait: float) -> Lease | None:
        """The lease while it is this process's, waiting at most `wait` seconds for it."""
        self._leading.wait(wait)
        return self._lease

    def leads(self) -> bool:
        """Whether the lease is this process's."""
        return self._lease is not None

    def resign(self) -> None:
        """Let another lead at once."""
        lease, self._lease = self._lease, None
        self._leading.clear()
        if lease is not None:
            self._store.give_up_lease(lease)

    def _take(self) -> None:
        lease = self._store.take_lease(LEASE, self._holder, LEASE_SECONDS)
        if lease is not None:
            self._broker.reclaim(Step.DISPATCH)  # what the last leader had in hand
            self._lease = lease
            self._leading.set()
            log.info("leading", token=lease.token)
