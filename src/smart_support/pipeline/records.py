"""What the steps hand to each other and to their ports: frozen records, and the errors that say what went wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from smart_support.domain.alert import Alert
from smart_support.domain.engine import EngineFigures
from smart_support.domain.incident import Incident, Link
from smart_support.domain.sla import SlaClock
from smart_support.domain.ticket import Action, State, TicketKey
from smart_support.domain.triage import Triage


class Unavailable(Exception):
    """The store, the broker or a source cannot be reached or cannot write now; nothing was changed, and trying again
    helps, `after` so many seconds where it asked to be left in peace for them."""

    def __init__(self, *reason: object, after: float | None = None) -> None:
        super().__init__(*reason)
        self.after = after


class LeaseLost(Unavailable):
    """Another process leads by now; nothing was changed, and the work is its own."""


class Step(StrEnum):
    """What a ticket in the outbox waits for; also the name of the broker's stream that carries it."""

    TRIAGE = "accepted"
    DISPATCH = "triaged"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The store's answer for one ticket handed in.

    `fresh` tells a new ticket from a repeated one. `conflict` is set where the id is taken by another content; then
    nothing was stored, and `accepted_at` is that of the ticket that has the id.
    """

    key: TicketKey
    accepted_at: float
    fresh: bool
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Triaged:
    """A triage result to store."""

    key: TicketKey
    triage: Triage


@dataclass(frozen=True, slots=True)
class Dispatched:
    """The dispatcher's decision for one ticket: it enters the queue (or is archived, or suppressed as a duplicate), it
    is perhaps linked to an incident, perhaps somebody is told, and `clocks` are what it is promised."""

    key: TicketKey
    action: Action = Action.QUEUE
    alert: Alert | None = None
    link: Link | None = None
    clocks: tuple[SlaClock, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathering:
    """Tickets that came before, and that the ticket `opener` brings to an incident, with their links. Where the
    incident is new, it is given with `join`, the likeness from which on tickets join it. `alerts` are what to tell.

    Where the incident was closed and is open again, `reopened` are its recurrences that are plain members from now on,
    each with the reason why it is routed all the same, or None.

    Of the tickets that one which opens, or opens again, gathers the first keeps its place in the queue and stands for
    all, or the next where that is solved already; the others leave it where they still wait, and so do those that one
    gathers which is open.
    """

    opener: TicketKey
    incident_id: str
    links: tuple[Link, ...]
    incident: Incident | None = None
    alerts: tuple[Alert, ...] = ()
    join: float | None = None
    reopened: Mapping[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """One version of what a workspace is configured with; `content` is JSON, `sha256` that of its canonical form."""

    workspace: str
    kind: str
    version: int
    content: Mapping[str, Any]
    sha256: str
    at: float
    actor: str


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The dispatcher's decision for a ticket that was scored again since: perhaps somebody is told."""

    key: TicketKey
    alert: Alert | None = None


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A ticket and the step it waits for, as SQL knows it."""

    key: TicketKey
    step: Step
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Buried:
    """A ticket that a step gave up, and why; it waits for somebody to retry it."""

    key: TicketKey
    step: Step
    failures: int
    reason: str
    accepted_at: float


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do what only one process may do. Each new holder has a higher `token`."""

    name: str
    token: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A model that a process cannot load, and why. A version of None is the program's own model."""

    version: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Beat:
    """A process's sign of life: the parts that run in it, how its engine stands, how many tickets the model in shadow
    was not asked about since the process began, and the models that it should have loaded and cannot."""

    worker: str
    parts: tuple[str, ...]
    figures: EngineFigures
    shadow_dropped: int = 0
    refusals: tuple[Refusal, ...] = ()


STALE_SECONDS = 10.0
"""Who has been silent for so long has died, hangs or cannot reach the database."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A process by its last beat, which came at `beat_at`, by the database's clock, and so many seconds ago."""

    beat: Beat
    started_at: float
    beat_at: float
    silent: float

    @property
    def triages(self) -> bool:
        """Whether it takes tickets from the stream; the API has an engine too, for those it triages in the request."""
        return "triage" in self.beat.parts

    @property
    def stale(self) -> bool:
        """Whether it has not been heard of for some time."""
        return self.silent > STALE_SECONDS


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tickets of a workspace stand where."""

    pending: int = 0
    processed: int = 0
    by_state: dict[State, int] = field(default_factory=dict)

    def of(self, state: State) -> int:
        return self.by_state.get(state, 0)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered to a request: the HTTP status and the JSON body."""

    status: int
    body: str


class Claim(StrEnum):
    """How an idempotency key stands when a request arrives with it."""

    OURS = "ours"
    IN_FLIGHT = "in_flight"
    OTHER_REQUEST = "other_request"


@dataclass(frozen=True, slots=True)
class Message:
    """A ticket handed to one consumer of a stream. `deliveries` counts how often it was handed out, from 1 on."""

    id: str
    key: TicketKey
    deliveries: int = 1


class Undelivered(Exception):
    """A receiver did not take a message. `retry` says whether another try helps; `after` is how many seconds from now
    it asked to be left in peace for, which replaces the next step of the schedule, and `busy` whether that is true of
    everything that is sent there (429, 503). `away`: it is not this message that it did not take, it is not there.
    `gone`: it is there, and what the message is about is not (404, 410)."""

    def __init__(
        self,
        reason: str,
        *,
        retry: bool = True,
        after: float | None = None,
        busy: bool = False,
        away: bool = False,
        gone: bool = False,
    ) -> None:
        super().__init__(reason)
        self.gone = gone
        self.retry = retry
        self.after = after
        self.busy = busy
        self.away = away or busy
