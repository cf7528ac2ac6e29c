"""Notes of ours: found again, and nothing but text wherever they are shown."""

import re

from hypothesis import given
from hypothesis import strategies as st

from smart_support.adapters.helpdesks.notes import as_markdown, is_there, marked, without_links, without_template

TEXT = st.text(max_size=80) | st.text("{}%#@[]()!<>*_`~-GH1 \\\n", max_size=40)


@given(TEXT, st.integers(0, 99), st.integers(0, 99))
def test_a_note_is_found_by_its_id_alone(note: str, id_: int, other: int):
    assert is_there([None, 3, marked(note, f"id{id_:02}.")], f"id{id_:02}.")
    assert is_there([marked("Billing", f"id{id_:02}.")], f"id{other:02}.") == (id_ == other)


@given(TEXT)
def test_no_template_language_is_left(text: str):
    assert not re.search(r"\{[{%#]|%\}", without_template(text))
    assert without_template(text).replace(" ", "") == text.replace(" ", "")


@given(TEXT)
def test_no_text_is_a_links(text: str):
    assert "](" not in without_links(text)


@given(TEXT)
def test_markdown_shows_the_text_as_it_is(text: str):
    shown = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", as_markdown(text)).replace("\u200b", "")
    assert shown == text.replace("\u200b", "")


def test_nobody_is_mentioned_and_addresses_stay():
    found = as_markdown("@org/team #12 GH-3 **bold** <b> https://desk.example/incidents/a_b#c")
    assert "@\u200borg" in found
    assert "\\#\u200b12" in found
    assert "GH\\-\u200b3" in found
    assert "\\*\\*bold\\*\\* \\<b\\>" in found
    assert found.endswith(" https://desk.example/incidents/a_b#c")
