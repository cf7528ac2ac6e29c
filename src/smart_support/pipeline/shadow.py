"""Shadow: a model that is only tried sees live tickets too, after those have their results and when there is time."""

import queue
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from smart_support.domain.ticket import DEFAULT_WORKSPACE
from smart_support.domain.triage import Model
from smart_support.pipeline.learning import ShadowResult, ShadowStore
from smart_support.pipeline.models import FollowStep, Loaded, ModelSource, PatientLoader
from smart_support.pipeline.ports import Broker, Clock, TicketStore
from smart_support.pipeline.records import Refusal, Step, Triaged

KEPT_SECONDS = 30 * 86_400.0
_WAITING = 1_000
_BATCH = 4  # short, because a live ticket that arrives meanwhile shares the processor with it
_PURGE_SECONDS = 3_600.0


class ShadowTicketStore(ShadowStore, TicketStore, Protocol):
    """What the step needs of a store."""


class ShadowStep:
    """Scores what live triage has stored with the model in shadow, one small batch at a time while no ticket waits.

    What it is offered waits in a queue of bounded length; what finds it full is dropped and counted. So are batches
    that fail. Results are kept for `KEPT_SECONDS`.
    """

    def __init__(
        self,
        store: ShadowTicketStore,
        source: ModelSource[Model],
        follow: FollowStep[Model],
        broker: Broker,
        clock: Clock,
        timer: Callable[[], float],
    ) -> None:
        self._store = store
        self._source = source
        self._follow = follow
        self._broker = broker
        self._clock = clock
        self._timer = timer
        self._loader = PatientLoader("shadow", timer)
        self._offered: queue.Queue[Triaged] = queue.Queue(_WAITING)
        self._loaded: Loaded[Model] | None = None
        self._purge_at = 0.0
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """How many tickets this process has not compared because there was no time, or the shadow failed."""
        return self._dropped

    @property
    def refusal(self) -> Refusal | None:
        """Why the model in shadow cannot be loaded here."""
        return self._loader.refusal

    def offer(self, results: Sequence[Triaged]) -> None:
        """Results that are stored, to be compared when there is time. Never blocks; free while no shadow is loaded."""
        if self._loaded is None:
            return
        for result in results:
            if result.triage.degraded:  # it says nothing of the active model, and there is no time
                continue
            if (
                result.key.workspace != DEFAULT_WORKSPACE
            ):  # which keeps the models, and by whose categories they are tried
                continue
            try:
                self._offered.put_nowait(result)
            except queue.Full:
                self._dropped += 1

    def run_once(self, wait: float) -> int:
        """One small batch, if there is one within `wait` seconds and no ticket waits for triage; its size."""
        self._purge()
        loaded = self._load()
        if loaded is None or self._broker.lag(Step.TRIAGE):
            return 0
        batch = self._take(wait)
        if batch:
            try:
                self._compare(loaded, batch)
            except BaseException:
                self._dropped += len(batch)
                raise
        return len(batch)

    def _load(self) -> Loaded[Model] | None:
        wanted, held = self._follow.roles.shadow, self._loaded
        if held is not None and held.info.version != wanted:
            self._loaded = None  # and with it, its memory, before the next one takes as much
        if wanted is None:
            self._loader.refusal = None
        elif self._loaded is None:
            self._loaded = self._loader.load(wanted, lambda: self._source.shadow(wanted))
        return self._loaded

    def _take(self, wait: float) -> list[Triaged]:
        batch: list[Triaged] = []
        with suppress(queue.Empty):
            batch.append(self._offered.get(block=wait > 0, timeout=wait))
            while len(batch) < _BATCH:
                batch.append(self._offered.get_nowait())
        return batch

    def _compare(self, loaded: Loaded[Model], batch: list[Triaged]) -> None:
        found = self._store.find_many([result.key for result in batch])
        live = [result for result in batch if result.key in found and not found[result.key].history]
        if live:
            said = loaded.model.triage([found[result.key].text for result in live])
            results = [
                ShadowResult(result.key, loaded.info.version, result.triage, shadow)
                for result, shadow in zip(live, said, strict=True)
            ]
            self._store.record_shadow(results, self._clock.now())

    def _purge(self) -> None:
        if self._timer() >= self._purge_at:
            self._store.purge_shadow(self._clock.now() - KEPT_SECONDS)
            self._purge_at = self._timer() + _PURGE_SECONDS
