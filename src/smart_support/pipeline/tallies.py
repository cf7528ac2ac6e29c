"""What is counted for people to look at: tickets over time, and what waits to go out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from smart_support.pipeline.messages import MessageState

UNTRIED_SECONDS = 900.0
"""What is down is tried each minute while a message waits for it, unless it asked to be left in peace."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """The tickets of a span of time that begins `at`; `suppressed` of them are duplicates of an incident's."""

    at: float
    tickets: int = 0
    suppressed: int = 0


@dataclass(frozen=True, slots=True)
class DestinationTally:
    """What stands at one destination. `failing` of the `pending` ones have failed before; it has failed `failures`
    times in a row, and is left in peace until `blocked_until`, 0 for never."""

    pending: int = 0
    failing: int = 0
    dead: int = 0
    failures: int = 0
    blocked_until: float = 0.0

    def failing_now(self, at: float) -> int:
        """Its failures in a row; 0 where it was not tried lately. Nothing waits for it then, or no settings name it."""
        return self.failures if self.blocked_until > at - UNTRIED_SECONDS else 0


@dataclass(frozen=True, slots=True)
class OutboxTally:
    """Messages by state, and by destination where some are not finished or were given up. Of those that were sent or
    skipped, the number depends on since when they are counted."""

    by_state: Mapping[MessageState, int] = field(default_factory=dict)
    destinations: Mapping[str, DestinationTally] = field(default_factory=dict)


class TallyStore(Protocol):
    """Counts. Every method raises Unavailable as StepStore's do; a bucket is as `bucketed` has it.
    Without a workspace it is all of them."""

    def arrivals(self, workspace: str | None, since: float, seconds: int) -> list[Bucket]:
        """Tickets by the time of their acceptance from `since` on, buckets without any left out. Imported history is
        not counted: it came at another time."""
        ...

    def triages(self, workspace: str | None, since: float, seconds: int) -> list[Bucket]:
        """The same by the time of their triage; imported history too."""
        ...

    def messages_tally(self, workspace: str, since: float) -> OutboxTally:
        """All that wait or were given up, and those made from `since` on that were sent or skipped."""
        ...


def first_bucket(now: float, seconds: int, number: int) -> int:
    """When the first of so many buckets begins, of which the last one holds `now`. A bucket begins at a multiple of
    its `seconds`, so that it holds the same tickets whenever somebody looks."""
    return (int(now // seconds) - number + 1) * seconds


def bucketed(counted: Iterable[Bucket], now: float, seconds: int, number: int) -> list[Bucket]:
    """All of these buckets in the order of time, those without a ticket too; what is counted outside is left out."""
    known = {int(bucket.at): bucket for bucket in counted}
    start = first_bucket(now, seconds, number)
    return [known.get(at, Bucket(float(at))) for at in range(start, start + number * seconds, seconds)]
