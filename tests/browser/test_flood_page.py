"""The flash flood: what arrives, what is about to become an incident, and a flood made on purpose."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.backend import OUTAGE, add_key, send
from tests.browser.dashboard import figure, opened
from tests.integration.system import Up, up
from tests.waiting import until

pytestmark = pytest.mark.browser

SETTINGS = {"STORM_TICKET_THRESHOLD": "10"}
FLOOD = 20


def arrived(system: Up) -> int:
    told = system.api.get("/v2/arrivals", params={"minutes": 60, "bucket": 60}).raise_for_status().json()
    return sum(one["tickets"] for one in told["buckets"])


def forming(system: Up) -> list[dict[str, Any]]:
    return system.api.get("/v2/storms/forming").raise_for_status().json()["clusters"]


def simulated(system: Up) -> int:
    rows = system.api.get("/v2/tickets", params={"limit": 1000}).raise_for_status().json()["tickets"]
    tags = (system.api.get(f"/v2/tickets/{one['ticket_id']}").json()["tags"] for one in rows)
    return sum("simulated" in tag for tag in tags)


def test_what_is_about_to_become_an_incident_is_seen_before(browser: Browser, system: Up):
    with opened(browser, system.url, "/ui/flood") as page:
        send(system, *({**OUTAGE, "ticket_id": f"rook-{one}"} for one in range(5)))
        clusters = page.get_by_role("region", name="Forming now").get_by_role("listitem")
        cluster = clusters.filter(has_text=OUTAGE["body"][:40])
        expect(cluster).to_contain_text("5 of")
        (told,) = (one for one in forming(system) if one["tickets"] == 5)
        expect(cluster).to_contain_text(f"{told['missing']} more to go")

        page.get_by_role("radiogroup", name="Show as").get_by_text("Table").click()
        newest = page.get_by_role("region", name="Tickets a minute").get_by_role("row")
        expect(newest.filter(has_text="5").first).to_be_visible()
        expect(figure(page, "Now")).to_contain_text(f"{arrived(system)} tickets in the last hour")


def test_a_flood_is_simulated(browser: Browser, system: Up):
    before = arrived(system)
    with opened(browser, system.url, "/ui/flood") as page:
        page.get_by_role("button", name="Simulate a flood").click()
        dialog = page.get_by_role("dialog", name="Simulate a flood")
        dialog.get_by_label("Tickets", exact=True).fill(str(FLOOD))
        dialog.get_by_label("Tickets per minute").fill("6000")
        dialog.get_by_role("button", name="Start").click()
        expect(dialog).to_have_count(0)
        until(lambda: arrived(system) == before + FLOOD, "the flood came")
        expect(figure(page, "Now")).to_contain_text(f"{before + FLOOD} tickets in the last hour")
    assert simulated(system) == FLOOD


def test_in_production_no_flood_is_offered(browser: Browser, program: Path, tmp_path: Path):
    with up(tmp_path / "data", program=program, MODEL_FALLBACK="1", PRODUCTION="true") as system:
        _, token = add_key(system, "admin", "admin")
        with opened(browser, system.url, "/ui/flood", expected="401") as page:
            page.get_by_label("API key").fill(token)
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Flash flood")
            expect(figure(page, "Open incidents")).to_contain_text("0")
            expect(page.get_by_role("button", name="Simulate")).to_have_count(0)
        assert system.api.post("/v2/simulate/flood", json={"tickets": 1, "per_minute": 60}).status_code == 404
