"""Fetch: sources that are asked for what is new, and what was said too early, in the process that leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from smart_support.pipeline.admission import Admission, Overloaded
from smart_support.pipeline.intake import IntakeStore
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.metrics import Metrics
from smart_support.pipeline.outage import Outage
from smart_support.pipeline.ports import Clock
from smart_support.pipeline.records import Lease, LeaseLost, Unavailable
from smart_support.pipeline.sources import Feed, Source
from smart_support.pipeline.take_in import TakeIn

log = structlog.get_logger(__name__)

KEEP_SECONDS = 30 * 86_400.0
"""How long a delivery is known as such; no source sends one again after more than a few days."""

_PURGE_SECONDS = 3_600.0
_FIRST_PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class Origin:
    """Where tickets come from. `agents` are our agents by who they are there. `source` is None where nobody calls."""

    name: str
    workspace: str
    agents: Mapping[str, str] = field(default_factory=dict)
    source: Source | None = None


class FetchStep:
    """Asks one feed for what is new, every `seconds`. The cursor moves on after each page, once the page is taken in: a
    crash between the two lets the page come again, which changes nothing. Each feed needs a loop of its own, so that
    one that hangs holds up nobody."""

    def __init__(  # noqa: PLR0913 - how it is watched stands beside what it needs
        self,
        origin: Origin,
        feed: Feed,
        seconds: float,
        store: IntakeStore,
        take_in: TakeIn,
        admission: Admission,
        clock: Clock,
        lead: LeadStep,
        metrics: Metrics,
    ) -> None:
        self.name = origin.name
        self._origin = origin
        self._feed = feed
        self._seconds = seconds
        self._store = store
        self._take_in = take_in
        self._admission = admission
        self._clock = clock
        self._lead = lead
        self._due = 0.0
        self._pause = 0.0
        self._outage = Outage(f"feed:{self.name}", metrics)

    def run_once(self) -> int:
        """All pages, if it is time; always 0, because there is nothing to hurry for. Where the source or the store does
        not answer, it goes on where it ended after a pause: the one that was asked for, or one that grows up to
        `seconds`."""
        lease = self._lead.lease(0)
        if lease is None:
            self._outage.forget()
            return 0
        # A clock that was set back must not put it off for longer than it lasts.
        if 0.0 < self._due - self._clock.now() <= self._pause:
            return 0
        try:
            self._fetch(lease)
        except LeaseLost:
            return 0
        except Unavailable as error:
            self._pause = min(self._seconds, _FIRST_PAUSE * 2.0 ** min(self._outage.failures, 20))
            self._pause = max(self._pause, error.after or 0.0)
            self._outage.failed(error)
        else:
            self._outage.over()
            self._pause = self._seconds
        self._due = self._clock.now() + self._pause
        return 0

    def _fetch(self, lease: Lease) -> None:
        name = f"feed:{self.name}"
        try:
            for said, cursor in self._feed.fetch(self._store.cursor(name)):
                self._admission.refresh()
                self._take_in.take(
                    self.name, self._origin.workspace, said, None, self._origin.agents, self._clock.now()
                )
                self._store.move_cursor(name, cursor, lease)
        except Overloaded:
            log.info("feed_waits", feed=self.name)


class SettleStep:
    """Acts on what sources said of tickets before the dispatcher had them, and forgets old deliveries."""

    def __init__(
        self,
        origins: Sequence[Origin],
        store: IntakeStore,
        take_in: TakeIn,
        clock: Clock,
        lead: LeadStep,
    ) -> None:
        self._origins = origins
        self._store = store
        self._take_in = take_in
        self._clock = clock
        self._lead = lead
        self._purge_at = 0.0

    def run_once(self) -> int:
        """How many tickets were looked at. 0 where another leads."""
        if self._lead.lease(0) is None:
            return 0
        now = self._clock.now()
        if not 0.0 < self._purge_at - now <= _PURGE_SECONDS:
            self._store.purge_deliveries(now - KEEP_SECONDS)
            self._purge_at = now + _PURGE_SECONDS
        return sum(self._take_in.settle(one.name, one.workspace, one.agents, now) for one in self._origins)
