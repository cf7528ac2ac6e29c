"""Rules of alerts as they are written: in TOML, in JSON, and in the documentation."""

import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.alert import AlertKind
from smart_support.domain.alerting.route import GroupBy, Grouping
from smart_support.domain.alerting.rules import AT_ONCE, AlertRules
from smart_support.domain.alerting.weight import weight_of
from smart_support.domain.notice import Weight
from smart_support.domain.routing.match import RoutingError
from smart_support.pipeline.routing_file import RoutingContent, checked, routing_of

DOCS = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
SECTION = DOCS[DOCS.index("## Routes, quiet hours, silences and grouping") :]
(FULL,) = map(tomllib.loads, re.findall(r"^```toml\n(\[alerts\].*?)^```", SECTION, re.MULTILINE | re.DOTALL))
NIGHTS = {"nights": {"zone": "Europe/Berlin", "mon": "00:00-07:00, 19:00-24:00"}}

words = st.text("abcdefghij", min_size=1, max_size=4)
spans = st.sampled_from(["90s", "5m", "1.5h", 0, 60, 0.5])
FIRST, LAST = datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2100-01-01")
moments = st.datetimes(FIRST, LAST, timezones=st.timezones())
written_moments = moments | moments.map(datetime.isoformat)
whiches = {
    "kinds": st.sampled_from(AlertKind).map(str)
    | st.lists(st.sampled_from([kind.value for kind in AlertKind]), max_size=2),
    "match": st.sampled_from([{}, {"tier": "gold"}, {"urgency": {"at_least": 0.5}}]),
    "at_least_weight": st.sampled_from([weight.value for weight in Weight]),
}
grouping = {
    "group_by": st.sampled_from([by.value for by in GroupBy]),
    "group_wait": spans,
    "group_interval": spans,
    "repeat_interval": spans,
}
routes = st.fixed_dictionaries(
    {"name": words, "to": words | st.lists(words, min_size=1, max_size=2), "quiet": st.just("nights")},
    optional=whiches | grouping | {"quiet_unless": st.floats(0, 1), "goes_on": st.booleans()},
)
silences = st.fixed_dictionaries({"name": words, "until": written_moments}, optional=whiches)
contents = st.fixed_dictionaries(
    {
        "calendars": st.just(NIGHTS),
        "alerts": st.fixed_dictionaries(
            {},
            optional=grouping
            | {
                "otherwise": st.sampled_from(["everybody", "nobody"]),
                "route": st.lists(routes, max_size=2, unique_by=lambda one: one["name"]),
                "silence": st.lists(silences, max_size=2, unique_by=lambda one: one["name"]),
            },
        ),
    }
)


@given(contents)
def test_what_is_stored_says_what_was_written(content: dict[str, Any]):
    stored = checked(content).model_dump(mode="json")
    assert routing_of(json.loads(json.dumps(stored))) == routing_of(content)
    assert checked(stored).model_dump(mode="json") == stored


def test_without_the_table_all_is_told_to_everybody():
    assert routing_of({}).alerts == routing_of({"alerts": {}}).alerts == AlertRules()


def test_the_full_example_shows_all_there_is_and_the_defaults():
    schema = RoutingContent.model_json_schema()["$defs"]
    alerts = FULL["alerts"]
    assert alerts.keys() == schema["AlertsContent"]["properties"].keys()
    assert {name for one in alerts["route"] for name in one} == schema["RouteContent"]["properties"].keys()
    assert {name for one in alerts["silence"] for name in one} == schema["SilenceContent"]["properties"].keys()
    found = routing_of(FULL).alerts
    assert (found.grouping, found.otherwise) == (AlertRules().grouping, AlertRules().otherwise)
    bills, heavy, rest = found.routes
    assert bills.goes_on
    assert heavy.grouping == Grouping(GroupBy.CATEGORY, 10.0, 900.0, 7200.0)
    assert (rest.to, rest.grouping) == (("chat",), Grouping())
    assert found.silences[0].start == datetime(2026, 11, 21, 20, tzinfo=UTC).timestamp()


