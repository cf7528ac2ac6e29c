"""The circuit breaker in front of the transformer: closed it lets calls through, open it only probes.

After `open_after` consecutive slow calls it opens; after `close_after` consecutive fast probes it closes. A call is
slow above `slow_seconds` and fast below `fast_seconds`; both limits themselves are neither, and like everything
between them end both streaks. An exception or a time-out counts as slow.

A state machine of its own, because the known breakers either do not look at latency or have one threshold only.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """When a breaker opens and closes; the defaults are those of the design."""

    slow_seconds: float = 0.5
    open_after: int = 3
    fast_seconds: float = 0.2
    close_after: int = 5


@dataclass(frozen=True, slots=True)
class Breaker:
    """The breaker as it stands. `streak` counts the calls in a row that speak for a change: slow ones while it is
    closed, fast ones while it is open."""

    limits: BreakerLimits = BreakerLimits()
    is_open: bool = False
    streak: int = 0

    def after(self, seconds: float | None) -> "Breaker":
        """The breaker after a call that took so long; None for one that failed or was ended."""
        if self.is_open:
            speaks = seconds is not None and seconds < self.limits.fast_seconds
            needed = self.limits.close_after
        else:
            speaks = seconds is None or seconds > self.limits.slow_seconds
            needed = self.limits.open_after
        streak = self.streak + 1 if speaks else 0
        if streak >= needed:
            return replace(self, is_open=not self.is_open, streak=0)
        return replace(self, streak=streak)
