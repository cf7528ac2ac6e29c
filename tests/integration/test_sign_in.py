"""Signing in at a running system: behind a proxy that ends TLS, and on this machine; the stream takes the cookie."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.system import Up, up

TLS = {"Host": "support.example.org", "Origin": "https://support.example.org", "X-Forwarded-Proto": "https"}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Up]:
    with up(tmp_path / "data") as system:
        yield system


def sign_in(system: Up, headers: dict[str, str]) -> httpx.Response:
    made = system.api.post("/keys", json={"name": "ann", "scopes": ["admin"]}).raise_for_status().json()
    return httpx.post(f"{system.url}/session", json={"key": made["token"]}, headers=headers, trust_env=False)


def test_a_proxy_on_this_machine_says_that_the_way_is_safe(running: Up):
    answer = sign_in(running, TLS)
    assert answer.status_code == 200, answer.text
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name == "__Host-ss_session"
    cookie = {"Cookie": f"{name}={rest.partition(';')[0]}"}
    for headers, status in ((TLS, 200), ({"Host": TLS["Host"]}, 401), ({}, 401)):  # it holds for that way alone
        known = httpx.get(f"{running.url}/session", headers=headers | cookie, trust_env=False)
        assert known.status_code == status


def test_without_a_proxy_that_says_so_it_is_refused(running: Up):
    answer = sign_in(running, {"Host": TLS["Host"], "Origin": f"http://{TLS['Host']}"})
    assert answer.status_code == 403
    assert "X-Forwarded-Proto" in answer.text


def test_the_stream_comes_over_the_cookie_and_ends_with_the_session(running: Up):
    answer = sign_in(running, {"Origin": running.url})
    assert answer.status_code == 200, answer.text
    with httpx.Client(base_url=running.url, cookies=answer.cookies, trust_env=False, timeout=10.0) as browser:
        origin = {"Origin": running.url}
        assert browser.post("/v2/tickets", json={"body": "Help"}, headers=origin).status_code == 202
        assert browser.post("/v2/tickets", json={"body": "Help"}).status_code == 403
        with browser.stream("GET", "/events?after=0-0") as stream:
            lines = stream.iter_lines()
            kinds = {json.loads(line.removeprefix("data: "))["kind"] for line in take(lines, "data: ", 3)}
            assert {"key.create", "session.open"} <= kinds
            start = time.monotonic()
            assert browser.delete("/session", headers=origin).status_code == 204
            for _ in lines:
                pass
            assert time.monotonic() - start < 5
    assert httpx.get(f"{running.url}/session", cookies=answer.cookies, trust_env=False).status_code == 401


def take(lines: Iterator[str], start: str, number: int) -> Iterator[str]:
    """The next lines that start so."""
    for _ in range(number):
        yield next(line for line in lines if line.startswith(start))
