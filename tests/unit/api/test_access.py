"""Who may: everyone on an open loopback, and from the first key on whoever has one with the right scope."""

from collections.abc import Callable, Iterator

import pytest
from fastapi.routing import iter_route_contexts

from smart_support.api.access import WRONG_KEY
from smart_support.domain.access import Scope
from smart_support.domain.event import Position
from smart_support.pipeline.agents import Handling
from tests.unit.api.system import System, refused

PUBLIC = None
SIGNED = "signed"
"""Its signature is the key: no other one opens it."""
ANYBODY = "anybody"
"""Whatever scopes a key has."""

# Each route and the scope that it asks for. A route that is missing here fails the test: decide who may call it.
RIGHTS: dict[tuple[str, str], Scope | str | None] = {
    ("POST", "/v1/tickets"): Scope.INTAKE,
    ("DELETE", "/v1/tickets"): Scope.ADMIN,
    ("GET", "/v1/tickets/next"): Scope.AGENT,
    ("GET", "/v1/tickets/peek"): Scope.READ,
    ("GET", "/v1/tickets/status"): Scope.READ,
    ("POST", "/v2/tickets"): Scope.INTAKE,
    ("GET", "/v2/tickets"): Scope.READ,
    ("GET", "/v2/tickets/facets"): Scope.READ,
    ("GET", "/v2/tickets/next"): Scope.AGENT,
    ("GET", "/v2/tickets/status"): Scope.READ,
    ("GET", "/v2/tickets/{ticket_id}"): Scope.READ,
    ("GET", "/v2/tickets/{ticket_id}/replies"): Scope.READ,
    ("GET", "/v2/tickets/{ticket_id}/link"): Scope.READ,
    ("GET", "/v2/tickets/{ticket_id}/timeline"): Scope.READ,
    ("POST", "/v2/tickets/bulk"): Scope.AGENT,
    ("POST", "/tickets"): Scope.INTAKE,
    ("POST", "/ticket"): Scope.INTAKE,
    ("POST", "/webhook"): Scope.INTAKE,
    ("POST", "/webhook/{source}"): SIGNED,
    ("POST", "/v2/import"): Scope.ADMIN,
    ("GET", "/v2/export"): Scope.ADMIN,
    ("POST", "/v2/privacy/export"): Scope.ADMIN,
    ("POST", "/v2/privacy/erase"): Scope.ADMIN,
    ("POST", "/v2/privacy/purge"): Scope.ADMIN,
    ("GET", "/keys"): Scope.ADMIN,
    ("POST", "/keys"): Scope.ADMIN,
    ("DELETE", "/keys/{key_id}"): Scope.ADMIN,
    ("GET", "/workspaces"): Scope.ADMIN,
    ("POST", "/workspaces"): Scope.ADMIN,
    ("GET", "/session"): ANYBODY,
    ("POST", "/session"): PUBLIC,
    ("DELETE", "/session"): PUBLIC,
    ("GET", "/config/taxonomy"): Scope.READ,
    ("PUT", "/config/taxonomy"): Scope.ADMIN,
    ("POST", "/v2/tickets/{ticket_id}/feedback"): Scope.AGENT,
    ("GET", "/v2/feedback/export"): Scope.ADMIN,
    ("GET", "/incidents"): Scope.READ,
    ("GET", "/incidents/preview"): Scope.READ,
    ("GET", "/incidents/{incident_id}"): Scope.READ,
    ("GET", "/incidents/{incident_id}/timeline"): Scope.READ,
    ("GET", "/incidents/{incident_id}/growth"): Scope.READ,
    ("GET", "/incidents/{incident_id}/customers"): Scope.READ,
    ("POST", "/incidents/{incident_id}/resolve"): Scope.AGENT,
    ("POST", "/incidents/{incident_id}/dismiss"): Scope.AGENT,
    ("POST", "/incidents/{incident_id}/unlink"): Scope.AGENT,
    ("POST", "/incidents/{incident_id}/link"): Scope.AGENT,
    ("POST", "/incidents/{incident_id}/merge"): Scope.AGENT,
    ("GET", "/v2/tickets/{ticket_id}/route"): Scope.READ,
    ("GET", "/v2/tickets/{ticket_id}/sla"): Scope.READ,
    ("GET", "/alerts"): Scope.READ,
    ("GET", "/alerts/destinations"): Scope.READ,
    ("POST", "/alerts/retry"): Scope.ADMIN,
    ("POST", "/alerts/test"): Scope.ADMIN,
    ("GET", "/config/{kind}/versions"): Scope.READ,
    ("GET", "/config/{kind}/versions/{version}"): Scope.READ,
    ("GET", "/config/routing"): Scope.READ,
    ("PUT", "/config/routing"): Scope.ADMIN,
    **{("POST", f"/v2/tickets/{{ticket_id}}/{act}"): Scope.AGENT for act in Handling},
    ("GET", "/agents"): Scope.READ,
    ("PUT", "/agents"): Scope.ADMIN,
    ("GET", "/agents/{agent_id}"): Scope.READ,
    ("PUT", "/agents/{agent_id}"): Scope.ADMIN,
    ("DELETE", "/agents/{agent_id}"): Scope.ADMIN,
    ("POST", "/agents/{agent_id}/status"): Scope.AGENT,
    ("POST", "/agents/{agent_id}/heartbeat"): Scope.AGENT,
    ("GET", "/agents/{agent_id}/tickets"): Scope.READ,
    ("GET", "/models"): Scope.READ,
    ("POST", "/models"): Scope.ADMIN,
    ("GET", "/models/compare"): Scope.READ,
    ("POST", "/models/rollback"): Scope.ADMIN,
    ("POST", "/models/{version}/shadow"): Scope.ADMIN,
    ("DELETE", "/models/{version}/shadow"): Scope.ADMIN,
    ("POST", "/models/{version}/promote"): Scope.ADMIN,
    ("GET", "/metrics"): Scope.READ,
    ("GET", "/breaker"): Scope.READ,
    ("GET", "/health/figures"): Scope.READ,
    ("GET", "/health/standing"): Scope.READ,
    ("GET", "/v2/arrivals"): Scope.READ,
    ("GET", "/v2/storms/forming"): Scope.READ,
    ("POST", "/v2/simulate/flood"): Scope.ADMIN,
    ("GET", "/v2/simulate/flood"): Scope.READ,
    ("GET", "/health"): PUBLIC,
    ("GET", "/livez"): PUBLIC,
    ("GET", "/healthz"): PUBLIC,
    ("GET", "/readyz"): PUBLIC,
    ("GET", "/events"): Scope.READ,
    ("GET", "/dead"): Scope.READ,
    ("POST", "/dead/retry"): Scope.ADMIN,
    ("GET", "/"): PUBLIC,
    ("GET", "/docs"): PUBLIC,
    ("GET", "/docs/oauth2-redirect"): PUBLIC,
    ("GET", "/redoc"): PUBLIC,
    ("GET", "/redoc.js"): PUBLIC,
    ("GET", "/openapi.json"): PUBLIC,
}

