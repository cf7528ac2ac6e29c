"""One line of the table that `make bench` prints."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
"""The authored tickets, which are always here."""


@dataclass(frozen=True, slots=True)
class Row:
    """A figure: what was asked, reached, and measured beside it. `holds` is None where nothing was asked."""

    figure: str
    asked: str
    reached: str
    beside: str = ""
    holds: bool | None = None


class DataAbsent(Exception):
    """A benchmark's data set is not on this machine; it is measured where it is."""


def data_file(data_dir: Path, name: str) -> Path:
    """A file of the data sets; raises DataAbsent."""
    path = data_dir / name
    if not path.exists():
        raise DataAbsent(f"{path} is not here; BENCH_DATA names the folder that holds {name}")
    return path


def clinc150(data_dir: Path) -> list[dict[str, str]]:
    """The queries of clinc150: text, intent and split; raises DataAbsent."""
    with data_file(data_dir, "clinc150/clinc150_full.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tickets28k_path(data_dir: Path) -> Path:
    """The file of tickets28k; raises DataAbsent."""
    return data_file(data_dir, "tickets28k/dev.csv")


def tickets28k(data_dir: Path) -> list[dict[str, str]]:
    """Subject and body of its tickets; raises DataAbsent."""
    with tickets28k_path(data_dir).open(encoding="utf-8", newline="") as file:
        return [{"subject": row["subject"], "body": row["body"] or row["text"]} for row in csv.DictReader(file)]


def or_absent(name: str, part: Callable[[], list[Row]]) -> list[Row]:
    """The figures of a part, or a row that says what it needs and is not here."""
    try:
        return part()
    except DataAbsent as absent:
        return [Row(name, "-", "not measured", str(absent))]
