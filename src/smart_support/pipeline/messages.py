"""Messages on their way out: the durable outbox of alerts and write-backs, and what it asks of the store."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from smart_support.domain.alert import Alert
from smart_support.domain.alerting.rules import Send
from smart_support.domain.event import Position, Recorded
from smart_support.domain.incident import Incident
from smart_support.domain.retry import DOWN_AFTER
from smart_support.domain.ticket import Ticket, TicketKey
from smart_support.pipeline.records import Lease, Undelivered


class Purpose(StrEnum):
    """What a message is for."""

    ALERT = "alert"
    WRITE_BACK = "write_back"
    TEST = "test"


class MessageState(StrEnum):
    """Where a message stands. `skipped` had nothing to say any more when its time came."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one destination. Its id stays the same over retries; `attempts` counts them, and `failures`
    those that used up one of its tries.

    Messages of one topic to one destination go out in the order of their ordinals, from 1 on. `repeat` is after how
    many seconds it is said again while nobody has done anything, 0 for never; `again` marks one that is.
    What weighs more (`heaviness`) goes first. `tried_at` is when it was first tried. `trace` is where the trace of its
    first alert goes on, if it has one.
    """

    id: str
    workspace: str
    purpose: Purpose
    destination: str
    topic: str
    ordinal: int
    alert_ids: tuple[str, ...]
    at: float
    state: MessageState
    due_at: float
    attempts: int
    failures: int
    repeat: float = 0.0
    again: bool = False
    weight: int = 0
    tried_at: float | None = None
    sent_at: float | None = None
    last_error: str | None = None
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is this process's to send until its lease is over. `handle` is what the destination remembers of
    the topic, `failed` how many messages in a row failed there."""

    message: Message
    handle: Mapping[str, Any]
    failed: int = 0

    @property
    def probe(self) -> bool:
        """Whether it tries a destination that is down."""
        return self.failed >= DOWN_AFTER


@dataclass(frozen=True, slots=True)
class Routed:
    """Where an alert of this weight (`heaviness`) goes. `silenced_by` names the silence for which it goes nowhere;
    `again` marks one that is told once more."""

    alert: Alert
    sends: Sequence[Send] = ()
    silenced_by: str | None = None
    weight: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What the events up to `position` ask for: alerts, and tickets whose sources are to be told."""

    position: Position
    alerts: Sequence[Alert]
    write_backs: Sequence[tuple[TicketKey, str]]


def source_destination(source: str) -> str:
    """The destination of what is written back to a source."""
    return f"source:{source}"


class AlertStore(Protocol):
    """Alerts, from their decision to the messages that tell them."""

    def watched(self, kinds: Collection[str], limit: int) -> tuple[Position, list[Recorded]]:
        """Events of these kinds, of all workspaces, in the order of their commits, that `record_seen` was not given
        yet; and up to where all were looked at."""
        ...

    def record_seen(self, seen: Seen, at: float, lease: Lease) -> None:
        """Store what follows from events, and that they were seen: both or nothing. What became of a ticket is left
        out where there was no alert about it. Raises LeaseLost."""
        ...

    def add_alerts(self, alerts: Sequence[Alert]) -> None:
        """Store alerts that are not there yet."""
        ...

    def unrouted(self, limit: int) -> list[Alert]:
        """Alerts that are no message's yet, the oldest first."""
        ...

    def record_routes(self, routed: Sequence[Routed], at: float, actor: str, lease: Lease) -> None:
        """Make messages of alerts, or add them to messages that wait and were not tried yet. Raises LeaseLost."""
        ...

    def told(self, topics: Collection[tuple[str, str]]) -> dict[tuple[str, str], set[tuple[str, str]]]:
        """For topics, by workspace and name, where they were told: destinations, and the topics of the messages."""
        ...

    def told_in(self, message: Message, limit: int) -> list[str]:
        """The topics that were told in the thread of a message, the latest first."""
        ...

    def alerts_of(self, workspace: str, topic: str, until: float, limit: int) -> list[Alert]:
        """The latest alerts of a topic up to a moment, the oldest of them first."""
        ...

    def alerts_named(self, ids: Sequence[str]) -> list[Alert]:
        """The alerts with these ids, the oldest first."""
        ...

    def raised(self, workspace: str) -> list[Alert]:
        """All alerts of a workspace, the oldest first."""
        ...

    def latest_alerts(self, kinds: Sequence[str], limit: int) -> list[Alert]:
        """The latest alerts of these kinds, the oldest of them first."""
        ...

    def staffed(self) -> list[str]:
        """The workspaces that have agents."""
        ...

    def critical_waiting(self, workspace: str, least: float, before: float, limit: int) -> list[Ticket]:
        """Tickets with an S of `least` or more that wait since before then without a break, and of which nobody was
        told that no agent has them."""
        ...

    def incidents_named(self, keys: Sequence[tuple[str, str]]) -> list[Incident]:
        """The incidents by workspace and id."""
        ...


class MessageStore(Protocol):
    """The outbox."""

    def take_repeats(self, at: float, limit: int, lease: Lease) -> list[Message]:
        """The messages that are to be said again by now, unless more was told in their threads since; each is given
        once. Raises LeaseLost."""
        ...

    def purge_messages(self, before: float, limit: int) -> int:
        """Forget what was finished and came before a time: messages, the alerts that they told, and where, at most so
        many of each, the oldest first; how many together. What a message that waits may still tell is kept."""
        ...

    def forget_unserved(self, before: float, limit: int) -> int:
        """Forget messages that wait since before a time, and destinations that nobody has tried since: no process
        sends there any more. How many messages, at most `limit`."""
        ...

    def claim_message(self, destination: str, at: float, lease_until: float, pause: float) -> Claimed | None:
        """The next message that is due there, if the destination may be written to now; nobody else writes to it for
        `pause` seconds. Unless it is finished by then, the message is due again at `lease_until`.

        Of a topic only the first that is not finished is handed out.
        """
        ...

    def message_sent(self, claimed: Claimed, handle: Mapping[str, Any], at: float, actor: str, *, again: bool) -> None:
        """It has arrived. `again` says whether there is still somebody to do something about it: then it is said again,
        where it is to be repeated. What failed while the destination was down is due now."""
        ...

    def message_failed(
        self, claimed: Claimed, error: Undelivered, at: float, retry_at: float | None, blocked_until: float, actor: str
    ) -> None:
        """It is tried again at `retry_at`, or, where that is None, given up; the destination is left in peace until
        `blocked_until`."""
        ...

    def message_skipped(self, claimed: Claimed, at: float) -> None:
        """There is nothing to say any more."""
        ...

    def add_test(self, workspace: str, destination: str, at: float) -> Message:
        """A sample, due at once."""
        ...

    def messages(
        self, workspace: str, states: Sequence[MessageState], limit: int, topic: str | None = None
    ) -> list[Message]:
        """The newest first, in these states (none: all)."""
        ...

    def retry_messages(self, workspace: str, ids: Sequence[str] | None, at: float, actor: str) -> list[str]:
        """Let messages (None: all that were given up) be tried again now, with all their tries; those that were given
        up or wait for another try."""
        ...
