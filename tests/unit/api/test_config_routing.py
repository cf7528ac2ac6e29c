"""Routing rules over HTTP: shown, applied, refused with what to change."""

import pytest

from smart_support.domain.event import Position
from smart_support.domain.routing.routing import DEFAULT
from smart_support.pipeline.follow import ROUTING
from smart_support.pipeline.routing_file import routing_of
from tests.unit.api.system import System, refused

PATH = "/config/routing"
OWN = {"rule": [{"name": "gold", "match": {"tier": "gold"}, "team": "key accounts"}]}


def test_there_are_no_rules_until_some_are_applied(system: System):
    shipped = system.http.get(PATH).json()
    assert (shipped["version"], shipped["at"], shipped["actor"]) == (0, None, None)
    assert routing_of(shipped["routing"]) == DEFAULT

    assert system.http.put(PATH, json=OWN).json() == {"version": 1, "changed": True}
    held = system.http.get(PATH).json()
    assert (held["version"], held["at"], held["actor"]) == (1, "2025-10-09T09:00:00Z", "local")
    assert held["routing"]["rule"][0]["match"]["tier"] == ["gold"]
    assert system.http.put(PATH, json=held["routing"]).json() == {"version": 1, "changed": False}
    assert system.http.put(PATH, json={}).json() == {"version": 2, "changed": True}

    found = [recorded.event for recorded in system.pipeline.store.events("default", Position(), 10)]
    assert [(event.kind, event.data["version"]) for event in found] == [("config.apply", 1), ("config.apply", 2)]
    assert system.http.get("/config/taxonomy").json()["version"] == 0
    stored = system.pipeline.store.configuration("default", ROUTING)
    assert stored is not None
    assert routing_of(stored.content) == DEFAULT


def test_rules_of_alerts_are_kept_with_their_moments_as_utc(system: System):
    silence = {"name": "s", "from": "2026-11-21T20:00:00+01:00", "until": "2026-11-21T21:00:00Z"}
    own = {"alerts": {"route": [{"name": "r", "to": "chat"}], "silence": [silence]}}
    assert system.http.put(PATH, json=own).json() == {"version": 1, "changed": True}
    held = system.http.get(PATH).json()["routing"]
    assert held["alerts"]["silence"][0]["from"] == "2026-11-21T19:00:00Z"
    assert system.http.put(PATH, json=held).json()["changed"] is False


def test_a_dry_run_changes_nothing(system: System):
    assert system.http.put(PATH, json=OWN, params={"dry_run": True}).json() == {"version": 1, "changed": True}
    assert system.http.get(PATH).json()["version"] == 0
    system.http.put(PATH, json=OWN)
    assert system.http.put(PATH, json=OWN, params={"dry_run": True}).json() == {"version": 1, "changed": False}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"rules": []}, "rules"),
        ({"rule": [{"name": "a", "teem": "x"}]}, "rule.0.teem"),
        ({"rule": [{"name": "a"}]}, "rule 1 'a': it says nothing"),
        ({"rule": [{"name": "a", "sla": "x"}]}, "names sla 'x'"),
        ({"sla": [{"name": "a", "resolution": "soon"}]}, "no span of time"),
        ({"alerts": {"route": [{"name": "a"}]}}, "alerts.route.0.to"),
        ({"alerts": {"route": [{"name": "a", "to": "x", "kinds": "fire"}]}}, "alerts.route 1 'a': kinds: 'fire'"),
        ({"alerts": {"silence": [{"name": "a", "until": "2026-11-21"}]}}, "no offset from UTC"),
        ({"calendars": {"c": {"zone": "Mars", "mon": "09:00-17:00"}}}, "'Mars'"),
    ],
)
def test_what_is_wrong_is_named(system: System, content: dict, words: str):
    refused(system.http.put(PATH, json=content), 422, words)
    assert system.http.get(PATH).json()["version"] == 0
