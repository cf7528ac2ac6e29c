"""Every column that may hold words is known as personal or not, and the docs name those that are."""

import re
from pathlib import Path

import sqlalchemy as sa

from smart_support.adapters.sql import store  # noqa: F401 - all tables
from smart_support.adapters.sql.personal import IMPERSONAL, PERSONAL
from smart_support.adapters.sql.schema import metadata

DOCS = Path(__file__).parents[3] / "docs" / "privacy.md"
_SHORT = 128
"""Names, states and hashes of ours are short; what is longer comes from outside."""


def places(known: dict[str, tuple[str, ...]]) -> set[str]:
    return {f"{table}.{column}" for table, columns in known.items() for column in columns}


def holds_words(column: sa.Column) -> bool:
    kind = column.type
    if isinstance(kind, sa.String) and not isinstance(kind, sa.Text):
        return kind.length is None or kind.length > _SHORT
    return isinstance(kind, sa.Text | sa.JSON | sa.LargeBinary)


def test_every_column_that_may_hold_words_is_decided_upon():
    found = {
        f"{table.name}.{one.name}" for table in metadata.sorted_tables for one in table.columns if holds_words(one)
    }
    decided = places(PERSONAL) | places(IMPERSONAL)
    assert found - decided == set(), "say in adapters/sql/personal.py whether an erasure has to reach it"
    columns = {f"{table.name}.{one.name}" for table in metadata.sorted_tables for one in table.columns}
    assert decided <= columns
    assert not places(PERSONAL) & places(IMPERSONAL)


def test_the_docs_say_where_it_lies():
    section = DOCS.read_text(encoding="utf-8").partition("## Where it lies")[2].partition("\n## ")[0]
    assert places(PERSONAL) <= set(re.findall(r"`([a-z_]+\.[a-z_]+)`", section))
