"""Business hours: when somebody works, and how much of a span of time counts.

Hours are told in local wall-clock time and counted in real seconds, so a night shift is an hour shorter or longer
when the clocks change. A wall-clock time that comes twice means the first of both; one that is skipped means the
moment of the jump. Like this each shift ends where the next one begins, and no second counts twice.

Moments are UTC epoch seconds, of the years 2 to 9998; others raise ValueError or OverflowError.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from smart_support.domain.public_holidays import check_country, public_holidays
from smart_support.domain.shifts import DAY_MINUTES, Shift, check_shifts, format_shifts, parse_shifts

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Span = tuple[float, float]
"""The moment of opening, and that of closing."""

_KEYS = ("zone", *WEEKDAYS, "holidays", "country", "subdivision")
_LONGEST_ZONE = 64  # twice the longest name there is; folders without end are looked for one in the other


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Opening hours that repeat each week, except on holidays, which are closed all day.

    `zone` is a name of the IANA database; `days` has the shifts of Monday to Sunday, each day's in order. Closed are
    the dates in `holidays`, and the public holidays of `country` (and of its `subdivision`), where one is given.
    Hours that never open are refused. Raises ValueError with what to change.
    """

    zone: str
    days: tuple[tuple[Shift, ...], ...]
    holidays: frozenset[date] = frozenset()
    country: str | None = None
    subdivision: str | None = None

    def __post_init__(self) -> None:
        _zone(self.zone)
        if len(self.days) != len(WEEKDAYS):
            raise ValueError(f"there are {len(self.days)} days; give the shifts of all 7, Monday first")
        for name, shifts in zip(WEEKDAYS, self.days, strict=True):
            check_shifts(name, shifts)
        if not any(self.days):
            raise ValueError('no day has opening hours; add a line such as mon = "09:00-17:00"')
        if self.country is not None:
            check_country(self.country, self.subdivision)
        elif self.subdivision is not None:
            raise ValueError(f"subdivision {self.subdivision!r} has no country; add one, such as DE")

    @classmethod
    def parse(cls, mapping: Mapping[str, Any]) -> "WeeklyHours":
        """The hours that a file declares: `{"zone": "Europe/Berlin", "mon": "09:00-12:30, 13:30-18:00", ...}`.

        A day that is left out or empty is closed; a shift past midnight is written as two. `holidays` is a list of
        dates or of their ISO texts; `country` and `subdivision` add public holidays. Only `zone` and one day's hours
        must be there. Raises ValueError with what to change.
        """
        unknown = [key for key in mapping if key not in _KEYS]
        if unknown:
            raise ValueError(f"opening hours have no {unknown[0]!r}; write one of {', '.join(_KEYS)}")
        if "zone" not in mapping:
            raise ValueError("opening hours need a zone, such as Europe/Berlin")
        texts = {name: _text(name, mapping[name]) for name in _KEYS if name != "holidays" and name in mapping}
        return cls(
            texts["zone"],
            tuple(parse_shifts(name, texts.get(name, "")) for name in WEEKDAYS),
            _dates(mapping.get("holidays", ())),
            texts.get("country"),
            texts.get("subdivision"),
        )

    def as_mapping(self) -> dict[str, Any]:
        """What `parse` reads, in types that JSON has, without what is left out."""
        told: dict[str, Any] = {"zone": self.zone}
        for name, shifts in zip(WEEKDAYS, self.days, strict=True):
            if shifts:
                told[name] = format_shifts(shifts)
        if self.holidays:
            told["holidays"] = [day.isoformat() for day in sorted(self.holidays)]
        if self.country is not None:
            told["country"] = self.country
        if self.subdivision is not None:
            told["subdivision"] = self.subdivision
        return told

    def is_holiday(self, day: date) -> bool:
        """Whether this local date is closed, whatever its weekday."""
        if day in self.holidays:
            return True
        return self.country is not None and day in public_holidays(self.country, self.subdivision, day.year)

    def is_open(self, at: float) -> bool:
        """Whether the moment lies in a shift: its first moment does, its end does not."""
        return self.next_open(at) == at

    def next_open(self, at: float) -> float:
        """The first open moment from `at` on; `at` itself where it is open."""
        opened, _ = next(self._spans_after(at))
        return max(at, opened)

    @property
    def is_all_week(self) -> bool:
        """Whether each day of the week is open day and night: only holidays close."""
        return all(sum(end - start for start, end in shifts) == DAY_MINUTES for shifts in self.days)

    def next_closed(self, at: float) -> float:
        """The first closed moment from `at` on; `at` itself where it is closed. Raises ValueError for hours that are
        open all week, which may never close."""
        if self.is_all_week:
            raise ValueError("these hours are open all week, so they need not ever close")
        reached = at
        for opened, closed in self._spans_after(at):
            if opened > reached:
                break
            reached = closed  # spans of two weeks may touch
        return reached

    def add(self, at: float, seconds: float) -> float:
        """The first moment by which so many open seconds (0 or more) have passed since `at`."""
        if not 0.0 <= seconds < math.inf:
            raise ValueError(f"{seconds} seconds cannot be added; give a number of 0 or more")
        spans = self._spans_after(at)
        reached, left = at, seconds
        while left > 0.0:
            opened, closed = next(spans)
            opened = max(at, opened)
            reached = min(closed, opened + left)
            left -= closed - opened
        return reached

    def between(self, start: float, end: float) -> float:
        """The open seconds from `start` to `end`; below 0 where `end` is earlier."""
        if end < start:
            return -self.between(end, start)
        total = 0.0
        for opened, closed in self._spans_after(start):
            if opened >= end:
                break
            total += min(closed, end) - max(opened, start)
        return total

    def _spans_after(self, at: float) -> Iterator[Span]:
        """The spans that end after `at`, in order and without end."""
        today = datetime.fromtimestamp(math.floor(at), _zone(self.zone)).date()
        weeks = count((today.toordinal() - 1) // 7)
        return (span for week in weeks for span in _spans(self, week) if span[1] > at)


@lru_cache(maxsize=16_384)
def _spans(hours: WeeklyHours, week: int) -> tuple[Span, ...]:
    """What is open in the week that begins on the Monday with ordinal 7 * `week` + 1, in order; spans that touch are
    one. Kept, about 1 KB a week, for some thousand agents with hours of their own."""
    zone = _zone(hours.zone)
    spans: list[Span] = []
    for weekday, shifts in enumerate(hours.days):
        day = date.fromordinal(7 * week + 1 + weekday)
        if hours.is_holiday(day):
            continue
        for start, end in shifts:
            opened, closed = _moment(day, start, zone), _moment(day, end, zone)
            if spans and spans[-1][1] == opened:
                opened = spans.pop()[0]
            if opened < closed:  # not where the shift is skipped with its hour
                spans.append((opened, closed))
    return tuple(spans)


def _moment(day: date, minute: int, zone: ZoneInfo) -> float:
    """When the clocks of the zone first show this minute of the day, or a later one."""
    wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minute)
    first, second = wall.timestamp(), wall.replace(fold=1).timestamp()
    if first <= second:
        return first
    # The clocks skip it. PEP 495: `second` is before the jump and `first` after it, so look for it in between.
    seconds = range(int(second), int(first))
    offset = datetime.fromtimestamp(first, zone).utcoffset()
    jumped = bisect_left(seconds, True, key=lambda at: datetime.fromtimestamp(at, zone).utcoffset() == offset)
    return float(seconds.start + jumped)


@lru_cache(maxsize=1_024)
def _zone(name: str) -> ZoneInfo:
    with suppress(KeyError, ValueError, OSError):  # unknown; no name at all; a folder of the database
        if len(name) <= _LONGEST_ZONE:
            return ZoneInfo(name)
    raise ValueError(f"time zone {name[:_LONGEST_ZONE]!r} is not known; write a name such as Europe/Berlin or UTC")


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} is {value!r}; write a text in quotes")
    return value


def _dates(value: object) -> frozenset[date]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"holidays is {value!r}; write a list of dates, such as 2026-12-25")
    return frozenset(_date(item) for item in value)


def _date(item: object) -> date:
    if isinstance(item, date) and not isinstance(item, datetime):  # as TOML has them
        return item
    try:
        return date.fromisoformat(item if isinstance(item, str) else "")
    except ValueError:
        raise ValueError(f"holiday {item!r} is no date; write it as 2026-12-25") from None


ALWAYS = WeeklyHours("UTC", (((0, DAY_MINUTES),),) * 7)
"""Day and night, on every day."""
