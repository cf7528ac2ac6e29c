"""Incidents as people report them. The file has one phrasing a line:

{"family": "sms-codes", "held_out": false, "kind": "report" | "look-alike", "text": "..", "language": "en"}
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FAMILIES = Path(__file__).parent / "families.jsonl"


@dataclass(frozen=True, slots=True)
class Phrasing:
    """What one person writes, on one line; `language` is a code of ISO 639-1."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Family:
    """One incident in the words of many people, and tickets that share its words but are about something else."""

    name: str
    reports: tuple[Phrasing, ...]
    look_alikes: tuple[Phrasing, ...]


@cache
def families(*, held_out: bool = False) -> tuple[Family, ...]:
    """The families that anything may be tried on; with `held_out`, those that only measurements may see instead."""
    found: defaultdict[str, dict[str, list[Phrasing]]] = defaultdict(lambda: {"report": [], "look-alike": []})
    for line in map(json.loads, FAMILIES.read_text(encoding="utf-8").splitlines()):
        if line["held_out"] == held_out:
            found[line["family"]][line["kind"]].append(Phrasing(line["text"], line["language"]))
    return tuple(
        Family(name, tuple(kinds["report"]), tuple(kinds["look-alike"])) for name, kinds in sorted(found.items())
    )
