"""`make bench`: every figure in one table. `python -m bench NAME ...` runs some of the parts."""

import argparse
import importlib
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.rows import DataAbsent, Row

PARTS = ("light_speed", "light_quality", "accept", "dispatch", "memory", "scale_out", "first_run")
_DEFAULT_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def main() -> int:
    """Run the parts; 1 where a figure does not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of {', '.join(PARTS)}; default: all")
    chosen = parser.parse_args().parts or PARTS
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    data_dir = Path(os.environ.get("BENCH_DATA", _DEFAULT_DATA))
    console, failed = Console(), 0
    for part in chosen:
        with console.status(f"{part} ..."):
            try:
                rows: list[Row] = importlib.import_module(f"bench.{part}").run(data_dir)
            except DataAbsent as absent:
                console.print(f"[yellow]{part}: not measured.[/] {absent}", highlight=False)
                continue
        console.print(_table(part, rows))
        failed += sum(row.holds is False for row in rows)
    return 1 if failed else 0


def _table(part: str, rows: list[Row]) -> Table:
    table = Table(title=part, title_justify="left", header_style="bold")
    for column in ("figure", "asked", "reached", "beside it", ""):
        table.add_column(column)
    marks = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}
    for row in rows:
        table.add_row(row.figure, row.asked, row.reached, row.beside, marks[row.holds])
    return table


if __name__ == "__main__":
    sys.exit(main())
