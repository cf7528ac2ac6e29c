"""What all tests share: the servers, a free port, and how many examples a property is tried with."""

import os
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from fastapi.dependencies import models
from hypothesis import HealthCheck, Phase, settings

from scripts.event_kinds import EVENTS
from smart_support.adapters.sql import database, rows
from smart_support.domain.event import KINDS, Event
from tests import servers

# No deadline: the machine that tests may be busy, and that is no failure. On CI the examples are the same in each run.
settings.register_profile(
    "default", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("verify", settings.get_profile("default"), max_examples=1000, derandomize=False)
# `make mutation` asks thousands of times whether some example fails, never for the smallest one; and a mutant is killed
# by what a test says of it, not by being slow.
settings.register_profile(
    "mutation",
    settings.get_profile("default"),
    max_examples=40,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("default")

_database_numbers = count(1)


@pytest.fixture(autouse=True, scope="session")
def _kinds_of_events_are_documented() -> Iterator[None]:
    """Whatever a test lets happen: the event that is written is of a kind that the documents name, and says no more."""
    row_of = rows._event_row

    def checked(event: Event) -> dict[str, Any]:
        assert event.kind in KINDS, f"add {event.kind!r} to KINDS"
        more = event.data.keys() - set(EVENTS[event.kind].data)
        assert not more, f"add {sorted(more)} to {event.kind!r} in scripts/event_kinds.py"
        return row_of(event)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_event_row", checked)
        yield


@pytest.fixture(autouse=True, scope="module")
def _apps_are_let_go() -> Iterator[None]:
    """FastAPI remembers every function that it has asked about, and so every app of a test, megabytes each."""
    yield
    for remembered in vars(models).values():
        if hasattr(remembered, "cache_clear"):
            remembered.cache_clear()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this test run; the URL is that of its maintenance database. The process of the tests may
    stand still in a transaction for longer than one that others wait for."""
    with servers.postgres() as url, pytest.MonkeyPatch.context() as patch:
        patch.setitem(database._POSTGRES_OPTIONS, "idle_in_transaction_session_timeout", 60_000)
        yield url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database, this test's own."""
    with servers.postgres_database(postgres_url, f"test_{next(_database_numbers)}") as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis server of this test run, without persistence."""
    with servers.redis() as url:
        yield url


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on."""
    return servers.free_port()
