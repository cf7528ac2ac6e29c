"""Accept: a ticket is promised (202) once it, its outbox row and its event are one commit on disk."""

import queue
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from opentelemetry.trace import Span

from smart_support.domain.ticket import Ticket
from smart_support.pipeline.ports import StepStore
from smart_support.pipeline.publish import PublishStep
from smart_support.pipeline.records import Accepted, Step
from smart_support.pipeline.tracing import fail, place_of
from smart_support.pipeline.watch import ACCEPT, Watch

_GROUP = 256
_CLOSE_SECONDS = 10.0


Answer = Callable[[Accepted | Exception], None]


@dataclass(frozen=True, slots=True)
class _Offer:
    ticket: Ticket
    actor: str
    answer: Answer
    began: float
    span: Span | None


class AcceptStep:
    """Takes tickets in, those that arrive together in one commit.

    While one group is being committed the next one gathers: under load a commit serves many callers, and a lone
    ticket waits for nobody.
    """

    def __init__(self, store: StepStore, publish: PublishStep, watch: Watch | None = None) -> None:
        self._store = store
        self._watch = watch or Watch()
        self._publish = publish
        self._offers: queue.SimpleQueue[_Offer | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="accept", daemon=True)
        self._thread.start()

    def submit(self, ticket: Ticket, actor: str, answer: Answer) -> None:
        """Commit soon, then call `answer`, in another thread, with the store's answer or with what went wrong."""
        span = self._watch.tracing.begin(ACCEPT)
        self._offers.put(_Offer(ticket, actor, answer, self._watch.timer(), span))

    def accept(self, tickets: Sequence[Ticket], actor: str) -> list[Accepted]:
        """The same for tickets that are at hand together."""
        began, spans = self._watch.timer(), [self._watch.tracing.begin(ACCEPT) for _ in tickets]
        try:
            answers = self._store.accept(tickets, [actor] * len(tickets), [place_of(span) for span in spans])
        except Exception as error:
            self._failed(len(tickets))
            for span in spans:
                _end(span, error)
            raise
        for span in spans:
            _end(span)
        self._watch.metrics.stage_run.labels(ACCEPT).observe(self._watch.timer() - began)
        self._hand_on(answers)
        return answers

    def close(self) -> None:
        """Answer whoever waits, then end."""
        self._offers.put(None)
        self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        open_ = True
        while open_:
            group = [self._offers.get()]
            while len(group) < _GROUP and not self._offers.empty():
                group.append(self._offers.get())
            open_ = None not in group
            if offers := [offer for offer in group if offer is not None]:
                self._commit(offers)

    def _commit(self, offers: list[_Offer]) -> None:
        try:
            answers = self._store.accept(
                [offer.ticket for offer in offers],
                [offer.actor for offer in offers],
                [place_of(offer.span) for offer in offers],
            )
        except Exception as error:  # noqa: BLE001 - it belongs to the callers, and the thread must live on
            self._failed(len(offers))
            for offer in offers:
                _end(offer.span, error)
                offer.answer(error)
            return
        self._hand_on(answers)  # first, so that what is promised is on its way
        now, run = self._watch.timer(), self._watch.metrics.stage_run.labels(ACCEPT)
        for offer, answer in zip(offers, answers, strict=True):
            _end(offer.span)
            run.observe(now - offer.began)
            offer.answer(answer)

    def _hand_on(self, answers: Sequence[Accepted]) -> None:
        self._publish.add(Step.TRIAGE, [answer.key for answer in answers if answer.fresh])
        outcomes = Counter(
            "conflict" if answer.conflict else "fresh" if answer.fresh else "repeated" for answer in answers
        )
        for outcome, tickets in outcomes.items():
            self._watch.metrics.accepted.labels(outcome).inc(tickets)

    def _failed(self, tickets: int) -> None:
        self._watch.metrics.accepted.labels("failed").inc(tickets)


def _end(span: Span | None, error: Exception | None = None) -> None:
    """The wait is over, by an error or well."""
    if span is None:
        return
    if error is not None:
        fail(span, type(error).__qualname__)
    span.end()
