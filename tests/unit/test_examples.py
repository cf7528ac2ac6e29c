"""`make verify` tries ten times as much of everything, as docs/testing.md says."""

import re
from pathlib import Path

from hypothesis import settings

from tests.examples import examples

TESTS = Path(__file__).parents[1]


def test_examples_are_a_share_of_the_profile():
    assert examples(0.3) == round(settings().max_examples * 0.3)
    assert examples(0.0001) == 1


def test_only_the_profiles_have_numbers_of_their_own():
    numbered = [path for path in TESTS.rglob("*.py") if re.search(r"max_examples=\d", path.read_text(encoding="utf-8"))]
    assert numbered == [TESTS / "conftest.py"]
