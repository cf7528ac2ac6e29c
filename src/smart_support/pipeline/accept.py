"""Accept: a ticket is promised (202) once it, its outbox row and its event are one commit on disk."""

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smart_support.domain.ticket import Ticket
from smart_support.pipeline.ports import StepStore
from smart_support.pipeline.publish import PublishStep
from smart_support.pipeline.records import Accepted, Step

_GROUP = 256
_CLOSE_SECONDS = 10.0


Answer = Callable[[Accepted | Exception], None]


@dataclass(frozen=True, slots=True)
class _Offer:
    ticket: Ticket
    actor: str
    answer: Answer


class AcceptStep:
    """Takes tickets in, those that arrive together in one commit.

    While one group is being committed the next one gathers: under load a commit serves many callers, and a lone
    ticket waits for nobody.
    """

    def __init__(self, store: StepStore, publish: PublishStep) -> None:
        self._store = store
        self._publish = publish
        self._offers: queue.SimpleQueue[_Offer | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="accept", daemon=True)
        self._thread.start()

    def submit(self, ticket: Ticket, actor: str, answer: Answer) -> None:
        """Commit soon, then call `answer`, in another thread, with the store's answer or with what went wrong."""
        self._offers.put(_Offer(ticket, actor, answer))

    def accept(self, tickets: Sequence[Ticket], actor: str) -> list[Accepted]:
        """The same for tickets that are at hand together."""
        answers = self._store.accept(tickets, [actor] * len(tickets))
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
            answers = self._store.accept([offer.ticket for offer in offers], [offer.actor for offer in offers])
        except Exception as error:  # noqa: BLE001 - it belongs to the callers, and the thread must live on
            for offer in offers:
                offer.answer(error)
            return
        self._hand_on(answers)  # first, so that what is promised is on its way
        for offer, answer in zip(offers, answers, strict=True):
            offer.answer(answer)

    def _hand_on(self, answers: Sequence[Accepted]) -> None:
        self._publish.add(Step.TRIAGE, [answer.key for answer in answers if answer.fresh])
