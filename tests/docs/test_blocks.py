"""Each code block of the documents is run by a test or says why it is not, and is sound as far as reading it can tell.

`make verify` runs them: test_run.py.
"""

import pytest
from markdown_it import MarkdownIt

from tests.docs.blocks import PAGES, ROOT, Unclassified, _blocks, blocks, read


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_classified_and_can_be_read(page: str):
    for block in blocks(page):
        try:
            read(block)
        except (ValueError, SyntaxError) as error:
            pytest.fail(f"{block.place}: {error}")


@pytest.mark.parametrize("page", PAGES)
def test_no_indented_block_is_taken_for_the_rest_of_the_text_before_it(page: str):
    """It needs a blank line before it."""
    text = (ROOT / page).read_text(encoding="utf-8")
    lines = text.splitlines()
    for token in MarkdownIt().enable("table").parse(text):
        if token.type == "paragraph_open" and token.level == 0 and token.map:
            begin, end = token.map
            assert not [line for line in lines[begin:end] if line.startswith("    ")], f"{page}:{begin + 1}"


@pytest.mark.parametrize(
    "text",
    [
        "```\nwhat is this?\n```\n",
        "```text\na picture\n```\n",
        "<!-- not run: -->\n```sh\nrm -r it\n```\n",
        "<!-- not-run: for a reason -->\n```sh\nls\n```\n",
        "<!-- not run: for a reason -->\n\nSomething else.\n\n```sh\nls\n```\n",
        "Text.\n\n<!-- output -->\n",
        "<!-- background -->\n```json\n{}\n```\n",
    ],
)
def test_what_is_not_marked_as_it_should_be_is_found(text: str):
    with pytest.raises(Unclassified):
        list(_blocks("page", text))


def test_what_stands_for_something_is_replaced():
    (block,) = _blocks(
        "page", "<!-- where: ID=t1 --><!-- where: WHAT=a b -->\n```console\n$ show ID WHAT\nID is here\n$ end\n```\n"
    )
    assert block.command == "show t1 a b\nend\n"
    (block,) = _blocks("page", "<!-- where: ID=t1 -->\n    show it\n")
    with pytest.raises(Unclassified):
        _ = block.command
