"""Each page is gone through as a reader would: its files written, its commands run, and what they print compared."""

from pathlib import Path

import pytest

from tests.docs.blocks import PAGES, Block, blocks
from tests.docs.session import session


def _wanted(page: str) -> list[Block]:
    return [block for block in blocks(page) if block.is_run]


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if _wanted(page)])
def test_what_a_page_shows_works(page: str, tmp_path: Path, request: pytest.FixtureRequest):
    found = blocks(page)
    variables: dict[str, str] = {}
    if any("PAGE_DATABASE_URL" in block.command for block in found if block.is_run):
        variables["PAGE_DATABASE_URL"] = request.getfixturevalue("postgres_database").replace("+psycopg", "")
        variables["PAGE_REDIS_URL"] = request.getfixturevalue("redis_url")
    settings = next((block.text for block in found if "settings" in block.marks), None)
    with session(tmp_path / "page", settings, variables) as reader:
        for block in found:
            if "file" in block.marks:
                reader.write(block)
        for block in found:
            if block.is_run:
                reader.run(block)
            elif "output" in block.marks:
                reader.compare(block)
