"""Ids of tickets and agents, which stand in URLs."""

import re

MAX_ID = 128
ID_PATTERN = r"^\.*[A-Za-z0-9_:-][A-Za-z0-9._:-]*$"
"""Without the length, and without looking ahead, which the patterns of Pydantic and of JSON Schema need not know."""

_ID = re.compile(ID_PATTERN)


class InvalidId(ValueError):
    """The id cannot stand in a URL, or there it would name something else."""


def is_id(text: str) -> bool:
    """Whether it can be an id. `.` and `..` cannot: in a URL, clients and proxies take them for steps in its path."""
    return len(text) <= MAX_ID and _ID.fullmatch(text) is not None


def check_id(id_: str) -> str:
    """The id itself, where it is a legal one; raises InvalidId."""
    if not is_id(id_):
        raise InvalidId(
            f"an id is 1 to {MAX_ID} letters, digits, dots, underscores, colons or hyphens, and more than dots alone"
        )
    return id_
