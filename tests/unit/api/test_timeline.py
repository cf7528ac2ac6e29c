"""What happened to a ticket and to an incident over HTTP, and what ties the one to the other."""

from typing import Any

import pytest

from smart_support.domain.event import Position
from tests.unit.api.system import System, refused
from tests.unit.api.test_incidents import DOWN, ELEVEN, changed, send

LONG = {
    "subject": DOWN["subject"],
    "body": f"{DOWN['body']}. Every buyer sees the same page with the number of the fault and a button that loads it "
    "again. We have tried three browsers, two networks and a private window, and it is the same with every card and in "
    "every currency. The orders stay open, the baskets stay full and nobody gets an invoice or a mail.",
}
THREAT = {**LONG, "body": f"{LONG['body']} A lawsuit follows."}


def timeline(system: System, path: str, **query: Any) -> dict[str, Any]:
    answer = system.http.get(f"{path}/timeline", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def walked(system: System, path: str, limit: int) -> list[dict[str, Any]]:
    """All events, a page at a time."""
    found, query = [], {"limit": limit}
    while True:
        page = timeline(system, path, **query)
        assert len(page["events"]) <= limit
        found += page["events"]
        if page["next"] is None:
            return found
        assert len(page["events"]) == limit
        query["after"] = page["next"]


@pytest.fixture
def stormy(system: System) -> System:
    """The incident inc-1 of eleven tickets, and one of them that says more."""
    send(system, ELEVEN, LONG)
    send(system, ["more"], THREAT)
    return system


class TestTicket:
    def test_it_is_what_happened_to_it_in_order(self, system: System):
        send(system, ["t1", "t2"])
        system.http.get("/v2/tickets/next")
        found = timeline(system, "/v2/tickets/t1")
        assert found["next"] is None
        assert [one["kind"] for one in found["events"]] == [
            "ticket.accept",
            "ticket.triage",
            "ticket.queue",
            "ticket.claim",
        ]
        stored = system.pipeline.store.events("default", Position(), 100, "t1")
        assert [one["position"] for one in found["events"]] == [str(one.position) for one in stored]
        assert {one["ticket_id"] for one in found["events"]} == {"t1"}
        assert found["events"][0] == {
            "position": str(stored[0].position),
            "kind": "ticket.accept",
            "at": "2025-10-09T09:00:00Z",
            "actor": "local",
            "ticket_id": "t1",
            "incident_id": None,
            "agent_id": None,
            "data": {},
        }

    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 1_000])
    def test_its_pages_are_the_whole(self, system: System, limit: int):
        send(system, ["t1"])
        assert walked(system, "/v2/tickets/t1", limit) == timeline(system, "/v2/tickets/t1")["events"]

    def test_what_is_none_is_refused(self, system: System):
        system.post(ticket_id="t1", body="Help")
        get = system.http.get
        refused(get("/v2/tickets/t2/timeline"), 404, "t2")
        refused(get("/v2/tickets/a b/timeline"), 422, "ticket_id")
        for name, value in (("after", "1"), ("after", "x-1"), ("limit", "0"), ("limit", "1001")):
            refused(get("/v2/tickets/t1/timeline", params={name: value}), 422, name)


class TestIncident:
    def test_it_is_what_happened_to_it_and_its_members(self, stormy: System):
        changed(stormy, "unlink", ticket_ids=["t03"])
        found = timeline(stormy, "/incidents/inc-1")["events"]
        assert {one["incident_id"] for one in found} == {"inc-1"}
        told = [(one["kind"], one["ticket_id"]) for one in found]
        assert ("incident.open", None) in told
        assert ("ticket.suppress", "t04") in told
        assert told[-2:] == [("ticket.unlink", "t03"), ("ticket.release", "t03")]
        assert walked(stormy, "/incidents/inc-1", 4) == found

    def test_who_says_more_and_why_stands_in_it(self, stormy: System):
        found = timeline(stormy, "/incidents/inc-1")["events"]
        more = {one["ticket_id"]: one["data"]["exception"] for one in found if "exception" in one["data"]}
        assert more == {"more": "legal_threat"}
        assert stormy.http.get("/v2/tickets/more").json()["state"] == "waiting"

    def test_what_is_none_is_refused(self, stormy: System):
        get = stormy.http.get
        refused(get("/incidents/inc-9/timeline"), 404, "inc-9")
        refused(get("/incidents/nine/timeline"), 422, "incident_id")
        refused(get("/incidents/inc-1/timeline", params={"after": "now"}), 422, "after")
        refused(get("/incidents/inc-1/timeline", params={"limit": 1_001}), 422, "limit")


class TestLink:
    def test_it_is_the_one_that_the_incident_shows(self, stormy: System):
        for shown in stormy.http.get("/incidents/inc-1").json()["links"]:
            found = stormy.http.get(f"/v2/tickets/{shown['ticket_id']}/link")
            assert found.json() == {**shown, "incident_id": "inc-1"}
        assert found.json()["exception"] == "legal_threat"

    def test_there_is_none_where_a_ticket_belongs_to_nothing(self, stormy: System):
        changed(stormy, "unlink", ticket_ids=["t03"])
        refused(stormy.http.get("/v2/tickets/t03/link"), 404, "t03", "no incident")
        refused(stormy.http.get("/v2/tickets/unknown/link"), 404, "no ticket", "unknown")
        refused(stormy.http.get("/v2/tickets/a b/link"), 422, "ticket_id")
