"""How an incident grew: its tickets by when they came."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, count

_DAY = 1_440
_WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, _DAY)  # minutes


@dataclass(frozen=True, slots=True)
class Growth:
    """Tickets by when they came: `counts` of stretches of `seconds` each, without a gap, from `start` to the one that
    holds `end`. Times are UTC epoch seconds; a stretch starts at a multiple of its length."""

    start: float
    end: float
    seconds: int
    counts: tuple[int, ...]


def growth(minutes: Mapping[int, int], begun: float, until: float, most: int) -> Growth:
    """The growth by `minutes`, whole minutes since the epoch and how many tickets came in each, from the first of them
    (`begun` where there is none) to `until`, or the last of them where that is later.

    There are at most `most` stretches (two or more), as short as that allows: of minutes, hours or days that divide a
    day, or of whole days.
    """
    first = min(minutes, default=int(begun // 60))
    last = max(first, int(until // 60), *minutes)
    widths = chain(_WIDTHS, (_DAY * days for days in count(2)))
    width = next(width for width in widths if last // width - first // width < most)
    start = first // width
    counts = [0] * (last // width - start + 1)
    for minute, tickets in minutes.items():
        counts[minute // width - start] += tickets
    return Growth(start * width * 60.0, max(until, last * 60.0), width * 60, tuple(counts))
