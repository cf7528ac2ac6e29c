"""The shifts of one day: written as text, and which of them make no sense."""

import re
from itertools import pairwise

DAY_MINUTES = 1_440

Shift = tuple[int, int]
"""Minutes after local midnight: the first that is open, and the first that is closed again, at most 1440 (24:00)."""

_SHIFT = re.compile(r"([0-9]{2}):([0-5][0-9])-([0-9]{2}):([0-5][0-9])")


def parse_shifts(day: str, text: str) -> tuple[Shift, ...]:
    """The shifts of a text such as "09:00-12:30, 13:30-18:00", in order; none of an empty text.

    `day` names the day in the message. Raises ValueError for what is no span of times; `check_shifts` does the rest.
    """
    shifts: list[Shift] = []
    for part in text.split(",") if text.strip() else ():
        match = _SHIFT.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"{day}: {part.strip()!r} is no shift; write times from 00:00 to 24:00, as in 09:00-17:30")
        hours, minutes, end_hours, end_minutes = map(int, match.groups())
        shifts.append((60 * hours + minutes, 60 * end_hours + end_minutes))
    return tuple(sorted(shifts))


def format_shifts(shifts: tuple[Shift, ...]) -> str:
    """The text that `parse_shifts` reads."""
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in shifts)


def check_shifts(day: str, shifts: tuple[Shift, ...]) -> None:
    """Raises ValueError, with what to change, unless the shifts lie within the day, in order, and apart."""
    for start, end in shifts:
        said = f"{day}: {_clock(start)}-{_clock(end)}"
        if not (0 <= start <= DAY_MINUTES and 0 <= end <= DAY_MINUTES):
            raise ValueError(f"{said} is not within a day; write times from 00:00 to 24:00")
        if start == end:
            raise ValueError(f"{said} has no length; write 00:00-24:00 for the whole day, or leave it out")
        if end < start:
            raise ValueError(
                f"{said} ends before it starts; write a shift past midnight as two, {_clock(start)}-24:00 and, "
                f"on the day after, 00:00-{_clock(end)}"
            )
    for (first, ended), (start, end) in pairwise(shifts):
        if start < ended:
            raise ValueError(
                f"{day}: {_clock(first)}-{_clock(ended)} and {_clock(start)}-{_clock(end)} overlap or are out of "
                "order; let each shift start where the one before it ends, or later"
            )


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
