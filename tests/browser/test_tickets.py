"""The live list: narrowed, arranged, worked through by keyboard, saved, and held still."""

import csv
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.backend import OUTAGE, about, act, add_agent, send, state, ticket
from tests.browser.dashboard import opened
from tests.browser.table import expect_shown, found_by, row, shown
from tests.integration.system import Up
from tests.waiting import until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def robin(system: Up) -> None:
    """An agent to whom nothing comes by itself."""
    add_agent(system, "robin", {"Nothing that comes": 1.0}, name="Robin")


def columns(page: Page) -> list[str]:
    return page.get_by_role("columnheader").all_inner_texts()[1:]


def choose(page: Page, filter_name: str, option: str) -> None:
    page.get_by_role("search").get_by_role("button", name=filter_name).click()
    page.get_by_role("dialog", name=filter_name).get_by_role("checkbox", name=option).check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_filters_are_in_the_address_and_work_from_there(browser: Browser, system: Up):
    send(system, *about("heron", 3), OUTAGE | {"ticket_id": "heron-9", "body": f"{OUTAGE['body']} heron"})
    act(system, "heron-1", "resolve")
    with opened(browser, system.url, "/ui/tickets") as page:
        page.get_by_role("searchbox", name="Search the text").fill("heron")
        expect_shown(page, "heron-9", "heron-2", "heron-1", "heron-0")
        choose(page, "Category", "Billing")
        choose(page, "Status", "waiting")
        expect_shown(page, "heron-2", "heron-0")
        expect(page.get_by_text("2 fit the filters")).to_be_visible()
        address = page.url.removeprefix(system.url)
    with opened(browser, system.url, address) as page:
        expect_shown(page, "heron-2", "heron-0")
        page.get_by_role("button", name="Clear filters").click()
        expect(page).to_have_url(f"{system.url}/ui/tickets")
        lowest = page.get_by_role("slider", name="Lowest S")
        for _ in range(15):
            lowest.press("ArrowRight")
        expect(page).to_have_url(f"{system.url}/ui/tickets?from=0.75")
        expect_shown(page, "heron-9")
    asked = {"text": "heron", "category": "Billing", "state": "waiting"}
    listed = system.api.get("/v2/tickets", params=asked).raise_for_status().json()["tickets"]
    assert [one["ticket_id"] for one in listed] == ["heron-2", "heron-0"]


def test_columns_stay_as_they_were_arranged(browser: Browser, system: Up):
    send(system, *about("stork", 1))
    with opened(browser, system.url, found_by("stork")) as page:
        expect(row(page, "stork-0")).to_be_visible()
        before = columns(page)
        page.get_by_role("button", name="Choose columns").click()
        page.get_by_role("checkbox", name="Language").check()
        page.get_by_role("checkbox", name="Agent").uncheck()
        page.get_by_role("button", name="Move Category to the left").click()
        arranged = columns(page)
        assert arranged[:3] == ["S", "Category", "Ticket"]
        assert set(arranged) == (set(before) | {"Language"}) - {"Agent"}
        page.reload()
        expect(row(page, "stork-0")).to_be_visible()
        assert columns(page) == arranged


def test_the_list_is_worked_through_by_keyboard(browser: Browser, system: Up):
    send(system, *about("crane", 4))
    with opened(browser, system.url, found_by("crane")) as page:
        expect_shown(page, "crane-3", "crane-2", "crane-1", "crane-0")
        press = page.keyboard.press
        press("j")
        press("j")
        press("k")
        press("e")
        expect(row(page, "crane-3")).to_contain_text("resolved")
        expect(page.get_by_role("status").filter(has_text="Resolved crane-3")).to_be_visible()

        press("j")
        press("x")
        expect(page.get_by_role("checkbox", name="Choose crane-2")).to_be_checked()
        press("a")
        page.get_by_role("dialog", name="Assign crane-2").get_by_label("To whom?").fill("rob")
        press("Enter")
        expect(row(page, "crane-2")).to_contain_text("Robin")
        expect(page.get_by_role("dialog")).to_have_count(0)

        press("j")
        press("m")
        expect(page.get_by_role("alert")).to_contain_text("You are signed in as no agent")

        press("?")
        keyboard = page.get_by_role("dialog", name="Keyboard")
        expect(keyboard).to_contain_text("Assign to somebody")
        press("Escape")
        expect(keyboard).to_have_count(0)

        press("/")
        expect(page.get_by_role("searchbox", name="Search the text")).to_be_focused()
        press("Escape")
        press("k")
        press("Enter")
        expect(page.get_by_role("article", name="Ticket crane-2")).to_be_visible()
    assert state(system, "crane-3") == "resolved"
    assert ticket(system, "crane-2")["agent_id"] == "robin"
    assert state(system, "crane-1") == "waiting"


