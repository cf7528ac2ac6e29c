"""Which tickets a rule is about, for people."""

from collections.abc import Mapping
from typing import Any

from smart_support.cli.console import cell


def match_shown(match: Mapping[str, Any]) -> str:
    """A match as the API has it."""
    return named_values({**match, "urgency": _bounds(match["urgency"])}) or "all"


def named_values(values: Mapping[str, Any]) -> str:
    """Those that are there, each after its name."""
    return "; ".join(f"{name} {cell(value)}" for name, value in values.items() if value not in (None, [], ""))


def _bounds(urgency: Mapping[str, Any]) -> str:
    low = f"at least {urgency['at_least']:g}" if urgency["at_least"] else ""
    high = "" if urgency["below"] is None else f"below {urgency['below']:g}"
    return " ".join(part for part in (low, high) if part)
