"""Signing in: a key for a cookie that no script reads, and that only pages of this origin change anything with."""

import threading
from collections.abc import Callable
from http.cookies import Morsel, SimpleCookie
from pathlib import Path

import httpx
import pytest

from smart_support.api.access import WRONG_KEY
from smart_support.domain.event import Position
from tests.unit.api.system import System, refused

SITE = "https://support.example.org"
OURS = {"Sec-Fetch-Site": "same-origin"}
STATUS = "/v2/tickets/status"
HOURS = 3_600.0


def token_of(system: System, *scopes: str, **more: object) -> str:
    return system.key(*scopes, **more)["Authorization"].removeprefix("Bearer ")


def sign_in(system: System, token: str, site: str = SITE, headers: dict[str, str] | None = None) -> httpx.Response:
    return system.http.post(f"{site}/session", json={"key": token}, headers=OURS if headers is None else headers)


def cookie_in(answer: httpx.Response) -> Morsel:
    (cookie,) = SimpleCookie(answer.headers["set-cookie"]).values()
    return cookie


def kept_anywhere(system: System, secret: str) -> bool:
    return any(secret.encode() in path.read_bytes() for path in Path(system.file.parent).iterdir() if path.is_file())


@pytest.fixture
def guarded(make_system: Callable[..., System]) -> System:
    """A system that nobody enters without a key."""
    return make_system(open_loopback=False)


@pytest.fixture
def reader(guarded: System) -> System:
    """The same, with somebody signed in who may read."""
    assert sign_in(guarded, token_of(guarded, "read")).status_code == 200
    return guarded


def test_a_key_becomes_a_cookie_that_only_the_browser_reads(guarded: System):
    answer = sign_in(guarded, token_of(guarded, "read", "agent"))
    cookie = cookie_in(answer)
    assert cookie.key == "__Host-ss_session"
    assert (cookie["path"], cookie["max-age"], cookie["samesite"]) == ("/", "43200", "strict")
    assert (cookie["secure"], cookie["httponly"], cookie["domain"]) == (True, True, "")
    assert len(bytes.fromhex(cookie.value)) == 32
    assert cookie.value not in answer.text
    assert not kept_anywhere(guarded, cookie.value)
    body = answer.json()
    assert body["actor"].startswith("key:")
    assert body | {"actor": ""} == {
        "actor": "",
        "workspace": "default",
        "scopes": ["agent", "read"],
        "agent_id": None,
        "production": True,
        "expires_at": "2025-10-09T21:00:00Z",
    }
    assert guarded.http.get(f"{SITE}/session").json() == body
    assert guarded.http.get(f"{SITE}{STATUS}").status_code == 200


