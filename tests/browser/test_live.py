"""The server is killed and comes back while the page is open: that is seen, heals by itself, and nothing is missed."""

import signal
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import flooding
from tests.browser.backend import about, act, send
from tests.browser.dashboard import SETTLED, opened
from tests.browser.table import expect_shown, row
from tests.integration.system import up
from tests.waiting import until

pytestmark = pytest.mark.browser

RETRIES = 3
LIGHT = {"MODEL_FALLBACK": "1"}
BROKEN = "net::ERR_"  # Chromium itself tells of every call that finds nobody


def test_nothing_is_missed_while_the_server_is_away(browser: Browser, program: Path, tmp_path: Path):
    data = tmp_path / "data"
    tickets = about("plover", 6)
    with (
        up(data, program=program, **LIGHT) as system,
        opened(browser, system.url, "/ui/tickets", expected=BROKEN) as page,
    ):
        link = page.get_by_role("banner").get_by_role("status")
        expect(link).to_have_text("Live")
        send(system, *tickets[:3])
        expect_shown(page, "plover-2", "plover-1", "plover-0")

        system.end(signal.SIGKILL)
        expect(link).not_to_have_text("Live")
        expect(link).to_have_text("Connection lost")
        expect_shown(page, "plover-2", "plover-1", "plover-0")

        port = str(urlsplit(system.url).port)
        with up(data, "--port", port, program=program, **LIGHT) as again:
            send(again, *tickets[3:])
            act(again, "plover-1", "resolve")
            expect(link).to_have_text("Live")
            expect_shown(page, *(f"plover-{one}" for one in reversed(range(6))))
            expect(row(page, "plover-1")).to_contain_text("resolved")
            assert flooding.rows(page) == flooding.listed(again.api)


class BadGateway(BaseHTTPRequestHandler):
    """A proxy with nobody behind it. Unlike a call that finds nobody, that ends a stream for good: the page asks anew
    who is signed in, and gets no answer."""

    def __init__(self, asked: list[str], *given: Any) -> None:
        self.asked = asked
        super().__init__(*given)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(HTTPStatus.BAD_GATEWAY)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def test_what_is_being_typed_outlives_a_server_that_is_away(browser: Browser, program: Path, tmp_path: Path):
    with (
        up(tmp_path / "data", program=program, **LIGHT) as system,
        opened(browser, system.url, "/ui/settings/agents", expected="Failed to load") as page,
    ):
        page.get_by_role("button", name="Add agent").first.click()
        field = page.get_by_role("dialog").get_by_role("textbox").first
        field.fill("rosa")
        system.end(signal.SIGKILL)
        asked: list[str] = []
        here = ("127.0.0.1", urlsplit(system.url).port or 0)
        with ThreadingHTTPServer(here, partial(BadGateway, asked)) as proxy:
            Thread(target=proxy.serve_forever, daemon=True).start()
            until(lambda: asked.count("/session") > RETRIES, "the page gives up to ask who is signed in")
            page.evaluate(SETTLED)
            expect(field).to_have_value("rosa")
            proxy.shutdown()
