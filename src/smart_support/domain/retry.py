"""When to try again, and when to give up."""

STEP_DELAYS = (1.0, 5.0, 30.0, 120.0)
"""Seconds before each further try of a ticket that a step failed on; after these it is buried."""

ALERT_DELAYS = (5.0, 15.0, 60.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""Seconds before each further try of a message: the schedule of Standard Webhooks 1.0.0, and two tries more within the
first minutes. Where others get through meanwhile, nothing is gained by leaving the receiver in peace; where they do
not, it is down."""

GIVE_UP_SECONDS = sum(ALERT_DELAYS)
"""After so long a message is given up, however few of its tries were used up."""

LEASE_SECONDS = 60.0
"""For so long a message belongs to the process that sends it."""

LONGEST_PAUSE = 86_400.0
"""Seconds for which a receiver may ask to be left in peace (Retry-After); what is more is cut."""

DOWN_AFTER = 3
"""A destination on which so many messages in a row failed is down: it is tried with one at a time, at growing pauses,
and that uses up no message's tries."""

_PROBE_FIRST, _PROBE_LONGEST = 5.0, 60.0


def probe_pause(failures: int) -> float:
    """Seconds until a destination is tried again on which so many messages in a row failed."""
    return min(_PROBE_LONGEST, _PROBE_FIRST * 2.0 ** min(failures - DOWN_AFTER, 10)) if failures >= DOWN_AFTER else 0.0


def next_try(delays: tuple[float, ...], failures: int, at: float, jitter: float = 0.0) -> float | None:
    """When to try again after the `failures`-th failure in a row (from 1 on) at time `at`, or None to give up.

    `jitter` in [0, 1) draws the delay out by at most a fifth, so that many failures do not come back at once.
    """
    if failures > len(delays):
        return None
    return at + delays[failures - 1] * (1.0 + jitter / 5.0)
