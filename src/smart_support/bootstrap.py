"""The only place where parts are put together; they are shut down in reverse order."""

import os
import random
import secrets
import socket
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from fastapi import FastAPI

from smart_support.adapters.clock import SystemClock
from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.memory_idempotency import MemoryIdempotency
from smart_support.adapters.redis.broker import RedisBroker
from smart_support.adapters.senders.log import LogSender
from smart_support.adapters.sql.store import SqlStore
from smart_support.api.access import KeyRing
from smart_support.api.answers import Answers
from smart_support.api.app import create_app
from smart_support.api.feed import Feed
from smart_support.api.figures import PipelineFigures, WorkerFigures, registry_for
from smart_support.api.parts import ApiParts
from smart_support.api.schemas import QuickTicketOut
from smart_support.domain.batch import BatchSize
from smart_support.domain.breaker import BreakerLimits
from smart_support.domain.priority_queue import PriorityQueue
from smart_support.domain.ticket import DEFAULT_WORKSPACE
from smart_support.pipeline.accept import AcceptStep
from smart_support.pipeline.admission import Admission
from smart_support.pipeline.dispatch import DispatchStep
from smart_support.pipeline.follow import TAXONOMY, Follow
from smart_support.pipeline.heartbeat import BEAT_SECONDS, HeartbeatStep
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.loop import Loop, backoff
from smart_support.pipeline.notify import NotifyStep
from smart_support.pipeline.ports import Broker, Clock, Sender, Store
from smart_support.pipeline.publish import PublishStep
from smart_support.pipeline.records import Unavailable
from smart_support.pipeline.rescore import RescoreStep
from smart_support.pipeline.sweep import SweepStep
from smart_support.pipeline.triage import TriageStep
from smart_support.settings import Settings
from smart_support.triage.engine import Engine
from smart_support.triage.light import LightModel
from smart_support.triage.taxonomy import TaxonomyModel
from smart_support.triage.taxonomy_file import load as load_taxonomy
from smart_support.triage.taxonomy_file import taxonomy_of

log = structlog.get_logger(__name__)

_READ_WAIT, _IDLE, _PACE = 0.5, 0.25, 0.02
_FULL = 64  # of so many tickets a batch is worth its transaction
_SWEEP_SECONDS, _LEAD_SECONDS, _LOOK_SECONDS, _RESCORE_SECONDS = 1.0, 0.75, 0.5, 1.0
_STOP_SECONDS = 10.0
_jitter = random.random


class Part(StrEnum):
    """What runs by itself in a process."""

    PUBLISH = "publish"
    SWEEP = "sweep"
    TRIAGE = "triage"
    RESCORE = "rescore"
    HEARTBEAT = "heartbeat"
    LEAD = "lead"
    DISPATCH = "dispatch"
    NOTIFY = "notify"


API = frozenset({Part.PUBLISH})
WORKER = frozenset({Part.PUBLISH, Part.SWEEP, Part.TRIAGE, Part.RESCORE, Part.HEARTBEAT, Part.NOTIFY})
DISPATCHER = frozenset({Part.LEAD, Part.DISPATCH})
EVERYTHING = frozenset(Part)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One ticket's way, step by step, and what the steps stand on."""

    store: Store
    broker: Broker
    model: TaxonomyModel
    quick: TaxonomyModel
    light: LightModel
    engine: Engine[Any]
    taxonomy: Follow
    clock: Clock
    accept: AcceptStep
    publish: PublishStep
    sweep: SweepStep
    triage: TriageStep
    rescore: RescoreStep
    heartbeat: HeartbeatStep
    lead: LeadStep
    dispatch: DispatchStep
    notify: NotifyStep

    def drain(self) -> None:
        """Take every ticket that is underway as far as it goes, here and now."""
        if self.lead.lease(0) is None:
            self.lead.run_once()
        while (
            self.publish.run_once(0) or self.triage.run_once(0) or self.dispatch.run_once(0) or self.notify.run_once()
        ):
            pass


@contextmanager
def open_pipeline(
    settings: Settings,
    *,
    clock: Clock | None = None,
    sender: Sender | None = None,
    durable: bool = True,
    patient: bool = False,
) -> Iterator[Pipeline]:
    """All steps over the configured store and broker, ready to be driven; nothing runs by itself yet.

    Raises Unavailable where the database does not answer, unless `patient`: then it is waited for.
    """
    clock = clock or SystemClock()
    name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    grace = settings.redelivery_seconds
    with ExitStack() as stack:
        light, engine = _engine(settings)
        stack.callback(engine.close)
        model, quick = (TaxonomyModel(tier, light.labels, load_taxonomy()) for tier in (engine, light))
        store = _store(settings, durable=durable, patient=patient)
        stack.callback(store.close)
        broker = _broker(settings, name)
        stack.callback(broker.close)
        publish = PublishStep(broker)
        accept = AcceptStep(store, publish)
        stack.callback(accept.close)
        batch = BatchSize(settings.triage_batch, settings.circuit_breaker_fast_ms / 2_000)
        lead = LeadStep(store, broker, name)

        def use(content: Mapping[str, Any]) -> None:
            for served in (model, quick):
                served.use(taxonomy_of(content))

        taxonomy = Follow(store, DEFAULT_WORKSPACE, TAXONOMY, use)
        yield Pipeline(
            store=store,
            broker=broker,
            model=model,
            quick=quick,
            light=light,
            engine=engine,
            taxonomy=taxonomy,
            clock=clock,
            accept=accept,
            publish=publish,
            sweep=SweepStep(store, broker, clock, grace),
            triage=TriageStep(store, broker, publish, model, clock, time.monotonic, batch),
            rescore=RescoreStep(store, broker, publish, model, clock, name),
            heartbeat=HeartbeatStep(store, engine, name),
            lead=lead,
            dispatch=DispatchStep(store, broker, clock, lead, settings.webhook_threshold),
            notify=NotifyStep(store, sender or LogSender(), clock, _jitter, lease=6 * grace),
        )


