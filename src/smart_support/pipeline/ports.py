"""What the pipeline asks of the world: a store, a broker, a clock and a sender.

The steps own these protocols; adapters fulfil them, and one contract suite for each holds them to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from smart_support.domain.event import Position, Recorded
from smart_support.domain.notice import Notice
from smart_support.domain.ticket import Ticket, TicketKey
from smart_support.pipeline.access import AccessStore, SessionStore
from smart_support.pipeline.agents import AgentStore, HandlingStore
from smart_support.pipeline.assignments import AssignmentStore
from smart_support.pipeline.dead import DeadStore
from smart_support.pipeline.follow import ConfigurationStore
from smart_support.pipeline.forming import StormStateStore
from smart_support.pipeline.heartbeat import WorkerStore
from smart_support.pipeline.incidents import IncidentStore
from smart_support.pipeline.intake import IntakeStore
from smart_support.pipeline.learning import LearningStore
from smart_support.pipeline.listing import ListingStore
from smart_support.pipeline.messages import AlertStore, MessageStore
from smart_support.pipeline.privacy import PrivacyStore
from smart_support.pipeline.promises import SlaStore
from smart_support.pipeline.records import (
    Accepted,
    Claim,
    Counts,
    Dispatched,
    Gathering,
    Lease,
    Message,
    OutboxEntry,
    Reviewed,
    Step,
    StoredAnswer,
    Triaged,
)
from smart_support.pipeline.standing import StandingStore
from smart_support.pipeline.storms import StormStore
from smart_support.pipeline.tallies import TallyStore


class Clock(Protocol):
    """UTC epoch seconds."""

    def now(self) -> float: ...


class StepStore(Protocol):
    """What the steps write. Each method is one transaction: tickets, outbox rows and events, all of it or none.

    Every method raises Unavailable when the database cannot be reached or cannot write. Actors and times are given
    by the caller and stand on the events.
    """

    def accept(
        self, offered: Sequence[Ticket], actors: Sequence[str], traces: Sequence[str | None] = ()
    ) -> list[Accepted]:
        """Store tickets, each with its outbox row and its event; an answer for each, in order. `traces` are where the
        trace of each goes on, if any does (`Tracing`).

        A known id with the same content is answered as the first time and stored once; with another content it is
        a conflict. The same holds between the tickets of one call.
        """
        ...

    def record_triage(self, results: Sequence[Triaged], at: float, actor: str) -> list[TicketKey]:
        """Store results of tickets that have none yet; the keys that were changed. They now wait for dispatch."""
        ...

    def record_dispatch(
        self, decisions: Sequence[Dispatched], at: float, actor: str, lease: Lease, gathered: Sequence[Gathering] = ()
    ) -> list[TicketKey]:
        """Act on triaged tickets in the order given, numbering them and opening incidents; the keys that were changed.

        Raises LeaseLost where the lease has another holder by now, however late the call arrives.
        """
        ...

    def record_failure(
        self,
        key: TicketKey,
        step: Step,
        reason: str,
        at: float,
        delays: tuple[float, ...],
        actor: str,
        lease: Lease | None = None,
    ) -> None:
        """Count a failed step. The ticket is due again after `delays[n - 1]` seconds for its n-th failure in a row;
        once the delays are used up it is buried, and the reason is kept. Raises LeaseLost as `record_dispatch` does."""
        ...

    def due(self, at: float, retry_at: float, limit: int) -> list[OutboxEntry]:
        """Outbox rows whose time has come, the oldest first; they are due again at `retry_at` if nobody acts.

        A row that is due later than any delay reaches was dated by a clock that has been set back: it is due too.
        """
        ...

    def backlog(self, limit: int) -> int:
        """How many tickets wait for a step, counted up to `limit`."""
        ...

    def traces(self, keys: Sequence[TicketKey]) -> dict[TicketKey, str]:
        """Where the traces of those tickets go on that wait for a step and have one."""
        ...


class DegradedStore(Protocol):
    """Degraded results that a better one replaces. Each method raises Unavailable as StepStore's do."""

    def degraded(self, limit: int) -> list[Ticket]:
        """Tickets of all workspaces that wait with a degraded result that nobody has corrected, the oldest first."""
        ...

    def record_rescore(self, results: Sequence[Triaged], at: float, actor: str) -> list[TicketKey]:
        """Replace the results of tickets that wait with a degraded one; the keys that were changed. The dispatcher
        has to look at them again."""
        ...

    def record_review(self, decisions: Sequence[Reviewed], lease: Lease) -> list[TicketKey]:
        """Act on tickets that were dispatched and then scored again; the keys of those that waited for it. Raises
        LeaseLost as `record_dispatch` does."""
        ...


class LeaseStore(Protocol):
    """Leases in the database, on its clock."""

    def take_lease(self, name: str, holder: str, seconds: float) -> Lease | None:
        """The lease, where nobody holds it or its holder has let it run out; it then runs for `seconds`."""
        ...

    def keep_lease(self, lease: Lease, seconds: float) -> bool:
        """Whether the lease is still the caller's; if so it runs for `seconds` from now."""
        ...

    def give_up_lease(self, lease: Lease) -> None:
        """Let another have it at once, if it is still the caller's."""
        ...


