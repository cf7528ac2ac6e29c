"""Agents over HTTP: who they are, where they stand, what they hold."""

import json
from typing import Any

import pytest

from tests.unit.api.system import System, refused

ANN = {
    "name": "Ann",
    "skills": {"Billing": 1.0, "Technical": 0.9, "Legal": 0.9, "General": 0.9},
    "capacity": 2,
    "languages": ["en", "de"],
    "team": "first line",
    "hours": {"zone": "UTC", "mon": "09:00-12:30, 13:30-18:00", "thu": "08:00-17:00", "holidays": ["2026-12-24"]},
}


def put(system: System, agent_id: str = "ann", **changed: Any) -> dict[str, Any]:
    answer = system.http.put(f"/agents/{agent_id}", json=ANN | changed)
    assert answer.status_code == 200, answer.text
    return answer.json()


def stand(system: System, status: str, agent_id: str = "ann") -> dict[str, Any]:
    answer = system.http.post(f"/agents/{agent_id}/status", json={"status": status})
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestProfiles:
    def test_an_agent_is_as_he_was_given(self, system: System):
        shown = put(system)
        assert shown == ANN | {
            "id": "ann",
            "status": "online",
            "silent": False,
            "absence": None,
            "load": 0,
            "free": 2,
            "heartbeat_at": None,
        }
        assert system.http.get("/agents/ann").json() == shown
        assert system.http.get("/agents").json() == [shown]

    def test_what_is_left_out_is_empty(self, system: System):
        put(system)
        shown = system.http.put("/agents/ann", json={}).json()
        assert (shown["name"], shown["skills"], shown["capacity"], shown["languages"]) == (None, {}, 1, [])
        assert (shown["team"], shown["hours"]) == (None, None)

    def test_a_list_is_stored_whole_or_not_at_all(self, system: System):
        two = [{"id": "bob", **ANN}, {"id": "ann", **ANN}]
        assert [one["id"] for one in system.http.put("/agents", json=two).json()] == ["ann", "bob"]
        wrong = [{"id": "cho"}, {"id": "dee", "capacity": -1}]
        refused(system.http.put("/agents", json=wrong), 422, "1.capacity")
        refused(system.http.put("/agents", json=[{"id": "cho"}, {"id": "cho"}]), 422, "twice: cho")
        refused(system.http.put("/agents", json=[]), 422)
        assert len(system.http.get("/agents").json()) == 2

    def test_a_list_may_be_larger_than_other_bodies_and_still_has_a_limit(self, system: System):
        many = [{"id": f"a{n}", "skills": {f"skill {n % 7} {m}": 0.5 for m in range(20)}} for n in range(1_000)]
        assert len(json.dumps(many)) > 262_144
        assert len(system.http.put("/agents", json=many).json()) == 1_000
        too_large = b'[{"id": "a", "name": "' + b"x" * 8 * 1024 * 1024 + b'"}]'
        headers = {"Content-Type": "application/json"}
        refused(system.http.put("/agents", content=too_large, headers=headers), 413, "8388608")
        refused(system.http.put("/agents/a", content=too_large[:300_000], headers=headers), 413, "262144")
        refused(system.http.put("/agents", json=[{"id": f"b{n}"} for n in range(10_001)]), 422, "10000")

    def test_a_dry_run_refuses_what_would_be_and_stores_nothing(self, system: System):
        put(system)
        known = system.http.get("/agents").json()
        assert system.http.put("/agents?dry_run=true", json=[{"id": "ann"}, {"id": "bob"}]).json() == known
        for wrong in ([{"id": "cho"}, {"id": "cho"}], [{"id": "cho", "capacity": -1}]):
            refused(system.http.put("/agents?dry_run=true", json=wrong), 422)
        assert system.http.get("/agents").json() == known

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"skills": {"Billing": 1.5}}, ("skills.Billing", "less than or equal to 1")),
            ({"skills": {"": 0.5}}, ("skills", "1 to 128 printable characters")),
            ({"capacity": -1}, ("capacity", "greater than or equal to 0")),
            ({"capacity": "many"}, ("capacity", "integer")),
            ({"languages": ["Deutsch"]}, ("languages", "ISO 639-1")),
            ({"team": " "}, ("team", "printable")),
            ({"hours": {"mon": "09:00-17:00"}}, ("hours", "zone")),
            ({"hours": {"zone": "Mars/Base", "mon": "09:00-17:00"}}, ("hours", "Europe/Berlin")),
            ({"hours": {"zone": "UTC", "mon": "17:00-09:00"}}, ("hours", "past midnight as two")),
            ({"status": "online"}, ("status", "unknown field")),
        ],
    )
    def test_what_is_wrong_is_said(self, system: System, wrong: dict[str, Any], words: tuple[str, ...]):
        refused(system.http.put("/agents/ann", json=wrong), 422, *words)
        assert system.http.get("/agents").json() == []

    def test_a_name_that_cannot_be_an_id_is_refused(self, system: System):
        refused(system.http.put("/agents/a b", json={}), 422, "agent_id")
        refused(system.http.put("/agents", json=[{"id": "a b"}]), 422, "0.id")
        refused(system.http.put("/agents", json=[{"id": ".."}]), 422, "0.id", "more than dots alone")
        refused(system.http.put("/agents/%2e%2e", json={}), 422, "agent_id", "more than dots alone")

    def test_nobody_is_not_found(self, system: System):
        http = system.http
        for answer in (
            http.get("/agents/nobody"),
            http.delete("/agents/nobody"),
            http.get("/agents/nobody/tickets"),
            http.post("/agents/nobody/heartbeat"),
            http.post("/agents/nobody/status", json={"status": "away"}),
        ):
            refused(answer, 404, "nobody")


