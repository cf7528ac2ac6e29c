"""Triage: any number of workers give tickets their category and urgency, in micro-batches."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from smart_support.domain.batch import BatchSize
from smart_support.domain.ticket import State, Ticket, TicketKey
from smart_support.domain.triage import Model
from smart_support.pipeline.consume import Consumer
from smart_support.pipeline.ports import Broker, Clock, PipelineStore
from smart_support.pipeline.publish import PublishStep
from smart_support.pipeline.records import Step, Triaged
from smart_support.pipeline.watch import Watch

ACTOR = "triage"


class TriageStep:
    """Reads accepted tickets, asks the model of their workspace (`models(workspace)`), stores what it said, hands them
    on to dispatch.

    `batch` sizes the micro-batches by how long the model takes. `stored` is told of results once they are stored and
    handed on; it must not block.
    """

    def __init__(
        self,
        store: PipelineStore,
        broker: Broker,
        publish: PublishStep,
        models: Callable[[str], Model],
        clock: Clock,
        watch: Watch,
        batch: BatchSize,
        stored: Callable[[Sequence[Triaged]], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._publish = publish
        self._models = models
        self._clock = clock
        self._watch = watch
        self._batch = batch
        self._stored = stored
        self._consumer = Consumer(Step.TRIAGE, store, broker, clock, ACTOR, self._triage, watch=watch)

    def run_once(self, wait: float) -> int:
        """One batch, waiting at most `wait` seconds for it; how many messages it had."""
        return self._consumer.run_once(self._batch.size, wait)

    def triage(self, keys: list[TicketKey]) -> None:
        """Triage those of the tickets that have no result yet; a failure is counted against the ticket."""
        self._consumer.attempt(keys)

    def _triage(self, keys: list[TicketKey]) -> None:
        found = [ticket for ticket in self._store.find_many(keys).values() if ticket.state is State.ACCEPTED]
        untriaged = [ticket for ticket in found if ticket.triage is None]
        fresh: list[Triaged] = []
        if untriaged:
            with self._watch.batch(Step.TRIAGE, untriaged, self._clock.now(), self._store.traces):
                fresh = self._results(untriaged)
            for result in fresh:
                degraded = "true" if result.triage.degraded else "false"
                self._watch.metrics.triaged.labels(result.triage.tier.value, degraded).inc()
        # Also those that an earlier try has triaged: it may have died before it handed them on.
        self._publish.add(Step.DISPATCH, [ticket.key for ticket in found])
        self._stored(fresh)

    def _results(self, untriaged: Sequence[Ticket]) -> list[Triaged]:
        """What the model says of each; those that this call stored."""
        start = self._watch.timer()
        triaged = [
            Triaged(ticket.key, result)
            for workspace, tickets in by_workspace(untriaged).items()
            for ticket, result in zip(
                tickets, self._models(workspace).triage([ticket.text for ticket in tickets]), strict=True
            )
        ]
        self._batch.took(len(untriaged), self._watch.timer() - start)
        changed = set(self._store.record_triage(triaged, self._clock.now(), ACTOR))
        return [result for result in triaged if result.key in changed]


def by_workspace(tickets: Sequence[Ticket]) -> dict[str, list[Ticket]]:
    """The tickets of each workspace, in the same order."""
    found: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        found[ticket.workspace].append(ticket)
    return found
