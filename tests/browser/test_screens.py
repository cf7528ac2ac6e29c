"""Every page, in both themes: axe finds nothing, nothing is wider than the window, and a picture is made of it.

The pictures go to a temporary folder, or where SCREENS says: `make screens` writes those of docs/screens.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.dashboard import NARROW, WIDE, figure, findings, opened
from tests.browser.morning import CHECKOUT, Story, morning
from tests.browser.pictures import reduced

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # the story takes minutes

ROOT = Path(__file__).parents[2]
SCHEMES = ("light", "dark")
GIVEN: dict[str, Any] = {
    "expected": "401",
    "timezone_id": "Europe/Berlin",
    "locale": "en-GB",
}  # nobody is signed in yet
SETTINGS = ("Taxonomy", "Agents", "Rules", "Alerts", "API keys")


@pytest.fixture(scope="module")
def story(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with morning(program, tmp_path_factory.mktemp("morning")) as told:
        yield told


@pytest.fixture(scope="module")
def key(story: Story) -> str:
    """That of somebody who may do all; from here on nobody comes in without one."""
    scopes = ["intake", "read", "agent", "admin"]
    given = {"name": "Ada's browser", "scopes": scopes, "agent_id": "ada"}
    made: str = story.done("POST", "/keys", given)["token"]
    story.system.api.headers["Authorization"] = f"Bearer {made}"
    story.done("POST", "/keys", {"name": "Helpdesk webhook", "scopes": ["intake", "read"]})
    story.done("POST", "/keys", {"name": "Wall screen", "scopes": ["read"], "expires_in_days": 90})
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get("SCREENS")
    found = ROOT / named if named else tmp_path_factory.mktemp("screens")
    found.mkdir(parents=True, exist_ok=True)
    return found


class Looking:
    """One window, and the pictures taken of it."""

    def __init__(self, browser: Browser, page: Page, story: Story, folder: Path, suffix: str) -> None:
        self.page = page
        self._browser = browser
        self._story = story
        self._folder = folder
        self._suffix = suffix

    def at(self, path: str, heading: str | re.Pattern[str]) -> None:
        """Go to a page, and see that it is what it says."""
        self.page.goto(f"{self._story.system.url}/ui/{path}")
        h1 = self.page.get_by_role("heading", level=1)
        expect(h1).to_have_text(heading)
        expect(self.page).to_have_title(f"{h1.inner_text()} · Smart-Support")

    def take(self, name: str) -> None:
        """Look at what is there now, once it is."""
        expect(self.page.get_by_label("Loading")).to_have_count(0)
        found = findings(self.page)
        assert found == [], f"{name}: {found}"
        wider = self.page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{name} is {wider} px wider than the window"
        path = self._folder / f"{name}-{self._suffix}.png"
        path.write_bytes(reduced(self._browser, self.page.screenshot()))


def visit(looking: Looking, story: Story, key: str, *, all_pages: bool) -> None:
    """Sign in, then every page, or the main ones."""
    page = looking.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Smart-Support")
    if all_pages:
        looking.take("sign-in")
    page.add_init_script(story.script)
    page.get_by_label("API key", exact=True).fill(key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tickets")

    looking.at("tickets", "Tickets")
    page.get_by_role("row").nth(5).wait_for()
    looking.take("tickets")
    if all_pages:
        page.get_by_role("grid").focus()
        for pressed in "jxjxjjx":
            page.keyboard.press(pressed)
        expect(page.get_by_text("3 chosen")).to_be_visible()
        looking.take("tickets-chosen")
        page.keyboard.press("?")
        page.get_by_role("dialog", name="Keyboard").wait_for()
        looking.take("keyboard")

    looking.at(f"tickets/{CHECKOUT['ticket_id']}", CHECKOUT["subject"])
    page.get_by_text("Read by the transformer model").wait_for()
    looking.take("ticket")

    looking.at("flood", "Flash flood")
    expect(page.get_by_role("img", name=re.compile("^Tickets"))).to_be_visible()
    looking.take("flood")

    incident = max(story.done("GET", "/incidents"), key=lambda one: one["tickets"])
    if all_pages:
        looking.at("incidents", "Incidents")
        page.get_by_role("link", name=incident["title"]).wait_for()
        looking.take("incidents")
    looking.at(f"incidents/{incident['id']}", incident["title"])
    expect(figure(page, "Tickets")).to_contain_text(f"{incident['tickets']:,}")
    page.get_by_role("table", name="Tickets of the incident").get_by_text("suppressed").first.wait_for(state="attached")
    looking.take("incident")

    looking.at("agents", "Agents")
    page.get_by_text("Ada Lindqvist").first.wait_for()
    looking.take("agents")
    looking.at("health", "Health")
    looking.take("health")
    for tab in SETTINGS if all_pages else SETTINGS[:1]:
        path = tab.lower().removeprefix("api ")
        looking.at(f"settings/{path}", f"Settings: {tab}")
        looking.take(f"settings-{path}")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_page(browser: Browser, story: Story, key: str, folder: Path, scheme: str):
    with opened(
        browser, story.system.url, scheme=scheme, size=WIDE, expected="401", timezone_id="Europe/Berlin"
    ) as page:
        visit(Looking(browser, page, story, folder, scheme), story, key, all_pages=True)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_main_pages_on_a_phone(browser: Browser, story: Story, key: str, folder: Path, scheme: str):
    with opened(
        browser, story.system.url, scheme=scheme, size=NARROW, expected="401", timezone_id="Europe/Berlin"
    ) as page:
        visit(Looking(browser, page, story, folder, f"narrow-{scheme}"), story, key, all_pages=False)
