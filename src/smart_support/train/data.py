"""Rows to train on or to evaluate with, read from a CSV or JSON-lines file.

Urgency is what `priority` reads of a cell.
"""

import csv
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from smart_support.domain.triage import Text
from smart_support.train.priority import read_urgency

_JSON_ENDINGS = (".jsonl", ".ndjson", ".json")
_DELIMITERS = ",;\t"
_FIELD_LIMIT = 10_000_000


FEWEST = 2
"""A category with fewer rows cannot be trained on."""


class DataError(Exception):
    """A file cannot be used as training or evaluation data; the message names the file and the row or column."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Labelled texts. All fields have one entry a row.

    A label of "" is unknown: the row speaks of urgency alone. `urgency` is in [0, 1], None where unknown. Rows of one
    `group` are near-copies of each other and are kept on one side of every split; "" is no group. `weights` say how
    many rows a row counts for in a fit.
    """

    texts: tuple[Text, ...]
    labels: tuple[str, ...]
    urgency: tuple[float | None, ...] = ()
    groups: tuple[str, ...] = field(default=())
    weights: tuple[float, ...] = field(default=())

    def __post_init__(self) -> None:
        if not self.urgency:
            object.__setattr__(self, "urgency", (None,) * len(self.texts))
        if not self.groups:
            object.__setattr__(self, "groups", ("",) * len(self.texts))
        if not self.weights:
            object.__setattr__(self, "weights", (1.0,) * len(self.texts))
        if {len(self.labels), len(self.urgency), len(self.groups), len(self.weights)} != {len(self.texts)}:
            raise ValueError("Texts, labels, urgencies, groups and weights must be equally many.")

    @property
    def asked(self) -> npt.NDArray[np.float64]:
        """The urgencies, NaN where unknown."""
        return np.array([np.nan if value is None else value for value in self.urgency], dtype=np.float64)

    def take(self, places: Sequence[int]) -> "Rows":
        """The rows at `places`, in that order."""
        return Rows(
            tuple(self.texts[i] for i in places),
            tuple(self.labels[i] for i in places),
            tuple(self.urgency[i] for i in places),
            tuple(self.groups[i] for i in places),
            tuple(self.weights[i] for i in places),
        )

    def __add__(self, other: "Rows") -> "Rows":
        return Rows(
            self.texts + other.texts,
            self.labels + other.labels,
            self.urgency + other.urgency,
            self.groups + other.groups,
            self.weights + other.weights,
        )


def read_rows(
    path: Path,
    text_columns: Sequence[str],
    label_column: str,
    urgency_column: str | None = None,
    map_file: Path | None = None,
    group_column: str | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Rows:
    """The rows of a CSV or JSON-lines file (.jsonl, .ndjson, .json), UTF-8. A CSV has a header, which tells whether
    commas, semicolons or tabs stand between its columns.

    The first of several text columns is the subject, the others, joined by line breaks, the body; a single one is
    the body. Literal backslash-n sequences become line breaks. With a map file, a label becomes what it maps to.
    Rows without a text or a label are left out, and `tell` is told how many.

    Raises DataError naming the column that is missing or there twice, or the number of the row (a CSV's first row is 1,
    a JSON-lines file's rows are its lines) that cannot be used: bad JSON, a label that the map lacks, an urgency that
    is none.
    """
    if not text_columns:
        raise DataError("Name at least one text column.")
    wanted = [*text_columns, label_column, *filter(None, (urgency_column, group_column))]
    categories = read_map(map_file) if map_file else None
    texts, labels, urgencies, groups = [], [], [], []
    left_out: Counter[str] = Counter()
    for number, record in _records(path, wanted):
        text = _text([record[column].replace("\\n", "\n") for column in text_columns])
        label = record[label_column].strip()
        if missing := _missing(text, label):
            left_out[missing] += 1
            continue
        if categories is not None:
            if label not in categories:
                raise DataError(f"{path}, row {number}: the map {map_file} has no entry for the label {label!r}.")
            label = categories[label]
        texts.append(text)
        labels.append(label)
        given = record[urgency_column].strip() if urgency_column else ""
        try:
            urgencies.append(read_urgency(given, text, levels=urgency_column == "urgency_level") if given else None)
        except ValueError as error:
            raise DataError(f"{path}, row {number}: {error}") from error
        groups.append(record[group_column].strip() if group_column else "")
    if not texts:
        raise DataError(f"{path} holds no rows with a text and a label.")
    if left_out:
        found = ", ".join(f"{count} without a {missing}" for missing, count in sorted(left_out.items()))
        tell(f"{path}: left out {found}")
    return Rows(tuple(texts), tuple(labels), tuple(urgencies), tuple(groups))


def read_map(path: Path) -> dict[str, str]:
    """Label to category, from a JSON object or a TOML table of strings (by the file's ending).

    Raises DataError when the file is none.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
        found = tomllib.loads(content) if path.suffix == ".toml" else json.loads(content)
    except OSError as error:
        raise DataError(f"The map {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise DataError(f"The map {path} is no {'TOML' if path.suffix == '.toml' else 'JSON'}: {error}.") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) and value for value in found.values()):
        raise DataError(f"The map {path} must hold pairs of a label and a category, both texts.")
    return {str(label): category for label, category in found.items()}


def _missing(text: Text, label: str) -> str | None:
    if not (text.subject.strip() or text.body.strip()):
        return "text"
    return None if label else "label"


def _text(parts: list[str]) -> Text:
    if len(parts) == 1:
        return Text("", parts[0])
    return Text(parts[0], "\n".join(part for part in parts[1:] if part))


def _records(path: Path, wanted: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _json_lines(path, file, wanted) if path.suffix in _JSON_ENDINGS else _csv(path, file, wanted)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 (byte {error.start}). Convert it first.") from error


def _csv(path: Path, lines: Iterator[str], wanted: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    csv.field_size_limit(_FIELD_LIMIT)
    header = next(lines, "")
    reader = csv.DictReader(chain([header], lines), delimiter=_delimiter(header))
    try:
        _need(path, wanted, reader.fieldnames or ())
        for number, record in enumerate(reader, start=1):
            yield number, {column: record[column] or "" for column in wanted}
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}: {error}.") from error


def _delimiter(header: str) -> str:
    """What stands between the names of the columns most often, outside of quotes; a comma where nothing does."""
    return max(_DELIMITERS, key=re.sub(r'"[^"]*"', "", header).count)


def _json_lines(path: Path, lines: Iterator[str], wanted: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}, row {number}: no JSON ({error}).") from error
        if not isinstance(record, Mapping):
            raise DataError(f"{path}, row {number}: not a JSON object.")
        _need(f"{path}, row {number}", wanted, tuple(record))
        yield number, {column: _plain(path, number, column, record[column]) for column in wanted}


def _plain(path: Path, number: int, column: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise DataError(f"{path}, row {number}: {column!r} must be a text or a number.")
    return str(value)


def _need(where: object, wanted: Sequence[str], present: Sequence[str]) -> None:
    if missing := [column for column in wanted if column not in present]:
        raise DataError(f"{where} lacks the column {', '.join(missing)}; it has {', '.join(present) or 'none'}.")
    if twice := [column for column in wanted if present.count(column) > 1]:
        raise DataError(f"{where} has several columns {', '.join(twice)}: rename all but the one that is meant.")
