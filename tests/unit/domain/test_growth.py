"""Growth by stretches of time: no ticket is lost, and no stretch is longer than it must be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.growth import growth

MINUTE = 29_000_000
DAY = 1_440
WIDTHS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, *(DAY * days for days in range(1, 10))]
MINUTES = st.dictionaries(st.integers(MINUTE, MINUTE + 5 * DAY), st.integers(1, 50), max_size=30)
TIMES = st.floats(60.0 * (MINUTE - DAY), 60.0 * (MINUTE + 6 * DAY))
MOST = st.integers(2, 200)


@given(MINUTES, TIMES, TIMES, MOST)
def test_every_ticket_is_counted_in_the_stretch_in_which_it_came(minutes: dict[int, int], begun, until, most: int):
    found = growth(minutes, begun, until, most)
    counts = [0] * len(found.counts)
    for minute, tickets in minutes.items():
        counts[int((60 * minute - found.start) // found.seconds)] += tickets
    assert list(found.counts) == counts


@given(MINUTES, TIMES, TIMES, MOST)
def test_the_stretches_go_from_the_first_ticket_to_the_end(minutes: dict[int, int], begun, until, most: int):
    found = growth(minutes, begun, until, most)
    first = 60.0 * min(minutes, default=begun // 60)
    last = max(first, *(60.0 * minute for minute in minutes), until)
    assert found.start <= first < found.start + found.seconds
    assert found.start + (len(found.counts) - 1) * found.seconds <= last
    assert found.start + len(found.counts) * found.seconds > last
    assert found.end >= max(until, *(60.0 * minute for minute in minutes), 0.0)


@given(MINUTES, TIMES, TIMES, MOST)
def test_they_are_even_and_as_short_as_may_be(minutes: dict[int, int], begun, until, most: int):
    found = growth(minutes, begun, until, most)
    assert 1 <= len(found.counts) <= most
    assert found.start % found.seconds == 0
    place = WIDTHS.index(found.seconds // 60)
    if place:
        first = min(minutes, default=begun // 60)
        last = max(first, until // 60, *minutes)
        shorter = WIDTHS[place - 1]
        assert last // shorter - first // shorter + 1 > most


@pytest.mark.parametrize(("minutes", "seconds"), [(59, 60), (60, 120), (120, 300), (24 * 60, 1_800), (25 * 60, 1_800)])
def test_an_hour_is_told_by_the_minute_and_a_day_by_the_half_hour(minutes: int, seconds: int):
    begin = 20_000 * DAY
    found = growth({begin: 1, begin + 3: 2}, 0.0, 60.0 * (begin + minutes), 60)
    assert found.seconds == seconds
    assert sum(found.counts) == 3


def test_without_tickets_it_is_empty_from_its_beginning_on():
    found = growth({}, 6_030.0, 6_150.0, 60)
    assert (found.start, found.end, found.seconds, found.counts) == (6_000.0, 6_150.0, 60, (0, 0, 0))
