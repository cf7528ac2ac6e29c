"""One ticket: what decided, what can be corrected and done, who got it and why, and what ties it to an incident."""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.backend import OUTAGE, about, act, add_agent, send, state, ticket
from tests.browser.dashboard import opened
from tests.integration.system import Up
from tests.waiting import until

pytestmark = pytest.mark.browser

SETTINGS = {"STORM_TICKET_THRESHOLD": "5"}
REQUEST = {
    "subject": "Deletion of my personal data",
    "body": "Under article 17 of the GDPR I ask you to erase all personal data of mine, and to confirm it in writing.",
}


@pytest.fixture(scope="module", autouse=True)
def robin(system: Up) -> None:
    """An agent to whom nothing comes by itself."""
    add_agent(system, "robin", {"Nothing that comes": 1.0}, name="Robin")


def feedback(system: Up, ticket_id: str) -> list[dict[str, Any]]:
    told = system.api.get("/v2/feedback/export").raise_for_status().text.splitlines()
    return [one for one in map(json.loads, told) if one["ticket_id"] == ticket_id]


def route(system: Up, ticket_id: str) -> dict[str, Any]:
    return system.api.get(f"/v2/tickets/{ticket_id}/route").raise_for_status().json()


def test_the_words_that_decided_are_marked(browser: Browser, system: Up):
    send(system, *about("otter", 1))
    told = ticket(system, "otter-0")
    spans = {
        (span["start"], span["end"]) for why in told["reasons"] for span in why["spans"] if span["field"] == "body"
    }
    words = [told["body"][start:end] for start, end in sorted(spans)]
    assert words
    with opened(browser, system.url, "/ui/tickets/otter-0") as page:
        expect(page.get_by_role("region", name="Message").locator("mark")).to_have_text(words)
        expect(page.get_by_role("region", name="Triage")).to_contain_text(told["category"])


def test_what_the_model_said_is_corrected_and_learned_from(browser: Browser, system: Up):
    send(system, *about("badger", 1))
    said = ticket(system, "badger-0")["category"]
    with opened(browser, system.url, "/ui/tickets/badger-0") as page:
        triage = page.get_by_role("region", name="Triage")
        triage.get_by_role("button", name="Correct the category").click()
        page.get_by_role("menuitem", name="Legal").click()
        expect(triage).to_contain_text("certain")
        happened = page.get_by_role("region", name="What happened")
        expect(happened).to_contain_text(f"category {said} → Legal")
        triage.get_by_role("button", name="Critical").click()
        expect(triage.get_by_role("button", name="Critical")).to_have_attribute("aria-pressed", "true")
        expect(happened).to_contain_text("→ 0.95")
    now = ticket(system, "badger-0")
    assert (now["category"], now["urgency_score"]) == ("Legal", 0.95)
    told = [(one["category"], one["urgency"]) for one in feedback(system, "badger-0")]
    assert told == [("Legal", None), (None, 0.95)]


def test_a_ticket_is_resolved_opened_again_and_handed_over(browser: Browser, system: Up):
    send(system, *about("marten", 1))
    with opened(browser, system.url, "/ui/tickets/marten-0") as page:
        page.get_by_role("button", name="Resolve").click()
        again = page.get_by_role("button", name="Open again")
        expect(again).to_be_visible()
        until(lambda: state(system, "marten-0") == "resolved", "it is resolved")
        again.click()
        assign = page.get_by_role("button", name="Assign")
        expect(assign).to_be_visible()
        until(lambda: state(system, "marten-0") == "waiting", "it waits again")
        assign.click()
        page.get_by_role("dialog", name="Assign this ticket").get_by_role("option", name="Robin").click()
        expect(page.get_by_text("with Robin")).to_be_visible()
        happened = page.get_by_role("region", name="What happened").get_by_role("listitem")
        for words in ("Accepted", "Read by the light model", "Resolved", "Opened again", "Handed over to Robin"):
            expect(happened.filter(has_text=words).last).to_be_visible()
    assert ticket(system, "marten-0")["agent_id"] == "robin"


def test_what_somebody_else_did_meanwhile_is_not_undone(browser: Browser, system: Up):
    send(system, *about("stoat", 1))
    with opened(browser, system.url, "/ui/tickets/stoat-0", expected="409") as page:
        page.get_by_role("button", name="Assign").click()
        page.route("**/stoat-0/reassign", lambda route: (act(system, "stoat-0", "resolve"), route.continue_()))
        page.get_by_role("dialog", name="Assign this ticket").get_by_role("option", name="Robin").click()
        expect(page.get_by_role("alert").filter(has_text="Not done: reassign")).to_be_visible()
        expect(page.get_by_role("button", name="Open again")).to_be_visible()
        expect(page.get_by_text("with Robin")).to_have_count(0)
    assert (state(system, "stoat-0"), ticket(system, "stoat-0")["agent_id"]) == ("resolved", None)


def test_it_is_said_why_this_agent_has_it(browser: Browser, system: Up):
    send(system, REQUEST | {"ticket_id": "lynx-0"})
    category = ticket(system, "lynx-0")["category"]
    add_agent(system, "wren", {category: 1.0}, capacity=9, name="Wren")
    until(lambda: ticket(system, "lynx-0")["agent_id"] == "wren", f"Wren has it: {route(system, 'lynx-0')}")
    with opened(browser, system.url, "/ui/tickets/lynx-0") as page:
        why = page.get_by_role("region", name="Why this agent")
        expect(why.get_by_role("row").nth(1)).to_contain_text("Wren")
        expect(why.get_by_role("row", name="Robin")).to_contain_text(category)
    assert route(system, "lynx-0")["chosen"]["agent_id"] == "wren"


def test_a_ticket_leaves_its_incident_and_comes_back(browser: Browser, system: Up):
    send(system, *({**OUTAGE, "ticket_id": f"shrew-{one}"} for one in range(8)))
    until(lambda: state(system, "shrew-7") == "suppressed", "the incident stands for it")
    incident = ticket(system, "shrew-7")["incident_id"]
    with opened(browser, system.url, "/ui/tickets/shrew-7") as page:
        box = page.get_by_role("region", name="Incident")
        expect(box).to_contain_text("An exact copy (similarity 1.00)")
        box.get_by_role("button", name="Unlink").click()
        notice = page.get_by_role("status").filter(has_text="Unlinked")
        expect(notice).to_be_visible()
        expect(box).to_have_count(0)
        until(lambda: ticket(system, "shrew-7")["incident_id"] is None, "it belongs to none")
        notice.get_by_role("button", name="Undo").click()
        expect(box).to_be_visible()
        until(lambda: ticket(system, "shrew-7")["incident_id"] == incident, "it belongs to it again")
