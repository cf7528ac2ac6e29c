"""Purge: what finished tickets have been kept for long enough is let go."""

from collections.abc import Mapping
from math import inf
from typing import Protocol

import structlog

from smart_support.domain.retry import GIVE_UP_SECONDS
from smart_support.pipeline.ports import Clock
from smart_support.pipeline.privacy import Kept, PrivacyStore, Retitle, scrubbed

log = structlog.get_logger(__name__)

ACTOR = "purge"
"""By whom what was purged is on the record."""

LOOK_SECONDS = 3_600.0
"""How often what is too old is looked for: that reads all finished tickets."""

_BATCH = 500
_AGAIN_SECONDS = 300.0  # files that could not be written anew: the disk is full, or somebody reads from before


class PurgeStore(PrivacyStore, Protocol):
    """What the step needs of a store."""

    def purge_messages(self, before: float, limit: int) -> int: ...

    def forget_unserved(self, before: float, limit: int) -> int: ...


class PurgeStep:
    """Takes from tickets what `retention` (seconds after their end) no longer lets them keep, a batch at a time, lets
    go of what was told longer than `messages` seconds ago, and of what waits longer than that and its tries last, and
    sees to it that nothing of what was erased stays in the files. Any number of processes may do so, any number of
    times: each row is held and looked at again before it is changed."""

    def __init__(
        self, store: PurgeStore, clock: Clock, retention: Mapping[Kept, float], messages: float, retitle: Retitle
    ) -> None:
        self._store = store
        self._clock = clock
        self._retention = retention
        events = retention.get(Kept.EVENTS, inf)
        self._later = frozenset(kept for kept, seconds in retention.items() if seconds > events)
        self._messages = messages
        self._retitle = retitle
        self._next_at = 0.0
        self._scrub_at = 0.0

    def run_once(self) -> int:
        """One batch of each, where it is time to look again; how many there were."""
        now = self._clock.now()
        self._scrub(now)
        if 0.0 < self._next_at - now <= LOOK_SECONDS:
            return 0
        done = sum(self.purge().values()) + self._forget_unserved(now)
        done += self._store.purge_messages(now - self._messages, _BATCH)
        if not done:
            self._next_at = now + LOOK_SECONDS
        return done

    def _forget_unserved(self, now: float) -> int:
        """Who serves a destination has sent by then what waits for it, or given it up."""
        gone = self._store.forget_unserved(now - self._messages - GIVE_UP_SECONDS, _BATCH)
        if gone:
            log.warning("forgot_unserved", messages=gone)
        return gone

    def _scrub(self, now: float) -> None:
        if 0.0 < self._scrub_at - now <= _AGAIN_SECONDS:
            return
        self._scrub_at = 0.0 if scrubbed(self._store) else now + _AGAIN_SECONDS

    def due(self) -> dict[Kept, int]:
        """How much a purge would take, by what it is."""
        now = self._clock.now()
        return {
            kept: self._store.count_kept(kept, now - seconds, self._later) for kept, seconds in self._retention.items()
        }

    def purge(self) -> dict[Kept, int]:
        """One batch of each; how much was taken."""
        now = self._clock.now()
        return {
            kept: sum(self._store.purge(kept, now - seconds, now, _BATCH, self._retitle, self._later).values())
            for kept, seconds in self._retention.items()
        }
