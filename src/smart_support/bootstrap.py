"""The only place where parts are put together; they are shut down in reverse order."""

import random
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from fastapi import FastAPI

from smart_support.adapters.clock import SystemClock
from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.memory_idempotency import MemoryIdempotency
from smart_support.adapters.senders.log import LogSender
from smart_support.adapters.sql.store import SqlStore
from smart_support.api.access import KeyRing
from smart_support.api.app import create_app
from smart_support.api.figures import PipelineFigures, registry_for
from smart_support.api.parts import ApiParts
from smart_support.api.schemas import QuickTicketOut
from smart_support.domain.priority_queue import PriorityQueue
from smart_support.pipeline.accept import AcceptStep
from smart_support.pipeline.dispatch import DispatchStep
from smart_support.pipeline.loop import Loop
from smart_support.pipeline.notify import NotifyStep
from smart_support.pipeline.ports import Broker, Clock, Sender, Store
from smart_support.pipeline.sweep import SweepStep
from smart_support.pipeline.triage import TriageStep
from smart_support.settings import Settings
from smart_support.triage.light import SHIPPED, LightModel, load_light

_READ_WAIT, _IDLE, _PACE = 0.5, 0.25, 0.02
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One ticket's way, step by step, and what the steps stand on."""

    store: Store
    broker: Broker
    model: LightModel
    clock: Clock
    accept: AcceptStep
    triage: TriageStep
    dispatch: DispatchStep
    notify: NotifyStep
    sweep: SweepStep

    def drain(self) -> None:
        """Take every ticket that is underway as far as it goes, here and now."""
        while self.triage.run_once(0) or self.dispatch.run_once(0) or self.notify.run_once():
            pass


@contextmanager
def open_pipeline(
    settings: Settings,
    *,
    clock: Clock | None = None,
    sender: Sender | None = None,
    durable: bool = True,
) -> Iterator[Pipeline]:
    """All steps over the configured store, ready to be driven; nothing runs by itself yet."""
    clock = clock or SystemClock()
    with ExitStack() as stack:
        model = load_light(settings.model_dir or SHIPPED)
        store = SqlStore.open(settings.database, durable=durable)
        stack.callback(store.close)
        broker = MemoryBroker()
        stack.callback(broker.close)
        accept = AcceptStep(store, broker)
        stack.callback(accept.close)
        yield Pipeline(
            store=store,
            broker=broker,
            model=model,
            clock=clock,
            accept=accept,
            triage=TriageStep(store, broker, model, clock, settings.triage_batch),
            dispatch=DispatchStep(store, broker, clock, settings.webhook_threshold),
            notify=NotifyStep(store, sender or LogSender(), clock, random.random),
            sweep=SweepStep(store, broker, clock),
        )


@contextmanager
def running(pipeline: Pipeline) -> Iterator[None]:
    """The steps in threads of their own, after what an earlier process left undone has been enqueued again."""
    pipeline.store.make_all_due()
    loops = [
        Loop("sweep", pipeline.sweep.run_once, random.random, idle=1.0),
        Loop("triage", lambda: pipeline.triage.run_once(_READ_WAIT), random.random, pace=_PACE),
        Loop("dispatch", lambda: pipeline.dispatch.run_once(_READ_WAIT), random.random, pace=_PACE),
        Loop("notify", pipeline.notify.run_once, random.random, idle=_IDLE, pace=_PACE),
    ]
    for loop in loops:
        loop.start()
    try:
        yield
    finally:
        for loop in loops:
            loop.stop()
        pipeline.broker.close()
        for loop in loops:
            loop.join(_STOP_SECONDS)


@contextmanager
def open_app(
    pipeline: Pipeline, settings: Settings, *, open_loopback: bool, local_token: str | None = None
) -> Iterator[FastAPI]:
    """The HTTP API over a pipeline; it follows the API keys in the store."""
    keys = KeyRing(pipeline.store, pipeline.clock, open_loopback=open_loopback, local_token=local_token)
    keys.refresh()
    quick_queue: PriorityQueue[QuickTicketOut] = PriorityQueue(settings.v1_queue_limit)
    figures = PipelineFigures(pipeline.store, pipeline.broker, quick_queue, pipeline.model)
    parts = ApiParts(
        store=pipeline.store,
        broker=pipeline.broker,
        accept=pipeline.accept,
        triage=pipeline.triage,
        model=pipeline.model,
        figures=pipeline.model.figures,
        clock=pipeline.clock,
        keys=keys,
        quick_queue=quick_queue,
        quick_answers=MemoryIdempotency(),
        registry=registry_for(figures),
        random=secrets.token_hex,
        max_body_bytes=settings.max_body_bytes,
    )
    refresh = Loop("keys", keys.refresh, random.random, idle=0.5)
    refresh.start()
    try:
        yield create_app(parts)
    finally:
        refresh.stop()
        refresh.join(_STOP_SECONDS)
