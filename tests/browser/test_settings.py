"""Settings: taxonomy, rules and agents are changed, checked before they hold, and brought back; destinations tried."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.dashboard import opened
from tests.integration.system import Up, up
from tests.receivers import Receivers

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def receivers() -> Iterator[Receivers]:
    with Receivers(["good"]) as running:
        yield running


@pytest.fixture(scope="module")
def system(program: Path, receivers: Receivers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    given = {"DESTINATIONS": receivers.destinations(), "ALLOW_PRIVATE_WEBHOOKS": "1", "MODEL_FALLBACK": "1"}
    with up(tmp_path_factory.mktemp("system") / "data", program=program, **given) as running:
        yield running


def taxonomy(system: Up) -> dict[str, Any]:
    return system.api.get("/config/taxonomy").raise_for_status().json()


def promised(system: Up) -> int | None:
    """Minutes within which somebody answers who asks about bills."""
    (billing,) = (one for one in taxonomy(system)["taxonomy"]["category"] if one["name"] == "Billing")
    return billing["sla"]["first_response_minutes"]


def save(page: Page) -> None:
    page.get_by_role("button", name="Review and save").click()
    review = page.get_by_role("dialog", name="Review and save")
    expect(review).to_contain_text("The server finds nothing wrong")
    review.get_by_role("button", name="Save", exact=True).click()
    expect(review).to_have_count(0)


def test_a_category_is_changed_and_the_version_before_brought_back(browser: Browser, system: Up):
    before = taxonomy(system)["version"]
    with opened(browser, system.url, "/ui/settings/taxonomy") as page:
        page.get_by_role("button", name="Edit Billing").click()
        form = page.get_by_role("dialog", name="Edit Billing")
        form.get_by_label("First response within").fill("90")
        form.get_by_role("button", name="Apply").click()
        billing = page.get_by_role("row", name="Edit Billing")
        expect(billing).to_contain_text("answer")
        assert promised(system) is None  # a draft, until it is saved
        save(page)
        expect(page.get_by_text(f"Version {before + 1}", exact=True)).to_be_visible()
        assert promised(system) == 90

        page.get_by_role("button", name="History").click()
        history = page.get_by_role("dialog", name="History")
        history.get_by_role("button", name=f"Version {before}").click()
        history.get_by_role("button", name=f"Bring back version {before}").click()
        expect(billing).not_to_contain_text("answer")
        save(page)
    assert promised(system) is None
    assert taxonomy(system)["version"] == before + 2


def test_who_was_faster_is_not_overwritten_unseen(browser: Browser, system: Up):
    held = taxonomy(system)
    theirs = held["taxonomy"] | {"review_below": 0.35}
    with opened(browser, system.url, "/ui/settings/taxonomy", expected="412") as page:
        page.get_by_label("Fallback category").fill("Other")
        page.get_by_role("button", name="Review and save").click()
        review = page.get_by_role("dialog", name="Review and save")
        expect(review).to_contain_text("The server finds nothing wrong")
        page.route("**/config/taxonomy*", lambda route: (put(system, theirs), route.continue_()), times=1)
        review.get_by_role("button", name="Save", exact=True).click()
        expect(review.get_by_role("alert")).to_contain_text("This cannot be saved")
        assert taxonomy(system)["taxonomy"]["fallback"] == held["taxonomy"]["fallback"]

        review.get_by_role("button", name="Go on editing").click()
        faster = page.get_by_role("alert").filter(has_text="was saved meanwhile")
        faster.get_by_role("button", name="Compare").click()
        expect(page.get_by_role("region", name="Theirs against yours")).to_contain_text("Other")
        faster.get_by_role("button", name="Reload theirs").click()
        expect(page.get_by_label("Marked for review below")).to_have_value("0.35")
        expect(page.get_by_label("Fallback category")).to_have_value(held["taxonomy"]["fallback"])


def put(system: Up, content: dict[str, Any]) -> None:
    system.api.put("/config/taxonomy", json=content).raise_for_status()


def rule(priority: object) -> str:
    """One rule, its priority on line 5."""
    return json.dumps({"rule": [{"name": "vip", "priority": priority}]}, indent=2)


def test_rules_are_checked_before_they_hold(browser: Browser, system: Up):
    routing = lambda: system.api.get("/config/routing").raise_for_status().json()  # noqa: E731
    before = routing()
    with opened(browser, system.url, "/ui/settings/rules", expected="422") as page:
        page.get_by_role("radiogroup", name="View").get_by_text("JSON").click()
        editor = page.get_by_role("textbox", name="The routing as JSON")
        editor.fill('{\n  "rule": [\n    {"name": "vip",}\n  ]\n}')
        expect(page.get_by_text("Line 3, column 20")).to_be_visible()
        expect(page.get_by_role("button", name="Review and save")).to_have_count(0)

        editor.fill(rule("high"))
        page.get_by_role("button", name="Review and save").click()
        review = page.get_by_role("dialog", name="Review and save")
        expect(review.get_by_role("alert")).to_contain_text("rule.0.priority")
        expect(review.get_by_role("button", name="Save", exact=True)).to_be_disabled()
        review.get_by_role("button", name="Go on editing").click()
        expect(page.get_by_text("Line 5, rule.0.priority")).to_be_visible()

        editor.fill(rule(99))
        page.get_by_role("button", name="Review and save").click()
        expect(review.get_by_role("alert")).to_contain_text("choose a number from -10 to 10")
        review.get_by_role("button", name="Go on editing").click()
        assert routing() == before

        editor.fill(rule(2))
        save(page)
        expect(page.get_by_text(f"Version {before['version'] + 1}", exact=True)).to_be_visible()
    assert [(one["name"], one["priority"]) for one in routing()["routing"]["rule"]] == [("vip", 2)]


def test_an_agent_is_added_changed_and_removed(browser: Browser, system: Up):
    with opened(browser, system.url, "/ui/settings/agents") as page:
        page.get_by_role("button", name="Add agent").click()
        form = page.get_by_role("dialog", name="Add an agent")
        form.get_by_label("Id").fill("jay")
        form.get_by_label("Name", exact=True).fill("Jay")
        form.get_by_label("Capacity").fill("7")
        form.get_by_role("button", name="Add a skill").click()
        form.get_by_label("Skill 1", exact=True).fill("Billing")
        form.get_by_role("button", name="Add", exact=True).click()
        line = page.get_by_role("row", name="Edit Jay")
        expect(line).to_contain_text("Billing 1")
        jay = system.api.get("/agents/jay").raise_for_status().json()
        assert (jay["name"], jay["capacity"], jay["skills"]) == ("Jay", 7, {"Billing": 1.0})

        line.get_by_role("button", name="Edit Jay").click()
        form = page.get_by_role("dialog", name="Edit Jay")
        form.get_by_label("Capacity").fill("2")
        form.get_by_role("button", name="Save").click()
        expect(form).to_have_count(0)
        assert system.api.get("/agents/jay").json()["capacity"] == 2

        line.get_by_role("button", name="Remove Jay").click()
        page.get_by_role("dialog", name="Remove Jay?").get_by_role("button", name="Remove").click()
        expect(line).to_have_count(0)
    assert system.api.get("/agents/jay").status_code == 404


def test_a_destination_is_tried(browser: Browser, system: Up, receivers: Receivers):
    with opened(browser, system.url, "/ui/settings/alerts") as page:
        page.get_by_role("button", name="Send a sample to good").click()
        expect(page.get_by_role("region", name="Destinations")).to_contain_text("The sample arrived")
        sample = page.get_by_role("region", name="Recent messages").get_by_role("row", name="sample")
        expect(sample).to_contain_text("sent")
    assert len(receivers["good"].taken) == 1
