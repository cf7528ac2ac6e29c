"""The engine: what the pipeline asks for a triage. It answers at once, by the best tier that is quick enough now.

One run of the transformer's session is one call of the breaker, whatever its batch. While the breaker is closed, texts
go to the transformer, run by run; those of a run that failed or was ended, and those left over once the breaker has
opened, are answered by the light model, marked as degraded. While it is open the light model answers everything, and
beside it at most one run at a time tries how quick the transformer is, on the texts that come in; nobody waits for it.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Generic, Protocol, TypeVar

import structlog

from smart_support.domain.breaker import Breaker, BreakerLimits
from smart_support.domain.engine import EngineFigures, percentile
from smart_support.domain.triage import Model, Text, Tier, Triage
from smart_support.triage.echo import EchoMemory, echo_key
from smart_support.triage.storm_rule import StormModel

log = structlog.get_logger(__name__)

RUN_SECONDS = 2.0
"""A run that takes longer is ended."""

_REMEMBERED = 200  # runs whose times are

R = TypeVar("R")


class Transformer(Model, Protocol[R]):
    """A model whose runs can be told apart; R is a text as it reads it."""

    def read(self, texts: Sequence[Text]) -> list[R]: ...

    def runs(self, readings: Sequence[R]) -> list[list[int]]:
        """Which texts share a run: places in `readings`, each once."""
        ...

    def score(self, readings: Sequence[R], limit: float | None) -> list[Triage]:
        """One run: a result a text, in order. Raises whatever goes wrong, also where it takes over `limit` seconds."""
        ...


class Engine(Generic[R]):
    """Both tiers behind one `domain.triage.Model`. Without a transformer the light model stands in for nobody, and
    nothing is degraded.

    `side_by_side` runs of a batch may be under way at once. `language(text)` is asked for the language of every result.
    `timer()` gives seconds and never goes back, `now()` UTC epoch seconds. Safe to call from several threads.
    """

    def __init__(
        self,
        light: Model,
        transformer: Transformer[R] | None,
        language: Callable[[Text], str | None],
        limits: BreakerLimits,
        timer: Callable[[], float],
        now: Callable[[], float],
        run_seconds: float = RUN_SECONDS,
        side_by_side: int = 1,
    ) -> None:
        self._light = light
        self._transformer = transformer
        self._language = language
        self._timer = timer
        self._now = now
        self._run_seconds = run_seconds
        self.storm_models: Mapping[str, StormModel] = {}
        """Whose vectors there are, by their version; for who asks, the engine does not."""
        self._echo = EchoMemory(timer)
        self._pool = ThreadPoolExecutor(side_by_side, thread_name_prefix="run")
        self._last_run: Sequence[R] = ()
        self._took: deque[float] = deque(maxlen=_REMEMBERED)
        self._lock = threading.Lock()  # for every change of what follows
        self._probe: threading.Thread | None = None
        self._breaker = Breaker(limits)
        self._figures = self._stands(EngineFigures(light.tier, light.version, limits=limits))

    @property
    def light(self) -> Model:
        return self._light

    @property
    def tiers(self) -> tuple[Model, ...]:
        """The models themselves, for who can wait: what they are asked neither the breaker nor the echo hears of."""
        return (self._light,) if self._transformer is None else (self._light, self._transformer)

    @property
    def tier(self) -> Tier:
        return self._figures.tier

    @property
    def version(self) -> str:
        return self._figures.model_version

    @property
    def figures(self) -> EngineFigures:
        """How the engine stands now."""
        with self._lock:
            return replace(self._figures, run_p95=percentile(self._took, 0.95))

    def triage(self, texts: Sequence[Text]) -> list[Triage]:
        """One result a text, in the same order, at the latest once a few runs have reached their limit."""
        if self._transformer is None:
            return self._by_light(texts)
        if self._figures.breaker_open:
            self._start_probe(texts)
            return self._in_place(texts)
        found = self._by_transformer(self._transformer, texts)
        missing = [place for place, result in enumerate(found) if result is None]
        stand_ins = iter(self._in_place([texts[place] for place in missing]))
        return [next(stand_ins) if result is None else result for result in found]

    def probe(self) -> None:
        """While the breaker is open, try the transformer on the texts of its last run, so that a breaker closes again
        where no tickets come."""
        if self._figures.breaker_open:
            self._start_probe(())

    def close(self) -> None:
        """Wait for what is under way, a probe perhaps; its run is ended in good time."""
        self._pool.shutdown()
        probe = self._probe
        if probe is not None:
            probe.join()

    def _by_light(self, texts: Sequence[Text], *, degraded: bool = False) -> list[Triage]:
        results = self._light.triage(texts)
        return [
            replace(result, language=self._language(text), degraded=degraded)
            for text, result in zip(texts, results, strict=True)
        ]

    def _in_place(self, texts: Sequence[Text]) -> list[Triage]:
        """What the light model says in place of the transformer."""
        if not texts:
            return []
        with self._lock:
            self._figures = replace(self._figures, degraded=self._figures.degraded + len(texts))
        return self._by_light(texts, degraded=True)

    def _by_transformer(self, transformer: Transformer[R], texts: Sequence[Text]) -> list[Triage | None]:
        """What the transformer says, from memory where it can; None for what it does not answer now."""
        keys = [echo_key(transformer.version, text) for text in texts]
        known = self._echo.recall(keys)
        unknown: dict[bytes, Text] = {}
        for key, text in zip(keys, texts, strict=True):
            if key not in known:
                unknown.setdefault(key, text)
        scored = self._score(transformer, list(unknown.values()))
        new = {key: result for key, result in zip(unknown, scored, strict=True) if result is not None}
        self._echo.keep(new)
        known |= new
        results = [known.get(key) for key in keys]
        echoes = sum(result is not None for result in results) - len(new)
        if echoes:
            with self._lock:
                self._figures = replace(self._figures, echoes=self._figures.echoes + echoes)
        return results

    def _score(self, transformer: Transformer[R], texts: Sequence[Text]) -> list[Triage | None]:
        """Run by run, until all are done or the breaker opens."""
        results: list[Triage | None] = [None] * len(texts)
        try:
            readings = transformer.read(texts)
        except Exception as error:  # noqa: BLE001 - the light model reads whatever it is given
            log.warning("read_failed", reason=type(error).__name__, tickets=len(texts))
            return results

        def answer(places: Sequence[int]) -> None:
            if not self._figures.breaker_open:
                said = self._run(transformer, [readings[place] for place in places])
                for place, result in zip(places, said, strict=False):
                    results[place] = replace(result, language=self._language(texts[place]))

        # Side by side: what one run has said is worked out while the next one computes.
        runs = transformer.runs(readings)
        if len(runs) == 1:
            answer(runs[0])
        else:
            for under_way in [self._pool.submit(answer, places) for places in runs]:
                under_way.result()
        return results

    def _run(self, transformer: Transformer[R], readings: Sequence[R]) -> list[Triage]:
        """One run for tickets; nothing where it fails."""
        self._last_run = readings
        start = self._timer()
        results: list[Triage] = []
        failed = False
        try:
            results = transformer.score(readings, self._run_seconds)
        except Exception as error:  # noqa: BLE001 - whatever stops the transformer, the light model answers
            log.warning("run_failed", reason=type(error).__name__, tickets=len(readings))
            failed = True
        seconds = self._timer() - start
        with self._lock:
            figures = self._figures
            self._figures = replace(figures, runs=figures.runs + 1, run_seconds=figures.run_seconds + seconds)
            self._took.append(seconds)
            # A run from before the breaker opened says nothing that it does not know by now.
            changed = not figures.breaker_open and self._step(None if failed else seconds)
        if changed:
            log.warning("breaker_opened", model=transformer.version)
        return results

    def _start_probe(self, texts: Sequence[Text]) -> None:
        with self._lock:
            if self._transformer is None or self._probe is not None:
                return
            work = (self._transformer, texts)
            probe = threading.Thread(target=self._shadow, args=work, name="probe", daemon=True)
            probe.start()
            self._probe = probe

    def _shadow(self, transformer: Transformer[R], texts: Sequence[Text]) -> None:
        """Time the first run of the texts, or the last run where there are none."""
        seconds: float | None = None
        try:
            if texts:
                readings = transformer.read(texts)
                self._last_run = [readings[place] for place in transformer.runs(readings)[0]]
            start = self._timer()
            transformer.score(self._last_run, self._run_seconds)
            seconds = self._timer() - start
        except Exception as error:  # noqa: BLE001 - then it is not fast
            log.debug("probe_failed", reason=type(error).__name__)
        with self._lock:
            self._figures = replace(self._figures, probes=self._figures.probes + 1)
            changed = self._step(seconds)
            self._probe = None
        if changed:
            log.info("breaker_closed", model=transformer.version)

    def _step(self, seconds: float | None) -> bool:
        """Tell the breaker of a call; whether it changed sides."""
        before = self._breaker
        self._breaker = before.after(seconds)
        self._figures = self._stands(self._figures)
        return before.is_open != self._breaker.is_open

    def _stands(self, figures: EngineFigures) -> EngineFigures:
        """The figures with what follows from the breaker."""
        is_open = self._breaker.is_open
        tier, version = Tier.LIGHT, self._light.version
        if self._transformer is not None and not is_open:
            tier, version = Tier.TRANSFORMER, self._transformer.version
        opened_at = (figures.opened_at or self._now()) if is_open else None
        return replace(
            figures,
            tier=tier,
            model_version=version,
            breaker_open=is_open,
            streak=self._breaker.streak,
            opened_at=opened_at,
        )


class LightTier:
    """The light model of the engine at work (`domain.triage.Model`), for those who cannot wait."""

    def __init__(self, engine: Callable[[], Engine[Any]]) -> None:
        self._engine = engine

    @property
    def tier(self) -> Tier:
        return Tier.LIGHT

    @property
    def version(self) -> str:
        return self._engine().light.version

    def triage(self, texts: Sequence[Text]) -> list[Triage]:
        return self._engine().light.triage(texts)
