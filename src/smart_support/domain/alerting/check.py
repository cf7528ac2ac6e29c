"""What is wrong with rules of alerts: what they say may be sound, and still do nothing."""

from collections.abc import Collection, Iterator

from smart_support.domain.alerting.facts import WITHOUT_TICKET
from smart_support.domain.alerting.route import Route, Which
from smart_support.domain.alerting.rules import AlertRules
from smart_support.domain.routing.check import unknown_categories
from smart_support.domain.routing.finding import Finding, Severity, listed, meant
from smart_support.domain.routing.match import Match
from smart_support.domain.routing.reach import impossible
from smart_support.domain.taxonomy import Taxonomy


def alert_findings(
    rules: AlertRules, destinations: Collection[str], taxonomy: Taxonomy, now: float
) -> Iterator[Finding]:
    """All there is to say of routes and silences at a moment (UTC epoch seconds), where these destinations are
    configured and these the categories."""
    for place, route in enumerate(rules.routes):
        what = f"alert route {route.name!r}"
        for name in route.to:
            if name not in destinations:
                yield _error(f"{what}: no destination {name!r} is configured{meant(name, destinations)}")
        never = [*_never(route.which, taxonomy)]
        for message in never:
            yield _error(f"{what}: {message}")
        if not never:
            yield from _covered(what, route, _above(rules.routes[:place], destinations))
    for silence in rules.silences:
        what = f"silence {silence.name!r}"
        for message in _never(silence.which, taxonomy):
            yield _error(f"{what}: {message}")
        if silence.end <= now:
            yield Finding(Severity.WARNING, None, f"{what} is over; remove it")


def _error(message: str) -> Finding:
    return Finding(Severity.ERROR, None, message)


def _never(which: Which, taxonomy: Taxonomy) -> Iterator[str]:
    """Why it fits no alert, or not those that it seems to."""
    yield from unknown_categories(which.match, taxonomy)
    if which.match.is_impossible:
        yield impossible(which.match)
    elif which.match != Match() and which.kinds and which.kinds <= WITHOUT_TICKET:
        kinds = listed(sorted(kind.value for kind in which.kinds))
        yield f"{kinds} is about no triaged ticket, so its match never fits; leave match out"


def _above(routes: Collection[Route], destinations: Collection[str]) -> list[Route]:
    """Those of them that take anything."""
    return [one for one in routes if not one.which.match.is_impossible and not set(destinations).isdisjoint(one.to)]


def _covered(what: str, route: Route, above: Collection[Route]) -> Iterator[Finding]:
    """Routes are compared one with one, as rules are: what two together take of a third one is not seen."""
    wider = [one for one in above if one.which.covers(route.which)]
    ending = [one.name for one in wider if not one.goes_on]
    if ending:
        yield _error(
            f"{what} never has a say: {listed(ending)}, above it, takes whatever it takes; move it up, remove it, or "
            "let the other one go on (goes_on = true)"
        )
    elif wider and set(route.to) <= {name for one in wider for name in one.to}:
        names = listed(one.name for one in wider)
        message = f"{what} sends nothing: {names}, above it, sends whatever it takes to the same destinations"
        yield Finding(Severity.WARNING, None, message)
