"""The figures as a page of the documentation: the goals in one table, then a section a part, each as measured last."""

import os
import platform
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.rows import Row
from scripts.system_packages import find_postgres_bin, find_redis_server

HEAD = """# Figures

Written by `make bench` and `make bench ARGS="PART ..."`; do not edit. *Asked* is the goal, *reached* what was
measured, with a peer or a limit of the same run beside it; **no** marks a goal that is missed. Parts are measured one
by one: each section says on what, and all but the oldest say when and at which commit. The data that they read are
[no part of the repository](../CONTRIBUTING.md#benchmarks).
"""
_MARKS = {True: "yes", False: "**no**", None: ""}
_TABLE = "| figure | asked | reached | beside it |  |\n| --- | --- | --- | --- | --- |"


def write(file: Path, measured: Mapping[str, Sequence[Row]]) -> None:
    """Put the sections of these parts into the page; those of other parts stay."""
    sections = _sections(file.read_text(encoding="utf-8")) if file.exists() else {}
    sections |= {part: _section(rows) for part, rows in measured.items()}
    parts = [f"## {part}\n\n{body}\n" for part, body in sorted(sections.items())]
    file.write_text("\n".join([HEAD, _summary(sections), *parts]), encoding="utf-8")


def _sections(text: str) -> dict[str, str]:
    _, *found = re.split(r"^## ", text, flags=re.MULTILINE)
    named = {part.strip(): body.strip() for part, body in (section.split("\n", 1) for section in found)}
    return {part: body for part, body in named.items() if part != _ALL}


_ALL = "All goals"


def _summary(sections: Mapping[str, str]) -> str:
    """Every figure that has a goal, of all parts, in one table."""
    lines = ["| part | figure | asked | reached |  |", "| --- | --- | --- | --- | --- |"]
    held = missed = 0
    for part, body in sorted(sections.items()):
        for figure, asked, reached, mark in _goals(body):
            lines.append(f"| [{part}](#{part}) | {figure} | {asked} | {reached} | {mark} |")
            held, missed = held + (mark == _MARKS[True]), missed + (mark == _MARKS[False])
    return "\n".join([f"## {_ALL}\n", f"{held} goals are reached, {missed} are missed.\n", *lines, ""])


def _goals(section: str) -> Iterator[tuple[str, str, str, str]]:
    """Figure, goal, what was reached, and the mark of each row that has a goal; a figure within another says so."""
    of = ""
    for line in section.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) != len(_TABLE.splitlines()[0].split("|")) - 2 or cells[0] in {"figure", "---"}:
            continue
        inner = line.startswith("|   ")
        of = of if inner else cells[0]
        if cells[4]:
            within = of.split(":")[0]
            yield (f"{within}: {cells[0]}" if inner else cells[0], cells[1], cells[2], cells[4])


def _section(rows: Sequence[Row]) -> str:
    cells = [(row.figure, row.asked, row.reached, row.beside, _MARKS[row.holds]) for row in rows]
    return "\n".join([f"On {_machine()}.\n", _TABLE, *("| " + " | ".join(line) + " |" for line in cells)])


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} shared cores ({_processor()}), {memory:.0f} GiB, {_system()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {_servers()}; "
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, at commit {_commit()}"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    model = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE) if info.exists() else None
    return f"{model[1].strip()}, {platform.machine()}" if model else platform.machine()


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        name = ""
    return " ".join(filter(None, [name, platform.system()]))


def _servers() -> str:
    """The versions of PostgreSQL and Redis that the parts start."""
    binaries, redis = find_postgres_bin(), find_redis_server()
    found = [_said(binaries / "postgres", "--version", r"PostgreSQL\) (\S+)") if binaries else ""]
    found.append(_said(redis, "--version", r"v=(\S+)") if redis else "")
    named = zip(("PostgreSQL", "Redis"), found, strict=True)
    return ", ".join(f"{name} {version}" if version else f"no {name}" for name, version in named)


def _commit() -> str:
    """Of this checkout; `-dirty` where more was changed than pages, which the figures go into."""
    root = Path(__file__).parents[1]
    told = [("rev-parse", "--short", "HEAD"), ("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs")]
    try:
        commit, changed = (
            subprocess.run(["git", *asked], cwd=root, capture_output=True, text=True, check=False).stdout.strip()
            for asked in told
        )
    except OSError:
        return "unknown"
    return (commit + "-dirty" * bool(changed)) or "unknown"


def _said(program: Path | str, argument: str, pattern: str) -> str:
    told = subprocess.run([program, argument], capture_output=True, text=True, check=False).stdout
    found = re.search(pattern, told)
    return found[1] if found else ""
