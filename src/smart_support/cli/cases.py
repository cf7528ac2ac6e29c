"""Expected routes as they are written, and what becomes of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator

from smart_support.adapters.flow import solve
from smart_support.domain.agent import Agent
from smart_support.domain.assignment.assign import assign
from smart_support.domain.routing.case import Case
from smart_support.domain.routing.routing import Routing
from smart_support.domain.sla import Progress
from smart_support.domain.triage import Triage
from smart_support.pipeline.agents import Standing
from smart_support.pipeline.assign import world
from smart_support.pipeline.written import Duration, Values, Written

_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_USUAL_URGENCY = 0.5


class ExpectContent(Written):
    """What is to become of a case; `rule` is one of those that have a say in it."""

    agent: str | None = None
    team: str | None = None
    rule: str | None = None
    sla: str | None = None
    not_agent: Values = Field(default_factory=list)
    nobody: bool = False

    @model_validator(mode="after")
    def _expects_something(self) -> "ExpectContent":
        if not any(value for _, value in self):
            raise ValueError("it expects nothing; write agent, team, rule, sla, not_agent or nobody = true")
        if self.nobody and self.agent is not None:
            raise ValueError("it expects an agent, and nobody; remove one of them")
        return self


class CaseContent(Written):
    """A ticket. `text` is triaged, and what is given beside it stands above that. Without `at` it comes while all
    agents work."""

    name: str
    text: str | None = None
    category: str | None = None
    urgency: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    language: str | None = None
    tags: Values = Field(default_factory=list)
    customer: str | None = None
    tier: str | None = None
    channel: str | None = None
    team: str | None = None
    waited: Duration = 0.0
    declined: Values = Field(default_factory=list)
    preferred: str | None = None
    at: Annotated[AwareDatetime, Field(strict=False)] | None = None
    expect: ExpectContent

    @model_validator(mode="after")
    def _has_a_category(self) -> "CaseContent":
        if self.text is None and self.category is None:
            raise ValueError("it has neither a category nor a text; write one of them")
        return self

    @property
    def now(self) -> float:
        """UTC epoch seconds at which it is assigned."""
        return (self.at or _ANY_TIME).timestamp()

    def case(self, triage: Triage | None) -> Case:
        """The record, with what triage says of its text."""
        mail = self.customer is not None and "@" in self.customer
        return Case(
            ticket_id=self.name,
            order=1,
            category=self.category or (triage.category if triage else ""),
            urgency=self.urgency if self.urgency is not None else triage.urgency if triage else _USUAL_URGENCY,
            progress=Progress(self.now - self.waited),
            language=self.language or (triage.language if triage else None),
            tags=tuple(self.tags),
            channel=self.channel,
            customer_id=None if mail else self.customer,
            customer_email=self.customer if mail else None,
            customer_tier=self.tier,
            team=self.team,
            preferred=self.preferred,
            barred=frozenset(self.declined),
        )


class CasesContent(Written):
    """Expected routes, and by which files, seen from theirs, they are tried."""

    routing: str | None = None
    agents: str | None = None
    taxonomy: str | None = None
    case: Annotated[list[CaseContent], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Route:
    """Where a case goes: to which agent, in which team, by which rules, under which SLA."""

    agent: str | None
    team: str | None
    rules: tuple[str, ...]
    sla: str | None


def route(content: CaseContent, triage: Triage | None, routing: Routing, agents: Sequence[Agent]) -> Route:
    """Assign the case as the running system would, as if it was alone, among agents who hold nothing."""
    case = content.case(triage)
    asked = agents if content.at is not None else [replace(agent, hours=None) for agent in agents]
    seen = world([case], [Standing(agent, 0) for agent in asked], routing, content.now)
    routed = seen.routed[case.ticket_id]
    plan = assign(seen.demands, seen.supplies, seen.policy, solve)
    agent = plan.assigned[0].agent_id if plan.assigned else None
    teams = {supply.agent_id: supply.team for supply in seen.supplies}
    return Route(agent, routed.demand.team or (teams[agent] if agent else None), routed.rules, routed.sla)


def mismatches(expect: ExpectContent, route: Route) -> list[str]:
    """What came otherwise than expected, in words."""
    wrong = [
        f"{name} {wanted!r} was expected, and {'none' if came is None else repr(came)} came"
        for name, wanted, came in (
            ("agent", expect.agent, route.agent),
            ("team", expect.team, route.team),
            ("sla", expect.sla, route.sla),
        )
        if wanted not in {None, came}
    ]
    if expect.rule is not None and expect.rule not in route.rules:
        heard = ", ".join(map(repr, route.rules)) or "none"
        wrong.append(f"rule {expect.rule!r} was expected to have a say, and {heard} had")
    if route.agent is not None and route.agent in expect.not_agent:
        wrong.append(f"agent {route.agent!r} was not to get it")
    if expect.nobody and route.agent is not None:
        wrong.append(f"nobody was to get it, and {route.agent!r} did")
    return wrong
