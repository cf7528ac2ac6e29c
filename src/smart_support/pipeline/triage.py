"""Triage: any number of workers give tickets their category and urgency, in micro-batches."""

from collections.abc import Callable, Sequence

from smart_support.domain.batch import BatchSize
from smart_support.domain.ticket import State, TicketKey
from smart_support.domain.triage import Model
from smart_support.pipeline.consume import Consumer
from smart_support.pipeline.ports import Broker, Clock, PipelineStore
from smart_support.pipeline.publish import PublishStep
from smart_support.pipeline.records import Step, Triaged

ACTOR = "triage"


class TriageStep:
    """Reads accepted tickets, asks the model, stores what it said, hands them on to dispatch.

    `batch` sizes the micro-batches by how long the model takes, told by `timer()` in seconds. `stored` is told of
    results once they are stored and handed on; it must not block.
    """

    def __init__(
        self,
        store: PipelineStore,
        broker: Broker,
        publish: PublishStep,
        model: Model,
        clock: Clock,
        timer: Callable[[], float],
        batch: BatchSize,
        stored: Callable[[Sequence[Triaged]], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._publish = publish
        self._model = model
        self._clock = clock
        self._timer = timer
        self._batch = batch
        self._stored = stored
        self._consumer = Consumer(Step.TRIAGE, store, broker, clock, ACTOR, self._triage)

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
            start = self._timer()
            results = self._model.triage([ticket.text for ticket in untriaged])
            self._batch.took(len(untriaged), self._timer() - start)
            triaged = [Triaged(ticket.key, triage) for ticket, triage in zip(untriaged, results, strict=True)]
            changed = set(self._store.record_triage(triaged, self._clock.now(), ACTOR))
            fresh = [result for result in triaged if result.key in changed]
        # Also those that an earlier try has triaged: it may have died before it handed them on.
        self._publish.add(Step.DISPATCH, [ticket.key for ticket in found])
        self._stored(fresh)
