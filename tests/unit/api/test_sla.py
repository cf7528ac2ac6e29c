"""What a ticket was promised, over HTTP."""

import pytest

from tests.unit.api.system import System, refused

RULES = {
    "sla": [
        {"name": "gold", "first_response": "10m", "resolution": "2h", "match": {"tier": "gold"}},
        {"name": "slow", "resolution": "8h", "calendar": "office", "match": {"tier": "silver"}},
    ],
    "calendars": {"office": {"zone": "UTC", "thu": "08:00-10:00", "fri": "09:00-17:00"}},
}


@pytest.fixture
def ruled(system: System) -> System:
    """It is Thursday, 9 October 2025, 09:00 UTC."""
    assert system.http.put("/config/routing", json=RULES, headers=system.local).status_code == 200
    system.pipeline.rules.refresh()
    return system


def sla(system: System, ticket_id: str) -> dict[str, dict]:
    answer = system.http.get(f"/v2/tickets/{ticket_id}/sla")
    assert answer.status_code == 200, answer.text
    return {one["promise"]: one for one in answer.json()["promises"]}


def test_it_says_by_when_and_how_things_stand(ruled: System):
    ruled.post(ticket_id="a", body="Where is my invoice?", customer={"tier": "gold"})
    assert sla(ruled, "a") == {}  # it is not dispatched yet
    ruled.process()
    assert sla(ruled, "a")["first_response"] == {
        "promise": "first_response",
        "due_at": "2025-10-09T09:10:00Z",
        "warn_at": "2025-10-09T09:08:00Z",
        "state": "ok",
        "slack_seconds": 600.0,
    }
    ruled.clock.set(ruled.clock.now() + 540)
    assert {name: (one["state"], one["slack_seconds"]) for name, one in sla(ruled, "a").items()} == {
        "first_response": ("due_soon", 60.0),
        "resolution": ("ok", 6_660.0),
    }
    ruled.clock.set(ruled.clock.now() + 120)
    assert sla(ruled, "a")["first_response"]["state"] == "breached"
    assert sla(ruled, "a")["first_response"]["slack_seconds"] == -60.0


def test_time_stands_still_while_the_office_is_closed(ruled: System):
    ruled.post(ticket_id="a", body="Where is my invoice?", customer={"tier": "silver"})
    ruled.process()
    (promise,) = sla(ruled, "a").values()
    assert (promise["due_at"], promise["slack_seconds"]) == ("2025-10-10T16:00:00Z", 8 * 3_600.0)
    ruled.clock.set(ruled.clock.now() + 12 * 3_600)
    assert sla(ruled, "a")["resolution"]["slack_seconds"] == 7 * 3_600.0


def test_the_leader_tells_when_time_is_over(ruled: System):
    ruled.post(ticket_id="a", body="Where is my invoice?", customer={"tier": "gold"})
    ruled.process()
    ruled.clock.set(ruled.clock.now() + 500)
    assert ruled.pipeline.sla.run_once() == 1
    assert ruled.pipeline.sla.run_once() == 0
    ruled.process()
    assert [alert.kind.value for alert in ruled.alerts] == ["sla_due_soon"]


def test_without_a_promise_there_is_none_and_without_a_ticket_it_is_404(ruled: System):
    ruled.post(ticket_id="a", body="Where is my invoice?")
    ruled.process()
    assert sla(ruled, "a") == {}
    refused(ruled.http.get("/v2/tickets/unknown/sla"), 404, "unknown")
    assert ruled.http.get("/v2/tickets/a/sla", headers=ruled.key("intake")).status_code == 403
