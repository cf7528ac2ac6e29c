"""How an incident grew and whom it affects, over HTTP."""

from typing import Any

from tests.unit.api.system import NOON, System, refused
from tests.unit.api.test_incidents import DOWN, ELEVEN, changed, send


def growth(system: System, **query: Any) -> dict[str, Any]:
    answer = system.http.get("/incidents/inc-1/growth", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def at(system: System, seconds: float) -> System:
    system.clock.set(NOON + seconds)
    return system


def grown(system: System) -> System:
    """Eleven tickets at 9:00, three at 9:02 and one at 9:05, when it is resolved."""
    send(system, ELEVEN)
    send(at(system, 130.0), ["a", "b", "c"])
    send(at(system, 300.0), ["d"])
    return system


class TestGrowth:
    def test_it_is_told_by_the_minute_until_now(self, system: System):
        grown(system)
        found = growth(at(system, 420.5))
        assert (found["from"], found["to"], found["seconds"]) == (
            "2025-10-09T09:00:00Z",
            "2025-10-09T09:07:00.500000Z",
            60,
        )
        assert [one["tickets"] for one in found["buckets"]] == [11, 0, 3, 0, 0, 1, 0, 0]
        assert [one["at"] for one in found["buckets"]][1:3] == ["2025-10-09T09:01:00Z", "2025-10-09T09:02:00Z"]

    def test_it_ends_with_the_incident_and_its_last_recurrence(self, system: System):
        changed(grown(system), "resolve")
        found = growth(at(system, 3_600.0))
        assert found["to"] == "2025-10-09T09:05:00Z"
        assert [one["tickets"] for one in found["buckets"]] == [11, 0, 3, 0, 0, 1]
        send(system, ["late"])
        found = growth(at(system, 7_200.0), buckets=10)
        assert (found["to"], found["seconds"]) == ("2025-10-09T10:00:00Z", 600)
        assert [one["tickets"] for one in found["buckets"]] == [15, 0, 0, 0, 0, 0, 1]

    def test_one_that_was_dismissed_has_no_tickets(self, system: System):
        changed(grown(system), "dismiss")
        found = growth(at(system, 3_600.0))
        assert (found["from"], found["to"]) == ("2025-10-09T09:00:00Z", "2025-10-09T09:05:00Z")
        assert [one["tickets"] for one in found["buckets"]] == [0] * 6

    def test_what_is_none_is_refused(self, system: System):
        grown(system)
        refused(system.http.get("/incidents/inc-9/growth"), 404, "inc-9")
        refused(system.http.get("/incidents/nine/growth"), 422, "incident_id")
        for buckets in ("1", "1001", "x"):
            refused(system.http.get("/incidents/inc-1/growth", params={"buckets": buckets}), 422, "buckets")


class TestCustomers:
    def test_the_one_with_the_most_tickets_comes_first(self, system: System):
        who = [{"id": f"c{n}", "name": f"Customer {n}", "tier": "free"} for n in range(8)]
        ann = {"email": "ann@example.org", "tier": "gold"}
        records = [
            {"ticket_id": f"t{n:02}", "customer": customer, **DOWN}
            for n, customer in enumerate([*who, ann, ann, {**ann, "name": "Ann"}, {}])
        ]
        assert system.http.post("/v2/import?live=true", json={"tickets": records}).status_code == 200
        system.process()
        found = system.http.get("/incidents/inc-1/customers").json()
        assert found[0] == {"customer": "Ann", "id": None, "email": "ann@example.org", "tier": "gold", "tickets": 3}
        assert found[1] == {"customer": "Customer 0", "id": "c0", "email": None, "tier": "free", "tickets": 1}
        assert len(found) == 9 == system.http.get("/incidents/inc-1").json()["customers"]
        assert system.http.get("/incidents/inc-1/customers", params={"limit": 2}).json() == found[:2]

    def test_what_is_none_is_refused(self, system: System):
        send(system, ELEVEN)
        refused(system.http.get("/incidents/inc-9/customers"), 404, "inc-9")
        refused(system.http.get("/incidents/nine/customers"), 422, "incident_id")
        for limit in ("0", "1001"):
            refused(system.http.get("/incidents/inc-1/customers", params={"limit": limit}), 422, "limit")
