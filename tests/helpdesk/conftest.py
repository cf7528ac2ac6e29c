"""One empty helpdesk is prepared; a copy of it runs for all tests, and one of its own for each that needs it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpdesk.desk import Desk, desk, prepare


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("desk") / "prepared")


@pytest.fixture(scope="session")
def helpdesk(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One that other tests use too: it is never ended, and holds tickets already."""
    with desk(prepared, tmp_path_factory.mktemp("shared") / "desk") as running:
        yield running


@pytest.fixture
def own_helpdesk(prepared: Path, tmp_path: Path) -> Iterator[Desk]:
    with desk(prepared, tmp_path / "desk") as running:
        yield running
