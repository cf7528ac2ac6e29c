"""How a step works through its stream: in batches, one by one where a batch fails, and never for ever."""

from collections.abc import Callable, Sequence

import structlog

from smart_support.domain.retry import STEP_DELAYS
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.ports import Broker, Clock, StepStore
from smart_support.pipeline.records import Lease, Message, Step, Unavailable
from smart_support.pipeline.watch import Watch

log = structlog.get_logger(__name__)

MOST_DELIVERIES = 5
"""A message that was handed out so often and never came through has ended or hung its worker each time."""


class Consumer:
    """Reads one stream and hands the tickets to `work`, which may be called again for tickets it has seen.

    A batch that fails is tried ticket by ticket; one that fails alone is due again after a while, and buried in the
    end, under the `lease` where the step needs one. Where the store or the broker is unavailable, everything goes back
    as if it had never been read.
    """

    def __init__(
        self,
        step: Step,
        store: StepStore,
        broker: Broker,
        clock: Clock,
        actor: str,
        work: Callable[[list[TicketKey]], None],
        lease: Callable[[], Lease | None] = lambda: None,
        watch: Watch | None = None,
    ) -> None:
        self._step = step
        self._store = store
        self._broker = broker
        self._clock = clock
        self._actor = actor
        self._work = work
        self._lease = lease
        self._watch = watch or Watch()

    def run_once(self, limit: int, wait: float) -> int:
        """One batch of at most `limit`, waiting at most `wait` seconds for it; how many messages it had."""
        messages = self._broker.read(self._step, limit, wait)
        # What was handed out before and is still here may be what ended its worker: it travels alone.
        groups = [[message] for message in messages if message.deliveries > 1]
        if fresh := [message for message in messages if message.deliveries == 1]:
            groups.insert(0, fresh)
        for done, group in enumerate(groups):
            try:
                self._handle(group)
                self._broker.acknowledge(self._step, group)
            except BaseException as error:
                # What is unavailable is nobody's fault; with any other error those go back that had no part in it.
                back = groups[done:] if isinstance(error, Unavailable) else groups[done + 1 :]
                self._broker.release(self._step, [message for left in back for message in left])
                raise
        return len(messages)

    def attempt(self, keys: list[TicketKey]) -> None:
        """Do the work; what fails alone is counted against the ticket."""
        try:
            self._work(keys)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one ticket does to a step must not stop the others
            if len(keys) > 1:
                for key in keys:
                    self.attempt([key])
            else:
                kind = type(error).__name__
                self._fail(keys[0], kind, f"{kind}: {error}", STEP_DELAYS)

    def _handle(self, group: Sequence[Message]) -> None:
        if group[0].deliveries > MOST_DELIVERIES:
            times = group[0].deliveries - 1
            reason = f"handed out {times} times and never came through: it ends or hangs its worker"
            self._fail(group[0].key, "Poison", reason, ())
        else:
            self.attempt([message.key for message in group])

    def _fail(self, key: TicketKey, kind: str, reason: str, delays: tuple[float, ...]) -> None:
        self._watch.metrics.step_failures.labels(self._step.name.lower(), kind).inc()
        log.warning(
            "step_failed",
            step=self._step.name.lower(),
            ticket_id=key.ticket_id,
            reason=reason.split(":", maxsplit=1)[0],
        )
        self._store.record_failure(key, self._step, reason, self._clock.now(), delays, self._actor, self._lease())
