"""Which tickets are meant, as it is written, for rules, SLAs and alerts alike; and where something is wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import Field

from smart_support.domain.routing.match import Match, RoutingError
from smart_support.pipeline.written import Values, Written


class UrgencyContent(Written):
    """Bounds of the urgency S: `at_least` <= S < `below`."""

    at_least: float = 0.0
    below: float | None = None


class MatchContent(Written):
    """A ticket matches if, of each field that is given, it has one of the values."""

    category: Values = Field(default_factory=list)
    tags: Values = Field(default_factory=list)
    customer: Values = Field(default_factory=list)
    tier: Values = Field(default_factory=list)
    language: Values = Field(default_factory=list)
    channel: Values = Field(default_factory=list)
    urgency: UrgencyContent = Field(default_factory=UrgencyContent)

    def match(self) -> Match:
        names = {name: frozenset(found) for name, found in self if name != "urgency"}
        return Match(**names, at_least=self.urgency.at_least, below=self.urgency.below)


@contextmanager
def at(where: str) -> Iterator[None]:
    """What is wrong, with where it stands."""
    try:
        yield
    except ValueError as error:
        raise RoutingError(f"{where}: {error}") from error
