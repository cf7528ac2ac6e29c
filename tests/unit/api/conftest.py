"""Systems for the tests of the HTTP API."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from smart_support import running as loops
from tests.unit.api.system import System, open_system


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """An event loop in a thread of its own."""
    with start_blocking_portal() as opened:
        yield opened


@pytest.fixture
def make_system(tmp_path: Path, portal: BlockingPortal) -> Iterator[Callable[..., System]]:
    """Opens systems, each in a folder of its own, with the settings given."""
    with ExitStack() as stack:

        def make(name: str = "system", **given: object) -> System:
            return stack.enter_context(open_system(tmp_path / name, portal, **given))

        yield make


@pytest.fixture
def system(make_system: Callable[..., System]) -> System:
    """A system on an open loopback, in which nothing runs by itself."""
    return make_system()


@pytest.fixture
def running(system: System) -> Iterator[System]:
    """The same with triage, dispatcher and notifier at work."""
    with loops.running(system.pipeline):
        yield system


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, portal: BlockingPortal) -> Iterator[System]:
    """One system for a module whose tests leave nothing behind."""
    with open_system(tmp_path_factory.mktemp("shared"), portal) as opened:
        yield opened
