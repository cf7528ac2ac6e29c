"""Service levels: by when a ticket is to be answered and solved, how it stands, and what it comes to as time passes.

Both clocks start with the acceptance of the ticket and count open seconds of the target's calendar. No time is taken
off while a ticket waits for its customer. One that is reopened is measured from its acceptance as before.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from smart_support.domain.calendar import ALWAYS, WeeklyHours


class Promise(StrEnum):
    """What is promised to a customer."""

    FIRST_RESPONSE = "first_response"
    RESOLUTION = "resolution"


class SlaState(StrEnum):
    """How a promise stands. What was met or breached stays so, unless the ticket is reopened."""

    OK = "ok"
    DUE_SOON = "due_soon"
    BREACHED = "breached"
    MET = "met"


_WORSE = (SlaState.OK, SlaState.DUE_SOON, SlaState.BREACHED)


@dataclass(frozen=True, slots=True)
class Target:
    """What is promised, in open seconds of `calendar`; None where nothing is.

    A promise is due soon once only the share `warn` of it, above 0 and below 1, is left. Raises ValueError.
    """

    first_response: float | None = None
    resolution: float | None = None
    calendar: WeeklyHours = ALWAYS
    warn: float = 0.2

    def __post_init__(self) -> None:
        for promise in Promise:
            seconds = self.seconds(promise)
            if seconds is not None and not 0.0 < seconds < float("inf"):
                raise ValueError(f"the target for {promise} is {seconds} seconds; give a number above 0, or none")
        if not 0.0 < self.warn < 1.0:
            raise ValueError(f"warn is {self.warn}; give a share above 0 and below 1")

    def seconds(self, promise: Promise) -> float | None:
        """Within how many open seconds the promise is to be kept."""
        return self.first_response if promise is Promise.FIRST_RESPONSE else self.resolution


@dataclass(frozen=True, slots=True)
class Progress:
    """When a ticket was accepted, first answered and resolved (UTC epoch seconds); None for what has not been yet, and
    of one that was reopened for its resolution, until it is resolved again."""

    accepted_at: float
    answered_at: float | None = None
    resolved_at: float | None = None

    def kept_at(self, promise: Promise) -> float | None:
        """When the ticket was answered, or resolved. Where no answer was noted, the resolution is the answer."""
        if promise is Promise.RESOLUTION or self.answered_at is None:
            return self.resolved_at
        return self.answered_at


@dataclass(frozen=True, slots=True)
class Escalation:
    """What a breach does: the ticket must not wait, and only `team` may have it; None: whoever may have it already."""

    team: str | None = None


@dataclass(frozen=True, slots=True)
class SlaClock:
    """One promise, as it was made to one ticket: it is due soon after `warn_at` and breached after `due_at` (UTC epoch
    seconds), which count open seconds of `calendar`.

    `told` is the worst that it was told to be: OK, DUE_SOON or BREACHED. `next_at` is the moment after which there may
    be something to tell, None where there is none.
    """

    promise: Promise
    warn_at: float
    due_at: float
    calendar: WeeklyHours = ALWAYS
    escalation: Escalation | None = None
    told: SlaState = SlaState.OK
    next_at: float | None = None

    def state(self, progress: Progress, at: float) -> SlaState:
        """How the promise stands at a moment. What happened later does not count."""
        kept_at = progress.kept_at(self.promise)
        if kept_at is not None and kept_at <= at:
            return SlaState.MET if kept_at <= self.due_at else SlaState.BREACHED
        if at > self.due_at:
            return SlaState.BREACHED
        return SlaState.DUE_SOON if at > self.warn_at else SlaState.OK

    def slack(self, progress: Progress, at: float) -> float:
        """The open seconds that are left at a moment, or were when the promise was kept; below 0 after its breach."""
        kept_at = progress.kept_at(self.promise)
        return self.calendar.between(at if kept_at is None else min(at, kept_at), self.due_at)

    def looked(self, progress: Progress, now: float) -> tuple["SlaClock", tuple[SlaState, ...]]:
        """The clock after a look at it, and what it came to before `now` that was not told yet, by time.

        However often it is looked at, each is told once. What a reopened ticket passed while it was resolved, it comes
        to when it is reopened: it has to be looked at then.
        """
        kept_at = progress.kept_at(self.promise)
        crossings = ((SlaState.DUE_SOON, self.warn_at), (SlaState.BREACHED, self.due_at))
        untold = crossings[_WORSE.index(self.told) :]
        ahead = [(state, at) for state, at in untold if kept_at is None or at < kept_at]
        reached = tuple(state for state, at in ahead if at < now)
        next_at = next((at for _, at in ahead if at >= now), None)
        return replace(self, told=reached[-1] if reached else self.told, next_at=next_at), reached

    def silent(self) -> "SlaClock":
        """The clock of a ticket of which nothing is told for now."""
        return replace(self, next_at=None)


def clocks(target: Target, accepted_at: float, escalation: Escalation | None = None) -> tuple[SlaClock, ...]:
    """What is promised to a ticket by its target, the first answer first."""
    made = []
    for promise in Promise:
        seconds = target.seconds(promise)
        if seconds is not None:
            warn_at = target.calendar.add(accepted_at, (1.0 - target.warn) * seconds)
            due_at = target.calendar.add(accepted_at, seconds)
            made.append(SlaClock(promise, warn_at, due_at, target.calendar, escalation, next_at=warn_at))
    return tuple(made)


def slack(target: Target, promise: Promise, accepted_at: float, at: float) -> float | None:
    """The open seconds that a promise has left at a moment, below 0 after its breach; None where nothing is promised.

    It stands still while the calendar is closed, at 0 too, though the promise is breached from closing time on.
    """
    seconds = target.seconds(promise)
    return None if seconds is None else seconds - target.calendar.between(accepted_at, at)


def least_slack(target: Target, progress: Progress, at: float) -> float | None:
    """The slack of that promise, among those not kept by then, that has the least; None where there is none."""
    running = (promise for promise in Promise if not _kept(progress, promise, at))
    slacks = (slack(target, promise, progress.accepted_at, at) for promise in running)
    return min((left for left in slacks if left is not None), default=None)


def _kept(progress: Progress, promise: Promise, at: float) -> bool:
    kept_at = progress.kept_at(promise)
    return kept_at is not None and kept_at <= at
