"""Whatever is sent to a parser, it gives a value or the error that it documents, within time and memory."""

import json
import secrets
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_support.pipeline.sources import Unverified
from tests.examples import examples
from tests.figures import leave
from tests.fuzz.inputs import example
from tests.fuzz.parsers import Parser, judge, opened
from tests.fuzz.trying import Trial, attempt

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
WRITTEN = st.binary(max_size=200) | JSON.map(json.dumps).map(str.encode)
SHARE = 1.0
"""Of the examples of the profile: so many inputs for each parser."""


@pytest.fixture(scope="module")
def parsers() -> Iterator[list[Parser]]:
    with opened() as found:
        yield found


def test_every_parser_takes_what_it_begins_with(parsers: list[Parser]):
    """Else all that is tried would end at its first check. (It stands first: later, other tickets have these ids.)"""
    for parser in parsers:
        if parser.name == "HTTP query":
            continue
        for data in parser.examples[:1]:
            answer = parser.read(data)
            assert not isinstance(answer, httpx.Response) or answer.is_success, f"{parser.name}: {answer.text}"


def test_no_input_brings_a_parser_down(parsers: list[Parser]):
    """The inputs of other seeds in each run; on CI of the same ones. `python -m tests.fuzz --seed N` repeats one."""
    inputs, faults = 0, list[str]()
    number = max(10, examples(SHARE))
    first = 0 if settings().derandomize else secrets.randbelow(2**40)
    for parser in parsers:
        trial = Trial(parser.name)
        attempt(parser, range(first, first + number), trial)
        inputs += trial.inputs
        faults.extend(f"{parser.name}: {fault}" for fault in trial.faults)
    leave("fuzz", parsers=len(parsers), inputs=inputs, faults=len(faults))
    assert not faults, "\n".join([f"seeds from {first} on", *faults[:20]])


def test_nor_does_one_that_hypothesis_makes_up(parsers: list[Parser]):
    @given(data=WRITTEN)
    @settings(max_examples=max(10, examples(0.2)))
    def try_all(data: bytes) -> None:
        for parser in parsers:
            try:
                parser.read(data)
            except parser.refuses:
                continue

    try_all()


def test_a_seed_is_one_input():
    written = [b'{"a": [1, 2]}', b"x" * 50]
    assert [example(seed, written) for seed in range(200)] == [example(seed, written) for seed in range(200)]
    assert len({example(seed, written) for seed in range(200)}) > 150


def test_a_source_that_takes_every_call_is_found_and_one_that_takes_none():
    def refuse(*_: object) -> None:
        raise Unverified("none will do")

    judge(lambda *_: None, {}, {}, b"", "old, sha256=true", "true")
    judge(refuse, {}, {}, b"", "forged", "true")
    with pytest.raises(AssertionError, match="accepted"):
        judge(lambda *_: None, {}, {}, b"", "forged", "true")
    with pytest.raises(AssertionError, match="refused"):
        judge(refuse, {}, {}, b"", "true", "true")
