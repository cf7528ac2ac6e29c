"""The dashboard in Chromium on the machine that serves it: how soon it is there, and how it feels with many tickets.

Needs the system's Chromium and the built pages, as `make test` does; software rendering, so frames take longer than
with a graphics card. Times are the browser's own.
"""

import gzip
import re
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from bench.rows import Row
from bench.system import System, come_through
from scripts.system_packages import find_chromium
from smart_support.api.pages import BUNDLE
from tests.browser import flooding
from tests.browser.conftest import FLAGS

MANY, OPENINGS = 100_000, 7
MOST_BYTES, MOST_FIRST_SECONDS, MOST_CLICK_MS, MOST_HEAP_MB = 400_000, 1.5, 200.0, 200.0
_IMPORT_AT_ONCE = 500
_SIZE = ViewportSize(width=1280, height=800)
_ROW = '[role="rowgroup"] [role="row"]'

# Milliseconds a frame while the table is dragged to and fro through all its rows.
_FRAMES = """async (seconds) => {
  const grid = document.querySelector('[role=grid]'), gaps = [], far = grid.scrollHeight - grid.clientHeight;
  let last = await new Promise(requestAnimationFrame);
  const end = last + seconds * 1000;
  while (last < end) {
    grid.scrollTop = far * (0.5 + 0.45 * Math.sin(last / 900));
    const now = await new Promise(requestAnimationFrame);
    gaps.push(now - last);
    last = now;
  }
  return gaps;
}"""


def run(_data_dir: Path) -> list[Row]:
    """What the first page weighs, when its table is there, and how it bears a flood and 100,000 rows."""
    with _chromium() as browser:
        return [*_weight(), *_flood(browser), *_many(browser)]


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        browser.close()


def _weight() -> list[Row]:
    page = (BUNDLE / "index.html").read_text(encoding="utf-8")
    named = [BUNDLE / name for name in re.findall(r"/ui/([\w./-]+\.(?:js|css))", page)]
    packed = len(gzip.compress(page.encode(), 6)) + sum(len(gzip.compress(one.read_bytes(), 6)) for one in named)
    fonts = max(one.stat().st_size for one in BUNDLE.glob("assets/inter-latin-wght-*.woff2"))
    return [
        Row(
            "first page, gzipped: page, scripts, styles",
            f"<= {MOST_BYTES / 1000:.0f} KB",
            f"{packed / 1000:.0f} KB",
            f"{len(named)} files; and a typeface of {fonts / 1000:.0f} KB, which nothing waits for",
            packed <= MOST_BYTES,
        )
    ]


def _flood(browser: Browser) -> list[Row]:
    """2,000 tickets within seconds while the page is open, clicked all the time."""
    with System(STORM_TICKET_THRESHOLD="10") as system, httpx.Client(base_url=system.url, trust_env=False) as api:
        page = browser.new_page(viewport=_SIZE)
        page.goto(f"{system.url}/ui/")
        page.get_by_role("heading", level=1).wait_for()
        before, clicked, began = flooding.heap(page), [], time.perf_counter()
        with flooding.sending(system.url) as sent:
            page.locator(_ROW).first.wait_for()
            while not sent.done() or not _arrived(api):
                clicked.append(flooding.click(page))
                page.wait_for_timeout(50)
        seconds, end = time.perf_counter() - began, time.perf_counter() + 30.0
        while (same := flooding.rows(page) == flooding.listed(api)) is False and time.perf_counter() < end:
            page.wait_for_timeout(250)
        after = flooding.heap(page)
        page.close()
    clicks = [one for one in clicked if one is not None]
    median, p95 = statistics.median(clicks), statistics.quantiles(clicks, n=20)[-1]
    return [
        Row(
            f"a flood of {flooding.TICKETS:,} tickets while the page is open: rows as the API has them",
            "all",
            "all" if same else "not all",
            f"all dispatched after {seconds:.0f} s",
            same,
        ),
        Row(
            "  click to marked row, p95",
            f"<= {MOST_CLICK_MS:.0f} ms",
            f"{p95:.0f} ms",
            f"median {median:.0f}, most {max(clicks):.0f} ms of {len(clicks)}; the model works on the same cores"
            f"; {len(clicked) - len(clicks)} more were pushed out of sight by newer rows",
            p95 <= MOST_CLICK_MS,
        ),
        Row("  memory of its scripts afterwards", "bounded", f"{after:.0f} MB", f"{before:.0f} MB before"),
    ]


