import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.triage import Text
from smart_support.triage.features import (
    KINDS,
    TEXT_LIMIT,
    WORD_LIMIT,
    fold,
    hash_words,
    pair_buckets,
    read,
    words,
)  # fmt: skip

BITS = 15
PINNED = (4031345695, 1458397)


@given(st.text())
def test_words_stand_in_the_text_in_order(text: str) -> None:
    place = 0
    for word in words(text):
        assert 1 <= len(word) <= WORD_LIMIT
        place = text.index(word, place) + len(word)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Invoice #12 isn't_paid", ["Invoice", "12", "isn", "t", "paid"]),
        ("発票が来ない", ["発", "票", "が", "来", "な", "い"]),
        ("API停止", ["API", "停", "止"]),
        ("결제 오류", ["결제", "오류"]),
        ("a" * 90, ["a" * 40, "a" * 40, "a" * 10]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("word", "folded"), [("Café", "cafe"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("x42", "x00")]
)
def test_fold(word: str, folded: str) -> None:
    assert fold(word) == folded


@given(st.lists(st.text(min_size=1, max_size=WORD_LIMIT)))
def test_a_word_has_the_same_features_in_any_company(surfaces: list[str]) -> None:
    together = hash_words(surfaces, BITS)
    assert len(together.hashes) == len(surfaces)
    for place, surface in enumerate(surfaces):
        alone = hash_words([surface], BITS)
        assert alone.hashes[0] == together.hashes[place]
        assert np.array_equal(alone.buckets, together.buckets[together.owners == place])
        assert set(alone.buckets.tolist()) <= set(range(2 * 2**BITS))


def test_a_word_is_its_ngrams_and_itself() -> None:
    # <abcd>: four 3-grams, three 4-grams, two 5-grams, and the word.
    assert len(hash_words(["abcd"], BITS).buckets) == 10


def test_hashes_never_change() -> None:
    """A bundle is only good for the hashes it was trained with."""
    hashed = hash_words(["invoice"], 17)
    assert (int(hashed.hashes[0]), int(hashed.buckets.sum())) == PINNED


def test_pairs_know_their_order() -> None:
    hashes = hash_words(["pay", "back"], BITS).hashes
    there, back = pair_buckets(hashes[:1], hashes[1:], BITS), pair_buckets(hashes[1:], hashes[:1], BITS)
    assert there[0] != back[0]
    assert 2 * 2**BITS <= there[0] < KINDS * 2**BITS


@pytest.mark.parametrize(
    ("text", "whole"), [(Text("s", "b"), "s\nb"), (Text("", "b"), "b"), (Text("s", ""), "s"), (Text("", ""), "")]
)
def test_read(text: Text, whole: str) -> None:
    assert read(text) == whole


def test_a_long_text_is_cut() -> None:
    assert len(read(Text("s", "b" * 10_000))) == len(read(Text("", "b" * 10_000))) == TEXT_LIMIT