class TicketStore(Protocol):
    """Tickets and their events, to read and to claim. Every method raises Unavailable as StepStore's do."""

    def find(self, key: TicketKey) -> Ticket | None: ...

    def find_many(self, keys: Iterable[TicketKey]) -> dict[TicketKey, Ticket]: ...

    def claim_next(self, workspace: str, at: float, actor: str, agent_id: str | None = None) -> Ticket | None:
        """Claim the waiting ticket with the highest S, the oldest among equals, for an agent if one is named; no two
        calls get the same. None where none waits, and for an agent whom there is not."""
        ...

    def counts(self, workspace: str | None) -> Counts:
        """How many tickets stand where; over all workspaces without one."""
        ...

    def fold_counts(self) -> bool:
        """Keep counting cheap where many changes have piled up; whether there was something to do. No count changes."""
        ...

    def page(self, workspace: str, after: tuple[float, str] | None, limit: int) -> list[Ticket]:
        """Tickets by time of acceptance, then id, from beyond `after`."""
        ...

    def events(self, workspace: str, after: Position, limit: int, ticket_id: str | None = None) -> list[Recorded]:
        """Events in the order of their commits from beyond `after`; one that is returned has no unseen predecessor."""
        ...

    def last_position(self, workspace: str) -> Position:
        """The position of the newest event that `events` would return."""
        ...

    def ping(self) -> None:
        """Raises Unavailable where the database does not answer."""
        ...

    def write_refusal(self) -> str | None:
        """Why it takes no writes, as far as this process has met that within half a minute: no room, read-only."""
        ...


class IdempotencyStore(Protocol):
    """Requests that carried an `Idempotency-Key`, per workspace."""

    def claim(
        self, workspace: str, key: str, request_hash: str, at: float, stale_before: float
    ) -> Claim | StoredAnswer:
        """Take the key, or say why not: its answer, still in flight, or used for another request.

        A request in flight since before `stale_before` is taken over: its process died.
        """
        ...

    def answer(self, workspace: str, key: str, answer: StoredAnswer) -> None: ...

    def forget(self, workspace: str, key: str) -> None:
        """The request failed without an effect; its key may be used again."""
        ...

    def purge_answers(self, before: float) -> int: ...


class PipelineStore(StepStore, DegradedStore, TicketStore, StormStore, Protocol):
    """What triage and dispatch need."""


class AlertingStore(
    AlertStore, MessageStore, TicketStore, WorkerStore, AgentStore, SlaStore, IncidentStore, IntakeStore, Protocol
):
    """What alerting needs."""


class Store(
    PipelineStore,
    WorkerStore,
    DeadStore,
    LeaseStore,
    AlertStore,
    AccessStore,
    SessionStore,
    ConfigurationStore,
    IdempotencyStore,
    MessageStore,
    LearningStore,
    IncidentStore,
    AssignmentStore,
    HandlingStore,
    SlaStore,
    IntakeStore,
    StormStateStore,
    TallyStore,
    StandingStore,
    ListingStore,
    PrivacyStore,
    Protocol,
):
    """All that is kept."""

    def close(self) -> None: ...


class Broker(Protocol):
    """Streams of ticket keys with consumer groups; at least once, in rough order.

    A message that is read and not acknowledged within the broker's redelivery time is handed out again. The broker
    is never the only copy: what it loses, the sweeper enqueues again. Every method but `close` raises Unavailable
    where the broker does not answer.
    """

    def publish(self, step: Step, keys: Iterable[TicketKey]) -> None:
        """Add keys to a stream; one that the stream holds already is left where it is."""
        ...

    def read(self, step: Step, limit: int, wait: float) -> list[Message]:
        """Up to `limit` messages, waiting at most `wait` seconds for the first; empty when none came."""
        ...

    def acknowledge(self, step: Step, messages: Iterable[Message]) -> None: ...

    def release(self, step: Step, messages: Iterable[Message]) -> None:
        """Give back what was read and not worked on: it comes first, at once, and was not delivered."""
        ...

    def reclaim(self, step: Step) -> None:
        """For a step with one reader at a time: what an earlier one did not acknowledge is handed out again at once,
        and like everything that is handed out again one by one."""
        ...

    def lag(self, step: Step) -> int:
        """How many messages are waiting or handed out and not acknowledged."""
        ...

    def is_refilled(self) -> bool:
        """Whether the streams hold what was there before: not so after a first start or once the broker forgot all."""
        ...

    def set_refilled(self) -> None: ...

    def close(self) -> None:
        """Wake everyone who reads and give back what they hold; later reads return at once with nothing."""
        ...


class Sender(Protocol):
    """One way to tell somebody: at most `rate` messages a second. One that `follows` keeps a message up to date, and
    hears what became of a ticket that it told of."""

    rate: float
    follows: bool

    def send(self, notice: Notice, handle: Mapping[str, Any]) -> Mapping[str, Any]:
        """Tell it. `handle` is what the receiver remembers of the topic, {} at first; what it is to remember from now
        on. Raises Undelivered where the receiver did not take it."""
        ...
