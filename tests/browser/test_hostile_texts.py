"""Whatever a customer writes is shown as text: no script runs, no window opens, and the page goes on working."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.backend import send, ticket
from tests.browser.dashboard import NARROW, WIDE, opened
from tests.browser.table import row
from tests.integration.system import Up
from tests.waiting import until

pytestmark = pytest.mark.browser

SETTINGS = {"STORM_TICKET_THRESHOLD": "5"}
SCRIPT = "<script>alert('script')</script>"
IMAGE = "<img src=x onerror=alert('image')>"
TEXTS = {
    "script": (f"Help {SCRIPT}", f'{SCRIPT}<iframe srcdoc="{SCRIPT}"></iframe><a href="javascript:alert(1)">click</a>'),
    "image": (f"{IMAGE} help", f"{IMAGE}<svg onload=alert(2)></svg><style>* {{ display: none }}</style>\"'>{IMAGE}"),
    "long": ("A long one", "All of it matters to us, every single word. " * 2_330),
    "unbroken": ("W" * 300, "0123456789" * 500),
    # Arabic and Hebrew, the first with a mark that turns the direction of what follows.
    "rtl": (
        "\u202e\u0644\u0627 \u0623\u0633\u062a\u0637\u064a\u0639",
        "\u0645\u0631\u062d\u0628\u0627 123.\n\u05e9\u05dc\u05d5\u05dd 456.",
    ),
    "emoji": ("🔥🔥 down 👩‍👩‍👧‍👦", "It burns 🔥 since 9:00 🇩🇪 — \U0001f9d1\u200d\U0001f4bb says: e\u0301 ≠ é."),
    "control": ("Bell\x07 and \x1b[31mred\x1b[0m", "Tab\tbell\x07 escape\x1b[2J zero\u200bwidth \ufeff\u2028 line."),
}
LONGEST = 100_000
FOLDED = 3_000


def fits(page: Page) -> bool:
    """Whether the page needs no scrolling to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_ticket_is_text_on_the_list_and_on_its_page(browser: Browser, system: Up, name: str):
    subject, body = TEXTS[name]
    send(system, {"ticket_id": f"hostile-{name}", "subject": subject, "body": body})
    kept = ticket(system, f"hostile-{name}")
    with opened(browser, system.url, "/ui/tickets") as page:
        line = row(page, f"hostile-{name}")
        expect(line.get_by_role("link")).to_have_text(kept["subject"])
        page.keyboard.press("j")
        expect(page.locator("[role=row][data-active]")).to_be_visible()
        line.get_by_role("link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(kept["subject"])
        message = page.get_by_role("region", name="Message")
        if len(kept["body"]) > FOLDED:
            message.get_by_role("button", name="Show all").click()
            expect(message.get_by_role("button", name="Show less")).to_be_visible()
        assert message.get_by_role("paragraph").text_content() == kept["body"]
        assert page.locator("#main :is(script, iframe, img, svg[onload], style)").count() == 0
        for width, height in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": height})
            until(lambda: fits(page), f"the page is not wider than {width} pixels")
        page.get_by_role("button", name="Resolve").click()
        expect(page.get_by_role("button", name="Open again")).to_be_visible()
    assert len(TEXTS["long"][1]) > LONGEST


def test_a_hostile_incident_is_text_on_its_page(browser: Browser, system: Up):
    subject, body = f"{SCRIPT}{IMAGE} checkout is down", f"{IMAGE} Nobody can pay, every payment fails {SCRIPT}."
    people = [{"name": SCRIPT, "email": f"c{one}@x.example", "tier": IMAGE} for one in range(7)]
    ids = [f"mob-{one}" for one in range(7)]
    text = {"subject": subject, "body": body}
    send(system, *(text | {"ticket_id": id_, "customer": who} for id_, who in zip(ids, people, strict=True)))
    until(lambda: ticket(system, ids[-1])["incident_id"] is not None, "they become an incident")
    incident = system.api.get(f"/incidents/{ticket(system, ids[-1])['incident_id']}").raise_for_status().json()
    with opened(browser, system.url, "/ui/incidents") as page:
        page.get_by_role("link", name=incident["title"]).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(incident["title"])
        members = page.get_by_role("table", name="Tickets of the incident")
        expect(members.get_by_role("link", name=subject).first).to_be_visible()
        customers = page.get_by_role("list", name="Affected customers").get_by_role("listitem")
        expect(customers.first).to_contain_text(SCRIPT)
        assert page.locator("#main :is(script, img, iframe)").count() == 0
        until(lambda: fits(page), "nothing is wider than the page")