# Those that an agent's own key opens, where the route holds him to what is his. Whatever else shows or moves what is
# the workspace's is closed to it.
OPEN_TO_AGENTS = {
    ("GET", "/v2/tickets"),
    ("GET", "/v2/tickets/facets"),
    ("GET", "/v2/tickets/next"),
    ("GET", "/v2/tickets/status"),
    ("GET", "/v2/tickets/{ticket_id}"),
    ("GET", "/v2/tickets/{ticket_id}/replies"),
    ("GET", "/v2/tickets/{ticket_id}/link"),
    ("GET", "/v2/tickets/{ticket_id}/timeline"),
    ("GET", "/v2/tickets/{ticket_id}/route"),
    ("GET", "/v2/tickets/{ticket_id}/sla"),
    ("POST", "/v2/tickets/bulk"),
    ("POST", "/v2/tickets/{ticket_id}/feedback"),
    *(("POST", f"/v2/tickets/{{ticket_id}}/{act}") for act in Handling),
    ("GET", "/agents"),
    ("GET", "/agents/{agent_id}"),
    ("GET", "/agents/{agent_id}/tickets"),
    ("POST", "/agents/{agent_id}/status"),
    ("POST", "/agents/{agent_id}/heartbeat"),
    ("GET", "/config/taxonomy"),
    ("GET", "/incidents"),
    ("GET", "/incidents/{incident_id}"),
    ("GET", "/incidents/{incident_id}/growth"),
    ("GET", "/events"),
}

