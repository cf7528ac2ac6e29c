"""Business hours against a reference that looks at the wall clock minute by minute, and the rules of adding up."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.calendar import ALWAYS, WEEKDAYS, WeeklyHours
from smart_support.domain.public_holidays import public_holidays

HOUR, DAY = 3_600.0, 86_400.0
OFFICE = WeeklyHours.parse(
    {"zone": "Europe/Berlin", **dict.fromkeys(WEEKDAYS[:5], "09:00-12:30, 13:30-18:00"), "holidays": ["2026-05-01"]}
)
# The clocks change on a Sunday: forward at 02:00 in both zones, back at 03:00 and at 02:00.
CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Pacific/Apia", date(2011, 12, 30)),  # the whole day was skipped
]


def at(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def whole_day(zone: str, text: str, day: str = "sun") -> WeeklyHours:
    return WeeklyHours.parse({"zone": zone, day: text})


@st.composite
def shifts(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    quarters = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    return tuple((15 * a, 15 * b) for a, b in zip(quarters[::2], quarters[1::2], strict=False))


DATES = st.dates(date(2026, 1, 1), date(2026, 12, 31))
HOURS = st.builds(
    WeeklyHours,
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    days=st.tuples(*[shifts()] * 7).filter(any),
    holidays=st.frozensets(DATES, max_size=5),
    country=st.sampled_from([None, "DE", "US"]),
)
MOMENTS = st.floats(at("2026-01-01T00:00"), at("2026-12-31T00:00"))
SECONDS = st.floats(0.0, 40 * DAY)
CLOSE = 1e-5  # of moments as floats, added up over many days


def shows_open(hours: WeeklyHours, minute: float) -> bool:
    """Whether the wall clock shows an opening time; an hour that is repeated counts as its last minute does."""
    wall = datetime.fromtimestamp(minute, ZoneInfo(hours.zone))
    while wall.fold:
        minute -= 60.0
        wall = datetime.fromtimestamp(minute, ZoneInfo(hours.zone))
    shown = 60 * wall.hour + wall.minute
    return not hours.is_holiday(wall.date()) and any(start <= shown < end for start, end in hours.days[wall.weekday()])


@given(st.sampled_from(CHANGES), shifts(), shifts(), st.integers(0, 3 * 1_440), st.integers(0, 3 * 1_440))
def test_minutes_count_when_the_wall_clock_says_so_also_while_clocks_change(change, first, second, start, end):
    zone, day = change
    days = [((540, 1_020),)] * 7
    days[(day - timedelta(1)).weekday()], days[day.weekday()] = first, second
    hours = WeeklyHours(zone, tuple(days))
    begin = at(f"{day - timedelta(1)}T00:00", zone)
    start, end = sorted((start, end))
    minutes = [begin + 60.0 * minute for minute in range(start, end)]
    counted = [minute for minute in minutes if shows_open(hours, minute)]
    assert hours.between(begin + 60.0 * start, begin + 60.0 * end) == 60.0 * len(counted)
    assert all(hours.is_open(minute) == shows_open(hours, minute) for minute in minutes[::7])


@pytest.mark.parametrize(
    ("zone", "day", "text", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", "00:00-24:00", 23),
        ("Europe/Berlin", "2026-10-25", "00:00-24:00", 25),
        ("America/New_York", "2026-03-08", "00:00-24:00", 23),
        ("America/New_York", "2026-11-01", "00:00-24:00", 25),
        ("Europe/Berlin", "2026-03-29", "02:00-03:00", 0),
        ("Europe/Berlin", "2026-03-29", "01:00-02:30, 02:30-04:00", 2),
        ("Europe/Berlin", "2026-10-25", "02:00-03:00", 2),
        ("Europe/Berlin", "2026-10-25", "02:00-02:30", 0.5),
        ("Europe/Berlin", "2026-10-25", "02:30-03:00", 1.5),
        ("Australia/Lord_Howe", "2026-10-04", "01:45-02:15", 0.25),  # it jumps by half an hour, at 02:00
        ("Australia/Lord_Howe", "2026-10-04", "01:45-02:45", 0.5),
    ],
)
def test_a_night_shift_has_the_hours_that_pass(zone: str, day: str, text: str, hours: float):
    start = at(f"{day}T00:00", zone)
    assert whole_day(zone, text).between(start, start + 30 * HOUR) == hours * HOUR


def test_a_skipped_time_is_the_moment_of_the_jump():
    hours = whole_day("Europe/Berlin", "02:20-08:00")
    assert hours.next_open(at("2026-03-29T00:00")) == at("2026-03-29T03:00")
    assert hours.add(at("2026-03-29T00:00"), HOUR) == at("2026-03-29T04:00")


def test_an_office():
    friday = at("2026-04-24T17:00")
    assert OFFICE.is_open(friday)
    assert OFFICE.next_open(friday) == friday
    assert not OFFICE.is_open(at("2026-04-24T18:00"))
    assert OFFICE.next_open(at("2026-04-24T18:00")) == at("2026-04-27T09:00")
    assert OFFICE.add(friday, HOUR) == at("2026-04-24T18:00")
    assert OFFICE.add(friday, HOUR + 1) == at("2026-04-27T09:00:01")
    assert OFFICE.between(at("2026-04-30T00:00"), at("2026-05-04T10:00")) == 9 * HOUR  # the Friday is a holiday


@given(HOURS, MOMENTS, SECONDS)
def test_what_was_added_lies_between(hours: WeeklyHours, start: float, seconds: float):
    assert hours.between(start, hours.add(start, seconds)) == pytest.approx(seconds, abs=CLOSE)


@given(HOURS, MOMENTS, SECONDS)
def test_what_lies_between_leads_back_to_open_time(hours: WeeklyHours, start: float, away: float):
    end = hours.next_open(start + away)
    assert hours.is_open(end)
    reached = hours.add(start, hours.between(start, end))
    assert reached <= end + CLOSE
    assert hours.between(reached, end) == pytest.approx(0.0, abs=CLOSE)


@given(HOURS, MOMENTS, MOMENTS, MOMENTS)
def test_between_adds_up_and_never_falls(hours: WeeklyHours, one: float, two: float, three: float):
    whole = hours.between(one, two) + hours.between(two, three)
    assert hours.between(one, three) == pytest.approx(whole, abs=CLOSE)
    assert hours.between(two, one) == -hours.between(one, two)
    low, high = sorted((two, three))
    assert hours.between(one, low) <= hours.between(one, high) + CLOSE
    assert 0.0 <= hours.between(low, high) <= high - low + CLOSE


@given(HOURS, MOMENTS, SECONDS, SECONDS)
def test_more_seconds_end_later(hours: WeeklyHours, start: float, some: float, more: float):
    some, more = sorted((some, more))
    assert start <= hours.add(start, some) <= hours.add(start, more)


@given(HOURS, MOMENTS)
def test_nothing_counts_before_it_opens(hours: WeeklyHours, start: float):
    opens = hours.next_open(start)
    assert hours.is_open(opens)
    assert hours.is_open(start) == (opens == start)
    assert hours.between(start, opens) == 0.0
    day = datetime.fromtimestamp(opens, ZoneInfo(hours.zone)).date()
    assert not hours.is_holiday(day)


@given(MOMENTS, SECONDS)
def test_always_is_the_clock_itself(start: float, seconds: float):
    assert ALWAYS.is_open(start)
    assert ALWAYS.add(start, seconds) == pytest.approx(start + seconds, abs=CLOSE)


@given(HOURS)
def test_hours_can_be_written_and_read(hours: WeeklyHours):
    assert WeeklyHours.parse(hours.as_mapping()) == hours


def test_what_a_file_may_say():
    hours = WeeklyHours.parse(
        {"zone": "UTC", "mon": "13:00-14:00,09:00-12:00", "sat": " ", "holidays": [date(2026, 12, 24), "2026-12-31"]}
    )
    assert hours.days == (((540, 720), (780, 840)), (), (), (), (), (), ())
    assert hours.holidays == {date(2026, 12, 24), date(2026, 12, 31)}
    assert hours.as_mapping()["mon"] == "09:00-12:00, 13:00-14:00"


def test_public_holidays_of_a_country_and_of_its_part():
    bavaria = WeeklyHours.parse({"zone": "Europe/Berlin", "tue": "00:00-24:00", "country": "DE", "subdivision": "BY"})
    epiphany = date(2026, 1, 6)
    assert bavaria.is_holiday(epiphany)
    assert epiphany not in public_holidays("DE", None, 2026)
    assert WeeklyHours.parse(bavaria.as_mapping()) == bavaria
    assert bavaria.next_open(at("2026-01-06T08:00")) == at("2026-01-13T00:00")


OPEN = {"zone": "UTC", "mon": "09:00-17:00"}
WRONG = [
    ({"mon": "09:00-17:00"}, "need a zone"),
    ({"zone": "UTC"}, "no day has opening hours"),
    (OPEN | {"zone": "Berlin"}, "'Berlin' is not known; write a name such as Europe/Berlin"),
    (OPEN | {"zone": "Europe"}, "not known"),
    (OPEN | {"zone": "../UTC"}, "not known"),
    (OPEN | {"zone": ""}, "not known"),
    (OPEN | {"zone": "a/" * 5_000 + "a"}, "not known"),
    (OPEN | {"zone": 1}, "zone is 1; write a text"),
    (OPEN | {"monday": "09:00-17:00"}, "no 'monday'; write one of zone, mon"),
    (OPEN | {"tue": "9-17"}, "tue: '9-17' is no shift"),
    (OPEN | {"tue": "09:00-17:60"}, "no shift"),
    (OPEN | {"tue": "09:00-12:00,"}, "tue: '' is no shift"),
    (OPEN | {"tue": "09:00-24:01"}, "not within a day"),
    (OPEN | {"tue": "09:00-09:00"}, "no length"),
    (OPEN | {"tue": "22:00-06:00"}, "as two, 22:00-24:00 and, on the day after, 00:00-06:00"),
    (OPEN | {"tue": "09:00-12:00, 11:00-17:00"}, "09:00-12:00 and 11:00-17:00 overlap"),
    (OPEN | {"tue": 9}, "tue is 9; write a text"),
    (OPEN | {"holidays": "2026-12-25"}, "write a list"),
    (OPEN | {"holidays": ["25.12.2026"]}, "'25.12.2026' is no date; write it as 2026-12-25"),
    (OPEN | {"holidays": [20261225]}, "no date"),
    (OPEN | {"country": "Germany"}, "two capital letters"),
    (OPEN | {"country": "DE", "subdivision": "Bavaria"}, "write one of BB, BE"),
    (OPEN | {"country": "MC", "subdivision": "X"}, "leave it out"),
    (OPEN | {"subdivision": "BY"}, "no country"),
]


@pytest.mark.parametrize(("mapping", "words"), WRONG, ids=range(len(WRONG)))
def test_what_cannot_be_used_is_said(mapping, words: str):
    with pytest.raises(ValueError, match=words):
        WeeklyHours.parse(mapping)


def test_a_week_has_seven_days():
    with pytest.raises(ValueError, match="all 7"):
        WeeklyHours("UTC", (((0, 1_440),),))


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_only_seconds_that_can_pass_are_added(seconds: float):
    with pytest.raises(ValueError, match="0 or more"):
        ALWAYS.add(0.0, seconds)


@pytest.mark.parametrize("moment", [-1e12, 1e12, float("nan"), float("inf")])
def test_moments_beyond_all_calendars_are_refused(moment: float):
    with pytest.raises((ValueError, OverflowError)):
        OFFICE.is_open(moment)


@given(HOURS.filter(lambda hours: not hours.is_all_week), MOMENTS)
def test_the_next_closed_moment_is_the_first_one(hours: WeeklyHours, moment: float):
    closed = hours.next_closed(moment)
    assert closed >= moment
    assert not hours.is_open(closed)
    assert hours.between(moment, closed) == pytest.approx(closed - moment, abs=CLOSE)


def test_hours_that_touch_at_midnight_close_once_also_between_two_weeks():
    nights = WeeklyHours.parse({"zone": "Europe/Berlin", "sun": "19:00-24:00", "mon": "00:00-07:00"})
    assert nights.next_closed(at("2026-11-22T20:00")) == at("2026-11-23T07:00")
    assert nights.next_closed(at("2026-11-22T18:00")) == at("2026-11-22T18:00")


def test_hours_that_are_open_all_week_never_close():
    assert ALWAYS.is_all_week
    assert WeeklyHours.parse({"zone": "UTC", **dict.fromkeys(WEEKDAYS, "00:00-12:00, 12:00-24:00")}).is_all_week
    assert not OFFICE.is_all_week
    with pytest.raises(ValueError, match="open all week"):
        ALWAYS.next_closed(0.0)
