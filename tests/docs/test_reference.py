"""The pages that are made from the code are as it is."""

from pathlib import Path

import pytest

from scripts.event_kinds import EVENTS
from scripts.reference import render
from smart_support.domain.event import KINDS


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in render()])
def test_the_reference_is_up_to_date(path: Path):
    assert path.read_text(encoding="utf-8") == render()[path], "run python -m scripts.reference"


def test_every_kind_of_event_is_told_of_and_no_other():
    assert tuple(EVENTS) == KINDS