# Those that are the installation's: only a key of the workspace `default` opens them.
OF_THE_INSTALLATION = {
    ("POST", "/workspaces"),
    ("POST", "/v2/privacy/purge"),
    ("GET", "/metrics"),
    ("GET", "/health/standing"),
    ("GET", "/models/compare"),
    ("POST", "/models"),
    ("POST", "/models/rollback"),
    ("POST", "/models/{version}/shadow"),
    ("DELETE", "/models/{version}/shadow"),
    ("POST", "/models/{version}/promote"),
}
STATUS = "/v2/tickets/status"


def routes(system: System) -> Iterator[tuple[str, str]]:
    """Every method and path of the app, but for the files of the documentation."""
    for route in iter_route_contexts(system.app.routes):
        for method in (getattr(route, "methods", None) or set()) - {"HEAD"}:
            yield method, route.path


def call(system: System, method: str, path: str, headers: dict) -> int:
    """A request that has no effect: what may come in is refused for its body."""
    body = {"json": {}} if method in {"POST", "PUT"} else {}
    url = path.replace("{ticket_id}", "unknown").replace("{key_id}", "0").replace("{agent_id}", "a b")
    return system.http.request(method, url, headers=headers, **body).status_code


def test_without_a_key_the_loopback_is_open_until_one_is_made(system: System):
    assert system.http.get(STATUS).status_code == 200
    system.key("intake")
    answer = system.http.get(STATUS)
    refused(answer, 401, "API key")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_where_the_loopback_is_not_open_a_key_is_needed_from_the_start(make_system: Callable[..., System]):
    system = make_system(open_loopback=False)
    refused(system.http.get(STATUS), 401)
    refused(system.http.post("/v1/tickets", json={"body": "Help"}), 401)
    assert system.http.get(STATUS, headers=system.local).status_code == 200


def test_a_key_is_taken_as_bearer_and_in_a_header_of_its_own(system: System):
    bearer = system.key("read")
    token = bearer["Authorization"].removeprefix("Bearer ")
    assert system.http.get(STATUS, headers=bearer).status_code == 200
    assert system.http.get(STATUS, headers={"X-API-Key": token}).status_code == 200


def test_a_key_that_is_not_ours_is_refused(system: System):
    token = system.key("read")["Authorization"].removeprefix("Bearer ")
    mark, key_id, secret = token.split("_")
    wrong = (f"{mark}_{key_id}_{'0' * 64}", f"{mark}_000000_{secret}", f"xx_{key_id}_{secret}", key_id, "ss__", "ä", "")
    for value in wrong:
        for headers in ({"X-API-Key": value.encode()}, {"Authorization": f"Bearer {value}".encode()}):
            answer = system.http.get(STATUS, headers=headers)
            refused(answer, 401, WRONG_KEY if value else "send an API key")
            assert "www-authenticate" in answer.headers


def test_a_key_that_is_not_known_was_revoked_or_has_expired_is_refused_alike(system: System):
    revoked, expired = system.key("read"), system.key("read", expires_in_days=1)
    (key_id,) = [key["id"] for key in system.http.get("/keys", headers=system.local).json() if not key["expires_at"]]
    system.http.delete(f"/keys/{key_id}", headers=system.local).raise_for_status()
    system.clock.set(system.clock.now() + 2 * 86_400)
    keys = ({"X-API-Key": "ss_00_00"}, revoked, expired)
    answers = [system.http.get(STATUS, headers=headers) for headers in keys]
    assert [refused(answer, 401)["detail"] for answer in answers] == [WRONG_KEY] * 3
    assert answers[0].headers.items() == answers[1].headers.items() == answers[2].headers.items()


