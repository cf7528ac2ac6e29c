"""The population stability index."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.drift import CategoryCount, mean_confidence, population_stability_index, shares

mixes = st.dictionaries(st.sampled_from("abcde"), st.integers(1, 1_000), min_size=1).map(shares)


def test_by_hand():
    found = population_stability_index({"a": 0.5, "b": 0.5}, {"a": 0.8, "b": 0.2})
    assert found == pytest.approx(0.3 * math.log(1.6) - 0.3 * math.log(0.4))


@given(mixes, mixes)
def test_is_a_distance_of_two_mixes(one: dict[str, float], other: dict[str, float]):
    assert population_stability_index(one, one) == 0.0
    found = population_stability_index(one, other)
    assert found == pytest.approx(population_stability_index(other, one))
    assert 0.0 <= found < math.inf


def test_a_new_category_weighs_much():
    assert population_stability_index({"a": 1.0}, {"a": 0.9, "new": 0.1}) > 0.25


def test_means():
    assert shares({}) == {}
    assert mean_confidence([]) is None
    counts = [CategoryCount("a", 3, 2.4), CategoryCount("b", 1, 0.4)]
    assert mean_confidence(counts) == pytest.approx(0.7)
