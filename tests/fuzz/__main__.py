"""Long runs: `python -m tests.fuzz --minutes 10 [--seed N] [--only NAME]`. What is found is printed with its seed."""

import argparse
import json
import secrets
import sys
import time

from tests.fuzz.parsers import opened
from tests.fuzz.trying import Trial, attempt


def main() -> int:
    """Try all parsers in turn until the time is over; 1 where something was found."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz")
    asked.add_argument("--minutes", type=float, default=1.0)
    asked.add_argument("--seed", type=int, default=None, help="the first one; default: drawn")
    asked.add_argument("--only", default="", help="parsers whose names hold this")
    given = asked.parse_args()
    first = secrets.randbelow(2**48) if given.seed is None else given.seed
    trials: dict[str, Trial] = {}
    with opened() as parsers:
        chosen = [one for one in parsers if given.only in one.name]
        seed, end = first, time.monotonic() + 60.0 * given.minutes
        while time.monotonic() < end:
            for parser in chosen:
                trial = trials.setdefault(parser.name, Trial(parser.name))
                attempt(parser, range(seed, seed + 50), trial)
            seed += 50
    for trial in trials.values():
        for fault in trial.faults[:5]:
            print(f"{trial.parser}: {fault}", file=sys.stderr)
    faults = sum(len(trial.faults) for trial in trials.values())
    inputs = {trial.parser: trial.inputs for trial in trials.values()}
    figures = {"seed": first, "parsers": len(trials), "inputs": sum(inputs.values()), "faults": faults, "by": inputs}
    print(json.dumps(figures, indent=2))
    return 1 if faults or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
