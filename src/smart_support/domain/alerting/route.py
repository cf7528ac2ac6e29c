"""Which alerts go where, how they are put together, and which are told to nobody for a time."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from smart_support.domain.alert import FOLLOW_UPS, AlertKind
from smart_support.domain.alerting.ending import with_ends
from smart_support.domain.alerting.facts import Told
from smart_support.domain.alerting.weight import BY_URGENCY, heaviness
from smart_support.domain.calendar import WeeklyHours
from smart_support.domain.notice import Weight
from smart_support.domain.routing.match import Match, RoutingError, check_names


class GroupBy(StrEnum):
    """What alerts have in common that share their messages: what they are about (a ticket, an incident, a part of the
    system), or more."""

    TOPIC = "topic"
    CATEGORY = "category"
    KIND = "kind"
    TEAM = "team"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Grouping:
    """How messages about a group are put together, in seconds: a first one waits `wait` for what belongs to it, the
    next comes `interval` after it at the earliest, and what still fires is said again after `repeat`; 0: never.
    Raises RoutingError."""

    by: GroupBy = GroupBy.TOPIC
    wait: float = 1.0
    interval: float = 300.0
    repeat: float = 0.0

    def __post_init__(self) -> None:
        if not all(0.0 <= seconds < math.inf for seconds in (self.wait, self.interval, self.repeat)):
            raise RoutingError("group_wait, group_interval and repeat_interval are 0 seconds or more")

    def group(self, told: Told) -> str:
        """The group of an alert; its topic where it lacks what groups have in common.

        What was given up stands by itself, so that it is known of a message that it tells nothing else: where that one
        is given up too, nobody is told, or it would go on for ever."""
        if told.kind is AlertKind.DEAD_LETTER:
            return told.topic
        match self.by:
            case GroupBy.TOPIC:
                return told.topic
            case GroupBy.CATEGORY:
                return told.topic if told.category is None else f"category:{told.category}"
            case GroupBy.KIND:
                return f"kind:{told.kind}"
            case GroupBy.TEAM:
                return told.topic if told.team is None else f"team:{told.team}"
            case GroupBy.ALL:
                return "all"


@dataclass(frozen=True, slots=True)
class Which:
    """The alerts of one of the `kinds`, or that end one of them (empty: all kinds), whose ticket matches, and that
    weigh enough; what was done about a ticket has no weight of its own. A match that is not empty never fits what is
    about no ticket."""

    kinds: frozenset[AlertKind] = frozenset()
    match: Match = field(default_factory=Match)
    at_least_weight: Weight = Weight.INFO

    def fits(self, told: Told) -> bool:
        return (
            (not self.kinds or told.kind in with_ends(self.kinds))
            and (told.kind in FOLLOW_UPS or heaviness(told.weight) >= heaviness(self.at_least_weight))
            and (self.match == Match() if told.facts is None else self.match.matches(told.facts))
        )

    def covers(self, other: "Which") -> bool:
        """Whether it fits whatever the other one fits."""
        return (
            (not self.kinds or (bool(other.kinds) and with_ends(other.kinds) <= with_ends(self.kinds)))
            and heaviness(self.at_least_weight) <= heaviness(other.at_least_weight)
            and self.match.covers(other.match)
        )


@dataclass(frozen=True, slots=True)
class Route:
    """The alerts that fit go `to` these destinations, at least one, grouped like this; where it `goes_on`, the routes
    after it have a say too.

    While `quiet` is open, messages wait until it closes. From the urgency S `quiet_unless` on they go out all the
    same; so does then what is critical for another reason than its S. Raises RoutingError.
    """

    name: str
    to: tuple[str, ...]
    which: Which = field(default_factory=Which)
    grouping: Grouping = field(default_factory=Grouping)
    quiet: WeeklyHours | None = None
    quiet_unless: float | None = None
    goes_on: bool = False

    def __post_init__(self) -> None:
        check_names("the name of a route", [self.name])
        _check_some(self.to)
        object.__setattr__(self, "to", tuple(dict.fromkeys(self.to)))
        if self.quiet is not None and self.quiet.is_all_week:
            raise RoutingError("its quiet hours never end; leave a time open in which messages go out")
        if self.quiet is None and self.quiet_unless is not None:
            raise RoutingError("quiet_unless is there, and no quiet hours; add quiet, or leave it out")
        if self.quiet_unless is not None and not 0.0 <= self.quiet_unless <= 1.0:
            raise RoutingError("quiet_unless is a number from 0 to 1")

    def not_before(self, told: Told, now: float) -> float | None:
        """When the quiet hours end that hold an alert back now (UTC epoch seconds); None where none do."""
        if self.quiet is None or not self.quiet.is_open(now) or self._breaks_quiet(told):
            return None
        return self.quiet.next_closed(now)

    def _breaks_quiet(self, told: Told) -> bool:
        if self.quiet_unless is None:
            return False
        if told.weight is Weight.CRITICAL and told.kind not in BY_URGENCY:
            return True
        return told.urgency is not None and told.urgency >= self.quiet_unless


@dataclass(frozen=True, slots=True)
class Silence:
    """The alerts that fit are told to nobody from `start` on (None: from the beginning) until `end`: UTC epoch seconds.
    Raises RoutingError."""

    name: str
    end: float
    start: float | None = None
    which: Which = field(default_factory=Which)

    def __post_init__(self) -> None:
        check_names("the name of a silence", [self.name])
        if self.start is not None and self.end <= self.start:
            raise RoutingError("until is not after from; let it end after it begins")

    def holds(self, told: Told, now: float) -> bool:
        """Whether it keeps this alert from everybody now; at its start it does, at its end no more."""
        return (self.start is None or self.start <= now) and now < self.end and self.which.fits(told)


def _check_some(destinations: Iterable[str]) -> None:
    if not destinations:
        raise RoutingError('it goes to nobody; name a destination in to, as in to = "webhook", or add a silence')
    check_names("a destination", destinations)
