import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.triage import Reason, ReasonOf
from smart_support.triage import features
from smart_support.triage.explain import LEAST, MOST, best, by_word, heaviest, heavy, of_urgency, quotes
from smart_support.triage.stop_words import STOP_WORDS

OF = ReasonOf.CATEGORY


def said(text: str, shares: dict[int, float]) -> list[tuple[str, float]]:
    found = best(OF, quotes(text, features.words(text), shares))
    return [(reason.quote, reason.weight) for reason in found]


def test_heavy_neighbours_are_one_quote() -> None:
    text = "my money back, please: the money is gone"
    assert said(text, {1: 0.4, 2: 0.3, 5: 0.2, 7: 0.1}) == [("money back", 0.7), ("money is gone", 0.3)]


@pytest.mark.parametrize("text", ["for", "You", "there", "Seit", "après", "000", "2024", "く", "で", "イン", "of the"])
def test_what_says_nothing_alone_is_not_quoted(text: str) -> None:
    assert said(text, dict.fromkeys(range(len(features.words(text))), 0.4)) == []


def test_a_script_without_spaces_is_quoted_in_runs() -> None:
    assert said("先月の請求書が", {3: 0.2, 4: 0.2, 5: 0.2, 0: 0.3}) == [("請求書", 0.6)]


def test_a_small_share_is_not_quoted() -> None:
    assert said("refund, invoice", {0: 0.5, 1: LEAST - 0.01}) == [("refund", 0.5)]


def test_nothing_speaks_for_it() -> None:
    assert heavy(np.array([-1.0, -1.0])) == heavy(np.zeros(0)) == {}
    assert said("", {}) == []


@given(st.lists(st.lists(st.integers(-50, 50), max_size=12), min_size=1, max_size=4))
def test_many_texts_at_once_are_as_each_alone(texts: list[list[int]]) -> None:
    sizes = np.array([len(text) + 1 for text in texts])
    added = np.array([number for text in texts for number in (0, *text)], dtype=np.int64)
    ends = np.cumsum(sizes)
    [together] = heaviest(added[None, :], ends - sizes, ends)
    for text, found in zip(texts, together, strict=True):
        alone = heavy(np.array([0, *text]) / max(1, sum(map(abs, text))))
        assert found == {place: pytest.approx(alone[place]) for place in found}
        assert len(found) == min(len(alone), 6)


@given(st.text(max_size=80), st.randoms(use_true_random=False))
def test_quotes_stand_in_the_text(text: str, chance: object) -> None:
    words = features.words(text)
    shares = np.array([chance.uniform(-1, 1) for _ in words])  # type: ignore[attr-defined]
    found = best(OF, quotes(text, words, heavy(shares / max(1.0, np.abs(shares).sum()))))
    assert len(found) <= MOST
    assert all(reason.quote in text and LEAST <= reason.weight <= 1 for reason in found)
    assert [reason.weight for reason in found] == sorted((reason.weight for reason in found), reverse=True)


CUES = (Reason(ReasonOf.URGENCY, "IMMEDIATELY", 0.6), Reason(ReasonOf.URGENCY, "no rush", -0.4))


@pytest.mark.parametrize(("s", "expected"), [(0.9, ["logo", "IMMEDIATELY"]), (0.1, ["logo", "no rush"])])
def test_urgency_is_explained_by_what_speaks_for_it(s: float, expected: list[str]) -> None:
    text = "change the logo, no rush, IMMEDIATELY"
    found = of_urgency(s, text, features.words(text), {2: 0.5}, CUES, 0.2)
    assert [reason.quote for reason in found] == expected
    assert [reason.weight for reason in found] == pytest.approx([0.4, 0.12] if s > 0.5 else [-0.4, -0.08])


def test_nobody_is_told_that_an_alarming_word_is_calm() -> None:
    text = "IMMEDIATELY change it"
    assert of_urgency(0.1, text, features.words(text), {0: 0.5, 1: 0.5}, CUES[:1], 0.2) == ()


def test_stop_words_are_folded() -> None:
    assert {features.fold(word) for word in STOP_WORDS} == STOP_WORDS


def test_pieces_count_for_the_word_they_start_in() -> None:
    text = "overcharged twice"
    pieces = [(0, 0), (0, 4), (4, 11), (12, 17), (0, 0)]
    [shares] = by_word(features.spans(text), pieces, np.array([9.0, 1.0, 2.0, 4.0, 9.0]))
    assert shares.tolist() == [3.0, 4.0]
