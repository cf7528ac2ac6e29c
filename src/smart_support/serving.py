"""The HTTP API over a pipeline: its parts, put together as `bootstrap` does it for the rest."""

import random
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from fastapi import FastAPI

from smart_support.adapters.exposition import ProcessFigures, registry_of
from smart_support.adapters.flow import solve
from smart_support.adapters.memory_buckets import MemoryBuckets
from smart_support.adapters.memory_idempotency import MemoryIdempotency
from smart_support.api.answers import Answers
from smart_support.api.app import create_app
from smart_support.api.feed import Feed
from smart_support.api.figures import PipelineFigures, StandingFigures
from smart_support.api.key_ring import KeyRing
from smart_support.api.limits import RateLimits
from smart_support.api.model_figures import ModelFigures
from smart_support.api.parts import ApiParts
from smart_support.api.privacy_figures import PrivacyFigures
from smart_support.api.quick_queues import QuickQueues
from smart_support.api.shared import SharedLooks
from smart_support.api.signed_in import SignedIn
from smart_support.backends import open_buckets
from smart_support.bootstrap import Pipeline
from smart_support.domain.rate import Rate
from smart_support.pipeline.admission import Admission
from smart_support.pipeline.explain import Explainer
from smart_support.pipeline.flood import Floods, MadeUp
from smart_support.pipeline.loop import Loop
from smart_support.pipeline.records import Unavailable
from smart_support.pipeline.take_in import TakeIn
from smart_support.settings import Settings

_LOOK_SECONDS, _TELL_SECONDS, _STOP_SECONDS = 0.5, 5.0, 10.0


@contextmanager
def open_app(
    pipeline: Pipeline,
    settings: Settings,
    *,
    open_loopback: bool,
    local_token: str | None = None,
    simulate: MadeUp | None = None,
    process: str = "up",
) -> Iterator[FastAPI]:
    """The HTTP API over a pipeline; it follows the API keys in the store. `simulate` makes up floods that can be sent
    where no real tickets come."""
    keys = KeyRing(pipeline.store, pipeline.clock, open_loopback=open_loopback, local_token=local_token)
    keys.refresh()
    quick_queues = QuickQueues(settings.v1_queue_limit)
    admission = Admission(pipeline.store, settings.lag_limit)
    model_figures = ModelFigures(
        pipeline.store, pipeline.model, lambda workspace: pipeline.taxonomies.of(workspace).taxonomy, time.monotonic
    )
    floods = None
    if simulate is not None:
        floods = Floods(simulate, pipeline.accept, admission, pipeline.clock, time.monotonic)
    shared = SharedLooks(time.monotonic)
    buckets = open_buckets(settings)
    limits = RateLimits(
        _rate(settings.rate_limit_per_minute),
        _rate(settings.rate_limit_without_key_per_minute),
        MemoryBuckets(time.monotonic),
        buckets,
        time.monotonic,
    )
    parts = ApiParts(
        store=pipeline.store,
        people=pipeline.people,
        purge=pipeline.purge,
        broker=pipeline.broker,
        accept=pipeline.accept,
        answers=Answers(pipeline.accept),
        triage=pipeline.triage,
        model=pipeline.model,
        taxonomies=pipeline.taxonomies,
        quick=pipeline.quick,
        models=pipeline.models,
        desk=pipeline.desk,
        explainer=Explainer(pipeline.store, pipeline.clock, solve, pipeline.routing),
        storm_rules=pipeline.storm_rules,
        follow=pipeline.follow,
        clock=pipeline.clock,
        watch=pipeline.watch,
        feed=Feed(pipeline.store, shared),
        looks=shared,
        keys=keys,
        limits=limits,
        signed_in=SignedIn(pipeline.store, pipeline.clock, keys.active, time.monotonic),
        admission=admission,
        quick_queues=quick_queues,
        quick_answers=MemoryIdempotency(),
        registry=registry_of(
            PipelineFigures(pipeline.store, pipeline.broker, quick_queues),
            PrivacyFigures(pipeline.store),
            StandingFigures(pipeline.store),
            model_figures,
            ProcessFigures(process, pipeline.lead.leads, settings.data_dir),
            pipeline.watch.metrics.registry,
        ),
        model_figures=model_figures,
        database="sqlite" if settings.embedded else "postgresql",
        floods=floods,
        random=secrets.token_hex,
        max_body_bytes=settings.max_body_bytes,
        take_in=TakeIn(pipeline.store, pipeline.accept, admission),
        sources=pipeline.origins,
        stopping=threading.Event(),
        destinations=settings.alert_destinations,
        production=settings.production,
        cors_origins=settings.cors_origins,
    )
    metrics = pipeline.watch.metrics
    looks = [
        Loop("keys", keys.refresh, random.random, metrics, idle=_LOOK_SECONDS),
        Loop("keys used", keys.tell, random.random, metrics, idle=_TELL_SECONDS),
        Loop("admission", admission.refresh, random.random, metrics, idle=_LOOK_SECONDS),
    ]
    for look in looks:
        look.start()
    try:
        yield create_app(parts)
    finally:
        if floods is not None:
            floods.stop()
        for look in looks:
            look.stop()
        for look in looks:
            look.join(_STOP_SECONDS)
        with suppress(Unavailable):  # then it is not known of the last minute
            keys.tell(all_of_it=True)
        if buckets is not None:
            buckets.close()


def _rate(per_minute: int) -> Rate | None:
    return Rate(per_minute, per_minute) if per_minute else None
