"""Cutting and cleaning."""

from hypothesis import given
from hypothesis import strategies as st

from smart_support.adapters.senders.text import DISCORD, PLAIN, SLACK, block, clean, defanged, fit, line, stack, units
from tests.unit.adapters.senders.limits import harmless, wide
from tests.unit.adapters.senders.notices import hostile

ESCAPES = st.sampled_from([PLAIN, SLACK, DISCORD])


@given(hostile, st.integers(1, 400), ESCAPES)
def test_a_text_fits_and_says_that_it_was_cut(text, limit, escapes):
    whole = fit(text, 10**9, escapes)
    found = fit(text, limit, escapes)
    assert units(found) == wide(found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")) <= limit
    if units(whole) <= limit:
        assert found == whole
    else:
        assert found[-1] == "…"
        assert whole.startswith(found[:-1])


@given(st.lists(hostile.map(line), max_size=60), st.integers(32, 2_000), st.integers(1, 500))
def test_lines_fit_and_the_last_says_how_many_are_missing(lines, limit, each):
    found = stack(lines, limit, each)
    assert units(found) <= limit
    kept = found.split("\n") if lines else []
    if len(kept) != len(lines):
        assert kept[-1] == f"and {len(lines) - len(kept) + 1} more"


@given(hostile)
def test_cleaned_and_defanged_text_is_harmless(text):
    assert harmless(defanged(clean(text)))
    assert "\n" not in line(text)
    assert "\n\n\n" not in block(text)


def test_what_people_write_stays_as_it_is():
    usual = "Grüße, 你好, مرحبا, 👩‍👩‍👧 a < b && c@example.org: 10:30 (see #12)"
    assert line(usual) == defanged(usual) == usual


def test_escapes_are_not_cut_in_two():
    assert fit("<<<<", 9, SLACK) == "&lt;&lt;…"
    assert fit("****", 4, DISCORD) == "\\*…"
    assert fit("😀😀", 3) == "😀…"
