"""Where a quote stands: the places hold it, all of them that are whole words are found, in JavaScript's count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.triage.places import MOST, READ_LIMIT, places

LETTERS = st.characters(codec="utf-8") | st.sampled_from("aAbBiI\u0131\u0130s\u017fSßẞkKK µμ_-\n\t請求😀\U0001d49c")
TOKENS = [
    "Error",
    "error",
    "ERROR",
    "errors",
    "my_error",
    "错误",
    "😀",
    "\U0001d49cerror",
    "é",
    "error-502",
    "e\u0301rror",
]


def cut(text: str, place: tuple[int, int]) -> str:
    """What JavaScript's `text.slice(start, end)` gives; a place in the middle of a character raises."""
    return text.encode("utf-16-le")[2 * place[0] : 2 * place[1]].decode("utf-16-le")


def folded(text: str) -> list[str]:
    return [word.casefold() for word in text.split()]


def found(quote: str, text: str) -> list[str]:
    return [cut(text, place) for place in places(quote, text)]


@given(st.text(LETTERS, max_size=4), st.text(LETTERS, max_size=60))
def test_every_place_holds_the_quote_and_none_is_over_another(quote: str, text: str):
    units = len(text.encode("utf-16-le")) // 2
    end = 0
    for place in places(quote, text):
        assert end <= place[0] < place[1] <= units
        assert folded(cut(text, place)) == folded(quote) != []
        end = place[1]


@given(st.text(LETTERS, max_size=20), st.text(LETTERS, min_size=1, max_size=6), st.text(LETTERS, max_size=20))
def test_a_quote_that_stands_alone_is_found(before: str, quote: str, after: str):
    if quote.split():
        assert quote.strip() in [one.strip() for one in found(quote, f"{before} . {quote} . {after}")]


@given(st.lists(st.sampled_from(TOKENS), max_size=45))
def test_whole_words_are_found_in_either_case_and_no_parts_of_words(tokens: list[str]):
    alone = {"Error": 1, "error": 1, "ERROR": 1, "my_error": 1, "error-502": 1}
    assert len(places("Error", " ".join(tokens))) == sum(alone.get(token, 0) for token in tokens)


@pytest.mark.parametrize(
    ("quote", "text", "cuts"),
    [
        ("money back", "Money\n  back, now. No money-back. MONEY BACK", ["Money\n  back", "MONEY BACK"]),
        ("請求書", "先月の請求書が。請求書", ["請求書", "請求書"]),
        ("ERROR", "错误ERROR错误", ["ERROR"]),
        ("down", "😀 down 😀😀down", ["down", "down"]),
        ("i", "I \u0131 \u0130", ["I"]),
        ("502", "error502 502", ["502"]),
        ("a b a b", "xa b a b a b", ["a b a b"]),
        ("", "text", []),
        (" \n", "a \n b", []),
        ("not there", "nothing", []),
    ],
)
def test_examples(quote: str, text: str, cuts: list[str]):
    assert found(quote, text) == cuts


def test_a_character_beyond_the_basic_plane_counts_twice():
    assert places("down", "😀 down \U0001d49c down") == [(3, 7), (11, 15)]


def test_there_are_no_more_than_the_first_ones():
    assert places("x", "x " * 200) == [(2 * n, 2 * n + 1) for n in range(MOST)]


def test_a_long_text_is_read_no_further_than_triage_reads_it():
    assert places("end", " " * (READ_LIMIT - 3) + "end") == [(READ_LIMIT - 3, READ_LIMIT)]
    assert places("end", " " * READ_LIMIT + "end") == []
