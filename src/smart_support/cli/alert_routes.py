"""Rules of alerts, as commands check and show them."""

from collections.abc import Iterator, Mapping
from typing import Any

from smart_support.cli.console import cell, messages, table
from smart_support.cli.matches import match_shown, named_values

_UNITS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "m"))


def show_alert_rules(alerts: Mapping[str, Any]) -> None:
    """For people: the table `alerts` of a routing, where it says anything of routes or silences."""
    if alerts["route"]:
        columns = ("name", "alerts", "match", "to", "quiet", "grouping", "then")
        table("Alert routes", columns, map(_route, alerts["route"]))
    if alerts["silence"]:
        table("Silences", ("name", "alerts", "match", "from", "until"), map(_silence, alerts["silence"]))
    what = "What no alert route takes" if alerts["route"] else "Every alert"
    rest = "goes to every destination" if alerts["otherwise"] == "everybody" else "is told to nobody"
    messages.print(f"{what} {rest}. By default: {_grouping(alerts)}.", soft_wrap=True)


def _route(route: Mapping[str, Any]) -> Iterator[str]:
    yield from (route["name"], _which(route), match_shown(route["match"]), cell(route["to"]))
    unless = "" if route["quiet_unless"] is None else f", unless S is {route['quiet_unless']:g} or more"
    yield f"{cell(route['quiet'])}{unless}"
    yield _grouping(route) or "-"
    yield "goes on" if route["goes_on"] else "ends"


def _silence(silence: Mapping[str, Any]) -> tuple[str, ...]:
    moments = (cell(silence[key]) for key in ("from", "until"))
    return (silence["name"], _which(silence), match_shown(silence["match"]), *moments)


def _which(alerts: Mapping[str, Any]) -> str:
    weight = alerts["at_least_weight"]
    heavy = "" if weight == "info" else f", at least {weight}"
    return f"{cell(alerts['kinds']) if alerts['kinds'] else 'all'}{heavy}"


def _grouping(found: Mapping[str, Any]) -> str:
    """What is said of it, each after its name."""
    spans = {name: found[name] for name in ("group_wait", "group_interval", "repeat_interval")}
    told = {name: None if seconds is None else _span(seconds) for name, seconds in spans.items()}
    return named_values({"group_by": found["group_by"], **told})


def _span(seconds: float) -> str:
    """As it may be written in a file."""
    for unit, name in _UNITS:
        if seconds and seconds % unit == 0:
            return f"{seconds / unit:g}{name}"
    return f"{seconds:g}s"
