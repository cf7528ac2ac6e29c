"""Whoever may not come in has nothing read: who he is and how often he came is looked at before his body."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from tests.unit.api.system import System, refused
from tests.unit.api.test_access import PUBLIC, RIGHTS, SIGNED

STATUS = "/v2/tickets/status"
SITE = "https://support.example.org"
KINDS = ({"Content-Type": "application/json"}, {}, {"Content-Type": "text/plain", "Idempotency-Key": "k"})
WITH_BODIES = [
    (method, path, headers)
    for (method, path), needed in RIGHTS.items()
    if method in {"POST", "PUT"} and needed not in {PUBLIC, SIGNED}
    for headers in KINDS
]


async def unread() -> AsyncIterator[bytes]:
    raise AssertionError("somebody reads it")
    yield b""


def call(system: System, portal: BlockingPortal, method: str, path: str, **headers: str) -> httpx.Response:
    """A call from another machine whose body must not be read."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(system.app, client=("203.0.113.9", 4711))
        async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
            return await client.request(method, path, headers=headers, content=unread())

    return portal.call(send)


def test_nothing_is_read_of_whoever_has_no_key(system: System, portal: BlockingPortal):
    system.key("read")
    for method, path, headers in WITH_BODIES:
        refused(call(system, portal, method, path, **headers), 401)
        refused(call(system, portal, method, path, **headers, **{"X-API-Key": "ss_00_00"}), 401)
    refused(call(system, portal, "POST", "/webhook/unknown"), 401)


def test_nor_of_whose_key_does_not_open_it(system: System, portal: BlockingPortal):
    intake, reader = system.key("intake"), system.key("read")
    for method, path, headers in WITH_BODIES:
        key = reader if RIGHTS[method, path] == "intake" else intake
        refused(call(system, portal, method, path, **headers, **key), 403)


def test_nor_of_who_called_too_often(make_system: Callable[..., System], portal: BlockingPortal):
    system = make_system(rate_limit_per_minute=1, rate_limit_without_key_per_minute=1)
    key = system.key("admin")
    assert system.http.get(STATUS, headers=key).status_code == 200
    refused(call(system, portal, "GET", STATUS), 401)
    for method, path, headers in WITH_BODIES:
        refused(call(system, portal, method, path, **headers, **key), 429)
        refused(call(system, portal, method, path, **headers), 429)
    refused(call(system, portal, "POST", "/webhook/unknown"), 429)
    refused(call(system, portal, "POST", "/session", Origin=SITE), 429)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
def test_a_call_with_a_body_counts_once(make_system: Callable[..., System], headers: dict[str, str]):
    system = make_system(rate_limit_per_minute=4)
    key = system.key("intake", "agent") | headers
    told = [system.http.post("/v2/tickets", json={"body": "Help"}, headers=key).status_code for _ in range(3)]
    assert told == [202] * 3
    assert system.http.post("/v2/tickets/unknown/start", json={}, headers=key).status_code in {404, 422}
    refused(system.http.post("/v2/tickets", json={"body": "Help"}, headers=key), 429)