def test_what_a_key_lacks_is_named(system: System):
    refused(system.http.get(STATUS, headers=system.key("intake")), 403, "read")


def test_keys_hold_while_the_database_is_down(system: System):
    headers = system.key("intake")
    system.database.down = True
    assert system.http.post("/v1/tickets", json={"body": "Help"}, headers=headers).status_code == 201
    refused(system.http.post("/v1/tickets", json={"body": "Help"}), 401)


def test_who_called_stands_on_the_event(system: System):
    system.post(ticket_id="t1", body="Help")
    headers = system.key("intake")
    system.http.post("/v2/tickets", json={"ticket_id": "t2", "body": "Help"}, headers=headers)
    key_id = headers["Authorization"].split("_")[1]
    events = [found.event for found in system.pipeline.store.events("default", Position(), 10)]
    accepted = {event.ticket_id: event.actor for event in events if event.kind == "ticket.accept"}
    assert accepted == {"t1": "local", "t2": f"key:{key_id}"}


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "127.8.0.1:80", "[::1]:8000", "LOCALHOST"])
def test_the_open_loopback_answers_to_its_own_names(system: System, host: str):
    assert system.http.get(STATUS, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "192.168.0.7:8000",
        "localhost.evil.example",
        "testserver",
        "127.0.0.1@evil.example",
        "127.0.0.1, evil.example",
        "evil.example:99999",
        "evil.example:",
        "a b",
        "[",
        "",
    ],
)
def test_the_open_loopback_refuses_names_of_others(system: System, host: str):
    """So that a name which somebody else points at this machine (DNS rebinding) opens nothing."""
    answer = system.http.post("/v2/tickets", json={"body": "Help"}, headers={"Host": host})
    assert answer.status_code in {400, 403}, answer.text
    refused(answer, answer.status_code)


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
def test_the_open_loopback_refuses_pages_of_others_in_the_users_browser(system: System, site: str, status: int):
    assert system.http.get(STATUS, headers={"Sec-Fetch-Site": site}).status_code == status
    assert system.http.delete("/v1/tickets", headers={"Sec-Fetch-Site": site}).status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:8000", 200),
        ("http://localhost:3000", 403),  # a page of another program on this machine
        ("http://127.0.0.1:8000", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("http://[", 403),
        ("", 403),
    ],
)
def test_the_open_loopback_refuses_other_origins(system: System, origin: str, status: int):
    headers = {"Host": "localhost:8000", "Origin": origin}
    assert system.http.get(STATUS, headers=headers).status_code == status
    assert system.http.delete("/v1/tickets", headers=headers).status_code == status


def test_origins_that_may_call_do_so_with_a_key(make_system: Callable[..., System]):
    app = "http://localhost:3000"
    system = make_system(cors_origins=app)
    refused(system.http.get(STATUS, headers={"Origin": app}), 403, "keys create")
    assert system.http.get(STATUS, headers=system.key("read") | {"Origin": app}).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via"])
def test_the_open_loopback_refuses_whoever_a_proxy_lets_in(system: System, header: str):
    """A proxy on this machine calls it by its own name for anybody, so that without a key all would be admins."""
    refused(system.http.get(STATUS, headers={header: "203.0.113.7"}), 403, "keys create")
    assert system.http.get(STATUS, headers=system.key("read") | {header: "203.0.113.7"}).status_code == 200


def test_a_key_is_good_from_anywhere(system: System):
    headers = system.key("read") | {"Host": "support.example.org", "Sec-Fetch-Site": "cross-site"}
    assert system.http.get(STATUS, headers=headers).status_code == 200
