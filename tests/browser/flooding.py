"""A flood while the dashboard is open: what goes in, how the page feels meanwhile, and what it shows in the end."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
from playwright.sync_api import Page

TICKETS, COPIES = 2_000, 600
SENDERS = 8
OUTAGE = {
    "subject": "Checkout is down",
    "body": "No customer of ours can pay since nine o'clock: every payment fails with error 502, and we lose orders.",
}

# Every row by its place, found by scrolling through the whole table: a row that came twice has two places.
_ROWS = """async () => {
  const grid = document.querySelector('[role=grid]'), found = new Map();
  const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  for (let top = 0; ; top += grid.clientHeight / 2) {
    grid.scrollTop = top;
    await drawn();
    for (const row of grid.querySelectorAll('[role=rowgroup] [role=row]')) {
      found.set(Number(row.getAttribute('aria-rowindex')), [
        row.querySelector('input').getAttribute('aria-label').replace('Choose ', ''),
        row.querySelector('[data-state]').dataset.state,
      ]);
    }
    if (top + grid.clientHeight >= grid.scrollHeight) break;
  }
  grid.scrollTop = 0;
  return [...found].sort(([a], [b]) => a - b).map(([, row]) => row);
}"""

# From the click to the frame that shows it; null where newer tickets pushed the row out of sight first.
_CLICK = """async () => {
  const rows = [...document.querySelectorAll('[role=rowgroup] [role=row]')];
  const row = rows[Math.floor(Math.random() * Math.min(8, rows.length))], began = performance.now();
  const name = row.querySelector('input').getAttribute('aria-label');
  row.click();
  for (;;) {
    const clicked = document.querySelector(`[role=row]:has(input[aria-label="${name}"])`);
    if (clicked === null) return null;
    if ('active' in clicked.dataset || performance.now() - began > 5000) return performance.now() - began;
    await new Promise(requestAnimationFrame);
  }
}"""


def tickets() -> list[dict[str, str]]:
    """Everyday tickets, each another, and copies of one outage among them: three in ten."""
    return [
        {"ticket_id": f"t{number}"} | OUTAGE
        if number % 10 < COPIES * 10 // TICKETS
        else {
            "ticket_id": f"t{number}",
            "subject": f"Question about invoice {number * 7919}",
            "body": f"Please tell me what position {number} of the invoice of customer {number * 104_729} stands for.",
        }
        for number in range(TICKETS)
    ]


@contextmanager
def sending(url: str) -> Iterator[Future[int]]:
    """Send them all, from the side; the result is how many were accepted."""

    def send(part: list[dict[str, str]]) -> int:
        with httpx.Client(base_url=url, timeout=60.0, trust_env=False) as api:
            return sum(api.post("/v2/tickets", json=one).status_code == httpx.codes.ACCEPTED for one in part)

    told = tickets()
    with ThreadPoolExecutor(SENDERS + 1) as pool:
        parts = [pool.submit(send, told[first::SENDERS]) for first in range(SENDERS)]
        yield pool.submit(lambda: sum(part.result() for part in parts))


def click(page: Page) -> float | None:
    """Milliseconds from a click on a row of the table until it is marked; None where it left sight first."""
    return page.evaluate(_CLICK)


def rows(page: Page) -> list[tuple[str, str]]:
    """Id and state of every row of the table, from the top."""
    return [(one[0], one[1]) for one in page.evaluate(_ROWS)]


def listed(api: httpx.Client) -> list[tuple[str, str]]:
    """The same of the API."""
    found: list[tuple[str, str]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = api.get("/v2/tickets", params={"limit": 1000} | cursor).raise_for_status().json()
        found += [(one["ticket_id"], one["state"]) for one in page["tickets"]]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def heap(page: Page) -> float:
    """Megabytes that the page's scripts hold, after what is no longer needed was collected."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return float(metrics["JSHeapUsedSize"]) / 1e6
