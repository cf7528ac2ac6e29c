"""A key is exchanged for a cookie that no script reads; what the key does not open is not offered."""

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.backend import about, add_agent, add_key, send, ticket
from tests.browser.dashboard import opened
from tests.browser.table import found_by, row
from tests.integration.system import Up
from tests.waiting import until

pytestmark = pytest.mark.browser

REFUSED = "401"  # Chromium itself tells of the answer to who is not signed in
STORED = "[Object.entries(localStorage), Object.entries(sessionStorage), document.cookie, location.href].join()"


@pytest.fixture(scope="module", autouse=True)
def admin(system: Up) -> tuple[str, str]:
    """The first key: from then on nobody comes in without one."""
    return add_key(system, "admin", "admin")


def sign_in(page: Page, token: str) -> None:
    page.get_by_label("API key").fill(token)
    page.get_by_role("button", name="Sign in").click()


def cookies(page: Page) -> list[dict[str, object]]:
    return [dict(one) for one in page.context.cookies()]


def test_a_wrong_key_is_refused_with_the_reason(browser: Browser, system: Up):
    with opened(browser, system.url, expected=REFUSED) as page:
        sign_in(page, "ss_no_such_key")
        expect(page.get_by_role("alert")).to_contain_text("This key is not known")
        assert cookies(page) == []


def test_a_key_becomes_a_cookie_and_is_kept_nowhere_else(browser: Browser, system: Up, admin: tuple[str, str]):
    _, token = admin
    with opened(browser, system.url, expected=REFUSED) as page:
        sign_in(page, token)
        tickets = page.get_by_role("heading", level=1, name="Tickets")
        expect(tickets).to_be_visible()
        (cookie,) = cookies(page)
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Strict"
        stored = page.evaluate(STORED)
        assert token not in stored
        assert str(cookie["value"]) not in stored

        page.reload()
        expect(tickets).to_be_visible()

        page.get_by_role("button", name="Signed in as").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Smart-Support")
        assert cookies(page) == []
        taken = {str(cookie["name"]): str(cookie["value"])}
        told = httpx.get(f"{system.url}/session", cookies=taken, trust_env=False)
        assert told.status_code == httpx.codes.UNAUTHORIZED


def test_who_had_the_cookie_is_out_once_the_key_is_revoked(browser: Browser, system: Up):
    key, token = add_key(system, "short-lived", "agent", "read")
    with opened(browser, system.url, expected=REFUSED) as page:
        sign_in(page, token)
        expect(page.get_by_role("status").get_by_text("Live", exact=True)).to_be_visible()
        system.api.delete(f"/keys/{key}").raise_for_status()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Smart-Support")
        expect(page.get_by_role("alert", name="You are no longer signed in")).to_be_visible()


def test_a_key_that_only_reads_is_offered_nothing_to_do(browser: Browser, system: Up):
    send(system, *about("wombat", 1))
    _, token = add_key(system, "reader", "read")
    with opened(browser, system.url, expected=REFUSED) as page:
        sign_in(page, token)
        page.get_by_role("checkbox", name="Choose wombat-0").check()
        chosen = page.get_by_role("group", name="With the chosen tickets")
        expect(chosen).to_contain_text("This key may look, and not act.")
        expect(chosen.get_by_role("button")).to_have_text(["Choose none"])

        page.get_by_role("link", name="Invoice of the wombat").click()
        expect(page.get_by_role("article", name="Ticket wombat-0")).to_be_visible()
        for name in ("Resolve", "Assign", "Correct the category"):
            expect(page.get_by_role("button", name=name)).to_have_count(0)

        page.get_by_role("link", name="Flood").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Flash flood")
        expect(page.get_by_role("button", name="Simulate")).to_have_count(0)

        page.get_by_role("link", name="Settings").click()
        expect(page.get_by_role("alert", name="You may look, and change nothing")).to_be_visible()
        expect(page.get_by_role("button", name="Add category")).to_have_count(0)


def test_an_agent_takes_a_ticket_with_one_key(browser: Browser, system: Up):
    add_agent(system, "robin", {"Nothing that comes": 1.0}, name="Robin")
    send(system, *about("raven", 1))
    _, token = add_key(system, "robin's", "agent", "read", agent_id="robin")
    with opened(browser, system.url, found_by("raven"), expected=REFUSED) as page:
        sign_in(page, token)
        expect(row(page, "raven-0")).to_be_visible()
        page.keyboard.press("j")
        page.keyboard.press("m")
        expect(row(page, "raven-0")).to_contain_text("Robin")
    until(lambda: ticket(system, "raven-0")["agent_id"] == "robin", "the ticket is Robin's")


def test_a_key_is_made_shown_once_and_revoked(browser: Browser, system: Up, admin: tuple[str, str]):
    with opened(browser, system.url, "/ui/settings/keys", expected=REFUSED) as page:
        sign_in(page, admin[1])
        page.get_by_role("button", name="Make a key").click()
        form = page.get_by_role("dialog", name="Make a key")
        form.get_by_label("Name").fill("wall display")
        form.get_by_role("checkbox", name="read").check()
        form.get_by_role("button", name="Make").click()
        told = page.get_by_role("dialog", name="The key for wall display")
        token = told.locator("code").inner_text()
        bearer = {"authorization": f"Bearer {token}"}
        session = httpx.get(f"{system.url}/session", headers=bearer, trust_env=False)
        assert session.json()["scopes"] == ["read"]
        told.get_by_role("button", name="I have it").click()
        expect(page.get_by_role("row", name="wall display")).to_contain_text("active")
        assert token not in page.content()

        page.get_by_role("button", name="Revoke wall display").click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(page.get_by_role("row", name="wall display")).to_have_count(0)
        refused = lambda: httpx.get(f"{system.url}/session", headers=bearer, trust_env=False).status_code  # noqa: E731
        until(lambda: refused() == httpx.codes.UNAUTHORIZED, "the key opens nothing any more")
