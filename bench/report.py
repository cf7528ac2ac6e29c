"""The figures as a page of the documentation: one section a part, each as it was measured last."""

import os
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.rows import Row

HEAD = """# Figures

Written by `make bench ARGS="PART ... --docs docs/benchmarks.md"`; do not edit. *Asked* is the goal, *reached* what was
measured, with a peer or a limit of the same run beside it; **no** marks a goal that is missed.
"""
_MARKS = {True: "yes", False: "**no**", None: ""}


def write(file: Path, measured: Mapping[str, Sequence[Row]]) -> None:
    """Put the sections of these parts into the page; those of other parts stay."""
    sections = _sections(file.read_text(encoding="utf-8")) if file.exists() else {}
    sections |= {part: _section(rows) for part, rows in measured.items()}
    text = "\n".join([HEAD, *(f"## {part}\n\n{body}\n" for part, body in sorted(sections.items()))])
    file.write_text(text, encoding="utf-8")


def _sections(text: str) -> dict[str, str]:
    _, *found = re.split(r"^## ", text, flags=re.MULTILINE)
    return {part.strip(): body.strip() for part, body in (section.split("\n", 1) for section in found)}


def _section(rows: Sequence[Row]) -> str:
    cells = [(row.figure, row.asked, row.reached, row.beside, _MARKS[row.holds]) for row in rows]
    lines = [("figure", "asked", "reached", "beside it", ""), ("---",) * 5, *cells]
    return "\n".join([f"On {_machine()}.\n", *("| " + " | ".join(line) + " |" for line in lines)])


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} shared cores ({platform.machine()}), {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}"
    )
