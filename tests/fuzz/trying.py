"""One input after the other, and what became of each."""

import resource
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.fuzz.inputs import example
from tests.fuzz.parsers import Parser

SECONDS = 3.0
"""Of the processor's time, for any input: all are below 200 KB."""
MEGABYTES = 600
"""By which one parser's inputs may raise the most memory that the process ever had."""


@dataclass
class Trial:
    """What became of the inputs of a parser: how many it took, and what it should not have done, by the seed."""

    parser: str
    inputs: int = 0
    read: int = 0
    faults: list[str] = field(default_factory=list)


def attempt(parser: Parser, seeds: Iterable[int], trial: Trial) -> None:
    """Give it the inputs of these seeds."""
    most = _peak()
    for seed in seeds:
        data = example(seed, parser.examples)
        trial.inputs += 1
        begun = time.process_time()
        try:
            parser.read(data)
            trial.read += 1
        except parser.refuses:
            pass
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            trial.faults.append(f"seed {seed}: {type(error).__name__}: {str(error)[:300]}")
        taken = time.process_time() - begun
        if taken > SECONDS:
            trial.faults.append(f"seed {seed}: {taken:.1f} s for {len(data)} bytes")
    if _peak() - most > MEGABYTES:
        trial.faults.append(f"{_peak() - most} MB")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
