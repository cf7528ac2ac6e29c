"""When to try again, and when to give up."""

STEP_DELAYS = (1.0, 5.0, 30.0, 120.0)
"""Seconds before each further try of a ticket that a step failed on; after these it is buried."""

ALERT_DELAYS = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""Seconds before each further try of an alert: the schedule of Standard Webhooks 1.0.0."""


def next_try(delays: tuple[float, ...], failures: int, at: float, jitter: float = 0.0) -> float | None:
    """When to try again after the `failures`-th failure in a row (from 1 on) at time `at`, or None to give up.

    `jitter` in [0, 1) draws the delay out by at most a fifth, so that many failures do not come back at once.
    """
    if failures > len(delays):
        return None
    return at + delays[failures - 1] * (1.0 + jitter / 5.0)
