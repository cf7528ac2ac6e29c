"""What the sources' bodies have in common: JSON objects, read with care."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from smart_support.pipeline.sources import Unreadable

NOTE_MARK = "[smart-support]"
"""Begins the last line of every note that we write to a helpdesk; the id of its message ends it."""

_OUR_NOTE = re.compile(r"(?:\A|\n)[ \t]*(?:<!-- )?" + re.escape(NOTE_MARK) + r" \S{1,64}(?: -->)?\s*\Z")

_LATEST = 32_503_680_000.0  # 3000-01-01


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object of a body, without halves of characters; raises Unreadable."""
    try:
        value = json.loads(body)
        if b"\\u" in body:  # only an escape can write one
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "ignore"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("the body is not JSON") from error
    if not isinstance(value, dict):
        raise Unreadable("the body is no JSON object")
    return value


def record(value: Any) -> Mapping[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def records(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """A text or a number as text, else ""."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def needed(value: Any, what: str) -> str:
    """The same, which must not be empty; raises Unreadable."""
    found = text(value).strip()
    if not found.replace("\0", ""):
        raise Unreadable(f"the body has no {what}")
    return found


def maybe(value: Any) -> str | None:
    """The same, None where it is empty."""
    return text(value).strip() or None


def words(value: Any) -> tuple[str, ...]:
    """The texts of a list, or of one text with commas."""
    if isinstance(value, str):
        value = value.split(",")
    return tuple(found for one in value if (found := text(one).strip())) if isinstance(value, list) else ()


def moment(value: Any) -> float | None:
    """UTC epoch seconds of an ISO 8601 text or of a number; None for anything else."""
    if isinstance(value, str) and value.isdecimal():
        value = int(value[:12])
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value.strip().replace(" UTC", "+00:00"))
            value = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0.0 <= value < _LATEST else None


def at_path(value: Any, path: str) -> Any:
    """What stands at a dotted path, a number for a place in a list; None where there is nothing."""
    for name in path.split("."):
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def person(names: Sequence[Any], known: Iterable[str]) -> str:
    """By which of his names somebody is told: the first that the settings know (`agents`), else the first; "" where he
    has none."""
    found = [name for one in names if (name := text(one).strip())]
    knows = set(known)
    return next((name for name in found if name in knows), found[0] if found else "")


def is_note(said: str) -> bool:
    """Whether a text is a note of ours, which is not read as somebody's reply; one that quotes it or only has the
    words of its mark is none."""
    return _OUR_NOTE.search(said) is not None


def is_ours(names: Sequence[Any], api_user: str | None) -> bool:
    """Whether somebody is the one who writes there for us."""
    return api_user is not None and api_user.casefold() in {text(one).strip().casefold() for one in names if one}
