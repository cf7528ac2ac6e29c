"""Every backend of a port, for the suites in this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from smart_support.adapters.sql.store import SqlStore


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    """An empty store on each database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/store.db"
    else:
        url = request.getfixturevalue("postgres_database")
    opened = SqlStore.open(url)
    yield opened
    opened.close()