def test_the_keys_keep_their_row_in_sight_and_come_back_to_it(browser: Browser, system: Up):
    send(system, *about("wagtail", 40))
    with opened(browser, system.url, found_by("wagtail")) as page:
        expect(row(page, "wagtail-39")).to_be_visible()
        for _ in range(30):
            page.keyboard.press("j")
        thirtieth = row(page, "wagtail-10")
        expect(thirtieth).to_be_in_viewport(ratio=0.95)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{system.url}/ui/tickets/wagtail-10")
        page.go_back()
        expect(thirtieth).to_be_in_viewport(ratio=0.95)
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{system.url}/ui/tickets/wagtail-9")


def test_many_that_were_chosen_are_resolved_and_put_back(browser: Browser, system: Up):
    word, number = "finch", 25
    send(system, *about(word, number))
    ids = [f"{word}-{one}" for one in range(number)]
    states = lambda: {state(system, one) for one in ids}  # noqa: E731
    with opened(browser, system.url, found_by(word)) as page:
        expect(page.get_by_text(f"{number} fit the filters")).to_be_visible()
        page.get_by_role("checkbox", name="Choose all that are loaded").check()
        chosen = page.get_by_role("group", name="With the chosen tickets")
        expect(chosen).to_contain_text(f"{number} chosen")
        chosen.get_by_role("button", name="Resolve").click()
        page.get_by_role("dialog").get_by_role("button", name=f"Resolve {number}").click()
        expect(row(page, ids[-1])).to_contain_text("resolved")
        notice = page.get_by_role("status").filter(has_text=f"Resolved {number} tickets")
        expect(notice).to_be_visible()
        assert states() == {"resolved"}
        notice.get_by_role("button", name="Undo").click()
        expect(row(page, ids[-1])).to_contain_text("waiting")
        until(lambda: states() == {"waiting"}, "all wait again")


def test_what_is_refused_shows_what_holds_and_why(browser: Browser, system: Up):
    send(system, *about("egret", 2))
    with opened(browser, system.url, found_by("egret")) as page:
        expect_shown(page, "egret-1", "egret-0")
        page.keyboard.press("p")
        expect(page.get_by_role("button", name="Resume")).to_be_visible()
        act(system, "egret-0", "resolve")  # behind the back of a page that hears nothing
        page.get_by_role("checkbox", name="Choose all that are loaded").check()
        page.keyboard.press("a")
        page.get_by_role("dialog", name="Assign 2 tickets").get_by_role("option", name="Robin").click()
        notice = page.get_by_role("alert").filter(has_text="1 of 2 tickets not assigned to Robin")
        expect(notice).to_be_visible()
        expect(row(page, "egret-0")).to_contain_text("resolved")
        expect(row(page, "egret-1")).to_contain_text("Robin")
        notice.get_by_role("button", name="Show which").click()
        refused = page.get_by_role("dialog", name="1 ticket was refused")
        expect(refused.get_by_role("link")).to_have_text(["egret-0"])
    assert ticket(system, "egret-0")["agent_id"] is None
    assert ticket(system, "egret-1")["agent_id"] == "robin"


def saved(page: Page, folder: Path) -> list[dict[str, Any]]:
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_all_that_fits_is_saved_and_no_cell_is_a_formula(browser: Browser, system: Up, tmp_path: Path):
    word, number = "quail", 130  # more than the page loads at first
    formula = '=HYPERLINK("http://elsewhere.example","quail")'
    tickets = about(word, number)
    tickets[0]["subject"] = formula
    send(system, *tickets)
    with opened(browser, system.url, found_by(word)) as page:
        expect(page.get_by_text(f"{number} fit the filters")).to_be_visible()
        cells = saved(page, tmp_path)
    assert [one["ticket_id"] for one in cells] == [f"{word}-{one}" for one in reversed(range(number))]
    assert cells[-1]["subject"] == f"'{formula}"
    assert {one["state"] for one in cells} == {"waiting"}


def test_a_paused_list_stands_still_and_catches_up(browser: Browser, system: Up):
    send(system, *about("swift", 1))
    with opened(browser, system.url, found_by("swift")) as page:
        expect_shown(page, "swift-0")
        page.get_by_role("button", name="Pause").click()
        send(system, *about("swift", 3)[1:])
        resume = page.get_by_role("button", name="Resume · 2 changed")
        expect(resume).to_be_visible()
        assert shown(page) == ["swift-0"]
        resume.click()
        expect_shown(page, "swift-2", "swift-1", "swift-0")
