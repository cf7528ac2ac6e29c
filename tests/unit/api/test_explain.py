"""What an explained route says is so: the world is changed as told, and the ticket goes there."""

from typing import Any

import pytest

from smart_support.domain.assignment.problem import Policy
from tests.unit.api.system import System, refused

ALL = {"Billing": 1.0, "Technical": 1.0, "Legal": 1.0, "General": 1.0}
ENGLISH = "My invoice is wrong, please send me a corrected one with the right VAT number"
GERMAN = "Meine Rechnung ist falsch, bitte schicken Sie mir eine neue mit der richtigen Steuernummer"


def put(system: System, *agents: dict[str, Any]) -> None:
    answer = system.http.put("/agents", json=[{"skills": ALL, "languages": ["en", "de"]} | one for one in agents])
    assert answer.status_code == 200, answer.text


def queue(system: System, *names: str, body: str = ENGLISH) -> None:
    for name in names:
        system.post(ticket_id=name, body=body)
    system.process()


def route(system: System, name: str = "t1") -> dict[str, Any]:
    answer = system.http.get(f"/v2/tickets/{name}/route")
    assert answer.status_code == 200, answer.text
    return answer.json()


def words(found: dict[str, Any]) -> dict[str, str]:
    return {other["agent_id"]: other["words"] for other in found["others"]}


def holder(system: System, name: str = "t1") -> str | None:
    system.process()
    return system.http.get(f"/v2/tickets/{name}").json()["agent_id"]


class TestWhoWaits:
    @pytest.fixture
    def scarce(self, system: System) -> System:
        """One ticket more than there are slots."""
        put(system, {"id": "ann"}, {"id": "bob", "skills": {"Gardening": 1.0}}, {"id": "cho", "languages": ["fr"]})
        queue(system, "t0", "t1")
        return system

    def test_each_agent_has_a_reason_and_what_would_change_it(self, scarce: System):
        found = route(scarce)
        assert (found["state"], found["words"], found["chosen"]) == ("waiting", "waits for an agent", None)
        assert (found["above"], found["waiting"]) == (0, 1)
        told = words(found)
        assert told["ann"] == "1 of 1; one free slot would change it"
        assert told["cho"] == "no English; speaking English would change it"
        assert told["bob"].startswith("no ")
        ann = next(other for other in found["others"] if other["agent_id"] == "ann")
        assert ann["reasons"] == [{"code": "full", "name": None, "has": 1.0, "asked": 1.0, "seconds": None}]
        assert ann["change"] == {"lever": "free_slot", "name": None, "value": 1.0}

    def test_more_capacity_changes_it_as_told(self, scarce: System):
        put(scarce, {"id": "ann", "capacity": 2})
        assert route(scarce)["chosen"]["agent_id"] == "ann"
        assert holder(scarce) == "ann"

    def test_so_does_a_free_slot(self, scarce: System):
        scarce.http.post("/v2/tickets/t0/resolve", json={})
        assert route(scarce)["chosen"]["agent_id"] == "ann"
        assert holder(scarce) == "ann"

    def test_so_does_a_language(self, scarce: System):
        put(scarce, {"id": "cho", "languages": ["fr", "en"]})
        assert route(scarce)["chosen"]["agent_id"] == "cho"
        assert holder(scarce) == "cho"

    def test_who_is_away_would_get_it_if_he_was_there(self, system: System):
        put(system, {"id": "ann"})
        system.http.post("/agents/ann/status", json={"status": "away"})
        queue(system, "t1", body=GERMAN)
        assert words(route(system)) == {"ann": "away; being there would change it"}
        system.http.post("/agents/ann/status", json={"status": "online"})
        assert route(system)["chosen"]["agent_id"] == "ann"
        assert holder(system) == "ann"

    def test_without_agents_there_is_nothing_to_say(self, system: System):
        queue(system, "t1")
        found = route(system)
        assert (found["chosen"], found["others"]) == (None, [])


class TestWhoIsHeld:
    def test_it_is_told_as_if_it_were_given_now(self, system: System):
        put(system, {"id": "ann"}, {"id": "bob", "skills": dict.fromkeys(ALL, 0.2)})
        queue(system, "t1")
        found = route(system)
        assert (found["agent_id"], found["words"]) == ("ann", "is assigned to ann; as if it were given now")
        half = round(1_000 * Policy().load_weight / 2)  # of his only slot
        parts = {"skill": 0, "relaxed": 0, "preferred": 0, "load": half}
        assert found["chosen"] == {"agent_id": "ann", "cost": half, **parts}
        assert words(found)["bob"].startswith("proficiency 0.2, 0.6 is asked for now")

    def test_another_world_gives_it_to_another(self, system: System):
        put(system, {"id": "ann"}, {"id": "bob", "skills": dict.fromkeys(ALL, 0.5), "capacity": 3})
        queue(system, "t1")
        assert route(system)["chosen"]["agent_id"] == "ann"
        put(system, {"id": "bob", "capacity": 3})
        assert route(system)["chosen"]["agent_id"] == "bob"
        assert words(route(system))["ann"].startswith("all would cost")
        assert holder(system) == "ann"  # it was only asked

    def test_who_declined_it_says_so(self, system: System):
        put(system, {"id": "ann"})
        queue(system, "t1")
        system.http.post("/v2/tickets/t1/decline", json={})
        told = words(route(system))["ann"]
        assert told == "declined it before, or a rule forbids it; being allowed it would change it"


