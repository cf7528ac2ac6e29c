"""Every page in both themes and on a phone: axe finds nothing at fault, and nothing is wider than the window.

The pictures of `test_screens` look at more, and take longer.
"""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.backend import OUTAGE, about, add_agent, send, ticket
from tests.browser.dashboard import NARROW, WIDE, findings, opened
from tests.integration.system import Up
from tests.waiting import until

pytestmark = pytest.mark.browser

SETTINGS = {"STORM_TICKET_THRESHOLD": "5"}
PAGES = ("tickets", "tickets/TICKET", "flood", "incidents", "incidents/INCIDENT", "agents", "health")
TABS = ("taxonomy", "agents", "rules", "alerts", "keys")


@pytest.fixture(scope="module")
def filled(system: Up) -> tuple[Up, str, str]:
    """A system with something on each page; a ticket and an incident of it."""
    add_agent(system, "ada", {"Billing": 1.0, "Technical": 0.5}, name="Ada Lindqvist", team="Shop")
    send(system, *about("magpie", 8), *({**OUTAGE, "ticket_id": f"heron-{one}"} for one in range(7)))
    until(lambda: ticket(system, "heron-0")["incident_id"], "there is an incident")
    return system, "magpie-0", ticket(system, "heron-0")["incident_id"]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_every_page(
    browser: Browser, filled: tuple[Up, str, str], scheme: str, size: tuple[int, int]
):
    system, ticket_id, incident_id = filled
    found = {}
    with opened(browser, system.url, scheme=scheme, size=size) as page:
        for name in (*PAGES, *(f"settings/{tab}" for tab in TABS)):
            page.goto(f"{system.url}/ui/{name.replace('TICKET', ticket_id).replace('INCIDENT', incident_id)}")
            heading = page.get_by_role("heading", level=1)
            expect(heading).to_be_visible()
            expect(page).to_have_title(f"{heading.inner_text()} · Smart-Support")
            expect(page.get_by_label("Loading")).to_have_count(0)
            wider = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
            found[name] = findings(page) + ([f"{wider} px wider than the window"] if wider > 0 else [])
    assert {name: faults for name, faults in found.items() if faults} == {}
