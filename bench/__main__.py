"""`make bench`: every figure beside its limit, in tables and in docs/benchmarks.md, where one table has all goals.
`python -m bench NAME ...` runs some of the parts; those that are not run stay in the page as they are."""

import argparse
import importlib
import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench import report
from bench.rows import DataAbsent, Row

PARTS = (
    *("light_speed", "triage_speed", "light_quality", "triage_quality", "storms", "flood"),
    *("assignment", "handling", "alerts", "accept", "webhooks", "dispatch"),
    *("memory", "scale_out", "first_run", "dashboard", "history", "soak", "saturation"),
)
_PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
_DEFAULT_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def main() -> int:
    """Run the parts; 1 where a figure does not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of {', '.join(PARTS)}; default: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument(
        "--docs",
        type=Path,
        metavar="FILE",
        default=_PAGE,
        help="the page of the documentation to write them into (default: docs/benchmarks.md)",
    )
    given = parser.parse_args()
    chosen = given.parts or PARTS
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    data_dir = Path(os.environ.get("BENCH_DATA", _DEFAULT_DATA))
    console, measured = Console(), dict[str, list[Row]]()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("", total=len(chosen))
        for part in chosen:
            progress.update(task, description=part)
            try:
                rows: list[Row] = importlib.import_module(f"bench.{part}").run(data_dir)
            except DataAbsent as absent:
                console.print(f"[yellow]{part}: not measured.[/] {absent}", highlight=False)
            else:
                console.print(_table(part, rows))
                measured[part] = rows
                report.write(given.docs, {part: rows})  # part by part: the whole takes hours
            progress.advance(task)
    if len(measured) > 1:
        console.print(_goals(measured))
    if given.json is not None:
        found = {part: [asdict(row) for row in rows] for part, rows in measured.items()}
        given.json.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if any(row.holds is False for rows in measured.values() for row in rows) else 0


def _goals(measured: dict[str, list[Row]]) -> Table:
    """All that has a limit, in one table; what is beside it stands in those of the parts."""
    rows = [
        replace(row, figure=f"{part}: {row.figure.strip()}")
        for part, found in measured.items()
        for row in found
        if row.holds is not None
    ]
    return _table("all goals", rows, beside=False)


def _table(title: str, rows: list[Row], *, beside: bool = True) -> Table:
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("figure")
    table.add_column("asked", max_width=16)
    table.add_column("reached", max_width=16)
    if beside:
        table.add_column("beside it")
    table.add_column()
    marks = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}
    for row in rows:
        table.add_row(row.figure, row.asked, row.reached, *([row.beside] if beside else []), marks[row.holds])
    return table


if __name__ == "__main__":
    sys.exit(main())
