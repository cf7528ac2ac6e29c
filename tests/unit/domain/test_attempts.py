"""Wrong attempts: so many within a time, then one has to wait; and what is kept stays small."""

from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.attempts import Attempts

LIMIT, SECONDS = 3, 60.0
GAPS = st.lists(st.floats(0.0, 100.0), max_size=30)


@given(gaps=GAPS)
def test_no_time_span_has_more_wrong_attempts_than_allowed(gaps: list[float]):
    attempts, now, made = Attempts(LIMIT, SECONDS), 1_000.0, []
    for gap in gaps:
        now += gap
        if attempts.wait("a", now) == 0.0:
            attempts.add_wrong("a", now)
            made.append(now)
    assert all(later - earlier >= SECONDS for earlier, later in zip(made, made[LIMIT:], strict=False))


@given(gaps=GAPS)
def test_whoever_waits_as_told_may_try_and_no_sooner(gaps: list[float]):
    attempts, now = Attempts(LIMIT, SECONDS), 1_000.0
    for gap in gaps:
        now += gap
        attempts.add_wrong("a", now)
    wait = attempts.wait("a", now)
    assert 0.0 <= wait <= SECONDS
    assert attempts.wait("a", now + wait + 1e-6) == 0.0
    if wait > 1e-6:
        assert attempts.wait("a", now + wait - 1e-6) > 0.0
    assert attempts.wait("b", now) == 0.0


def test_a_clock_that_is_set_back_bars_nobody():
    attempts = Attempts(LIMIT, SECONDS)
    for _ in range(LIMIT):
        attempts.add_wrong("a", 1_000_000.0)
    assert attempts.wait("a", 1_000_000.0) == SECONDS
    assert attempts.wait("a", 1_000.0) == 0.0


def test_a_subscribers_ipv6_network_is_one_address():
    attempts = Attempts(LIMIT, SECONDS)
    for host in range(LIMIT):
        attempts.add_wrong(f"2001:db8:0:1::{host}", 0.0)
    assert attempts.wait("2001:db8:0:1:ffff::1", 0.0) > 0.0
    assert attempts.wait("2001:db8:0:2::1", 0.0) == 0.0
    for host in range(LIMIT):
        attempts.add_wrong(f"::ffff:192.0.2.{host}", 0.0)
    assert attempts.wait("::ffff:192.0.2.9", 0.0) == 0.0  # IPv4 in the form of IPv6: no one network


@given(addresses=st.lists(st.ip_addresses().map(str) | st.text(max_size=3), max_size=60))
def test_what_is_kept_stays_small_and_is_of_the_last_who_were_wrong(addresses: list[str]):
    attempts = Attempts(1, SECONDS, most=5)
    for now, address in enumerate(addresses):
        attempts.add_wrong(address, float(now))
        assert attempts.wait(address, float(now)) == SECONDS
        assert len(attempts) <= 5
