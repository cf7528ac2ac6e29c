"""What the settings choose among: the store, the broker, and where models come from."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.model_folder import ModelFolder, best
from smart_support.adapters.redis.broker import RedisBroker
from smart_support.adapters.redis.buckets import RedisBuckets
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.breaker import BreakerLimits
from smart_support.domain.storm.rule import Rule
from smart_support.domain.taxonomy import Taxonomy
from smart_support.domain.triage import Model
from smart_support.pipeline.limits import Buckets
from smart_support.pipeline.loop import backoff
from smart_support.pipeline.ports import Broker
from smart_support.pipeline.privacy import Kept
from smart_support.pipeline.records import Unavailable
from smart_support.settings import Settings
from smart_support.triage.engine import Engine
from smart_support.triage.models import ModelSet, load_models
from smart_support.triage.serve import make_engine
from smart_support.triage.storm_rule import StormModel, StormRule
from smart_support.triage.taxonomy import TrialModel

log = structlog.get_logger(__name__)


def models_of(settings: Settings, taxonomy: Callable[[], Taxonomy]) -> ModelFolder[Engine[Any]]:
    """Where models come from, and how their tiers are put to work; one in shadow goes by the taxonomy that holds."""
    limits = BreakerLimits(
        slow_seconds=settings.circuit_breaker_latency_ms / 1_000,
        open_after=settings.circuit_breaker_open_count,
        fast_seconds=settings.circuit_breaker_fast_ms / 1_000,
        close_after=settings.circuit_breaker_close_count,
    )

    def engine(models: ModelSet) -> Engine[Any]:
        return make_engine(models, limits, settings.inference_timeout_seconds, settings.inference_threads)

    def read(folder: Path) -> ModelSet:
        return load_models(folder, settings.execution_provider, threads=1, light_only=settings.model_fallback)

    def tried(models: ModelSet) -> Model:
        return TrialModel(best(models), lambda: models.light.labels, taxonomy)

    return ModelFolder(settings.model_folder, engine, settings.model_dir, read, tried)


def open_store(settings: Settings, jitter: Callable[[], float], *, durable: bool, patient: bool) -> SqlStore:
    """The database; one that does not answer is waited for where `patient`, else Unavailable is raised."""
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
            time.sleep(backoff(failures, jitter()))
        else:
            if failures:
                log.info("recovered", part="store", failures=failures)
            return store


def open_broker(settings: Settings, consumer: str) -> Broker:
    """The broker, in which this process reads as `consumer`."""
    if settings.redis_url is None:
        return MemoryBroker(settings.redelivery_seconds)
    return RedisBroker(settings.redis_url, settings.redis_queue_key, consumer, settings.redelivery_seconds)


def open_buckets(settings: Settings) -> Buckets | None:
    """What processes share their limits of calls in; None where they share nothing."""
    return None if settings.redis_url is None else RedisBuckets(settings.redis_url, settings.redis_queue_key)


def storm_rules(settings: Settings, models: Mapping[str, StormModel]) -> dict[str, StormRule]:
    """When tickets belong together, by the version of their vectors: as the model says, by the limits that are set."""

    def limited(rule: Rule) -> Rule:
        return replace(
            rule if settings.storm_by_meaning else rule.copies_alone,
            seconds=settings.storm_window_seconds,
            threshold=settings.storm_ticket_threshold,
            similarity=settings.storm_similarity,
            span=settings.storm_life_seconds,
        )

    found = {version: model.storm_rule for version, model in models.items()}
    return {version: (limited(rule), usual) for version, (rule, usual) in found.items()}


def retention_of(settings: Settings) -> dict[Kept, float]:
    """For how many seconds after their end finished tickets keep what; what is not in it is kept for ever."""
    days = {
        Kept.TEXT: settings.retention_text_days,
        Kept.CUSTOMER: settings.retention_customer_days,
        Kept.VECTORS: settings.retention_vectors_days,
        Kept.EVENTS: settings.retention_events_days,
    }
    return {kept: number * 86_400.0 for kept, number in days.items() if number is not None}
