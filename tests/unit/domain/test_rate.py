"""Limits of calls: what is let through is what a bucket of tokens would let through."""

from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.rate import Rate, Taken, take

RATES = st.builds(Rate, st.sampled_from([1, 60, 600, 60_000]), st.integers(1, 50))


def test_a_full_bucket_gives_its_burst_and_then_one_an_interval():
    rate, full_at = Rate(60, 3), 0.0
    told = []
    for now in (100.0, 100.0, 100.0, 100.0, 100.5, 101.0, 101.0):
        taken, full_at = take(rate, full_at, now, 1)
        told.append((taken.granted, taken.left, round(taken.wait, 6)))
    assert told == [(1, 2, 0), (1, 1, 0), (1, 0, 0), (0, 0, 1.0), (0, 0, 0.5), (1, 0, 0), (0, 0, 1.0)]


def test_as_many_are_given_as_there_are():
    taken, full_at = take(Rate(60, 3), 0.0, 0.0, 5)
    assert taken == Taken(3, 0, 0.0)
    assert take(Rate(60, 3), full_at, 2.0, 5)[0] == Taken(2, 0, 0.0)


@given(RATES, st.lists(st.tuples(st.floats(0.0, 30.0), st.integers(1, 20)), max_size=60))
def test_a_bucket_of_tokens_says_the_same(rate: Rate, asked: list[tuple[float, int]]):
    now, tokens, full_at = 1_000.0, float(rate.burst), 0.0
    for pause, wanted in asked:
        now += pause
        tokens = min(rate.burst, tokens + pause / rate.interval)
        taken, full_at = take(rate, full_at, now, wanted)
        assert abs(min(wanted, tokens) - taken.granted) < 1.001
        assert taken.granted <= tokens + 0.01
        assert (taken.wait > 0) == (taken.granted == 0)
        tokens -= taken.granted


@given(RATES, st.floats(0.0, 1e6))
def test_a_clock_that_is_set_back_bars_nobody_longer_than_an_empty_bucket(rate: Rate, back: float):
    _, full_at = take(rate, 0.0, 2e6, rate.burst)
    taken, _ = take(rate, full_at, 2e6 - back, 1)
    assert taken.wait <= rate.interval * 1.001


@given(RATES)
def test_who_waits_as_long_as_he_is_told_may_call(rate: Rate):
    _, full_at = take(rate, 0.0, 50.0, rate.burst)
    refused, full_at = take(rate, full_at, 50.0, 1)
    assert refused.granted == 0
    assert take(rate, full_at, 50.0 + refused.wait, 1)[0].granted == 1
