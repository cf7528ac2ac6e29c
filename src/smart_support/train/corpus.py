"""The corpus folder: authored tickets, reports of incidents, and what is held out of training."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smart_support.domain.triage import Text
from smart_support.train.data import DataError, Rows
from smart_support.train.priority import LEVELS

HELD_OUT = "held_out"
"""Files that begin so judge the model and never train it."""

INCIDENTS = "incidents.jsonl"


@dataclass(frozen=True, slots=True)
class Authored:
    """One ticket of the corpus with its labels: level 0 to 3, sentiment in [-1, 1] or None. Tickets of one `pair` look
    alike and are kept on one side of every split."""

    id: str
    text: Text
    category: str
    level: int
    language: str
    sentiment: float | None = None
    pair: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """What people wrote about one cause, and texts that look like it and are not about it."""

    id: str
    reports: tuple[str, ...]
    look_alikes: tuple[str, ...]


def read_tickets(folder: Path, *, held_out: bool = False) -> dict[str, list[Authored]]:
    """The tickets by file, those to train on or those held out. Raises DataError that names file and line."""
    files = [
        path
        for path in sorted(folder.glob("*.jsonl"))
        if path.name != INCIDENTS and path.name.startswith(HELD_OUT) == held_out
    ]
    return {path.name: [_ticket(path, number, line) for number, line in _lines(path)] for path in files}


def read_incidents(folder: Path) -> list[Incident]:
    """The incidents in the order of the file. Raises DataError that names the line."""
    reports: dict[str, list[str]] = {}
    look_alikes: dict[str, list[str]] = {}
    path = folder / INCIDENTS
    for number, line in _lines(path):
        try:
            if line["incident"] is None:
                look_alikes.setdefault(str(line["near"]), []).append(str(line["text"]))
            else:
                reports.setdefault(str(line["incident"]), []).append(str(line["text"]))
        except KeyError as error:
            raise DataError(f"{path}, line {number}: {error} is missing") from error
    return [Incident(name, tuple(texts), tuple(look_alikes.get(name, ()))) for name, texts in reports.items()]


def rows(tickets: Sequence[Authored]) -> Rows:
    """The tickets as rows to train or to evaluate with."""
    return Rows(
        tuple(ticket.text for ticket in tickets),
        tuple(ticket.category for ticket in tickets),
        tuple(LEVELS[ticket.level] for ticket in tickets),
        tuple(ticket.pair for ticket in tickets),
    )


def _lines(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                found = json.loads(line)
                if not isinstance(found, dict):
                    raise DataError(f"{path}, line {number}: is no JSON object")
                yield number, found
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _ticket(path: Path, number: int, line: Mapping[str, Any]) -> Authored:
    try:
        ticket = Authored(
            id=str(line["id"]),
            text=Text(str(line["subject"]), str(line["body"])),
            category=str(line["category"]),
            level=int(line["urgency_level"]),
            language=str(line["language"]),
            sentiment=None if line.get("sentiment") is None else float(line["sentiment"]),
            pair=str(line.get("pair", "")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}, line {number}: {error} is missing or wrong") from error
    if not 0 <= ticket.level < len(LEVELS) or not -1 <= (ticket.sentiment or 0) <= 1:
        raise DataError(f"{path}, line {number}: urgency_level is 0 to 3, sentiment -1 to 1")
    return ticket
