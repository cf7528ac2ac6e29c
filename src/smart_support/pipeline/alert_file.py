"""Rules of alerts as they are written: the table `[alerts]` of a file with routing rules.

The keys are those of the classes below; `docs/alerts.md` shows them all.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from pydantic import ConfigDict, Field

from smart_support.domain.alert import AlertKind
from smart_support.domain.alerting.route import GroupBy, Grouping, Route, Silence, Which
from smart_support.domain.alerting.rules import AlertRules, Otherwise
from smart_support.domain.calendar import WeeklyHours
from smart_support.domain.notice import Weight
from smart_support.domain.routing.finding import meant
from smart_support.domain.routing.match import RoutingError
from smart_support.pipeline.match_file import MatchContent, at
from smart_support.pipeline.written import Duration, Moment, Values, Written

_USUAL = Grouping()

Word = TypeVar("Word", bound=StrEnum)


class WhichContent(Written):
    """Which alerts are meant: of these kinds (none: of all), with such tickets, that weigh at least so much."""

    name: str
    kinds: Values = Field(default_factory=list)
    match: MatchContent = Field(default_factory=MatchContent)
    at_least_weight: str = Weight.INFO.value

    def which(self) -> Which:
        kinds = frozenset(_one("kinds", kind, AlertKind) for kind in self.kinds)
        return Which(kinds, self.match.match(), _one("at_least_weight", self.at_least_weight, Weight))


class RouteContent(WhichContent):
    """Where such alerts go. What it does not say of grouping is as the table [alerts] has it."""

    to: Values
    quiet: str | None = None
    quiet_unless: float | None = None
    goes_on: bool = False
    group_by: str | None = None
    group_wait: Duration | None = None
    group_interval: Duration | None = None
    repeat_interval: Duration | None = None

    def route(self, usual: Grouping, calendars: Mapping[str, WeeklyHours]) -> Route:
        grouping = Grouping(
            usual.by if self.group_by is None else _one("group_by", self.group_by, GroupBy),
            usual.wait if self.group_wait is None else self.group_wait,
            usual.interval if self.group_interval is None else self.group_interval,
            usual.repeat if self.repeat_interval is None else self.repeat_interval,
        )
        quiet = None if self.quiet is None else calendar_of(self.quiet, calendars)
        return Route(self.name, tuple(self.to), self.which(), grouping, quiet, self.quiet_unless, self.goes_on)


class SilenceContent(WhichContent):
    """From when until when such alerts are told to nobody; moments with an offset from UTC."""

    model_config = ConfigDict(serialize_by_alias=True)

    start: Moment | None = Field(default=None, alias="from")
    until: Moment

    def silence(self) -> Silence:
        return Silence(self.name, self.until.timestamp(), _seconds(self.start), self.which())


class AlertsContent(Written):
    """Who is told what. Empty, every destination is told everything."""

    group_by: str = _USUAL.by.value
    group_wait: Duration = _USUAL.wait
    group_interval: Duration = _USUAL.interval
    repeat_interval: Duration = _USUAL.repeat
    otherwise: str = Otherwise.EVERYBODY.value
    route: list[RouteContent] = Field(default_factory=list)
    silence: list[SilenceContent] = Field(default_factory=list)

    def rules(self, calendars: Mapping[str, WeeklyHours]) -> AlertRules:
        """The record; raises RoutingError, which says where."""
        with at("alerts"):
            by = _one("group_by", self.group_by, GroupBy)
            grouping = Grouping(by, self.group_wait, self.group_interval, self.repeat_interval)
            otherwise = _one("otherwise", self.otherwise, Otherwise)
        routes, silences = list[Route](), list[Silence]()
        for number, route in enumerate(self.route, 1):
            with at(f"alerts.route {number} {route.name!r}"):
                routes.append(route.route(grouping, calendars))
        for number, silence in enumerate(self.silence, 1):
            with at(f"alerts.silence {number} {silence.name!r}"):
                silences.append(silence.silence())
        with at("alerts"):
            return AlertRules(tuple(routes), tuple(silences), grouping, otherwise)


def calendar_of(name: str, calendars: Mapping[str, WeeklyHours]) -> WeeklyHours:
    """The calendar of that name; raises RoutingError."""
    if name not in calendars:
        known = f"write one of {', '.join(calendars)}" if calendars else f"add [calendars.{name}]"
        raise RoutingError(f"calendar {name!r} does not exist; {known}")
    return calendars[name]


def _one(key: str, given: str, words: type[Word]) -> Word:
    """The word that is given, of those that there are."""
    known: Sequence[str] = [word.value for word in words]
    if given not in known:
        raise RoutingError(
            f"{key}: {given!r} does not exist{meant(given, known) or '; write one of ' + ', '.join(known)}"
        )
    return words(given)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
