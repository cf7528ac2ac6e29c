"""The table of tickets, as a person finds his way in it."""

from playwright.sync_api import Locator, Page, expect

from tests.browser import flooding
from tests.waiting import until


def found_by(word: str) -> str:
    return f"/ui/tickets?q={word}"


def row(page: Page, ticket_id: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("checkbox", name=f"Choose {ticket_id}", exact=True))


def shown(page: Page) -> list[str]:
    return [ticket_id for ticket_id, _ in flooding.rows(page)]


def expect_shown(page: Page, *ticket_ids: str) -> None:
    """Exactly these, in this order."""
    boxes = page.get_by_role("grid").get_by_role("rowgroup").get_by_role("checkbox")
    expect(boxes).to_have_count(len(ticket_ids))
    until(lambda: shown(page) == list(ticket_ids), f"the table shows {ticket_ids}")
