"""Rows to train on or to evaluate with, read from a CSV or JSON-lines file.

Urgency may be given as

    a number in [0, 1]                 as it is
    a priority word                    very low, lowest 0.05 · low, minor 0.1 · medium, normal, moderate 0.45 ·
                                       high, major 0.8 · critical, urgent, highest, very high, blocker 1.0
    a level 0, 1, 2, 3                 0.1, 0.4, 0.7, 0.95; the column must be named `urgency_level`

The words low, medium and high are moved by 0.2 (0.30, 0.65, 1.00) where the text holds an urgency keyword
(`domain.urgency.keyword_level`): the six bands of seed 004.
"""

import csv
import json
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from smart_support.domain import urgency
from smart_support.domain.triage import Text
from smart_support.triage import features

LEVELS = (0.1, 0.4, 0.7, 0.95)
"""The urgency of the levels low, normal, high and critical."""

BANDS = {"low": 0.1, "medium": 0.45, "high": 0.8}
"""Seed 004's bands without an urgency keyword; with one they are `KEYWORD_STEP` higher."""

KEYWORD_STEP = 0.2

_WORDS = {
    **dict.fromkeys(("lowest", "very low", "very_low", "trivial"), 0.05),
    **dict.fromkeys(("minor",), 0.1),
    **dict.fromkeys(("normal", "moderate"), 0.45),
    **dict.fromkeys(("major",), 0.8),
    **dict.fromkeys(("critical", "urgent", "highest", "very high", "very_high", "blocker"), 1.0),
}
_JSON_ENDINGS = (".jsonl", ".ndjson", ".json")
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
) -> Rows:
    """The rows of a CSV (with a header) or JSON-lines file (.jsonl, .ndjson, .json), UTF-8.

    The first of several text columns is the subject, the others, joined by line breaks, the body; a single one is
    the body. Literal backslash-n sequences become line breaks. With a map file, a label becomes what it maps to.
    Rows whose texts are all empty are left out.

    Raises DataError naming the missing column, or the number of the row (a CSV's first row is 1, a JSON-lines file's
    rows are its lines) that cannot be used: bad JSON, no label, a label that the map lacks, an urgency that is none.
    """
    if not text_columns:
        raise DataError("Name at least one text column.")
    wanted = [*text_columns, label_column, *filter(None, (urgency_column, group_column))]
    categories = read_map(map_file) if map_file else None
    texts, labels, urgencies, groups = [], [], [], []
    for number, record in _records(path, wanted):
        text = _text([record[column].replace("\\n", "\n") for column in text_columns])
        if not (text.subject.strip() or text.body.strip()):
            continue
        label = record[label_column].strip()
        if not label:
            raise DataError(f"{path}, row {number}: the label column {label_column!r} is empty.")
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
        raise DataError(f"{path} holds no rows with a text.")
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


def read_urgency(given: str, text: Text, *, levels: bool = False) -> float:
    """An urgency in [0, 1] from a number, a priority word or (if `levels`) a level, as this module says.

    Raises ValueError when `given` is none of these.
    """
    word = given.strip().lower()
    if word in BANDS:
        keyword = urgency.keyword_level(features.read(text)) == urgency.HIGH
        return round(BANDS[word] + (KEYWORD_STEP if keyword else 0.0), 2)
    if word in _WORDS:
        return _WORDS[word]
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if levels and number in range(len(LEVELS)):
        return LEVELS[int(number)]
    if levels or not 0.0 <= number <= 1.0:
        known = "0, 1, 2, 3" if levels else "a number from 0 to 1"
        raise ValueError(f"the urgency {given!r} is neither {known} nor a priority word (low, medium, high, ...).")
    return number


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
    reader = csv.DictReader(lines)
    try:
        _need(path, wanted, reader.fieldnames or ())
        for number, record in enumerate(reader, start=1):
            yield number, {column: record[column] or "" for column in wanted}
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}: {error}.") from error


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
