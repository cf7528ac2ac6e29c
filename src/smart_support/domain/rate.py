"""How often somebody may call: the Generic Cell Rate Algorithm of ITU-T I.371, as redis-cell and others use it.

It lets through what a bucket of `burst` tokens would that is filled steadily, and keeps one number."""

import math
from dataclasses import dataclass

_ROUNDING = 1e-6  # of a call: two times that are nearly equal are


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls a minute in the long run, and `burst` of them at once."""

    per_minute: int
    burst: int

    @property
    def interval(self) -> float:
        """Seconds between two calls in the long run."""
        return 60.0 / self.per_minute


@dataclass(frozen=True, slots=True)
class Taken:
    """How many of the calls that were asked for may be made, how many are left then, and where none may be made, how
    many seconds it takes until one may."""

    granted: int
    left: int
    wait: float


def take(rate: Rate, full_at: float, now: float, wanted: int) -> tuple[Taken, float]:
    """Take `wanted` calls, or as many as there are, and when the bucket would be full again from then on.

    `full_at` is what the last call gave, 0 at first. Times are seconds of any clock; where it is set back, nobody waits
    longer than for a full bucket.
    """
    most = now + rate.burst * rate.interval
    full_at = min(max(full_at, now), most)
    room = math.floor((most - full_at) / rate.interval + _ROUNDING)
    granted = min(wanted, room)
    full_at += granted * rate.interval
    return Taken(granted, room - granted, 0.0 if granted else full_at + rate.interval - most), full_at
