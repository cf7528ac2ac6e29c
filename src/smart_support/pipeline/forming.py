"""Storms that may be forming: what the detector looks closer at and has not spoken of yet, told to whoever asks.

The detector lives in the leader's memory. The leader writes what it sees into one small row of the store, which every
process reads. The row holds ids and numbers, never a ticket's text, so that a person's data can be erased.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from smart_support.domain.incident import LinkKind
from smart_support.domain.storm.detector import Detector
from smart_support.domain.storm.forming import Forming
from smart_support.pipeline.records import Lease, Unavailable

log = structlog.get_logger(__name__)

MOST, SAMPLES = 20, 5
"""So many clusters are told, those nearest to an incident first, and so many tickets of each, the likest first."""

TELL_SECONDS, LIFE_SECONDS = 1.0, 5.0
"""What has changed is told at most so often, and the same again so often, as a sign of life."""

_REST = 20.0  # a look takes no more of the dispatcher's time than a twentieth

STALE_SECONDS = 15.0
"""After so long without a sign nobody knows what is forming: nobody leads, or the leader has seen no ticket yet."""


@dataclass(frozen=True, slots=True)
class FormingStorm:
    """Tickets of the last seconds that may become an incident.

    They are copies of each other (`exact`) or report one cause (`semantic`); `similarity` is their mean one, of copies
    the cosine, of reports the likeness to what they have in common. The incident opens with the `threshold`-th of them
    if nothing else comes, so `missing` more are needed; both are None where no number is enough, because such tickets
    are usual. `category` is that of most of them, None where they have none.
    """

    kind: LinkKind
    category: str | None
    tickets: int
    customers: int
    threshold: int | None
    missing: int | None
    similarity: float
    ticket_ids: tuple[str, ...]
    first_at: float
    last_at: float


@dataclass(frozen=True, slots=True)
class StormState:
    """What the leader sees: clusters of the last `seconds`, and how many tickets a minute usually come, None while
    nothing older was seen."""

    seconds: float
    usual_per_minute: float | None
    clusters: tuple[FormingStorm, ...] = ()

    def at(self, now: float) -> "StormState":
        """The same without what has become too old to be part of an incident."""
        young = tuple(cluster for cluster in self.clusters if now - cluster.last_at <= self.seconds)
        return StormState(self.seconds, self.usual_per_minute, young)


@dataclass(frozen=True, slots=True)
class ToldState:
    """A state as it was told last, `told_at` on the database's clock, so many seconds ago."""

    state: StormState
    told_at: float
    silent: float

    @property
    def stale(self) -> bool:
        return self.silent > STALE_SECONDS


@dataclass(frozen=True, slots=True)
class Member:
    """What is known of a ticket without its text; `customer` names who wrote, None where nobody knows."""

    category: str | None
    customer: str | None


class StormStateStore(Protocol):
    """What the leader sees. Every method raises Unavailable as StepStore's do."""

    def tell_storms(self, workspace: str, state: StormState, lease: Lease) -> None:
        """Keep the state in place of the one before. Raises LeaseLost where the lease has another holder by now."""
        ...

    def told_storms(self, workspace: str) -> ToldState | None: ...

    def members(self, workspace: str, ticket_ids: Sequence[str]) -> dict[str, Member]:
        """What is known of these tickets."""
        ...


class TellStorms:
    """Tells the store what the detectors see, for who leads. `now()` gives UTC epoch seconds, `timer()` seconds
    that never go back."""

    def __init__(
        self,
        store: StormStateStore,
        detectors: Callable[[], Mapping[str, Sequence[Detector]]],
        now: Callable[[], float],
        timer: Callable[[], float],
    ) -> None:
        self._store = store
        self._detectors = detectors
        self._now = now
        self._timer = timer
        self._due_at = -math.inf
        self._told: dict[str, tuple[float, StormState]] = {}
        self._failed = False

    def tell(self, lease: Lease) -> None:
        """Tell what has changed, now and then. Raises Unavailable; what else goes wrong is logged, since tickets are
        dispatched all the same."""
        time = self._timer()
        if time < self._due_at:
            return
        try:
            for workspace, detectors in self._detectors().items():
                self._tell(workspace, self._state(workspace, detectors), time, lease)
            self._failed = False
        except Unavailable:
            raise
        except Exception as error:
            if not self._failed:
                log.error("forming_failed", exc_info=error)
            self._failed = True
        finally:
            took = self._timer() - time
            self._due_at = time + max(TELL_SECONDS, _REST * took)

    def _tell(self, workspace: str, state: StormState, time: float, lease: Lease) -> None:
        told_at, told = self._told.get(workspace, (-math.inf, None))
        if told is None or told.clusters != state.clusters or time - told_at >= LIFE_SECONDS:
            self._store.tell_storms(workspace, state, lease)
            self._told[workspace] = (time, state)

    def _state(self, workspace: str, detectors: Sequence[Detector]) -> StormState:
        """Each ticket has a vector of one version, so that it is one detector's."""
        at = self._now()
        found = [one for detector in detectors for one in detector.forming(at)]
        nearest = sorted(found, key=lambda one: (one.missing is None, one.missing or 0))[:MOST]
        known = self._store.members(workspace, [name for one in nearest for name in one.ticket_ids]) if nearest else {}
        rates = [rate for detector in detectors if (rate := detector.usual_per_minute(at)) is not None]
        return StormState(
            seconds=max(detector.rule.seconds for detector in detectors),
            usual_per_minute=max(rates, default=None),
            clusters=tuple(_described(one, known) for one in nearest),
        )


def _described(one: Forming, known: Mapping[str, Member]) -> FormingStorm:
    members = [known[name] for name in one.ticket_ids if name in known]
    categories = Counter(member.category for member in members if member.category is not None)
    return FormingStorm(
        kind=one.kind,
        category=max(categories, key=lambda name: (categories[name], name), default=None),
        tickets=len(one.ticket_ids),
        customers=len({member.customer for member in members} - {None}),
        threshold=one.threshold,
        missing=one.missing,
        similarity=one.similarity,
        ticket_ids=one.ticket_ids[:SAMPLES],
        first_at=one.first_at,
        last_at=one.last_at,
    )