def _many(browser: Browser) -> list[Row]:
    """100,000 tickets in the store: the first table, and all of them in it."""
    with (
        System(MODEL_FALLBACK="1", LAG_LIMIT="1000000") as system,
        httpx.Client(base_url=system.url, trust_env=False, timeout=120.0) as api,
    ):
        _import(api)
        cold = [_first_table(browser, system.url) for _ in range(OPENINGS)]
        page = browser.new_page(viewport=_SIZE)
        page.goto(f"{system.url}/ui/")
        began = time.perf_counter()
        while _rows(page) < MANY and time.perf_counter() < began + 300:
            page.evaluate(
                "(() => { const g = document.querySelector('[role=grid]'); g.scrollTop = g.scrollHeight; })()"
            )
            page.wait_for_timeout(20)
        seconds = time.perf_counter() - began
        read, drawn = _rows(page), page.locator(_ROW).count()
        gaps: list[float] = page.evaluate(_FRAMES, 5)
        clicks = [taken for _ in range(30) if (taken := flooding.click(page)) is not None]
        held = flooding.heap(page)
        page.close()
    return [
        Row(
            f"{MANY:,} tickets: first table visible, a browser that was never here, median of {OPENINGS}",
            f"<= {MOST_FIRST_SECONDS} s",
            f"{statistics.median(cold):.2f} s",
            f"most {max(cold):.2f} s",
            statistics.median(cold) <= MOST_FIRST_SECONDS,
        ),
        Row(
            f"  rows in the table after scrolling to its end, {seconds:.0f} s",
            f"{MANY:,}",
            f"{read:,}",
            "",
            read == MANY,
        ),
        Row("  rows drawn", "-", str(drawn), ""),
        Row("  a frame while dragging through all, median", "-", f"{statistics.median(gaps):.0f} ms", _tail(gaps)),
        Row(
            "  click to marked row, most of 30",
            f"<= {MOST_CLICK_MS:.0f} ms",
            f"{max(clicks):.0f} ms",
            "",
            max(clicks) <= MOST_CLICK_MS,
        ),
        Row("  memory of its scripts", f"<= {MOST_HEAP_MB:.0f} MB", f"{held:.0f} MB", "", held <= MOST_HEAP_MB),
    ]


def _first_table(browser: Browser, url: str) -> float:
    """Seconds from going there until rows are drawn, in a context without a cache."""
    context = browser.new_context(viewport=_SIZE)
    page = context.new_page()
    began = time.perf_counter()
    page.goto(f"{url}/ui/")
    page.locator(_ROW).nth(10).wait_for()
    seconds = time.perf_counter() - began
    context.close()
    return seconds


def _import(api: httpx.Client) -> None:
    """As history, and wait until all was triaged: nothing else works while it is measured."""
    words = Path(__file__).read_text(encoding="utf-8").split()
    for first in range(0, MANY, _IMPORT_AT_ONCE):
        numbers = range(first, first + _IMPORT_AT_ONCE)
        tickets = [
            {"ticket_id": f"t{n}", "subject": f"Ticket {n}", "body": " ".join(words[n % 400 : n % 400 + 30])}
            for n in numbers
        ]
        while (
            answer := api.post("/v2/import", json={"tickets": tickets})
        ).status_code == httpx.codes.TOO_MANY_REQUESTS:
            time.sleep(1.0)  # many wait for triage already
        answer.raise_for_status()
    while api.get("/v2/tickets/status").json()["pending"]:
        time.sleep(1.0)


def _arrived(api: httpx.Client) -> bool:
    return come_through(api.get("/v2/tickets/status").json()) >= flooding.TICKETS


def _rows(page: Page) -> int:
    return int(page.get_by_role("grid").get_attribute("aria-rowcount") or 1) - 1


def _tail(gaps: Sequence[float]) -> str:
    return f"p95 {statistics.quantiles(gaps, n=20)[-1]:.0f} ms, software rendering"
