"""The rules of alerts: from an alert to the messages that it becomes, or to nobody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from smart_support.domain.alert import AlertKind
from smart_support.domain.alerting.ending import ENDS
from smart_support.domain.alerting.facts import Told
from smart_support.domain.alerting.route import Grouping, Route, Silence
from smart_support.domain.routing.match import RoutingError, check_unique

MOST_ROUTES = 1_000
"""Routes, and likewise silences."""

AT_ONCE = frozenset({AlertKind.INCIDENT_REOPENED, AlertKind.SLA_BREACHED, *ENDS})
"""What waits for no interval in a group of a single topic: whoever heard of that must know it now."""


class Otherwise(StrEnum):
    """Who gets what no route takes."""

    EVERYBODY = "everybody"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Send:
    """A message about `group` to a destination: `wait` seconds after the alert where it is the first of the group,
    `interval` seconds after the last one where it is not, but `not_before` (UTC epoch seconds). It is said again after
    `repeat` seconds where that is above 0. `route` names what decided that; None: no route."""

    destination: str
    group: str
    wait: float
    interval: float
    repeat: float
    not_before: float | None = None
    route: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of an alert: the silence that keeps it from everybody, or what is sent, once to each destination at
    most."""

    silenced_by: str | None = None
    sends: tuple[Send, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertRules:
    """Routes and silences, the first one first. `grouping` is for what no route takes. Raises RoutingError."""

    routes: tuple[Route, ...] = ()
    silences: tuple[Silence, ...] = ()
    grouping: Grouping = field(default_factory=Grouping)
    otherwise: Otherwise = Otherwise.EVERYBODY

    def __post_init__(self) -> None:
        if max(len(self.routes), len(self.silences)) > MOST_ROUTES:
            raise RoutingError(f"more than {MOST_ROUTES} routes, or silences, are too many; join those that agree")
        check_unique("route", (route.name for route in self.routes))
        check_unique("silence", (silence.name for silence in self.silences))

    def plan(self, told: Told, destinations: Sequence[str], now: float) -> Plan:
        """What becomes of an alert at a moment (UTC epoch seconds) where these destinations are configured.

        The first route that fits takes it, and further ones while they go on; a destination gets it by the first of
        them that names it. A route none of whose destinations is configured is passed over, so that nothing is lost.
        """
        for silence in self.silences:
            if silence.holds(told, now):
                return Plan(silenced_by=silence.name)
        sends = dict[str, Send]()
        for route in self._taken(told, destinations):
            for name in route.to:
                if name in destinations and name not in sends:
                    sends[name] = _send(name, told, route.grouping, route.not_before(told, now), route.name)
        if not sends and self.otherwise is Otherwise.EVERYBODY:
            sends = {name: _send(name, told, self.grouping) for name in destinations}
        return Plan(sends=tuple(sends.values()))

    def _taken(self, told: Told, destinations: Sequence[str]) -> Iterator[Route]:
        known = frozenset(destinations)
        for route in self.routes:
            if not known.isdisjoint(route.to) and route.which.fits(told):
                yield route
                if not route.goes_on:
                    return


def _send(
    destination: str, told: Told, grouping: Grouping, not_before: float | None = None, route: str | None = None
) -> Send:
    group = grouping.group(told)
    interval = 0.0 if group == told.topic and told.kind in AT_ONCE else grouping.interval
    return Send(destination, group, grouping.wait, interval, grouping.repeat, not_before, route)
