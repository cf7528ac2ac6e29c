"""The API's documentation is readable in a browser, on a machine that reaches no other."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from smart_support import bootstrap, serving
from smart_support.cli import connection
from smart_support.settings import load

pytestmark = pytest.mark.browser

SECONDS = 30_000.0


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A whole system on a free loopback port."""
    folder: Path = tmp_path_factory.mktemp("system")
    settings = load(data_dir=folder, database_url=f"sqlite:///{folder}/smart-support.db")
    with (
        bootstrap.open_pipeline(settings, durable=False) as pipeline,
        serving.open_app(pipeline, settings, open_loopback=True) as app,
        connection.listen("127.0.0.1", 0) as sock,
        connection.in_background(app, sock),
    ):
        yield connection.url_of(sock)


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """A page that asks this system alone, and on which nothing goes wrong."""
    context = browser.new_context()
    context.route(lambda address: urlsplit(address).netloc != urlsplit(url).netloc, lambda route: route.abort())
    asked: list[str] = []
    errors: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda error: errors.append(str(error.error)))
    page = context.new_page()
    page.set_default_timeout(SECONDS)
    yield page
    page.wait_for_load_state("networkidle")
    context.close()
    assert errors == []
    assert f"{url}/openapi.json" in asked
    assert [address for address in asked if not address.startswith((f"{url}/", "data:", "blob:"))] == []


def test_swagger_shows_the_route_and_what_it_does(page: Page, url: str):
    page.goto(f"{url}/docs")
    route = page.locator(".opblock-post", has=page.locator('[data-path="/v2/tickets"]'))
    expect(route).to_be_visible(timeout=SECONDS)
    route.locator(".opblock-summary").click()
    expect(route).to_contain_text("Accept a ticket: 202 once it is on disk", timeout=SECONDS)


def test_redoc_shows_the_route_and_what_it_does(page: Page, url: str):
    page.goto(f"{url}/redoc")
    heading = page.get_by_role("heading", name="Accept a ticket: 202 once it is on disk")
    expect(heading).to_be_visible(timeout=SECONDS)
    route = page.get_by_role("button", name="post /v2/tickets", exact=True)
    expect(route).to_be_visible(timeout=SECONDS)
