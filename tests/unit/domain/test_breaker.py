"""The breaker against a reference that knows nothing but the list of all calls, and counts them anew each time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from smart_support.domain.breaker import Breaker, BreakerLimits

EDGES = [0.0, 0.199, 0.2, 0.201, 0.35, 0.499, 0.5, 0.501, 2.0, None]
CALLS = st.lists(st.one_of(st.sampled_from(EDGES), st.floats(0.0, 3.0)), max_size=60)
LIMITS = st.builds(BreakerLimits, open_after=st.integers(1, 5), close_after=st.integers(1, 7))


def reference(calls: list[float | None], open_after: int = 3, close_after: int = 5) -> bool:
    """Whether the breaker is open after these calls: slow is above 500 ms or failed, fast is below 200 ms."""
    is_open, since = False, 0
    for end in range(1, len(calls) + 1):
        seen = calls[since:end]
        if is_open:
            last = seen[-close_after:]
            changes = len(last) == close_after and all(s is not None and s * 1000 < 200 for s in last)
        else:
            last = seen[-open_after:]
            changes = len(last) == open_after and all(s is None or s * 1000 > 500 for s in last)
        if changes:
            is_open, since = not is_open, end
    return is_open


def after(calls: list[float | None], limits: BreakerLimits | None = None) -> Breaker:
    breaker = Breaker(limits or BreakerLimits())
    for seconds in calls:
        breaker = breaker.after(seconds)
    return breaker


@given(CALLS, LIMITS)
def test_it_agrees_with_the_reference_after_every_call(calls: list[float | None], limits: BreakerLimits):
    for end in range(len(calls) + 1):
        expected = reference(calls[:end], limits.open_after, limits.close_after)
        assert after(calls[:end], limits).is_open is expected, calls[:end]


@given(CALLS)
def test_the_streak_never_reaches_what_would_change_it(calls: list[float | None]):
    breaker = after(calls)
    assert 0 <= breaker.streak < (5 if breaker.is_open else 3)


class LifeOfABreaker(RuleBasedStateMachine):
    """Any calls in any order, with a breaker that remembers nothing but where it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker()
        self.calls: list[float | None] = []

    @rule(seconds=st.sampled_from(EDGES) | st.floats(0.0, 3.0), times=st.integers(1, 5))
    def call(self, seconds, times):
        for _ in range(times):
            before, self.breaker = self.breaker, self.breaker.after(seconds)
            self.calls.append(seconds)
            if self.breaker.is_open and not before.is_open:
                assert all(one is None or one > 0.5 for one in self.calls[-3:])
            if before.is_open and not self.breaker.is_open:
                assert all(one is not None and one < 0.2 for one in self.calls[-5:])

    @rule(seconds=st.floats(0.2, 0.5))
    def a_call_between_the_limits_ends_both_streaks(self, seconds):
        self.breaker, was_open = self.breaker.after(seconds), self.breaker.is_open
        self.calls.append(seconds)
        assert (self.breaker.is_open, self.breaker.streak) == (was_open, 0)

    @invariant()
    def stands_as_the_list_of_all_calls_says(self):
        assert self.breaker.is_open is reference(self.calls)


TestLifeOfABreaker = LifeOfABreaker.TestCase


@pytest.mark.parametrize(
    ("calls", "is_open"),
    [
        ([0.501] * 2, False),
        ([0.501] * 3, True),
        ([None] * 3, True),
        ([0.5] * 9, False),
        ([0.6, 0.6, 0.5, 0.6, 0.6], False),
        ([0.6, 0.6, 0.3, 0.6, 0.6], False),
        ([0.6] * 3 + [0.199] * 4, True),
        ([0.6] * 3 + [0.199] * 5, False),
        ([0.6] * 3 + [0.2] * 9, True),
        ([0.6] * 3 + [0.1] * 4 + [0.2] + [0.1] * 4, True),
        ([0.6] * 3 + [0.1] * 4 + [0.4] + [0.1] * 4, True),
        ([0.6] * 3 + [0.1] * 4 + [None] + [0.1] * 4, True),
        ([0.6] * 3 + [0.1] * 5 + [0.6] * 2, False),
        ([0.6] * 3 + [0.1] * 5 + [0.6] * 3, True),
    ],
)
def test_the_limits_themselves_count_for_nothing(calls: list[float | None], is_open: bool):
    assert after(calls).is_open is reference(calls) is is_open
