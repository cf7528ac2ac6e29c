"""How cue lists become one regular expression: it finds what a search of each phrase by itself would."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smart_support.domain import urgency
from smart_support.domain.storm import exception
from smart_support.domain.urgency import groups

WORDS = st.sampled_from(["a", "ab", "abc", "b", "bc"])
PHRASES = st.lists(
    st.tuples(st.lists(WORDS, min_size=1, max_size=2), st.booleans()).map(
        lambda said: (*said[0][:-1], said[0][-1] + ("*" if said[1] else ""))
    ),
    min_size=1,
    max_size=5,
)


def alone(phrase: tuple[str, ...]) -> str:
    """One phrase, written out."""
    words = [re.escape(word.removesuffix("*")) for word in phrase]
    return r"\b" + urgency._GAP.join(words) + (r"\w{0,20}" if phrase[-1].endswith("*") else r"\b")


@given(PHRASES, st.lists(WORDS | st.sampled_from(["abcd", "x"]), max_size=6), st.sampled_from([" ", ", ", " - "]))
@example([("a", "b")], ["a", "b"], " - ")
@example([("a",), ("a", "b")], ["a", "b"], " ")
def test_one_pattern_finds_what_all_phrases_would(phrases, words, gap):
    text = gap.join(words)
    found = {hit.start() for hit in re.finditer(rf"(?={urgency._alternation(phrases).pattern})", text)}
    expected = {hit.start() for phrase in phrases for hit in re.finditer(rf"(?={alone(phrase)})", text)}
    assert found == expected


def test_the_longer_phrase_is_taken():
    pattern = urgency._alternation([("data",), ("data", "loss"), ("data", "los*")])
    assert pattern.match("data loss").group() == "data loss"
    assert pattern.match("data losses").group() == "data losses"
    assert pattern.match("data, loss").group() == "data"
    assert pattern.search("update") is None


def test_phrases_are_folded_with_accents_and_without():
    assert set(urgency._phrases("Défaut Grave|poison*\nASAP")) == {
        *(("défaut", "grave"), ("defaut", "grave")),
        *(("poison*",), ("asap",)),
    }
    assert list(urgency._phrases(" | \n")) == []


def test_a_calm_text_has_the_score_of_the_formula():
    assert urgency.score("")[0] == pytest.approx(1.0 / (1.0 + 2.718281828459045**-urgency.BASE))
    assert urgency._logistic(0.0) == 0.5
    assert urgency._logistic(2.0) == pytest.approx(0.8807970779778823)


def test_a_character_that_grows_when_folded_stays():
    text = "Straße İ \u2019Ä"
    assert urgency.fold(text) == "straße İ 'ä"
    fresh = urgency._Folded()
    assert [fresh[ord(char)] for char in "ßİA"] == ["ß", "İ", "a"]
    assert fresh == {ord("ß"): "ß", ord("İ"): "İ", ord("A"): "a"}


def test_groups_are_those_of_the_cues_that_hold():
    assert "shout" in groups("This is URGENT!")
    assert "shout" not in groups("This is not urgent.")
    assert groups("x" * urgency.READ_LIMIT + " urgent") == frozenset()
    assert groups("") == frozenset()


def test_cues_of_exceptions_are_alternatives_with_their_slots():
    name, slot = next(iter(exception.SLOTS.items()))
    assert exception._pattern(f"\none two\n<{name}> x\n") == f"one{exception._GAP}two|{slot}{exception._GAP}x".replace(
        " ", exception._GAP
    )
