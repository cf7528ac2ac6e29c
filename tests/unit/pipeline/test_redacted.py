"""What is cut before it is redacted leaks no half of what must not leave."""

import pytest

from smart_support.domain.incident import Incident, IncidentState, Severity
from smart_support.domain.redaction.redact import redact
from smart_support.domain.storm.title import LONGEST, title
from smart_support.pipeline.redacted import redacted_incident


def told(text: str) -> str:
    """What is told of the title of an incident whose one report is this text."""
    named = title([text], [], str.split)
    incident = Incident("default", "i1", 1, named, (), Severity.MINOR, IncidentState.OPEN, 0.0, 0.0, "t1")
    return redacted_incident(incident, redact).title


@pytest.mark.parametrize("private", ["4111 1111 1111 1111", "ann.smith@example.org", "DE89 3704 0044 0532 0130 00"])
@pytest.mark.parametrize("shown", range(6, 16))
def test_a_title_ends_before_what_its_cut_has_halved(private: str, shown: int):
    words = ("pays " * LONGEST)[: LONGEST - 2 - shown] + " "
    found = told(words + private + " and more")
    assert found.startswith("pays pays")
    assert found.endswith("…")
    assert private[:6] not in found


def test_one_that_is_whole_stays():
    assert told("Checkout is down since 9:00") == "Checkout is down since 9:00"
