"""A parameter that a route does not know is refused: a slip in a filter must not turn it into everything."""

import pytest

from tests.unit.api.system import EMPTY, System, refused
from tests.unit.api.test_access import PUBLIC, RIGHTS, SIGNED

THEIRS = {("POST", "/ticket"), ("POST", "/tickets"), ("POST", "/webhook")}
"""Ways in that other systems call, which may append what they like."""


@pytest.mark.parametrize(("method", "path"), [route for route, who in RIGHTS.items() if who not in {PUBLIC, SIGNED}])
def test_every_route_refuses_what_it_does_not_know(shared: System, method: str, path: str):
    shared.app.state.parts.stopping.set()  # /events ends by itself
    body = {"json": {}} if method in {"POST", "PUT"} else {}
    answer = shared.http.request(method, f"{path}?slip=2", **body)
    if (method, path) in THEIRS or path.startswith("/v1/"):
        assert "slip" not in answer.text
    else:
        told = refused(answer, 422)
        assert told["detail"] == "Some parameters were refused."
        (error,) = told["errors"]
        assert error == {"field": "slip", "message": "unknown parameter; remove it, or see /docs for its name"}


@pytest.mark.parametrize("url", ["/livez?t=1", "/readyz?t=1", "/health?t=1", "/docs?t=1", "/openapi.json?t=1"])
def test_what_probes_and_browsers_append_is_left_alone(shared: System, url: str):
    assert shared.http.get(url).status_code == 200


def test_a_slip_stores_nothing(system: System):
    refused(system.http.post("/v2/tickets?wiat=2", json={"body": "Help"}), 422, "wiat")
    assert system.counts() == EMPTY
    assert system.http.post("/v1/tickets?wiat=2", json={"body": "Help"}).status_code == 201


def test_a_slip_exports_nothing(system: System):
    system.post(body="secret")
    assert "secret" not in system.http.get("/v2/export?from=bogus").text


def test_who_may_not_come_in_is_not_told(system: System):
    system.key("read")
    refused(system.http.get("/v2/tickets?slip=1"), 401)
