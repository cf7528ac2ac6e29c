"""What people write into files: strict tables, spans of time, one value or many, and where something is wrong."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema

from smart_support.domain.ids import ID_PATTERN, MAX_ID, check_id

_UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_LONGEST = 365 * _UNITS["d"]
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([smhd])")
_WORDS = {
    "extra_forbidden": "unknown key; remove it",
    "missing": "this key is missing; add it",
    "model_type": "a table of keys is needed",
}


class Written(BaseModel):
    """A table; unknown keys are refused, and nothing is taken for what it is not."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


def _seconds(value: object) -> object:
    if isinstance(value, str):
        found = _DURATION.fullmatch(value.strip())
        if found is None:
            raise ValueError(f"{value[:40]!r} is no span of time; write one such as 30m, 8h or 2d, or seconds")
        value = float(found[1]) * _UNITS[found[2]]
    if isinstance(value, int | float) and not (math.isfinite(value) and 0 <= value <= _LONGEST):
        raise ValueError("a span of time is 0 seconds or more, and at most 365d")
    return value


def _moment(value: object) -> object:
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value[:40]!r} is no moment; write one such as 2026-11-21T20:00:00Z") from None
    if not isinstance(moment, datetime):
        return value
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no offset from UTC; add one: Z, or such as +01:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the moment lies too far off") from None


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


ID_SCHEMA = WithJsonSchema({"type": "string", "pattern": ID_PATTERN, "minLength": 1, "maxLength": MAX_ID})

Id = Annotated[str, AfterValidator(check_id), ID_SCHEMA]
"""What can stand in a URL. A validator, since Pydantic's own words on a pattern are not for people."""

Duration = Annotated[float, BeforeValidator(_seconds, json_schema_input_type=str | float)]
"""Seconds; or a number with a unit, such as "30m"."""

Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=datetime)]
"""A moment with an offset from UTC, kept as UTC; as text by ISO 8601."""

Values = Annotated[list[str], BeforeValidator(_listed, json_schema_input_type=str | list[str])]
"""One value, or a list."""


def first_problem(content: Any, error: ValidationError) -> str:
    """The first thing that is wrong with a content, with where it stands: `rule 2 'VIP': match.tier: ...`."""
    found = error.errors()[0]
    said = _WORDS.get(found["type"], found["msg"].removeprefix("Value error, "))
    return f"{_place(content, found['loc'])}: {said}"


def _place(content: Any, path: Sequence[int | str]) -> str:
    place = ""
    for part in path:
        if isinstance(part, int):
            content = content[part]
            name = content.get("name") if isinstance(content, Mapping) else None
            place += f" {part + 1}" + (f" {name!r}: " if isinstance(name, str) else ": ")
        else:
            content = content.get(part) if isinstance(content, Mapping) else None
            place += part if not place or place.endswith(": ") else f".{part}"
    return place.removesuffix(": ") or "the file"
