import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.triage import ReasonOf
from smart_support.triage import features
from smart_support.triage.explain import MOST, by_word, quotes

OF = ReasonOf.CATEGORY


def test_heavy_neighbours_are_one_quote() -> None:
    text = "my money back, please: the money is gone"
    words = features.spans(text)
    shares = np.array([0.0, 0.4, 0.3, 0.0, 0.0, 0.2, 0.0, 0.1])
    found = quotes(OF, text, words, shares)
    assert [(reason.quote, reason.weight) for reason in found] == [("money back", 0.7), ("gone", 0.1)]


def test_nothing_speaks_for_it() -> None:
    assert quotes(OF, "no no", features.spans("no no"), np.array([-1.0, -1.0])) == ()
    assert quotes(OF, "", [], np.zeros(0)) == ()


@given(st.text(max_size=80), st.randoms(use_true_random=False))
def test_quotes_stand_in_the_text(text: str, chance: object) -> None:
    words = features.spans(text)
    shares = np.array([chance.uniform(-1, 1) for _ in words])  # type: ignore[attr-defined]
    found = quotes(OF, text, words, shares)
    assert len(found) <= MOST
    assert all(reason.quote in text and 0 <= reason.weight <= 1 for reason in found)
    assert [reason.weight for reason in found] == sorted((reason.weight for reason in found), reverse=True)


def test_pieces_count_for_the_word_they_start_in() -> None:
    text = "overcharged twice"
    pieces = [(0, 0), (0, 4), (4, 11), (12, 17), (0, 0)]
    shares = by_word(features.spans(text), pieces, np.array([9.0, 1.0, 2.0, 4.0, 9.0]))
    assert shares.tolist() == [3.0, 4.0]