@pytest.mark.parametrize("site", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_on_this_machine_plain_http_will_do(guarded: System, site: str):
    answer = sign_in(guarded, token_of(guarded, "read"), site, OURS | {"Origin": site})
    cookie = cookie_in(answer)
    assert (cookie.key, cookie["secure"], cookie["httponly"]) == ("ss_session", "", True)
    sent = {"Cookie": f"ss_session={cookie.value}"}
    assert guarded.http.get(f"{site}/session", headers=sent).json() == answer.json()


@pytest.mark.parametrize(
    ("site", "headers"),
    [
        ("http://support.example.org", OURS),
        ("http://192.168.0.7:8000", OURS),
        ("http://127.0.0.1:8000", OURS | {"Origin": SITE}),  # a proxy that tells neither the way nor the host
    ],
)
def test_elsewhere_plain_http_is_refused(guarded: System, site: str, headers: dict):
    answer = sign_in(guarded, token_of(guarded, "read"), site, headers)
    refused(answer, 403, "https", "X-Forwarded-Proto")
    assert "set-cookie" not in answer.headers


def test_each_way_has_its_own_cookie(reader: System):
    token = reader.http.cookies["__Host-ss_session"]
    refused(reader.http.get(STATUS, headers={"Cookie": f"__Host-ss_session={token}"}), 401)
    refused(reader.http.get(f"{SITE}{STATUS}", headers={"Cookie": f"ss_session={token}"}), 401)


def test_a_cookie_opens_what_its_key_opens(reader: System):
    refused(reader.http.get(f"{SITE}/keys"), 403, "admin")
    assert reader.http.get(f"{SITE}/incidents").status_code == 200


def test_a_key_in_a_header_goes_before_the_cookie(reader: System):
    assert reader.http.get(f"{SITE}/keys", headers=reader.local).status_code == 200
    refused(reader.http.get(f"{SITE}{STATUS}", headers={"X-API-Key": "ss_00_00"}), 401)
    assert reader.http.get(f"{SITE}/session", headers=reader.local).json()["actor"] == "local"


@pytest.mark.parametrize("cookie", ["", "0" * 64, "é", "x" * 5_000, "__Host-ss_session=", ";;="])
def test_what_is_no_cookie_of_ours_opens_nothing(guarded: System, cookie: str):
    headers = {"Cookie": f"__Host-ss_session={cookie}".encode()}
    refused(guarded.http.get(f"{SITE}{STATUS}", headers=headers), 401)


@pytest.mark.parametrize("origin", ["https://evil.example", f"{SITE}:8443", "null"])
def test_with_a_cookie_no_page_of_others_takes_a_ticket_by_an_older_browser(guarded: System, origin: str):
    """Which says so by Origin alone."""
    sign_in(guarded, token_of(guarded, "agent"))
    refused(guarded.http.get(f"{SITE}/v2/tickets/next", headers={"Origin": origin}), 403, "pages of this very address")
    for ours in ({}, {"Origin": SITE}):
        assert guarded.http.get(f"{SITE}/v2/tickets/next", headers=ours).status_code == 404


@pytest.mark.parametrize(
    ("headers", "may"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": SITE}, True),
        ({"Origin": SITE}, True),
        ({"Origin": "https://SUPPORT.example.org"}, True),
        ({"Sec-Fetch-Site": "same-site", "Origin": SITE}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": SITE}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://evil.support.example.org"}, False),
        ({"Origin": f"{SITE}:8443"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({}, False),
    ],
)
def test_with_a_cookie_only_our_own_pages_change_anything(guarded: System, headers: dict, may: bool):
    token = token_of(guarded, "admin")
    assert (sign_in(guarded, token, headers=headers).status_code == 200) is may
    sign_in(guarded, token)
    body = {"name": "x", "scopes": ["read"]}
    before = len(guarded.http.get(f"{SITE}/keys").json())
    for answer in (
        guarded.http.post(f"{SITE}/keys", json=body, headers=headers),
        guarded.http.put(f"{SITE}/agents/ann", json={}, headers=headers),
        guarded.http.delete(f"{SITE}/v1/tickets", headers=headers),
        guarded.http.delete(f"{SITE}/session", headers=headers),
    ):
        if may:
            assert answer.is_success, answer.text
        else:
            refused(answer, 403, "address")
    made = len(guarded.http.get(f"{SITE}/keys", headers=guarded.local).json()) - before
    assert made == may


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_with_a_cookie_no_page_of_others_takes_a_ticket(guarded: System, site: str):
    """Another host of the domain, or another port of this machine, is the same site: the cookie goes along from there,
    and `GET` is all that it takes to claim."""
    guarded.http.post("/v2/tickets", json={"ticket_id": "t1", "body": "Help"}, headers=guarded.local)
    guarded.process()
    sign_in(guarded, token_of(guarded, "admin"))
    for path in ("/v2/tickets/next", "/v1/tickets/next", "/v2/tickets/t1", "/events"):
        refused(guarded.http.get(f"{SITE}{path}", headers={"Sec-Fetch-Site": site}), 403, "address")
    claimed = guarded.http.get(f"{SITE}/v2/tickets/next", headers={"Sec-Fetch-Site": "none"})
    assert (claimed.status_code, claimed.json()["ticket_id"]) == (200, "t1")


def test_who_signs_in_anew_leaves_no_session_behind(reader: System):
    before = reader.http.cookies["__Host-ss_session"]
    assert sign_in(reader, token_of(reader, "agent")).status_code == 200
    assert reader.http.get(f"{SITE}/session").json()["scopes"] == ["agent"]
    refused(reader.http.get(f"{SITE}/session", headers={"Cookie": f"__Host-ss_session={before}"}), 401)


def test_a_cookie_of_nobody_bars_nobody_from_the_open_loopback(system: System):
    stale = {"Cookie": f"ss_session={'0' * 64}"}
    assert system.http.post("/v2/tickets", json={"body": "Help"}, headers=stale).status_code == 202


def test_the_open_loopback_is_signed_in(system: System):
    answer = system.http.get("/session")
    assert "set-cookie" not in answer.headers
    assert answer.json() == {
        "actor": "local",
        "workspace": "default",
        "scopes": ["admin"],
        "agent_id": None,
        "production": False,
        "expires_at": None,
    }
    refused(system.http.get("/session", headers={"Sec-Fetch-Site": "cross-site"}), 403)
    system.key("read")
    refused(system.http.get("/session"), 401)


def test_whoever_has_an_agents_key_is_this_agent(guarded: System):
    guarded.http.put("/agents/ann", json={}, headers=guarded.local)
    token = token_of(guarded, "agent", agent_id="ann")
    assert sign_in(guarded, token).json()["agent_id"] == "ann"
    by_key = guarded.http.get("/session", headers={"X-API-Key": token}).json()
    assert (by_key["agent_id"], by_key["expires_at"]) == ("ann", None)


def test_a_session_ends_after_twelve_hours(reader: System):
    reader.clock.set(reader.clock.now() + 12 * HOURS - 1)
    assert reader.http.get(f"{SITE}/session").status_code == 200
    reader.clock.set(reader.clock.now() + 1)
    refused(reader.http.get(f"{SITE}/session"), 401)


def test_a_session_ends_with_its_key(guarded: System):
    short = sign_in(guarded, token_of(guarded, "read", expires_in_days=1 / 24))
    assert cookie_in(short)["max-age"] == "3600"
    assert short.json()["expires_at"] == "2025-10-09T10:00:00Z"
    guarded.clock.set(guarded.clock.now() + HOURS)
    refused(guarded.http.get(f"{SITE}{STATUS}"), 401)

    actor = sign_in(guarded, token_of(guarded, "read")).json()["actor"]
    assert guarded.http.get(f"{SITE}{STATUS}").status_code == 200
    guarded.http.delete(f"/keys/{actor.removeprefix('key:')}", headers=guarded.local)
    refused(guarded.http.get(f"{SITE}{STATUS}"), 401)


def test_who_signs_out_is_out(reader: System):
    stolen = reader.http.cookies["__Host-ss_session"]
    answer = reader.http.delete(f"{SITE}/session", headers=OURS)
    assert answer.status_code == 204
    cookie = cookie_in(answer)
    assert (cookie.key, cookie.value, cookie["max-age"], cookie["secure"]) == ("__Host-ss_session", "", "0", True)
    assert "__Host-ss_session" not in reader.http.cookies
    refused(reader.http.get(f"{SITE}/session"), 401)
    refused(reader.http.get(f"{SITE}{STATUS}", headers={"Cookie": f"__Host-ss_session={stolen}"}), 401)
    assert reader.http.delete(f"{SITE}/session").status_code == 204  # and stays out


def test_the_record_says_who_came_and_went(reader: System):
    actor = reader.http.get(f"{SITE}/session").json()["actor"]
    reader.http.delete(f"{SITE}/session", headers=OURS)
    events = [found.event for found in reader.pipeline.store.events("default", Position(), 10)]
    told = [(event.kind, event.actor) for event in events if event.kind.startswith("session.")]
    assert told == [("session.open", actor), ("session.close", actor)]


def test_ten_wrong_keys_in_a_minute_and_the_address_has_to_wait(guarded: System):
    right = token_of(guarded, "read")
    wrong = [f"{right[:-1]}{'0' if right[-1] != '0' else '1'}", "local", "x", *["ss_00_00"] * 7]
    for token in wrong:
        refused(sign_in(guarded, token), 401, WRONG_KEY)
    guarded.clock.set(guarded.clock.now() + 20)
    answer = sign_in(guarded, right)
    refused(answer, 429)
    assert 40 <= int(answer.headers["retry-after"]) <= 41
    assert "ratelimit" not in answer.headers
    assert guarded.http.get(STATUS, headers={"X-API-Key": right}).status_code == 200
    guarded.clock.set(guarded.clock.now() + int(answer.headers["retry-after"]))
    assert sign_in(guarded, right).status_code == 200


@pytest.mark.parametrize("body", [{}, {"key": ""}, {"key": "x" * 257}, {"key": 1}, {"key": "x", "more": 1}], ids=str)
def test_what_is_no_key_is_refused_and_not_repeated(guarded: System, body: dict):
    answer = guarded.http.post(f"{SITE}/session", json=body, headers=OURS)
    refused(answer, 422)
    assert "x" * 10 not in answer.text


def test_without_the_database_nobody_signs_in_and_keys_hold(reader: System):
    right = token_of(reader, "read", "intake")
    reader.database.down = True
    refused(sign_in(reader, right), 503)
    v1 = reader.http.post("/v1/tickets", json={"body": "Help"}, headers={"X-API-Key": right})
    assert v1.status_code == 201


def test_sessions_that_are_over_are_swept(reader: System):
    store, cookie = reader.pipeline.store, reader.http.cookies["__Host-ss_session"]
    reader.clock.set(reader.clock.now() + 12 * HOURS + 1)
    reader.pipeline.sweep.run_once()  # the broker is new: what waits is enqueued first
    reader.pipeline.sweep.run_once()
    assert store.purge_sessions(reader.clock.now() + HOURS) == 0
    refused(reader.http.get(f"{SITE}{STATUS}", headers={"Cookie": f"__Host-ss_session={cookie}"}), 401)


def test_the_stream_takes_the_cookie_and_ends_with_the_session(reader: System):
    heard: list[httpx.Response] = []
    cookie = {"Cookie": f"__Host-ss_session={reader.http.cookies['__Host-ss_session']}"}

    def listen() -> None:
        heard.append(reader.http.get(f"{SITE}/events?after=0-0", headers=cookie))

    listener = threading.Thread(target=listen)
    listener.start()
    listener.join(0.6)
    assert listener.is_alive()  # it goes on as long as he is signed in
    assert reader.http.delete(f"{SITE}/session", headers=OURS).status_code == 204
    listener.join(10.0)
    assert not listener.is_alive()
    (answer,) = heard
    assert answer.status_code == 200
    assert '"kind":"session.open"' in answer.text
