"""Requests are timed by their route, and refusals counted by why."""

from tests.unit.api.system import System
from tests.unit.api.test_health import metrics


def counted(system: System, *labels: str) -> float | None:
    return metrics(system).get(("smart_support_http_request_duration_seconds_count", *sorted(labels)))


def test_requests_by_method_template_and_status(system: System):
    first = system.post(body="Help").json()["ticket_id"]
    system.http.get(f"/v2/tickets/{first}")
    system.http.get("/v2/tickets/unknown")
    assert counted(system, "POST", "/v2/tickets", "202") == 1
    assert counted(system, "GET", "/v2/tickets/{ticket_id}", "200") == 1
    assert counted(system, "GET", "/v2/tickets/{ticket_id}", "404") == 1


def test_whoever_tries_paths_and_methods_makes_no_series(system: System):
    before = len(metrics(system))
    for n in range(20):
        system.http.get(f"/no/such/{n}")
        system.http.request(f"METHOD{n}", "/v2/tickets")
    assert counted(system, "GET", "none", "404") == 20
    assert len(metrics(system)) - before < 60


def test_refusals_by_why(system: System):
    system.database.down = True
    assert system.post(body="Help").status_code == 503
    system.database.down = False
    reader = system.key("read")
    assert system.http.get("/models", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert system.http.post("/keys", headers=reader, json={"name": "x", "scopes": ["read"]}).status_code == 403
    counter = system.pipeline.watch.metrics.refusals
    found = {
        tuple(one.labels.values()): one.value
        for family in counter.collect()
        for one in family.samples
        if one.name.endswith("_total")
    }
    assert {labels: value for labels, value in found.items() if value == 1.0} == {
        ("503", "database"): 1,
        ("401", "unauthenticated"): 1,
        ("403", "forbidden"): 1,
    }
