"""Heartbeat: each process with an engine says what runs in it and how its engine stands."""

from collections.abc import Callable, Sequence
from typing import Protocol

from smart_support.domain.engine import EngineFigures
from smart_support.pipeline.records import Beat, Refusal, Worker

BEAT_SECONDS = 2.0


class WorkerStore(Protocol):
    """Which processes are at work, by their beats, on the database's clock."""

    def beat(self, beat: Beat) -> None:
        """Keep this beat in place of the worker's last; what has been silent for a day is let go."""
        ...

    def retire(self, worker: str) -> None:
        """The worker ends; it is not missed."""
        ...

    def workers(self) -> list[Worker]:
        """All that are known, by name."""
        ...


class Engine(Protocol):
    """What answers in this process."""

    @property
    def figures(self) -> EngineFigures: ...

    def probe(self) -> None:
        """Find out whether the breaker can close again, where it is open."""
        ...


class Following(Protocol):
    """What keeps the model at work."""

    @property
    def refusal(self) -> Refusal | None: ...


class Trying(Following, Protocol):
    """What keeps the model in shadow."""

    @property
    def dropped(self) -> int: ...


class HeartbeatStep:
    """Tells the store of the worker named, and has the engine at work look after its breaker, which may see no
    tickets."""

    def __init__(
        self, store: WorkerStore, engine: Callable[[], Engine], follow: Following, shadow: Trying, worker: str
    ) -> None:
        self._store = store
        self._engine = engine
        self._follow = follow
        self._shadow = shadow
        self._worker = worker

    def run_once(self, parts: Sequence[str]) -> int:
        """One beat; always 0, because there is nothing to hurry for."""
        engine = self._engine()
        engine.probe()
        refusals = tuple(refusal for refusal in (self._follow.refusal, self._shadow.refusal) if refusal)
        self._store.beat(Beat(self._worker, tuple(parts), engine.figures, self._shadow.dropped, refusals))
        return 0

    def end(self) -> None:
        """The worker stops, and is not missed."""
        self._store.retire(self._worker)
