"""One cluster for all tests here: it stands from test to test, and is made anew after one that failed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.chaos.cluster import Cluster, cluster

_SHOWN_LINES = 200


class Standing:
    """Lends the cluster out."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._cluster: Cluster | None = None

    @contextmanager
    def lent(self) -> Iterator[Cluster]:
        """The cluster, for one test. Where that fails, what was logged meanwhile is shown."""
        made = self._cluster = self._cluster or self._stack.enter_context(cluster())
        mark = made.mark()
        try:
            yield made
        except BaseException:
            for line in made.lines(mark)[-_SHOWN_LINES:]:
                print(f"{line.process}.{line.start}: {line.text[:600]}")  # noqa: T201 - pytest shows it
            self._cluster = None
            self._stack.close()
            raise


@pytest.fixture(scope="session")
def standing() -> Iterator[Standing]:
    with ExitStack() as stack:
        yield Standing(stack)
