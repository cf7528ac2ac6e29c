"""How often one may call: by key and by address, refused with when to come again, and never because Redis is away."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import httpx
import pytest
from anyio.from_thread import BlockingPortal
from starlette.requests import Request

from smart_support.adapters.memory_buckets import MemoryBuckets
from smart_support.adapters.sql.store import SqlStore
from smart_support.api import limits as module
from smart_support.api.limits import RateLimits
from smart_support.api.problems import Problem
from smart_support.domain.rate import Rate, Taken
from smart_support.pipeline.records import Unavailable
from tests.unit.api.system import System, refused

STATUS = "/v2/tickets/status"
SITE = "https://support.example.org"


class Shared:
    """A bucket of so many calls in all, which may be away."""

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.away = False
        self.asked = 0

    def take(self, _name: str, _rate: Rate, wanted: int) -> Taken:
        self.asked += 1
        if self.away:
            raise Unavailable("gone")
        granted = min(wanted, self.calls)
        self.calls -= granted
        return Taken(granted, self.calls, 0.0 if granted else 5.0)

    def close(self) -> None: ...


class Timer:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def made(shared: Shared | None, timer: Timer, rate: Rate) -> RateLimits:
    return RateLimits(rate, rate, MemoryBuckets(timer), shared, timer)


def admitted(portal: BlockingPortal, limits: RateLimits, times: int, *addresses: str) -> int:
    """How many of so many calls with a key, or without one from each of the addresses, were let through."""

    async def calls() -> int:
        let = 0
        for name in addresses * times or [None] * times:
            with suppress(Problem):
                await (limits.admit_key("key:1") if name is None else limits.admit_address(without_key(name)))
                let += 1
        return let

    return portal.call(calls)


def without_key(address: str) -> Request:
    return Request({"type": "http", "headers": [], "client": (address, 4711)})


def test_a_stream_is_one_call_however_long_it_lasts(system: System):
    key, parts = system.key("read"), system.app.state.parts
    system.app.state.parts = replace(parts, limits=made(None, Timer(), Rate(2, 2)))
    threading.Timer(1.2, parts.stopping.set).start()  # some looks into the store later
    assert "connected" in system.http.get("/events?after=0-0", headers=key).text
    parts.stopping.clear()
    assert system.http.get(STATUS, headers=key).status_code == 200
    assert system.http.get(STATUS, headers=key).status_code == 429


def from_elsewhere(
    system: System, portal: BlockingPortal, address: str, site: str = "http://support.example.org", **headers: str
) -> httpx.Response:
    """A call that comes from another machine."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(system.app, client=(address, 4711))
        async with httpx.AsyncClient(transport=transport, base_url=site) as client:
            return await client.get(STATUS, headers=headers)

    return portal.call(send)


def test_above_its_rate_a_key_is_refused_and_told_when_to_come_again(make_system: Callable[..., System]):
    system = make_system(rate_limit_per_minute=3)
    key, other = system.key("read"), system.key("read")
    assert [system.http.get(STATUS, headers=key).status_code for _ in range(3)] == [200] * 3
    answer = system.http.get(STATUS, headers=key)
    refused(answer, 429, "3 calls a minute", "20 s")
    assert answer.headers["retry-after"] == "20"
    assert answer.headers["ratelimit"] == '"key";r=0;t=20'
    assert answer.headers["ratelimit-policy"] == '"key";q=3;w=60'
    assert system.http.get(STATUS, headers=other).status_code == 200
    assert [system.http.get(STATUS, headers=system.local).status_code for _ in range(9)] == [200] * 9
    assert [system.http.get(path, headers=key).status_code for path in ("/livez", "/readyz")] == [200] * 2


def test_a_tired_scope_counts_too(make_system: Callable[..., System]):
    """Or whoever has a key that opens nothing here could try as often as he likes."""
    system = make_system(rate_limit_per_minute=2)
    key = system.key("intake")
    assert [system.http.get(STATUS, headers=key).status_code for _ in range(3)] == [403, 403, 429]


def test_an_address_without_a_key_is_limited_but_not_this_machine(
    make_system: Callable[..., System], portal: BlockingPortal
):
    system = make_system(rate_limit_without_key_per_minute=2)
    key = system.key("read")
    wrong = {"Authorization": "Bearer ss_00_00"}
    told = [from_elsewhere(system, portal, "203.0.113.9", **wrong).status_code for _ in range(3)]
    assert told == [401, 401, 429]
    assert from_elsewhere(system, portal, "203.0.113.10").status_code == 401
    assert from_elsewhere(system, portal, "203.0.113.9", **key).status_code == 200
    assert [from_elsewhere(system, portal, "127.0.0.1").status_code for _ in range(5)] == [401] * 5
    networks = [f"2001:db8:0:7::{n}" for n in range(3)]
    assert [from_elsewhere(system, portal, one).status_code for one in networks] == [401, 401, 429]


