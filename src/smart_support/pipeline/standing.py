"""How the whole system stands, at one look: what waits, who works, who leads, and what is wrong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from smart_support.domain.retry import DOWN_AFTER
from smart_support.pipeline.records import Step, Unavailable, Worker
from smart_support.pipeline.tallies import DestinationTally
from smart_support.pipeline.wording import counted

LATE_SECONDS = 60.0
"""What has waited for a step for so long waits for something that is broken."""

_UNWRITABLE = (
    "The database takes no writes ({}), nor any ticket. Look at its disk; `smart-support doctor` sees whether it is "
    "read-only."
)


@dataclass(frozen=True, slots=True)
class Backlog:
    """Tickets that wait for a step or are in it; the oldest has been ready for it for `oldest` seconds."""

    tickets: int = 0
    oldest: float = 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Over all workspaces. `at` is the database's clock. `leader` is who holds the lease of the dispatcher, None where
    nobody does. `buried` are tickets that a step gave up."""

    at: float
    waiting: Mapping[Step, Backlog] = field(default_factory=dict)
    buried: Mapping[Step, int] = field(default_factory=dict)
    destinations: Mapping[str, DestinationTally] = field(default_factory=dict)
    incidents: int = 0
    leader: str | None = None
    workers: tuple[Worker, ...] = ()

    def backlog(self, step: Step) -> Backlog:
        return self.waiting.get(step, Backlog())


class StandingStore(Protocol):
    """What is known in SQL."""

    def overview(self) -> Standing:
        """As of now; raises Unavailable."""
        ...


class Streams(Protocol):
    """A broker, as far as it tells what it holds."""

    def lag(self, step: Step) -> int: ...


def lags(broker: Streams) -> dict[Step, int] | None:
    """What the broker's streams hold; None while it does not answer."""
    try:
        return {step: broker.lag(step) for step in Step}
    except Unavailable:
        return None


def faults(standing: Standing, *, broker_up: bool, refusal: str | None) -> list[str]:
    """What is wrong, each in a sentence that says where to look. Who writes nothing down is not known to be dead: where
    the store refuses to be written to, it is that alone of the processes' faults."""
    return [
        *([] if refusal is None else [_UNWRITABLE.format(refusal)]),
        *([] if broker_up else ["The broker does not answer: tickets are taken in and wait. Look at Redis."]),
        *(_of_processes(standing) if refusal is None else ()),
        *_of_stages(standing),
        *_of_destinations(standing),
    ]


def _of_processes(standing: Standing) -> Iterator[str]:
    alive = [worker for worker in standing.workers if not worker.stale]
    if not any(worker.triages for worker in alive):
        yield "No worker is alive: nothing is triaged and nothing is sent. Start `smart-support worker` or `up`."
    if standing.leader is None:
        yield "Nobody dispatches: triaged tickets wait. Start `smart-support dispatcher` or `up`, or look at its log."
    for worker in alive:
        if worker.beat.figures.breaker_open:
            yield f"The breaker of {worker.beat.worker} is open: the light model answers. Is the machine overloaded?"
        for refusal in worker.beat.refusals:
            yield f"{worker.beat.worker} cannot load the model {refusal.version or 'of the program'}: {refusal.reason}"


def _of_stages(standing: Standing) -> Iterator[str]:
    for step in Step:
        backlog = standing.backlog(step)
        if backlog.oldest > LATE_SECONDS:
            yield (
                f"Waiting for {step.name.lower()}: {counted(backlog.tickets, 'ticket')}, the oldest for "
                f"{backlog.oldest:.0f} s. Add workers, or see what holds them up."
            )
    if buried := sum(standing.buried.values()):
        yield (
            f"Given up: {counted(buried, 'ticket')}. `smart-support dead list` says why, `smart-support dead retry` "
            "tries again; resolving a ticket ends it."
        )


def _of_destinations(standing: Standing) -> Iterator[str]:
    for name, tally in sorted(standing.destinations.items()):
        if (failures := tally.failing_now(standing.at)) >= DOWN_AFTER:
            down = f"The destination {name} is down: {failures} messages in a row failed."
            yield f"{down} `smart-support alerts list` says why."
        if tally.dead:
            given_up = counted(tally.dead, "message")
            yield f"Given up for {name}: {given_up}. `smart-support alerts retry` sends what was given up again."
