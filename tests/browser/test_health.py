"""Health: one sentence on how the system is, what is wrong below it, and the alerts that can be tried again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.dashboard import figure, opened
from tests.integration.system import Up, up
from tests.receivers import Receivers
from tests.waiting import until

pytestmark = pytest.mark.browser

REFUSED = "404"  # given up at once


@pytest.fixture(scope="module")
def receivers() -> Iterator[Receivers]:
    with Receivers(scripts={"hook": [REFUSED, "good"]}) as running:
        yield running


@pytest.fixture(scope="module")
def system(program: Path, receivers: Receivers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    given = {"DESTINATIONS": receivers.destinations(), "ALLOW_PRIVATE_WEBHOOKS": "1", "MODEL_FALLBACK": "1"}
    with up(tmp_path_factory.mktemp("system") / "data", program=program, **given) as running:
        yield running


def states(system: Up) -> list[str]:
    return [one["state"] for one in system.api.get("/alerts").raise_for_status().json()]


def test_the_verdict_says_what_is_wrong_and_a_given_up_alert_is_retried(
    browser: Browser, system: Up, receivers: Receivers
):
    system.api.post("/alerts/test", json={"destination": "hook"}).raise_for_status()
    with opened(browser, system.url, "/ui/health") as page:
        verdict = page.get_by_role("region", name="Verdict")
        expect(verdict).to_contain_text("Every worker triages with the light model alone")
        expect(verdict).to_contain_text("1 alert was given up and reached nobody")
        expect(figure(page, "Lag of triage")).to_contain_text("0")
        outbox = page.get_by_role("region", name="Alert outbox")
        expect(outbox).to_contain_text("404")
        outbox.get_by_role("button", name="Retry all 1").click()
        expect(verdict).not_to_contain_text("given up")
        expect(page.get_by_role("region", name="Workers and breakers")).to_contain_text("breaker closed")
        version = system.api.get("/health/figures").raise_for_status().json()["versions"]["program"]
        expect(page.get_by_role("region", name="Versions")).to_contain_text(version)
    until(lambda: states(system) == ["sent"], "the alert is sent")
    assert [one.taken for one in receivers["hook"].tries] == [False, True]
