"""`/health/figures`: what the health page shows, gathered when it is asked for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from smart_support import __version__
from smart_support.api.access import Reader
from smart_support.api.model_figures import Drift
from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import responses
from smart_support.api.schemas import maybe_moment, moment
from smart_support.domain.triage import Tier
from smart_support.pipeline.follow import ROUTING, TAXONOMY
from smart_support.pipeline.messages import MessageState
from smart_support.pipeline.records import Refusal, Worker
from smart_support.pipeline.standing import lags
from smart_support.pipeline.tallies import Bucket, DestinationTally, OutboxTally, bucketed, first_bucket

router = APIRouter(tags=["health"])

MINUTES = 60
_MINUTE, _DAY = 60, 86_400

Count = Annotated[int, Field(ge=0)]
Milliseconds = Annotated[float, Field(ge=0.0)]


class BreakerLimitsOut(BaseModel):
    """When a breaker opens and closes: after so many calls in a row above `slow_ms`, and below `fast_ms`."""

    slow_ms: Milliseconds
    open_after: int
    fast_ms: Milliseconds
    close_after: int


class RefusalOut(BaseModel):
    """A model that the process cannot load, and why; null is the program's own."""

    version: str | None
    reason: str

    @classmethod
    def of_refusal(cls, refusal: Refusal) -> "RefusalOut":
        return cls(version=refusal.version, reason=refusal.reason)


class WorkerFiguresOut(BaseModel):
    """A process by its last beat: its breaker, and how long the runs of its transformer take.

    `runs` and what follows is counted since it began; `p95_ms` is that of the last 200 runs. Both times are null before
    the first one. `streak` counts the calls in a row that speak for a change of the breaker. A `stale` worker has not
    been heard of for some time.
    """

    worker: str
    parts: list[str]
    stale: bool
    started_at: datetime
    beat_at: datetime
    tier: Tier
    model_version: str
    state: Literal["closed", "open"]
    streak: Count
    opened_at: datetime | None
    limits: BreakerLimitsOut
    runs: Count
    mean_ms: Milliseconds | None
    p95_ms: Milliseconds | None
    probes: Count
    echoes: Count
    degraded: Annotated[int, Field(ge=0, description="Tickets that the light model answered for the transformer.")]
    shadow_dropped: Count
    refusals: list[RefusalOut]

    @classmethod
    def of_worker(cls, worker: Worker) -> "WorkerFiguresOut":
        beat, figures = worker.beat, worker.beat.figures
        limits = figures.limits
        return cls(
            worker=beat.worker,
            parts=list(beat.parts),
            stale=worker.stale,
            started_at=moment(worker.started_at),
            beat_at=moment(worker.beat_at),
            tier=figures.tier,
            model_version=figures.model_version,
            state="open" if figures.breaker_open else "closed",
            streak=figures.streak,
            opened_at=maybe_moment(figures.opened_at),
            limits=BreakerLimitsOut(
                slow_ms=_ms(limits.slow_seconds),
                open_after=limits.open_after,
                fast_ms=_ms(limits.fast_seconds),
                close_after=limits.close_after,
            ),
            runs=figures.runs,
            mean_ms=_ms(figures.run_seconds / figures.runs) if figures.runs else None,
            p95_ms=None if figures.run_p95 is None else _ms(figures.run_p95),
            probes=figures.probes,
            echoes=figures.echoes,
            degraded=figures.degraded,
            shadow_dropped=beat.shadow_dropped,
            refusals=[RefusalOut.of_refusal(refusal) for refusal in beat.refusals],
        )


class MinuteOut(BaseModel):
    """The tickets of a minute that begins `at`."""

    at: datetime
    tickets: Count


class ThroughputOut(BaseModel):
    """Tickets over the last hour. `per_minute` are those of the last 60 seconds; of the minutes the last one is not
    over yet."""

    per_minute: Count
    minutes: Annotated[list[MinuteOut], Field(min_length=MINUTES, max_length=MINUTES)]

    @classmethod
    def of_buckets(cls, counted: Sequence[Bucket], recent: Sequence[Bucket], now: float) -> "ThroughputOut":
        hour = bucketed(counted, now, _MINUTE, MINUTES)
        return cls(
            per_minute=sum(one.tickets for one in recent),
            minutes=[MinuteOut(at=moment(one.at), tickets=one.tickets) for one in hour],
        )