class TestStanding:
    def test_who_works_at_other_hours_is_absent_in_words(self, system: System):
        shown = put(system, hours={"zone": "UTC", "sun": "09:00-10:00"})
        assert (shown["status"], shown["absence"], shown["free"]) == ("online", "outside working hours", 0)

    def test_a_status_is_set_and_nonsense_refused(self, system: System):
        put(system)
        shown = stand(system, "wrap_up")
        assert (shown["status"], shown["absence"], shown["free"]) == ("wrap_up", "wrap-up", 0)
        refused(system.http.post("/agents/ann/status", json={"status": "asleep"}), 422, "status", "wrap_up")

    def test_a_heartbeat_is_noted(self, system: System):
        put(system)
        assert system.http.post("/agents/ann/heartbeat").json()["heartbeat_at"] == "2025-10-09T09:00:00Z"

    def test_silence_is_away_and_a_heartbeat_brings_him_back(self, system: System):
        put(system)
        system.http.post("/agents/ann/heartbeat")
        system.process()
        system.clock.set(system.clock.now() + 121)
        system.process()
        shown = system.http.get("/agents/ann").json()
        assert (shown["status"], shown["silent"], shown["absence"]) == ("away", True, "away")
        back = system.http.post("/agents/ann/heartbeat").json()
        assert (back["status"], back["silent"]) == ("online", False)

    def test_he_holds_what_he_is_given_and_gives_it_back_with_its_age(self, system: System):
        put(system)
        for name in ("t1", "t2", "t3"):
            system.post(ticket_id=name, body="My invoice is wrong")
        system.process()
        shown = system.http.get("/agents/ann").json()
        assert (shown["load"], shown["free"]) == (2, 0)
        held = system.http.get("/agents/ann/tickets").json()
        assert {one["state"] for one in held} == {"assigned"}
        assert len(held) == 2
        stand(system, "offline")
        assert system.http.get("/agents/ann/tickets").json() == []
        assert system.counts()["waiting"] == 3

    def test_who_is_removed_gives_back_everything(self, system: System):
        put(system)
        system.post(ticket_id="t1", body="My invoice is wrong")
        system.process()
        assert system.http.delete("/agents/ann").status_code == 204
        assert system.http.get("/v2/tickets/t1").json()["state"] == "waiting"
        refused(system.http.get("/agents/ann"), 404)


class TestScopes:
    def test_each_call_needs_its_own(self, system: System):
        keys = {scope: system.key(scope) for scope in ("read", "agent", "intake")}
        system.http.put("/agents/ann", json=ANN, headers=system.local)
        beats = {"method": "POST", "url": "/agents/ann/heartbeat"}
        for scope, call, status in (
            ("read", {"method": "GET", "url": "/agents"}, 200),
            ("intake", {"method": "GET", "url": "/agents"}, 403),
            ("agent", beats, 200),
            ("read", beats, 403),
            ("agent", {"method": "PUT", "url": "/agents/ann", "json": ANN}, 403),
            ("agent", {"method": "DELETE", "url": "/agents/ann"}, 403),
        ):
            assert system.http.request(**call, headers=keys[scope]).status_code == status, (scope, call)
