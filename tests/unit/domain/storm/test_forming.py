from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.incident import LinkKind
from smart_support.domain.storm.burst import log10_chance, may_be_usual
from smart_support.domain.storm.forming import Past, enough
from tests.unit.domain.storm.test_detector import (
    RULE,
    background,
    begun,
    copies,
    detector,
    direction,
    near,
    reports,
    sighting,
)

PASTS = st.integers(0, 2_048).flatmap(
    lambda of: st.builds(Past, st.floats(0.0, 500.0), st.integers(0, of), st.just(of))
)


@given(st.integers(0, 60), PASTS)
def test_so_many_reports_are_enough_and_one_less_is_not(count: int, past: Past):
    def opens(number: int) -> bool:
        among = past.among + number - count
        return (
            number >= RULE.least
            and not may_be_usual(number, among, past.seen, past.seen_of)
            and log10_chance(number, among, past.seen, past.seen_of) <= RULE.chance
        )

    needed = enough(count, past, RULE)
    if needed is None:
        assert not opens(count + 1_000)
    else:
        assert needed > count
        assert opens(needed)
        assert needed == count + 1 or not opens(needed - 1)


@given(st.integers(3, 10))
def test_copies_need_one_more_than_the_threshold(number: int):
    at_work = detector()
    seen = copies([float(n) for n in range(number)])
    assert not begun(at_work.observe(seen))
    (found,) = at_work.forming(float(number))
    assert (found.kind, found.threshold, found.missing) == (LinkKind.EXACT, 11, 11 - number)
    assert sorted(found.ticket_ids) == sorted(one.ticket_id for one in seen)
    assert (found.first_at, found.last_at) == (0.0, number - 1.0)
    assert abs(found.similarity - 1.0) < 1e-3

    missing = [sighting(100 + n, 50.0 + n, direction(1)) for n in range(found.missing)]
    opened = begun(at_work.observe(missing))
    assert len(opened) == 1
    assert not begun(detector().observe([*seen, *missing[:-1]]))
    assert at_work.forming(60.0) == []


def test_reports_are_told_with_how_many_are_missing_and_so_many_open_it():
    at_work = detector()
    usual = background(400, 4_000.0)
    first = reports(4, 4_001.0, 20.0, 1_000)
    assert not begun(at_work.observe([*usual, *first]))
    (found,) = at_work.forming(4_021.0)
    assert found.kind is LinkKind.SEMANTIC
    assert {*found.ticket_ids} <= {one.ticket_id for one in first}
    assert len(found.ticket_ids) >= 3
    assert found.missing is not None
    assert found.missing >= 1
    assert found.threshold == len(found.ticket_ids) + found.missing
    assert begun(at_work.observe(reports(found.missing + 1, 4_030.0, 20.0, 2_000)))
    assert at_work.forming(4_060.0) == []


def test_what_has_become_too_old_is_no_part_of_it():
    at_work = detector()
    at_work.observe(copies([0.0, 100.0, 200.0, 210.0]))
    assert [(one.missing, one.first_at) for one in at_work.forming(250.0)] == [(7, 0.0)]
    assert [(one.missing, one.first_at) for one in at_work.forming(400.0)] == [(8, 100.0)]
    assert at_work.forming(501.0) == []


def test_everyday_tickets_are_no_cluster_and_nothing_is_one_without_tickets():
    at_work = detector()
    assert at_work.forming(0.0) == []
    at_work.observe(background(300, 3_000.0))
    assert at_work.forming(3_000.0) == []


def test_what_is_as_frequent_as_ever_is_no_cluster():
    at_work = detector()
    steady = [sighting(n, 10.0 * n, near(1 if n % 4 == 0 else 10 + n, 0.9, n)) for n in range(1, 301)]
    assert not begun(at_work.observe(steady))
    assert at_work.forming(3_000.0) == []


def test_where_meaning_does_not_count_only_copies_do():
    at_work = detector(replace(RULE, near=2.0, core=2.0, join=2.0, surely=2.0))
    at_work.observe([*background(400, 4_000.0), *reports(9, 4_001.0, 20.0, 1_000)])
    assert at_work.forming(4_021.0) == []


def test_the_nearest_comes_first_and_no_ticket_twice():
    at_work = detector()
    more = [sighting(100 + n, 20.0 + n, direction(2)) for n in range(8)]
    at_work.observe([*copies(range(5)), *more])
    found = at_work.forming(30.0)
    assert [(len(one.ticket_ids), one.missing) for one in found] == [(8, 3), (5, 6)]
    assert len({name for one in found for name in one.ticket_ids}) == 13


def test_a_look_changes_nothing():
    stream = [*background(200, 2_000.0), *reports(40, 2_001.0, 100.0, 1_000)]
    watched, alone = detector(), detector()
    for one in stream:
        assert watched.observe([one]) == alone.observe([one])
        watched.forming(one.at)


def test_the_usual_rate_is_that_of_what_came_before_and_belongs_to_no_incident():
    at_work = detector()
    assert at_work.usual_per_minute(0.0) is None
    at_work.observe(background(121, 1_210.0))  # one each ten seconds
    assert at_work.usual_per_minute(1_200.0) is not None
    assert np.isclose(at_work.usual_per_minute(1_205.0), 6.0, rtol=0.05)
    at_work.observe(copies([1_210.0 + n for n in range(40)]))
    assert np.isclose(at_work.usual_per_minute(1_300.0), 6.0, rtol=0.05)
