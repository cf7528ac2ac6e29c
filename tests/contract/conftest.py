"""Every backend of a port, for the suites in this folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smart_support.adapters.sql.store import SqlStore


@contextmanager
def open_store(request: pytest.FixtureRequest, backend: str) -> Iterator[SqlStore]:
    """An empty store on the database named."""
    if backend == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        url = f"sqlite:///{folder}/store.db"
    else:
        url = request.getfixturevalue("postgres_database")
    opened = SqlStore.open(url)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    with open_store(request, request.param) as opened:
        yield opened
