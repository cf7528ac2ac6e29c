"""A rule of routing: which tickets it speaks of, and what it says of them."""

from dataclasses import dataclass

from smart_support.domain.routing.match import Match, RoutingError, check_names
from smart_support.domain.sla import Escalation, Promise, Target

_FROM = 1_767_225_600.0  # 2026-01-01
_YEARS, _SECONDS_A_YEAR = 10, 31_557_600.0


@dataclass(frozen=True, slots=True)
class Says:
    """What rules say of a ticket; None and empty: nothing.

    Only agents of `team` may have it, they need `skills` beyond what its category asks for, and those in `never` do not
    get it. `priority` in [-10, 10] is added to its rank, as S is. `sla` names what is promised.
    """

    team: str | None = None
    skills: tuple[str, ...] = ()
    priority: float | None = None
    never: frozenset[str] = frozenset()
    sla: str | None = None

    def then(self, later: "Says") -> "Says":
        """What is said in all where a later rule speaks too: who says team, priority or SLA first is heard, skills and
        `never` add up."""
        return Says(
            self.team if self.team is not None else later.team,
            tuple(dict.fromkeys(self.skills + later.skills)),
            self.priority if self.priority is not None else later.priority,
            self.never | later.never,
            self.sla if self.sla is not None else later.sla,
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """What is said of the tickets that match. Raises RoutingError."""

    name: str
    match: Match
    says: Says

    def __post_init__(self) -> None:
        check_names("the name of a rule", [self.name])
        if self.says.team is not None:
            check_names("team", [self.says.team])
        check_names("a skill", self.says.skills)
        check_names("an agent in never", self.says.never)
        if self.says.priority is not None and not -10.0 <= self.says.priority <= 10.0:
            raise RoutingError(f"priority is {self.says.priority}; choose a number from -10 to 10")
        if self.says == Says():
            raise RoutingError("it says nothing; give it a team, skills, a priority, never or an sla")


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """What is promised to the tickets that match, where no rule names another one; without a match only to those of
    which a rule names it. With `escalation` a breach escalates the ticket. Raises RoutingError."""

    name: str
    target: Target
    match: Match | None = None
    escalation: Escalation | None = None

    def __post_init__(self) -> None:
        check_names("the name of an sla", [self.name])
        if self.escalation is not None and self.escalation.team is not None:
            check_names("escalate_to", [self.escalation.team])
        given = [seconds for promise in Promise if (seconds := self.target.seconds(promise)) is not None]
        if not given:
            raise RoutingError("it promises nothing; give it a first_response or a resolution")
        if self.target.calendar.between(_FROM, _FROM + _YEARS * _SECONDS_A_YEAR) < max(given):
            raise RoutingError(f"by its calendar it takes more than {_YEARS} years; promise less, or open longer")