class DestinationFiguresOut(BaseModel):
    """What goes to one destination: messages that wait, those among them that failed before, and those given up.
    `failures` in a row, whichever message; nothing is sent before `blocked_until`."""

    name: str
    pending: Count
    failing: Count
    dead: Count
    failures: Count
    blocked_until: datetime | None

    @classmethod
    def of_tally(cls, name: str, tally: DestinationTally, now: float) -> "DestinationFiguresOut":
        return cls(
            name=name,
            pending=tally.pending,
            failing=tally.failing,
            dead=tally.dead,
            failures=tally.failures,
            blocked_until=moment(tally.blocked_until) if tally.blocked_until > now else None,
        )


class OutboxFiguresOut(BaseModel):
    """Messages of alerts and write-backs by state; `failing` are pending ones that failed before. `sent` and `skipped`
    are those made in the last 24 hours."""

    pending: Count
    failing: Count
    sent: Count
    dead: Count
    skipped: Count
    destinations: list[DestinationFiguresOut]

    @classmethod
    def of_tally(cls, tally: OutboxTally, names: Sequence[str], now: float) -> "OutboxFiguresOut":
        known = {name: DestinationTally() for name in names} | dict(tally.destinations)
        return cls(
            **{state.value: tally.by_state.get(state, 0) for state in MessageState},
            failing=sum(one.failing for one in known.values()),
            destinations=[DestinationFiguresOut.of_tally(name, one, now) for name, one in sorted(known.items())],
        )


class DriftOut(BaseModel):
    """The last 1,000 tickets beside those that the model was trained on.

    `category_drift` is the population stability index; above 0.25 is much. Null where the two cannot be compared:
    fewer than 200 tickets, or other categories than the model's.
    """

    tickets: Count
    shares: dict[str, float]
    trained: dict[str, float]
    confidence_mean: float | None
    category_drift: float | None

    @classmethod
    def of_drift(cls, drift: Drift) -> "DriftOut":
        return cls(
            tickets=drift.tickets,
            shares=dict(drift.shares),
            trained=dict(drift.trained),
            confidence_mean=drift.confidence_mean,
            category_drift=drift.category_drift,
        )


class VersionsOut(BaseModel):
    """What is at work. Version 0 of taxonomy or routing is what comes with the program."""

    program: str
    model: Annotated[str, Field(description="That of this process; the workers have their own.")]
    taxonomy: Count
    routing: Count


class FiguresOut(BaseModel):
    """How the system is, in numbers. `lag` are tickets that wait for a step or are in it, null while the broker does
    not answer; `triaged` counts imported history, `accepted` does not. `dead_tickets` were given up."""

    at: datetime
    versions: VersionsOut
    database: str
    broker: Literal["up", "down"]
    workers: list[WorkerFiguresOut]
    lag: dict[str, int] | None
    accepted: ThroughputOut
    triaged: ThroughputOut
    outbox: OutboxFiguresOut
    dead_tickets: Count
    drift: DriftOut


@router.get("/health/figures", responses=responses(401, 403, 503))
async def health_figures(caller: Reader, parts: Parts) -> FiguresOut:
    """Workers, lags, throughput, messages, versions and drift in one answer."""
    return await run_in_threadpool(_figures, parts, caller.workspace)


def _figures(parts: ApiParts, workspace: str) -> FiguresOut:
    store, now = parts.store, parts.clock.now()
    hour, minute = first_bucket(now, _MINUTE, MINUTES), now - _MINUTE
    waiting = lags(parts.broker)
    rules = {kind: store.configuration(workspace, kind) for kind in (TAXONOMY, ROUTING)}
    held = {kind: 0 if found is None else found.version for kind, found in rules.items()}
    accepted, triaged = (
        ThroughputOut.of_buckets(count(workspace, hour, _MINUTE), count(workspace, minute, _MINUTE), now)
        for count in (store.arrivals, store.triages)
    )
    return FiguresOut(
        at=moment(now),
        versions=VersionsOut(
            program=__version__, model=parts.model.info.version, taxonomy=held[TAXONOMY], routing=held[ROUTING]
        ),
        database=parts.database,
        broker="down" if waiting is None else "up",
        workers=[WorkerFiguresOut.of_worker(worker) for worker in store.workers()],
        lag=None if waiting is None else {step.value: number for step, number in waiting.items()},
        accepted=accepted,
        triaged=triaged,
        outbox=OutboxFiguresOut.of_tally(store.messages_tally(workspace, now - _DAY), parts.destinations, now),
        dead_tickets=store.count_buried(workspace),
        drift=DriftOut.of_drift(parts.model_figures.drift(workspace)),
    )


def _ms(seconds: float) -> float:
    return round(1_000.0 * seconds, 1)