def _engine(settings: Settings) -> tuple[LightModel, Engine[Any]]:
    """The light model, and the engine over both tiers."""
    from smart_support.triage.serve import load_engine

    limits = BreakerLimits(
        slow_seconds=settings.circuit_breaker_latency_ms / 1_000,
        open_after=settings.circuit_breaker_open_count,
        fast_seconds=settings.circuit_breaker_fast_ms / 1_000,
        close_after=settings.circuit_breaker_close_count,
    )
    timeout = settings.inference_timeout_seconds
    return load_engine(settings.model_dir, limits, timeout, light_only=settings.model_fallback)


def _store(settings: Settings, *, durable: bool, patient: bool) -> SqlStore:
    failures = 0
    while True:
        try:
            store = SqlStore.open(settings.database, durable=durable, grace=settings.redelivery_seconds)
        except Unavailable as error:
            if not patient:
                raise
            if failures == 0:
                log.warning("unavailable", part="store", reason=str(error))
            failures += 1
            time.sleep(backoff(failures, _jitter()))
        else:
            if failures:
                log.info("recovered", part="store", failures=failures)
            return store


def _broker(settings: Settings, consumer: str) -> Broker:
    if settings.redis_url is None:
        return MemoryBroker(settings.redelivery_seconds)
    return RedisBroker(settings.redis_url, settings.redis_queue_key, consumer, settings.redelivery_seconds)


@contextmanager
def running(pipeline: Pipeline, parts: Collection[Part] = EVERYTHING) -> Iterator[None]:
    """Some or all of the steps in threads of their own."""
    steps = {
        Part.PUBLISH: (lambda: pipeline.publish.run_once(_READ_WAIT), 0.0, 0.0),
        Part.SWEEP: (pipeline.sweep.run_once, _SWEEP_SECONDS, 0.0),
        Part.TRIAGE: (lambda: pipeline.triage.run_once(_READ_WAIT), 0.0, _PACE),
        Part.RESCORE: (pipeline.rescore.run_once, _RESCORE_SECONDS, _PACE),
        Part.HEARTBEAT: (lambda: pipeline.heartbeat.run_once(sorted(parts)), BEAT_SECONDS, 0.0),
        Part.LEAD: (pipeline.lead.run_once, _LEAD_SECONDS, 0.0),
        Part.DISPATCH: (lambda: pipeline.dispatch.run_once(_READ_WAIT), 0.0, _PACE),
        Part.NOTIFY: (pipeline.notify.run_once, _IDLE, _PACE),
    }
    loops = [
        Loop(part.value, step, _jitter, idle=idle, pace=pace, full=_FULL)
        for part, (step, idle, pace) in steps.items()
        if part in parts
    ]
    if Part.TRIAGE in parts:
        with suppress(Unavailable):  # then there are no tickets either, and the loop asks again
            pipeline.taxonomy.refresh()
    loops.append(Loop("taxonomy", pipeline.taxonomy.refresh, _jitter, idle=_LOOK_SECONDS))
    for loop in loops:
        loop.start()
    try:
        yield
    finally:
        for loop in loops:
            loop.stop()
        end = time.monotonic() + _STOP_SECONDS
        for loop in loops:
            loop.join(max(0.0, end - time.monotonic()))
        with suppress(Unavailable):  # then it shows as stale for a day
            pipeline.heartbeat.end()
        with suppress(Unavailable):  # then another leads once the lease is over
            pipeline.lead.resign()
        with suppress(Unavailable):  # then the sweeper does it
            pipeline.publish.run_once(0)


@contextmanager
def open_app(
    pipeline: Pipeline, settings: Settings, *, open_loopback: bool, local_token: str | None = None
) -> Iterator[FastAPI]:
    """The HTTP API over a pipeline; it follows the API keys in the store."""
    keys = KeyRing(pipeline.store, pipeline.clock, open_loopback=open_loopback, local_token=local_token)
    keys.refresh()
    quick_queue: PriorityQueue[QuickTicketOut] = PriorityQueue(settings.v1_queue_limit)
    admission = Admission(pipeline.store, settings.lag_limit)
    figures = PipelineFigures(pipeline.store, pipeline.broker, quick_queue, pipeline.light)
    parts = ApiParts(
        store=pipeline.store,
        broker=pipeline.broker,
        accept=pipeline.accept,
        answers=Answers(pipeline.accept),
        triage=pipeline.triage,
        model=pipeline.quick,
        figures=pipeline.light.figures,
        clock=pipeline.clock,
        feed=Feed(pipeline.store, time.monotonic),
        keys=keys,
        admission=admission,
        quick_queue=quick_queue,
        quick_answers=MemoryIdempotency(),
        registry=registry_for(figures, WorkerFigures(pipeline.store)),
        random=secrets.token_hex,
        max_body_bytes=settings.max_body_bytes,
        stopping=threading.Event(),
    )
    looks = [
        Loop("keys", keys.refresh, _jitter, idle=_LOOK_SECONDS),
        Loop("admission", admission.refresh, _jitter, idle=_LOOK_SECONDS),
    ]
    for look in looks:
        look.start()
    try:
        yield create_app(parts)
    finally:
        for look in looks:
            look.stop()
        for look in looks:
            look.join(_STOP_SECONDS)
