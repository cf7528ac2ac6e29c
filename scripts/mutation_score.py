"""What `make mutation` found: mutants and how they fared, by part of the domain.

    python scripts/mutation_score.py [--survived NAME]     with --survived: what was changed in NAME unnoticed

1 where less than 85 % of all mutants were killed.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

DOMAIN = Path("mutants/src/smart_support/domain")
LEAST = 0.85

# mutmut's exit codes of a mutant's tests: https://mutmut.readthedocs.io
_OF_CODE = {0: "survived", 5: "untested", 33: "untested", 24: "timeout", 36: "timeout", 152: "timeout", 255: "timeout"}


def fared(code: int | None) -> str:
    """What became of a mutant, by the exit code of its tests; None: it was not tried."""
    if code is None:
        return "untried"
    return _OF_CODE.get(code, "timeout" if code == -24 else "killed")


def mutants() -> Iterator[tuple[str, str, str]]:
    """Each with its file, its name and what became of it."""
    for file in sorted(DOMAIN.rglob("*.meta")):
        name = str(file.relative_to(DOMAIN)).removesuffix(".meta")
        for mutant, code in json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"].items():
            yield name, mutant, fared(code)


def main() -> int:
    """Prints the table."""
    asked = argparse.ArgumentParser(prog="mutation_score")
    asked.add_argument("--survived", help="a file of the domain")
    given = asked.parse_args()
    if given.survived:
        for file, mutant, how in mutants():
            if file == given.survived and how in {"survived", "untested"}:
                print(
                    how, subprocess.run(["mutmut", "show", mutant], capture_output=True, text=True, check=False).stdout
                )
        return 0
    found: dict[str, Counter[str]] = {}
    for file, _, how in mutants():
        found.setdefault(file, Counter())[how] += 1
    columns = ("killed", "timeout", "survived", "untested", "untried")
    print(f"{'file':32}{'mutants':>9}" + "".join(f"{name:>10}" for name in columns) + f"{'noticed':>9}")
    total: Counter[str] = sum(found.values(), Counter())
    for name, count in [*sorted(found.items()), ("all", total)]:
        if tried := count.total() - count["untried"]:
            share = (count["killed"] + count["timeout"]) / tried
            print(f"{name:32}{count.total():9}" + "".join(f"{count[one]:10}" for one in columns) + f"{share:9.1%}")
    tried = total.total() - total["untried"]
    return 0 if tried and (total["killed"] + total["timeout"]) / tried >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
