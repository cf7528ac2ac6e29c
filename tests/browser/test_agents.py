"""The load board: who is there, what each has, and how that is changed."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.backend import about, add_agent, send, ticket
from tests.browser.dashboard import opened
from tests.integration.system import Up
from tests.waiting import until

pytestmark = pytest.mark.browser


def agent(system: Up, agent_id: str) -> dict[str, Any]:
    return system.api.get(f"/agents/{agent_id}").raise_for_status().json()


def test_a_status_is_changed(browser: Browser, system: Up):
    add_agent(system, "robin", {"Nothing that comes": 1.0}, name="Robin")
    with opened(browser, system.url, "/ui/agents?q=Robin") as page:
        card = page.get_by_role("article", name="Robin")
        card.get_by_role("button", name="Status of Robin: Online").click()
        page.get_by_role("menuitem", name="Away").click()
        expect(card.get_by_role("button", name="Status of Robin: Away")).to_be_visible()
        expect(page.get_by_role("status").filter(has_text="Robin is away now")).to_be_visible()
        assert agent(system, "robin")["status"] == "away"

        expect(page.get_by_role("menu")).to_have_count(0)  # until it is gone it has the keyboard
        page.keyboard.press("j")
        page.keyboard.press("s")
        page.get_by_role("menuitem", name="Online").click()
        expect(card.get_by_role("button", name="Status of Robin: Online")).to_be_visible()
    until(lambda: agent(system, "robin")["status"] == "online", "Robin is there again")


def test_what_waits_is_assigned_and_handed_on(browser: Browser, system: Up):
    add_agent(system, "robin", {"Nothing that comes": 1.0}, name="Robin")
    add_agent(system, "wren", {"Nothing that comes": 1.0}, name="Wren")
    send(system, *about("dunlin", 1))
    subject = "Invoice of the dunlin 0"
    with opened(browser, system.url, "/ui/agents") as page:
        waiting = page.get_by_role("region", name="Waiting")
        waiting.get_by_role("button", name=f"Why does {subject} wait?").click()
        expect(waiting).to_contain_text("Asks for: Billing")
        waiting.get_by_role("button", name=f"Assign {subject}").click()
        page.get_by_role("dialog", name="Assign a ticket").get_by_role("option", name="Robin").click()
        robins = page.get_by_role("list", name="Tickets of Robin")
        expect(robins).to_contain_text(subject)
        until(lambda: ticket(system, "dunlin-0")["agent_id"] == "robin", "Robin has it")

        robins.get_by_role("button", name=f"Reassign {subject}").click()
        page.get_by_role("dialog", name="Reassign a ticket").get_by_role("option", name="Wren").click()
        expect(page.get_by_role("list", name="Tickets of Wren")).to_contain_text(subject)
        expect(robins).to_have_count(0)
    until(lambda: ticket(system, "dunlin-0")["agent_id"] == "wren", "Wren has it")
    assert (agent(system, "robin")["load"], agent(system, "wren")["load"]) == (0, 1)
