"""Incidents: listed, looked into, resolved, dismissed, merged; tickets linked to them and unlinked."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.backend import about, send, state, ticket
from tests.browser.dashboard import figure, opened
from tests.integration.system import Up
from tests.waiting import until

pytestmark = pytest.mark.browser

SETTINGS = {"STORM_TICKET_THRESHOLD": "5"}
MEMBERS = 7
# No two of them are alike, so each is an incident of its own.
CAUSES = {
    "checkout": "No customer can pay since nine o'clock: every payment ends with error 502, and we lose orders.",
    "sign-in": "All our people are locked out: the login page turns round and round and says session expired.",
    "mail": "Outgoing mail hangs in the queue for hours, newsletters and password resets do not arrive anywhere.",
    "export": "The nightly CSV export to the warehouse is empty, the file has its header and not one line of data.",
    "search": "Searching the catalogue finds nothing at all, even the exact article number gives zero results.",
    "maps": "The delivery map is blank and grey; drivers see no streets, no route and no position of their van.",
}


def storm(system: Up, cause: str) -> dict[str, Any]:
    """Copies of one report, and the incident that they become."""
    ids = [f"{cause}-{one}" for one in range(MEMBERS)]
    text = {"subject": f"Trouble: {cause}", "body": CAUSES[cause]}
    send(system, *(text | {"ticket_id": id_, "customer": {"email": f"{id_}@x.example"}} for id_ in ids))
    until(lambda: all(ticket(system, one)["incident_id"] is not None for one in ids), "all are linked")
    return incident(system, ticket(system, ids[0])["incident_id"])


def incident(system: Up, incident_id: str) -> dict[str, Any]:
    return system.api.get(f"/incidents/{incident_id}").raise_for_status().json()


def states(system: Up, cause: str) -> set[str]:
    return {state(system, f"{cause}-{one}") for one in range(MEMBERS)}


def confirm(page: Page, title: str, does: str) -> None:
    page.get_by_role("dialog", name=title).get_by_role("button", name=does, exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_an_incident_is_listed_and_its_page_says_what_belongs_to_it(browser: Browser, system: Up):
    told = storm(system, "checkout")
    with opened(browser, system.url, "/ui/incidents") as page:
        page.get_by_role("searchbox", name="Search titles").fill("pay")
        line = page.get_by_role("row").filter(has_text=told["title"])
        expect(line).to_contain_text(f"{MEMBERS - 1} held back")
        line.get_by_role("link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(told["title"])
        expect(figure(page, "Tickets")).to_contain_text(str(MEMBERS))
        expect(figure(page, "Customers")).to_contain_text(str(MEMBERS))
        members = page.get_by_role("table", name="Tickets of the incident")
        expect(members).to_have_attribute("aria-rowcount", str(MEMBERS + 1))
        expect(members.get_by_role("row").nth(2)).to_contain_text("An exact copy")
        expect(page.get_by_role("list", name="Affected customers").get_by_role("listitem")).to_have_count(MEMBERS)
        expect(page.get_by_role("region", name="What happened")).to_contain_text("Opened with")
    assert (told["tickets"], told["suppressed"]) == (MEMBERS, MEMBERS - 1)


def test_a_resolved_incident_answers_those_it_held_back(browser: Browser, system: Up):
    told = storm(system, "sign-in")
    with opened(browser, system.url, f"/ui/incidents/{told['id']}") as page:
        resolve = page.get_by_role("button", name="Resolve", exact=True)
        resolve.click()
        confirm(page, "Resolve the incident", "Resolve")
        expect(page.get_by_role("region", name="What happened")).to_contain_text("Resolved")
        expect(resolve).to_have_count(0)
    assert incident(system, told["id"])["state"] == "resolved"
    held = [one for one in range(MEMBERS) if state(system, f"sign-in-{one}") == "resolved"]
    assert len(held) >= MEMBERS - 1


def test_a_dismissed_incident_lets_its_tickets_go(browser: Browser, system: Up):
    told = storm(system, "mail")
    with opened(browser, system.url, f"/ui/incidents/{told['id']}") as page:
        page.get_by_role("button", name="More").click()
        page.get_by_role("menuitem", name="Dismiss").click()
        confirm(page, "Dismiss: it is no incident", "Dismiss")
        expect(page.get_by_role("region", name="What happened")).to_contain_text("it was none")
    assert incident(system, told["id"])["state"] == "dismissed"
    assert states(system, "mail") == {"waiting"}


def test_two_incidents_of_one_cause_become_one(browser: Browser, system: Up):
    kept, other = storm(system, "export"), storm(system, "search")
    with opened(browser, system.url, f"/ui/incidents/{kept['id']}") as page:
        page.get_by_role("button", name="Merge").click()
        which = page.get_by_role("dialog", name="Merge incidents").get_by_role("combobox")
        which.fill("Search")
        page.get_by_role("option", name=other["id"]).click()
        confirm(page, "Merge incidents", "Merge")
        expect(figure(page, "Tickets")).to_contain_text(str(2 * MEMBERS))
    assert incident(system, other["id"])["merged_into"] == kept["id"]
    assert incident(system, kept["id"])["tickets"] == 2 * MEMBERS


def test_tickets_are_unlinked_and_linked_by_hand(browser: Browser, system: Up):
    told = storm(system, "maps")
    send(system, *about("vole", 1))
    with opened(browser, system.url, f"/ui/incidents/{told['id']}") as page:
        members = page.get_by_role("table", name="Tickets of the incident")
        members.get_by_role("checkbox", name="Choose maps-6").check()
        page.get_by_role("button", name="Unlink 1").click()
        confirm(page, "Unlink 1 ticket", "Unlink")
        expect(members).to_have_attribute("aria-rowcount", str(MEMBERS))
        until(lambda: ticket(system, "maps-6")["incident_id"] is None, "it belongs to none")
        assert state(system, "maps-6") == "waiting"

        page.get_by_role("button", name="Link a ticket").click()
        box = page.get_by_role("dialog", name="Link a ticket").get_by_role("combobox")
        box.fill("vole")
        page.get_by_role("option", name="vole-0").click()
        confirm(page, "Link a ticket", "Link")
        expect(members.get_by_role("checkbox", name="Choose vole-0")).to_be_visible()
    assert ticket(system, "vole-0")["incident_id"] == told["id"]
