"""Which tickets a rule speaks of."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from smart_support.domain.routing.case import Case

NAME_LIMIT = 128
"""Characters of a name: of a rule, a team, a skill, an agent."""

Names = frozenset[str]

_FIELDS = ("category", "tags", "customer", "tier", "language", "channel")
_LANGUAGE = re.compile(r"[a-z]{2}")


class RoutingError(ValueError):
    """Routing rules that cannot be used; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a match asks of a ticket, without capitals. Its customer is known by id, mail address and "@domain"."""

    category: Names
    tags: Names
    customer: Names
    tier: Names
    language: Names
    channel: Names
    urgency: float

    @classmethod
    def of(cls, case: Case) -> "Facts":
        mail = case.customer_email
        return cls(
            _remembered((case.category,)),
            _remembered(case.tags),
            _folded((case.customer_id, mail, mail and _domain(mail))),
            _remembered((case.customer_tier,)),
            _remembered((case.language,)),
            _remembered((case.channel,)),
            case.urgency,
        )


@dataclass(frozen=True, slots=True)
class Match:
    """The tickets that have, of each field that is not empty, one of its values: capitals do not count. An empty match
    matches all.

    `language` holds ISO 639-1 codes; `customer` ids, mail addresses, and "@example.org" for all addresses there. The
    urgency S is `at_least` <= S < `below`. Raises RoutingError.
    """

    category: Names = frozenset()
    tags: Names = frozenset()
    customer: Names = frozenset()
    tier: Names = frozenset()
    language: Names = frozenset()
    channel: Names = frozenset()
    at_least: float = 0.0
    below: float | None = None

    def __post_init__(self) -> None:
        for field in _FIELDS:
            given: Names = getattr(self, field)
            if not all(value.strip() for value in given):
                raise RoutingError(f"match.{field} has an empty value; write one, or leave {field} out")
            object.__setattr__(self, field, _folded(given))
        for code in sorted(self.language):
            if not _LANGUAGE.fullmatch(code):
                raise RoutingError(f"match.language {code!r} is no language; write a code of ISO 639-1 such as de")
        if not 0.0 <= self.at_least <= 1.0 or not (self.below is None or 0.0 <= self.below <= 1.0):
            raise RoutingError("match.urgency is a number from 0 to 1")

    @property
    def is_impossible(self) -> bool:
        """Whether no S lies in the bounds."""
        return self.below is not None and self.below <= self.at_least

    def matches(self, facts: Facts) -> bool:
        return (
            self.at_least <= facts.urgency
            and (self.below is None or facts.urgency < self.below)
            and _asked(self.category, facts.category)
            and _asked(self.tags, facts.tags)
            and _asked(self.customer, facts.customer)
            and _asked(self.tier, facts.tier)
            and _asked(self.language, facts.language)
            and _asked(self.channel, facts.channel)
        )

    def covers(self, other: "Match") -> bool:
        """Whether it matches, field by field, whatever the other one matches."""
        if self.at_least > other.at_least:
            return False
        if self.below is not None and (other.below is None or self.below < other.below):
            return False
        customers = frozenset(who if who in self.customer else _domain(who) for who in other.customer)
        wanted = ((getattr(self, field), getattr(other, field)) for field in _FIELDS if field != "customer")
        return all(_includes(*pair) for pair in ((self.customer, customers), *wanted))


def check_names(what: str, names: Iterable[str]) -> None:
    """Raises RoutingError unless all of them can be names."""
    for name in names:
        if not 1 <= len(name) <= NAME_LIMIT or name != name.strip() or not name.isprintable():
            raise RoutingError(
                f"{what} is {name[: NAME_LIMIT + 1]!r}; it needs 1 to {NAME_LIMIT} printable characters, no space at "
                "either end"
            )


def check_unique(what: str, names: Iterable[str]) -> None:
    """Raises RoutingError where a name is there twice."""
    for name, number in Counter(name.casefold() for name in names).items():
        if number > 1:
            raise RoutingError(f"{what} {name!r} is there twice (capitals do not count); rename or remove one")


def _asked(wanted: Names, found: Names) -> bool:
    return not wanted or not wanted.isdisjoint(found)


def _includes(wide: Names, narrow: Names) -> bool:
    return not wide or (bool(narrow) and narrow <= wide)


def _domain(mail: str) -> str:
    """What all mail addresses of a domain have in common; only of one of these is it another text."""
    return mail[max(0, mail.rfind("@")) :]


def _folded(values: Iterable[str | None]) -> Names:
    return frozenset(value.strip().casefold() for value in values if value)


_remembered = lru_cache(maxsize=4_096)(_folded)  # of what many tickets have in common