class TestRules:
    def test_the_rules_that_matched_and_what_is_promised_are_named(self, system: System):
        rules = {
            "rule": [
                {"name": "Gold", "match": {"tier": "gold"}, "team": "key accounts", "sla": "gold"},
                {"name": "Others", "match": {"tier": "tin"}, "priority": 0.1},
            ],
            "sla": [{"name": "gold", "first_response": 900}],
        }
        assert system.http.put("/config/routing", json=rules).status_code == 200
        system.pipeline.rules.refresh()
        put(system, {"id": "ann"}, {"id": "bob", "team": "key accounts"})
        system.post(ticket_id="t1", body=ENGLISH, customer={"tier": "gold"})
        system.process()
        system.clock.set(system.clock.now() + 60)
        found = route(system)
        assert found["rules"] == ["Gold"]
        assert (found["chosen"]["agent_id"], found["needs"]["team"]) == ("bob", "key accounts")
        assert words(found) == {"ann": "not in team key accounts; the team key accounts would change it"}
        assert found["sla"] == {
            "name": "gold",
            "first_response_due": "2025-10-09T09:15:00Z",
            "resolution_due": None,
            "slack_seconds": 840.0,
        }
        put(system, {"id": "ann", "team": "key accounts"}, {"id": "bob"})
        assert route(system)["chosen"]["agent_id"] == "ann"

    def test_a_ticket_keeps_what_it_was_promised_while_its_rank_follows_the_rules(self, system: System):
        def apply(*slas: dict[str, Any]) -> None:
            assert system.http.put("/config/routing", json={"sla": slas}).status_code == 200
            system.pipeline.rules.refresh()

        apply({"name": "old", "match": {}, "first_response": 900})
        queue(system, "t1")
        apply({"name": "new", "match": {}, "first_response": 300, "resolution": 600})
        kept = {"first_response_due": "2025-10-09T09:15:00Z", "resolution_due": None}
        assert route(system)["sla"] == {"name": "new", **kept, "slack_seconds": 300.0}
        apply()
        assert {name: route(system)["sla"][name] for name in kept} == kept
        (promise,) = system.http.get("/v2/tickets/t1/sla").json()["promises"]
        assert promise["due_at"] == kept["first_response_due"]

    def test_rules_that_come_later_promise_nothing(self, system: System):
        queue(system, "t1")
        assert route(system)["sla"] is None
        late = {"name": "late", "match": {}, "first_response": 300}
        assert system.http.put("/config/routing", json={"sla": [late]}).status_code == 200
        system.pipeline.rules.refresh()
        assert route(system)["sla"] == {
            "name": "late",
            "first_response_due": None,
            "resolution_due": None,
            "slack_seconds": 300.0,
        }


class TestWhatGoesToNobody:
    def test_it_says_why(self, system: System):
        system.post(ticket_id="t0", body=ENGLISH)
        assert route(system, "t0")["words"] == "is not in the queue yet"
        put(system, {"id": "ann"})
        queue(system, "t1", "t2")
        names = {holder(system, name): name for name in ("t0", "t1", "t2")}
        system.http.post(f"/v2/tickets/{names['ann']}/resolve", json={})
        claimed = system.http.get("/v2/tickets/next").json()["ticket_id"]
        for name, said in ((names["ann"], "is resolved"), (claimed, "was claimed from the queue")):
            found = route(system, name)
            assert (found["words"], found["chosen"], found["others"], found["above"]) == (said, None, [], None)

    def test_a_duplicate_names_its_incident(self, system: System):
        names = [f"t{n:02}" for n in range(11)]
        for name in names:
            system.post(ticket_id=name, body="Every card payment in our shop fails with error 502")
        system.process()
        assert "incident inc-1 stands for it" in route(system, "t05")["words"]

    def test_what_there_is_not_is_not_found(self, system: System):
        refused(system.http.get("/v2/tickets/unknown/route"), 404, "unknown")


def test_two_are_explained_at_a_time(system: System):
    queue(system, "t1")
    with system.app.state.parts.explaining:
        route(system)
        with system.app.state.parts.explaining:
            answer = system.http.get("/v2/tickets/t1/route")
    refused(answer, 429, "other explanations")
    assert int(answer.headers["Retry-After"]) > 0
    route(system)
    route(system)
