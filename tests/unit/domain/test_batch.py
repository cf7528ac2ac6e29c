"""The size of a micro-batch follows the speed of the model."""

from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.batch import BatchSize

seconds = st.floats(1e-6, 1e3)


@given(st.integers(1, 1_000), st.lists(seconds, max_size=20))
def test_it_stays_between_one_and_the_most(most: int, calls: list[float]):
    size = BatchSize(most, 0.1)
    for took in calls:
        size.took(size.size, took)
        assert 1 <= size.size <= most


@given(st.floats(1e-5, 1.0))
def test_a_steady_model_is_called_for_as_long_as_is_wanted(each: float):
    size = BatchSize(10_000, 0.1)
    for _ in range(50):
        tickets = size.size
        size.took(tickets, tickets * each)
    assert size.size == 1 or size.size * each <= 0.1 * 1.001
    assert size.size >= min(10_000, int(0.1 / each) * 0.99)


def test_one_slow_call_shrinks_the_next_batch_and_fast_ones_let_it_grow():
    size = BatchSize(64, 0.1)
    assert size.size == 64
    size.took(64, 0.64)
    assert size.size == 10
    for _ in range(100):
        size.took(10, 0.001)
    assert size.size == 64
