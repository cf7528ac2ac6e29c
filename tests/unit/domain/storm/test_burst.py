from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.storm.burst import log10_chance, may_be_usual


class TestMayBeUsual:
    def test_an_unknown_company_may_have_three_tickets_in_five_about_one_thing(self):
        assert may_be_usual(60, 100.0, 0, 0)
        assert not may_be_usual(61, 100.0, 0, 0)

    def test_a_past_without_the_topic_lowers_what_may_be_usual(self):
        assert may_be_usual(30, 100.0, 0, 50)
        assert not may_be_usual(31, 100.0, 0, 50)

    def test_after_a_long_past_it_is_the_share_that_the_topic_had(self):
        assert may_be_usual(100, 1_000.0, 10_000, 100_000)
        assert not may_be_usual(101, 1_000.0, 10_000, 100_000)

    @given(st.integers(0, 500), st.floats(0.0, 1_000.0), st.integers(0, 500), st.integers(0, 500))
    def test_more_of_the_topic_in_the_past_never_makes_it_news(self, count: int, among: float, seen: int, rest: int):
        if may_be_usual(count, among, seen, seen + rest):
            assert may_be_usual(count, among, seen + 1, seen + 1 + rest)
            assert not count or may_be_usual(count - 1, among, seen, seen + rest)


class TestChance:
    def test_a_count_as_expected_is_no_surprise(self):
        assert log10_chance(9, 100.0, 100, 1_000) == 0.0

    def test_the_same_share_says_more_after_a_longer_past(self):
        assert log10_chance(30, 100.0, 100, 1_000) < log10_chance(30, 100.0, 10, 100) < -2.0

    @given(st.integers(1, 200), st.floats(1.0, 1_000.0), st.integers(0, 200), st.integers(0, 200))
    def test_a_larger_count_is_never_likelier(self, count: int, among: float, seen: int, rest: int):
        assert log10_chance(count + 1, among, seen, seen + rest) <= log10_chance(count, among, seen, seen + rest) <= 0.0
