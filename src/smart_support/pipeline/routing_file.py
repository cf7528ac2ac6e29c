"""Routing rules as they are written: a TOML file, its JSON twin, or the same as JSON over the API and in SQL.

The keys are those of the classes below; `docs/routing.md` shows them all.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import Field, ValidationError

from smart_support.domain.assignment.problem import Policy, Step
from smart_support.domain.calendar import ALWAYS, WeeklyHours
from smart_support.domain.routing.match import Match, RoutingError
from smart_support.domain.routing.routing import Routing
from smart_support.domain.routing.rule import Rule, Says, SlaPolicy
from smart_support.domain.sla import Escalation, Target
from smart_support.pipeline.written import Duration, Values, Written, first_problem

_USUAL = Policy()


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


class RuleContent(Written):
    """What is said of the tickets that match."""

    name: str
    match: MatchContent = Field(default_factory=MatchContent)
    team: str | None = None
    skills: Values = Field(default_factory=list)
    priority: float | None = None
    never: Values = Field(default_factory=list)
    sla: str | None = None

    def rule(self) -> Rule:
        says = Says(self.team, tuple(self.skills), self.priority, frozenset(self.never), self.sla)
        return Rule(self.name, self.match.match(), says)


class SlaContent(Written):
    """Within which open time of a calendar a ticket is to be answered first, and to be solved; whether a breach
    escalates it, perhaps to a team."""

    name: str
    first_response: Duration | None = None
    resolution: Duration | None = None
    calendar: str | None = None
    warn: float = 0.2
    escalate: bool = False
    escalate_to: str | None = None
    match: MatchContent | None = None

    def policy(self, calendars: Mapping[str, WeeklyHours]) -> SlaPolicy:
        if self.calendar is not None and self.calendar not in calendars:
            known = f"write one of {', '.join(calendars)}" if calendars else f"add [calendars.{self.calendar}]"
            raise RoutingError(f"calendar {self.calendar!r} does not exist; {known}")
        hours = ALWAYS if self.calendar is None else calendars[self.calendar]
        target = Target(self.first_response, self.resolution, hours, self.warn)
        escalation = Escalation(self.escalate_to) if self.escalate or self.escalate_to is not None else None
        return SlaPolicy(self.name, target, None if self.match is None else self.match.match(), escalation)


class StepContent(Written):
    """How good an agent has to be from that waiting time on, as a share of the best one."""

    after: Duration
    share: float

    @classmethod
    def of(cls, step: Step) -> "StepContent":
        return cls(after=step.after, share=step.share)


class WeightsContent(Written):
    """What counts how much; `domain/assignment/cost.py` and `priority.py` have the formulas."""

    skill: float = _USUAL.skill_weight
    urgent: float = _USUAL.urgent_weight
    relaxed: float = _USUAL.relaxed_weight
    preferred: float = _USUAL.preferred_weight
    load: float = _USUAL.load_weight
    sla: float = _USUAL.sla_weight
    critical: float = _USUAL.critical_weight


class AssignmentContent(Written):
    """How waiting tickets and agents are brought together."""

    languages: bool = True
    age: Annotated[Duration, Field(gt=0)] = _USUAL.age_seconds
    sla_horizon: Annotated[Duration, Field(gt=0)] = _USUAL.sla_seconds
    critical_from: float = _USUAL.critical_from
    steps: list[StepContent] = Field(default_factory=lambda: [StepContent.of(step) for step in _USUAL.steps])
    weights: WeightsContent = Field(default_factory=WeightsContent)

    def policy(self) -> Policy:
        return Policy(
            steps=tuple(Step(step.after, step.share) for step in self.steps),
            age_seconds=self.age,
            sla_seconds=self.sla_horizon,
            critical_from=self.critical_from,
            **{f"{name}_weight": weight for name, weight in self.weights},
        )


class RoutingContent(Written):
    """Rules, promises, and how tickets are assigned. Empty, it is the routing that comes with the program."""

    rule: list[RuleContent] = Field(default_factory=list)
    sla: list[SlaContent] = Field(default_factory=list)
    calendars: dict[str, dict[str, Any]] = Field(default_factory=dict)
    assignment: AssignmentContent = Field(default_factory=AssignmentContent)

    def routing(self) -> Routing:
        """The record; raises RoutingError, which says where."""
        calendars = {}
        for name, hours in self.calendars.items():
            with _at(f"calendar {name!r}"):
                calendars[name] = WeeklyHours.parse(hours)
        rules, slas = list[Rule](), list[SlaPolicy]()
        for number, rule in enumerate(self.rule, 1):
            with _at(f"rule {number} {rule.name!r}"):
                rules.append(rule.rule())
        for number, sla in enumerate(self.sla, 1):
            with _at(f"sla {number} {sla.name!r}"):
                slas.append(sla.policy(calendars))
        with _at("assignment"):
            policy = self.assignment.policy()
        return Routing(tuple(rules), tuple(slas), policy, self.assignment.languages)


def routing_of(content: Mapping[str, Any]) -> Routing:
    """The routing in what a file or a row of SQL holds; raises RoutingError, which names the rule."""
    return checked(content).routing()


def checked(content: Mapping[str, Any]) -> RoutingContent:
    """The content, where its keys and types are right; raises RoutingError."""
    try:
        return RoutingContent.model_validate(content)
    except ValidationError as error:
        raise RoutingError(first_problem(content, error)) from error


@contextmanager
def _at(where: str) -> Iterator[None]:
    """What is wrong, with where it stands."""
    try:
        yield
    except ValueError as error:
        raise RoutingError(f"{where}: {error}") from error
