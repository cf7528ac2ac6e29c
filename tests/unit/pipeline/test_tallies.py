from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from smart_support.pipeline.tallies import Bucket, bucketed, first_bucket

NOWS = st.floats(0.0, 4e9)
SECONDS, NUMBERS = st.integers(1, 3_600), st.integers(1, 100)


@given(NOWS, SECONDS, NUMBERS, st.lists(st.floats(-10_000.0, 10_000.0), max_size=50))
def test_each_ticket_is_in_the_one_bucket_that_holds_its_time(now: float, seconds: int, number: int, ages: list[float]):
    times = [now - age for age in ages]
    counted = Counter(int(at // seconds) * seconds for at in times)
    found = bucketed([Bucket(float(at), n) for at, n in counted.items()], now, seconds, number)
    assert len(found) == number
    assert all(later.at - earlier.at == seconds for earlier, later in pairwise(found))
    assert found[0].at == first_bucket(now, seconds, number)
    assert found[-1].at <= now < found[-1].at + seconds
    for bucket in found:
        assert bucket.tickets == sum(bucket.at <= at < bucket.at + seconds for at in times)


@given(st.floats(0.0, 1e9), st.floats(0.0, 1e5), SECONDS)
def test_a_bucket_is_the_same_whenever_somebody_looks(now: float, later: float, seconds: int):
    early = {bucket.at for bucket in bucketed([], now, seconds, 50)}
    late = {bucket.at for bucket in bucketed([], now + later, seconds, 50)}
    assert all(at % seconds == 0 for at in early | late)
