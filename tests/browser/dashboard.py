"""The dashboard in a browser, where nothing goes wrong unseen: no error, no refused style, no call of another host."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page

from tests.browser.conftest import ROOT

AXE = ROOT / "dashboard/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDE, NARROW = (1280, 800), (390, 844)
SECONDS = 30_000.0
# In one call: what Playwright asks again and again it evaluates in the page, where the policy refuses it.
SETTLED = """async () => {
  const moves = (one) => one.playState === 'running' && one.effect.getTiming().iterations !== Infinity;
  while (document.getAnimations().some(moves)) await new Promise(requestAnimationFrame);
}"""


@contextmanager
def opened(
    browser: Browser,
    url: str,
    path: str = "/",
    *,
    scheme: str = "light",
    size: tuple[int, int] = WIDE,
    expected: str = "-",
    **given: Any,
) -> Iterator[Page]:
    """A page of the dashboard, the front one if no other is named.

    Whatever the browser complains about fails the test at the end, but for what has `expected` in it; a violation of
    the Content-Security-Policy is such a complaint, and so is a window that a script opens.
    """
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **given)
    context.set_default_timeout(SECONDS)
    foreign: list[str] = []
    complaints: list[str] = []
    context.on("request", lambda request: None if _ours(url, request.url) else foreign.append(request.url))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    context.on("dialog", lambda dialog: (complaints.append(f"{dialog.type}: {dialog.message}"), dialog.dismiss()))
    page = context.new_page()
    page.goto(f"{url}{path}")
    yield page
    context.close()
    assert foreign == []
    assert [said for said in complaints if expected not in said] == []


def _ours(url: str, address: str) -> bool:
    return urlsplit(address).netloc == urlsplit(url).netloc or address.startswith(("data:", "blob:"))


def figure(page: Page, name: str) -> Locator:
    """One of the figures that stand side by side, with its name and what is said below it."""
    return page.locator("dl > *", has=page.get_by_role("term").get_by_text(name, exact=True))


def findings(page: Page) -> list[str]:
    """What axe finds at fault by WCAG 2.2 AA, once nothing moves any more: half-faded text has too little contrast."""
    page.evaluate(SETTLED)
    page.evaluate(AXE.read_text(encoding="utf-8"))  # through the debugger, where no policy holds
    found = page.evaluate("(tags) => axe.run(document, {runOnly: tags})", RULES)
    return [f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:200]}" for one in found["violations"]]
