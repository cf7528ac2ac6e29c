"""How much an incident weighs, where it stands by the clock, and what it is called."""

import re
from dataclasses import replace

import pytest

from smart_support.domain.incident import (
    INCIDENT_ID_PATTERN,
    Incident,
    IncidentState,
    Life,
    Severity,
    incident_id,
    incident_number,
    severity,
    state_at,
)

OPEN = Incident(*("w", "inc-1", 1, "Pay", ("pay",), Severity.MINOR, IncidentState.OPEN, 1_000.0, 1_000.0, "t1"))
LIFE = Life(gap=600.0, span=3_600.0)


@pytest.mark.parametrize("number", [1, 9, 10, 999_999_999])
def test_an_id_is_its_number(number):
    assert incident_number(incident_id(number)) == number
    assert re.fullmatch(INCIDENT_ID_PATTERN, incident_id(number))
    assert incident_id(number) == f"inc-{number}"


@pytest.mark.parametrize(
    ("size", "urgency", "seconds", "expected"),
    [
        (10, 0.3, 3_600.0, Severity.MINOR),  # nothing speaks for more
        (25, 0.3, 3_600.0, Severity.MINOR),  # one point
        (24, 0.51, 3_600.0, Severity.MINOR),
        (25, 0.51, 3_600.0, Severity.MAJOR),  # two
        (24, 0.81, 3_600.0, Severity.MAJOR),  # two for its S alone
        (24, 0.8, 3_600.0, Severity.MINOR),
        (25, 0.5, 3_600.0, Severity.MINOR),
        (100, 0.3, 3_600.0, Severity.MAJOR),
        (99, 0.3, 3_600.0, Severity.MINOR),
        (100, 0.51, 3_600.0, Severity.MAJOR),  # three
        (100, 0.81, 3_600.0, Severity.CRITICAL),  # four
        (100, 0.51, 100 / 3 * 60, Severity.CRITICAL),  # exactly three reports a minute
        (100, 0.51, 100 / 3 * 60 + 1, Severity.MAJOR),
        (24, 0.51, 8 * 60.0, Severity.MAJOR),
        (2, 0.3, 0.0, Severity.MINOR),  # a first minute is a whole one: two reports are no flood
        (3, 0.51, 0.0, Severity.MAJOR),
        (3, 0.51, 60.0, Severity.MAJOR),
        (3, 0.51, 61.0, Severity.MINOR),
    ],
)
def test_severity_is_points(size, urgency, seconds, expected):
    assert severity(size, urgency, seconds) is expected


@pytest.mark.parametrize("state", [IncidentState.OPEN, IncidentState.GROWING])
@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.0, None), (600.0, None), (600.1, IncidentState.QUIET), (3_600.1, IncidentState.RESOLVED)],
)
def test_time_makes_it_quiet_and_ends_it(state, seconds, expected):
    assert state_at(replace(OPEN, state=state), 1_000.0 + seconds, LIFE) is (expected or state)


def test_a_report_makes_a_quiet_one_grow_again():
    quiet = replace(OPEN, state=IncidentState.QUIET, reported_at=1_700.0)
    assert state_at(quiet, 1_800.0, LIFE) is IncidentState.GROWING
    assert state_at(quiet, 2_301.0, LIFE) is IncidentState.QUIET


def test_its_life_counts_from_when_it_was_last_opened():
    again = replace(OPEN, state=IncidentState.GROWING, reported_at=5_000.0, reopened_at=4_000.0)
    assert state_at(again, 5_100.0, LIFE) is IncidentState.GROWING
    assert state_at(again, 7_601.0, LIFE) is IncidentState.RESOLVED


@pytest.mark.parametrize("state", [IncidentState.RESOLVED, IncidentState.DISMISSED])
def test_one_that_has_ended_stays_as_it_is(state):
    assert state_at(replace(OPEN, state=state), 1e9, LIFE) is state
    assert state_at(replace(OPEN, state=state), 1_000.0, LIFE) is state
