"""What limits of calls are counted in."""

from typing import Protocol

from smart_support.domain.rate import Rate, Taken


class Buckets(Protocol):
    """One bucket a name, full at first."""

    def take(self, name: str, rate: Rate, wanted: int) -> Taken:
        """Take `wanted` calls of its rate, or as many as there are. Raises Unavailable."""
        ...

    def close(self) -> None: ...