def test_cookies_that_are_made_up_are_looked_up_as_often_as_an_address_may_call(
    make_system: Callable[..., System], portal: BlockingPortal, monkeypatch: pytest.MonkeyPatch
):
    system = make_system(rate_limit_without_key_per_minute=2)
    token = system.key("read")["Authorization"].removeprefix("Bearer ")
    ours = {"Origin": SITE, "Sec-Fetch-Site": "same-origin"}
    assert system.http.post(f"{SITE}/session", json={"key": token}, headers=ours).status_code == 200
    real = f"__Host-ss_session={system.http.cookies['__Host-ss_session']}"
    asked, session = [], SqlStore.session
    monkeypatch.setattr(SqlStore, "session", lambda self, name: asked.append(name) or session(self, name))

    def told(cookie: str) -> int:
        return from_elsewhere(system, portal, "203.0.113.9", SITE, Cookie=cookie).status_code

    assert [told(f"__Host-ss_session={n:064x}") for n in range(5)] == [401, 401, 429, 429, 429]
    assert len(asked) == 2
    monkeypatch.setattr(system.app.state.parts.signed_in, "_timer", lambda: 1e12)  # what is known is old
    assert told(real) == 200
    assert len(asked) == 3


def test_nothing_is_limited_where_the_settings_say_so(make_system: Callable[..., System]):
    system = make_system(rate_limit_per_minute=0)
    key = system.key("read")
    assert {system.http.get(STATUS, headers=key).status_code for _ in range(50)} == {200}


@pytest.mark.parametrize("calls", [0, 7, 250])
def test_what_is_shared_is_asked_for_some_at_a_time(portal: BlockingPortal, calls: int):
    shared = Shared(calls)
    limits = made(shared, Timer(), Rate(60_000, 10_000))
    assert admitted(portal, limits, 400) == calls
    assert shared.asked <= 1 + -(-calls // 100)


def test_whoever_was_told_to_wait_is_not_asked_for_until_then(portal: BlockingPortal):
    shared, timer = Shared(0), Timer()
    limits = made(shared, timer, Rate(60, 60))
    assert admitted(portal, limits, 10) == 0
    assert shared.asked == 1
    shared.calls, timer.now = 5, timer.now + 5.0
    assert admitted(portal, limits, 10) == 5


def test_while_redis_is_away_each_process_counts_for_itself(portal: BlockingPortal):
    shared, timer = Shared(1_000), Timer()
    limits = made(shared, timer, Rate(60, 5))
    shared.away = True
    assert admitted(portal, limits, 10) == 5
    assert shared.asked == 1  # not for each call: it may take a while to fail
    shared.away, timer.now = False, timer.now + 1.5
    assert admitted(portal, limits, 10) == 10


def test_whether_an_address_has_calls_left_is_known_with_redis_and_without(portal: BlockingPortal):
    shared, timer = Shared(2), Timer()
    limits = made(shared, timer, Rate(6, 5))

    def spent() -> bool:
        return limits.is_spent(without_key("203.0.113.9"))

    assert not spent()
    assert admitted(portal, limits, 3, "203.0.113.9") == 2
    assert spent()
    shared.away, timer.now = True, timer.now + 6.0
    assert not spent()
    assert admitted(portal, limits, 10, "203.0.113.9") == 5
    assert spent()
    assert not limits.is_spent(without_key("203.0.113.10"))
    timer.now += 2.0  # the next call will ask Redis again
    assert spent()
    shared.calls, shared.away = 9, False
    assert admitted(portal, limits, 2, "203.0.113.9") == 2
    assert not spent()


def test_addresses_crowd_out_nothing_that_a_key_has_taken(portal: BlockingPortal, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_MOST_NAMES", 3)
    shared = Shared(10_000)
    limits = made(shared, Timer(), Rate(60_000, 10_000))
    assert admitted(portal, limits, 1) == 1
    assert admitted(portal, limits, 1, *(f"203.0.113.{n}" for n in range(9))) == 9
    asked = shared.asked
    assert admitted(portal, limits, 99) == 99
    assert shared.asked == asked
