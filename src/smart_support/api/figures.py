"""What `/metrics` shows beyond the process's own figures, gathered when it is asked for."""

from collections.abc import Iterable
from typing import Protocol

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from smart_support.domain.ticket import DEFAULT_WORKSPACE, State
from smart_support.pipeline.heartbeat import WorkerStore
from smart_support.pipeline.ports import Broker, TicketStore
from smart_support.pipeline.records import Step, Unavailable


class Sized(Protocol):
    """Anything with a length."""

    def __len__(self) -> int: ...


_COUNTERS = {
    "runs": ("inference_runs", "Runs of the transformer for tickets."),
    "run_seconds": ("inference_seconds", "Seconds that they took."),
    "probes": ("breaker_probes", "Runs beside the tickets while the breaker was open."),
    "echoes": ("echoes", "Tickets that took over the result of an exact copy."),
    "degraded": ("degraded", "Tickets that the light model answered in place of the transformer."),
}
"""By the name in EngineFigures: the metric and what it says."""


class PipelineFigures(Collector):
    """Tickets by state, and lags.

    A store or a broker that is down shows as `smart_support_store_up 0` or `smart_support_broker_up 0`.
    """

    def __init__(self, store: TicketStore, broker: Broker, quick_queue: Sized) -> None:
        self._store = store
        self._broker = broker
        self._quick_queue = quick_queue

    def collect(self) -> Iterable[GaugeMetricFamily]:
        up = GaugeMetricFamily("smart_support_store_up", "Whether the database answers.")
        tickets = GaugeMetricFamily("smart_support_tickets", "Tickets by state.", labels=["state"])
        try:
            counts = self._store.counts(DEFAULT_WORKSPACE)
        except Unavailable:
            up.add_metric([], 0)
        else:
            up.add_metric([], 1)
            for state in State:
                tickets.add_metric([state.value], counts.of(state))
        lag = GaugeMetricFamily(
            "smart_support_stream_lag", "Tickets that wait for a step or are in it.", labels=["stream"]
        )
        broker_up = GaugeMetricFamily("smart_support_broker_up", "Whether the broker answers.")
        try:
            for step in Step:
                lag.add_metric([step.value], self._broker.lag(step))
        except Unavailable:
            broker_up.add_metric([], 0)
        else:
            broker_up.add_metric([], 1)
        quick = GaugeMetricFamily("smart_support_v1_queue_depth", "Tickets in the queue of /v1.")
        quick.add_metric([], len(self._quick_queue))
        return [up, tickets, broker_up, lag, quick]


class WorkerFigures(Collector):
    """What the workers that are alive told of their engines, and of the model in shadow, with their last beats."""

    def __init__(self, store: WorkerStore) -> None:
        self._store = store

    def collect(self) -> Iterable[Metric]:
        is_open = GaugeMetricFamily(
            "smart_support_breaker_open",
            "Whether the light model answers because the transformer is too slow.",
            labels=["worker"],
        )
        counters = {
            name: CounterMetricFamily(f"smart_support_{metric}", help_, labels=["worker"])
            for name, (metric, help_) in _COUNTERS.items()
        }
        dropped = CounterMetricFamily(
            "smart_support_shadow_dropped",
            "Tickets that the model in shadow was not asked about for want of time.",
            labels=["worker"],
        )
        try:
            workers = self._store.workers()
        except Unavailable:  # `smart_support_store_up` says so
            workers = []
        for worker in workers:
            if worker.stale:
                continue
            labels, figures = [worker.beat.worker], worker.beat.figures
            is_open.add_metric(labels, figures.breaker_open)
            dropped.add_metric(labels, worker.beat.shadow_dropped)
            for name, counter in counters.items():
                counter.add_metric(labels, getattr(figures, name))
        return [is_open, dropped, *counters.values()]


def registry_for(*figures: Collector) -> CollectorRegistry:
    """A registry of its own, so that two systems in one process do not meet."""
    registry = CollectorRegistry(auto_describe=False)
    for collector in figures:
        registry.register(collector)
    ProcessCollector(registry=registry)
    return registry
