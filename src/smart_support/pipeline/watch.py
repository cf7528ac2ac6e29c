"""How the steps are watched: what they count and time, and the spans of each ticket's way."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from smart_support.domain.ticket import Ticket, TicketKey
from smart_support.pipeline.metrics import Metrics
from smart_support.pipeline.records import Step
from smart_support.pipeline.tracing import Tracing

ACCEPT, NOTIFY = "accept", "notify"
"""The stages beside those that the outbox knows."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Metrics and traces of one process. `timer()` gives seconds of a clock that only goes on."""

    metrics: Metrics = field(default_factory=Metrics)
    tracing: Tracing = field(default_factory=Tracing)
    timer: Callable[[], float] = time.perf_counter

    @contextmanager
    def batch(
        self,
        step: Step,
        tickets: Sequence[Ticket],
        now: float,
        traces: Callable[[Sequence[TicketKey]], Mapping[TicketKey, str]],
    ) -> Iterator[Mapping[TicketKey, str]]:
        """A step's work on tickets that it takes up `now`; where the trace of each goes on. A call that fails counts
        as none: its tickets come again."""
        stage = step.name.lower()
        waits = list(_waits(step, tickets, now))
        with self.tracing.batch(stage, [ticket.key for ticket in tickets], traces) as places:
            start = self.timer()
            yield places
            took = self.timer() - start
        self.metrics.stage_run.labels(stage).observe(took)
        self.metrics.stage_batch.labels(stage).observe(len(tickets))
        wait = self.metrics.stage_wait.labels(stage)
        for seconds in waits:
            wait.observe(seconds)


def _waits(step: Step, tickets: Iterable[Ticket], now: float) -> Iterator[float]:
    """How long each has waited for the step; a clock that was set back shows as no wait."""
    for ticket in tickets:
        ready = ticket.accepted_at if step is Step.TRIAGE else ticket.processed_at
        if not ticket.history and ready is not None:
            yield max(0.0, now - ready)
