"""Requests are timed by their route, and refusals counted by why."""

from collections.abc import Callable

import pytest
from anyio.from_thread import BlockingPortal
from structlog.testing import capture_logs

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


@pytest.mark.parametrize("path", ["/v2/tickets", "/webhook/{source}"])
@pytest.mark.parametrize("headers", [[], [(b"idempotency-key", b"k")]])
def test_an_upload_that_is_cut_off_is_no_fault_of_ours(
    make_system: Callable[..., System], portal: BlockingPortal, path: str, headers: list
):
    system = make_system(sources={"desk": {"type": "zendesk", "secret": "0" * 32}})
    came = iter([{"type": "http.request", "body": b'{"body"', "more_body": True}, {"type": "http.disconnect"}])
    sent = []

    async def receive() -> dict:
        return next(came)

    async def send(message: dict) -> None:
        sent.append(message)

    given = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"content-length", b"1000"), *headers]
    where = path.format(source="desk")
    scope = {"type": "http", "method": "POST", "path": where, "raw_path": where.encode(), "query_string": b""}
    scope |= {"scheme": "http", "http_version": "1.1", "client": ("127.0.0.1", 1), "server": None, "headers": given}
    with capture_logs() as logs:
        portal.call(system.app, scope, receive, send)
    assert sent[0]["status"] == 400
    assert logs == []
    assert counted(system, "POST", path, "400") == 1
