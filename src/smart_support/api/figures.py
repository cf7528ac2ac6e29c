"""What `/metrics` shows beyond the process's own figures, gathered when it is asked for."""

from collections.abc import Iterable
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from smart_support.domain.ticket import State
from smart_support.pipeline.ports import Broker, TicketStore
from smart_support.pipeline.records import Step, Unavailable, Worker
from smart_support.pipeline.standing import Standing, StandingStore, lags


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


def _gauge(name: str, help_: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"smart_support_{name}", help_, labels=labels)


class PipelineFigures(Collector):
    """Tickets by state, over all workspaces, and lags.

    A store or a broker that is down shows as `smart_support_store_up 0` or `smart_support_broker_up 0`.
    """

    def __init__(self, store: TicketStore, broker: Broker, quick_queue: Sized) -> None:
        self._store = store
        self._broker = broker
        self._quick_queue = quick_queue

    def collect(self) -> Iterable[Metric]:
        up, tickets, broker_up, lag, quick = found = self.describe()
        try:
            counts = self._store.counts(None)
        except Unavailable:
            up.add_metric([], 0)
        else:
            up.add_metric([], self._store.write_refusal() is None)
            for state in State:
                tickets.add_metric([state.value], counts.of(state))
        held = lags(self._broker)
        broker_up.add_metric([], held is not None)
        for step, number in (held or {}).items():
            lag.add_metric([step.value], number)
        quick.add_metric([], len(self._quick_queue))
        return found

    def describe(
        self,
    ) -> tuple[GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily]:
        """The same without values."""
        return (
            _gauge("store_up", "Whether the database answers and takes writes."),
            _gauge("tickets", "Tickets by state.", "state"),
            _gauge("broker_up", "Whether the broker answers."),
            _gauge("stream_lag", "Tickets in a stream of the broker, waiting or being worked on.", "stream"),
            _gauge("v1_queue_depth", "Tickets in the queue of /v1."),
        )


class _Whole:
    """The families of StandingFigures."""

    def __init__(self) -> None:
        self.waiting = _gauge("waiting_tickets", "Tickets that wait for a stage or are in it, as SQL has it.", "stage")
        self.oldest = _gauge(
            "oldest_waiting_seconds", "For how long the oldest of them has been ready for it; 0 without any.", "stage"
        )
        self.buried = _gauge("buried_tickets", "Tickets that a stage gave up: dead letters.", "stage")
        self.messages = _gauge(
            "destination_messages",
            "Messages to a destination that are pending, failing (pending, and failed before) or dead (given up).",
            *("destination", "state"),
        )
        self.failures = _gauge(
            "destination_failures",
            "Messages in a row that failed at a destination; 0 where it was not tried for 15 minutes.",
            "destination",
        )
        self.incidents = _gauge("incidents_open", "Master Incidents that are not over.")
        self.leaders = _gauge("leaders", "1 while some process dispatches, 0 while none does.")
        self.workers = _gauge("workers", "Processes that triage and were heard of lately.")
        self.breaker = _gauge(
            "breaker_open", "Whether the light model answers because the transformer is too slow.", "worker"
        )
        self.refused = _gauge("refused_models", "Models that a process should have loaded and cannot.", "worker")
        self.dropped = CounterMetricFamily(
            "smart_support_shadow_dropped",
            "Tickets that the model in shadow was not asked about for want of time.",
            labels=["worker"],
        )
        self.counters = {
            name: CounterMetricFamily(f"smart_support_{metric}", help_, labels=["worker"])
            for name, (metric, help_) in _COUNTERS.items()
        }

    @property
    def families(self) -> list[Metric]:
        return [
            *(self.waiting, self.oldest, self.buried, self.messages, self.failures, self.incidents, self.leaders),
            *(self.workers, self.breaker, self.refused, self.dropped, *self.counters.values()),
        ]


class StandingFigures(Collector):
    """How the whole system stands, over all workspaces, and what the workers that are alive told of their engines with
    their last beats. Nothing while the database does not answer, which `smart_support_store_up` says."""

    def __init__(self, store: StandingStore) -> None:
        self._store = store

    def collect(self) -> Iterable[Metric]:
        whole = _Whole()
        try:
            standing = self._store.overview()
        except Unavailable:
            return whole.families
        self._stages(whole, standing)
        for name, tally in standing.destinations.items():
            for state in ("pending", "failing", "dead"):
                whole.messages.add_metric([name, state], getattr(tally, state))
            whole.failures.add_metric([name], tally.failing_now(standing.at))
        whole.incidents.add_metric([], standing.incidents)
        whole.leaders.add_metric([], standing.leader is not None)
        alive = [worker for worker in standing.workers if not worker.stale]
        whole.workers.add_metric([], sum(worker.triages for worker in alive))
        for worker in alive:
            self._worker(whole, worker)
        return whole.families

    def describe(self) -> Iterable[Metric]:
        """The same without values."""
        return _Whole().families

    def _stages(self, whole: _Whole, standing: Standing) -> None:
        for step in Step:
            stage, backlog = [step.name.lower()], standing.backlog(step)
            whole.waiting.add_metric(stage, backlog.tickets)
            whole.oldest.add_metric(stage, backlog.oldest)
            whole.buried.add_metric(stage, standing.buried.get(step, 0))

    def _worker(self, whole: _Whole, worker: Worker) -> None:
        labels, figures = [worker.beat.worker], worker.beat.figures
        whole.breaker.add_metric(labels, figures.breaker_open)
        whole.refused.add_metric(labels, len(worker.beat.refusals))
        whole.dropped.add_metric(labels, worker.beat.shadow_dropped)
        for name, counter in whole.counters.items():
            counter.add_metric(labels, getattr(figures, name))