def test_the_documentation_has_every_kind_with_its_weight():
    table = dict(re.findall(r"^\| (`[^|]*`) \| ([^|]*) \|$", SECTION, re.MULTILINE))
    told = {kind: weight for kinds, weight in table.items() for kind in re.findall(r"`(\w+)`", kinds)}
    varying = {kind for kind, weight in told.items() if not set(Weight) & {weight}}
    assert set(told) >= set(AlertKind)
    assert {kind: told[kind] for kind in AlertKind if kind not in varying} == {
        kind: weight_of(kind) for kind in AlertKind if kind not in varying
    }
    at_once = SECTION[SECTION.index("must be known now") : SECTION.index("### What `config check` finds")]
    assert set(re.findall(r"`(\w+_\w+)`", at_once)) == AT_ONCE


def test_a_route_takes_over_what_it_does_not_say_of_grouping():
    content = {
        "group_by": "all",
        "group_wait": 7,
        "repeat_interval": "1h",
        "route": [{"name": "r", "to": "x", "group_wait": 0}],
    }
    assert routing_of({"alerts": content}).alerts.routes[0].grouping == Grouping(GroupBy.ALL, 0.0, 300.0, 3600.0)


def test_a_moment_is_kept_as_utc_however_it_is_written():
    def stored(moment: object) -> object:
        silence = {"name": "s", "until": moment}
        return checked({"alerts": {"silence": [silence]}}).model_dump(mode="json")["alerts"]["silence"][0]["until"]

    assert stored("2026-11-21T20:00:00+01:00") == stored("2026-11-21T19:00:00Z") == "2026-11-21T19:00:00Z"


ROUTE, SILENCE = {"name": "r", "to": "x"}, {"name": "s", "until": "2026-11-21T20:00:00Z"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"routes": []}, "alerts.routes: unknown key; remove it"),
        ({"route": [{"name": "r"}]}, "alerts.route 1 'r': to: this key is missing"),
        ({"route": [ROUTE | {"to": []}]}, "alerts.route 1 'r': it goes to nobody"),
        (
            {"route": [ROUTE | {"kinds": "urgent_tickets"}]},
            "'urgent_tickets' does not exist; did you mean 'urgent_ticket'?",
        ),
        (
            {"route": [ROUTE | {"kinds": "fire"}]},
            "alerts.route 1 'r': kinds: 'fire' does not exist; write one of urgent_t",
        ),
        (
            {"route": [ROUTE | {"at_least_weight": "heavy"}]},
            "at_least_weight: .* write one of critical, error, warning",
        ),
        ({"route": [ROUTE | {"group_by": "customer"}]}, "group_by: .* write one of topic, category, kind, team, all"),
        ({"route": [ROUTE | {"quiet": "night"}]}, r"alerts.route 1 'r': calendar 'night' does not exist; add \[calend"),
        ({"route": [ROUTE | {"quiet_unless": 0.9}]}, "alerts.route 1 'r': quiet_unless is there, and no quiet hours"),
        ({"route": [ROUTE | {"match": {"language": "german"}}]}, "alerts.route 1 'r': match.language 'german'"),
        ({"route": [ROUTE, ROUTE]}, "alerts: route 'r' is there twice"),
        ({"silence": [{"name": "s"}]}, "alerts.silence 1 's': until: this key is missing"),
        ({"silence": [SILENCE | {"from": "2026-11-21T20:00:00Z"}]}, "alerts.silence 1 's': until is not after from"),
        ({"silence": [SILENCE | {"until": "tonight"}]}, "until: 'tonight' is no moment; write one such as"),
        ({"silence": [SILENCE | {"until": "2026-11-21T20:00:00"}]}, "until: .* has no offset from UTC; add one"),
        ({"silence": [SILENCE | {"until": LAST}]}, "until: .* has no offset from UTC; add one"),
        ({"silence": [SILENCE | {"until": "0001-01-01T00:00:00+14:00"}]}, "until: the moment lies too far off"),
        ({"silence": [SILENCE | {"until": 1_700_000_000}]}, "until: .* valid datetime"),
        ({"silence": [SILENCE | {"start": "2026-11-21T20:00:00Z"}]}, "start: unknown key; remove it"),
        ({"group_wait": "soon"}, "alerts.group_wait: 'soon' is no span of time"),
        ({"group_by": "x"}, "alerts: group_by: 'x' does not exist"),
        ({"otherwise": "chat"}, "alerts: otherwise: 'chat' does not exist; write one of everybody, nobody"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(content: dict[str, Any], said: str):
    with pytest.raises(RoutingError, match=said):
        routing_of({"alerts": content})
