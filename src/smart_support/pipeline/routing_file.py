"""Routing rules as they are written: a TOML file, its JSON twin, or the same as JSON over the API and in SQL.

The keys are those of the classes below; `docs/routing.md` shows them all.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from smart_support.domain.assignment.problem import Policy, Step
from smart_support.domain.calendar import ALWAYS, WeeklyHours
from smart_support.domain.routing.match import RoutingError
from smart_support.domain.routing.routing import Routing
from smart_support.domain.routing.rule import Rule, Says, SlaPolicy
from smart_support.domain.sla import Escalation, Target
from smart_support.pipeline.alert_file import AlertsContent, calendar_of
from smart_support.pipeline.match_file import MatchContent, at
from smart_support.pipeline.written import Duration, Values, Written, first_problem

_USUAL = Policy()


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
        hours = ALWAYS if self.calendar is None else calendar_of(self.calendar, calendars)
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
    """Rules, promises, how tickets are assigned, and who is alerted. Empty, it is the routing that comes with the
    program."""

    rule: list[RuleContent] = Field(default_factory=list)
    sla: list[SlaContent] = Field(default_factory=list)
    calendars: dict[str, dict[str, Any]] = Field(default_factory=dict)
    assignment: AssignmentContent = Field(default_factory=AssignmentContent)
    alerts: AlertsContent = Field(default_factory=AlertsContent)

    def routing(self) -> Routing:
        """The record; raises RoutingError, which says where."""
        calendars = {}
        for name, hours in self.calendars.items():
            with at(f"calendar {name!r}"):
                calendars[name] = WeeklyHours.parse(hours)
        rules, slas = list[Rule](), list[SlaPolicy]()
        for number, rule in enumerate(self.rule, 1):
            with at(f"rule {number} {rule.name!r}"):
                rules.append(rule.rule())
        for number, sla in enumerate(self.sla, 1):
            with at(f"sla {number} {sla.name!r}"):
                slas.append(sla.policy(calendars))
        with at("assignment"):
            policy = self.assignment.policy()
        alerts = self.alerts.rules(calendars)
        return Routing(tuple(rules), tuple(slas), policy, self.assignment.languages, alerts=alerts)


def routing_of(content: Mapping[str, Any]) -> Routing:
    """The routing in what a file or a row of SQL holds; raises RoutingError, which names the rule."""
    return checked(content).routing()


def checked(content: Mapping[str, Any]) -> RoutingContent:
    """The content, where its keys and types are right; raises RoutingError."""
    try:
        return RoutingContent.model_validate(content)
    except ValidationError as error:
        raise RoutingError(first_problem(content, error)) from error
