"""What a check of routing rules finds."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum


class Severity(StrEnum):
    """An error never does what it says, or leaves tickets waiting for ever; a warning may be meant so."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and what to do about it. `rule` is the name of the rule, None where it is about something else."""

    severity: Severity
    rule: str | None
    message: str


def meant(name: str, known: Iterable[str]) -> str:
    """A hint at the known name that looks like one that is not known; empty without any."""
    folded = {one.casefold(): one for one in sorted(known)}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.7)
    return f"; did you mean {folded[near[0]]!r}?" if near else ""


def listed(names: Iterable[str], most: int = 3) -> str:
    """The first names, in quotes, and how many more there are."""
    quoted = [repr(name) for name in names]
    more = f" and {len(quoted) - most} more" if len(quoted) > most else ""
    return ", ".join(quoted[:most]) + more
