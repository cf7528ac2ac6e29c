"""Routing: from a ticket that waits to what the solver is asked, and to what its customer is promised."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from smart_support.domain.alerting.rules import AlertRules
from smart_support.domain.assignment.problem import Demand, Policy
from smart_support.domain.routing.case import Case
from smart_support.domain.routing.match import Facts, RoutingError, check_unique
from smart_support.domain.routing.rule import Rule, Says, SlaPolicy
from smart_support.domain.sla import Escalation, Target, least_slack
from smart_support.domain.taxonomy import Sla, Taxonomy

MOST_RULES = 1_000
"""Rules, and likewise SLAs."""

ESCALATED, STANDS = 10.0, 2.0
"""What is added to the priority of a ticket that must not wait, and of one that stands for an open incident."""


@dataclass(frozen=True, slots=True)
class Routed:
    """What a case asks of the solver. `rules` are the names of those that had a say in it, in their order; `sla` names
    the `target` where the rules have it, not the taxonomy, and `escalation` is what a breach of it does."""

    demand: Demand
    rules: tuple[str, ...] = ()
    sla: str | None = None
    target: Target | None = None
    escalation: Escalation | None = None

    @property
    def rule(self) -> str | None:
        """The first of the rules that had a say."""
        return self.rules[0] if self.rules else None


@dataclass(frozen=True, slots=True)
class Routing:
    """The rules of a workspace, the first one first, and by which policy it assigns.

    With `languages` an agent must speak the language of a ticket. `needs` are the skills that the tickets of a category
    ask for, by default the one called like it, and `promised` is what they are promised where `slas` promise nothing:
    the taxonomy has both (`on`). By `alerts` people are told what must not wait.

    Raises RoutingError.
    """

    rules: tuple[Rule, ...] = ()
    slas: tuple[SlaPolicy, ...] = ()
    policy: Policy = field(default_factory=Policy)
    languages: bool = True
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    promised: Mapping[str, Target] = field(default_factory=dict)
    alerts: AlertRules = field(default_factory=AlertRules)

    def __post_init__(self) -> None:
        if max(len(self.rules), len(self.slas)) > MOST_RULES:
            raise RoutingError(f"more than {MOST_RULES} rules, or slas, are too many; join those that say the same")
        check_unique("rule", (rule.name for rule in self.rules))
        check_unique("sla", (sla.name for sla in self.slas))
        names = {sla.name for sla in self.slas}
        for rule in self.rules:
            if rule.says.sla is not None and rule.says.sla not in names:
                known = f"write one of {', '.join(sorted(names))}" if names else "no [[sla]] is there; add it"
                raise RoutingError(f"rule {rule.name!r} names sla {rule.says.sla!r}, which does not exist; {known}")

    def on(self, taxonomy: Taxonomy) -> "Routing":
        """These rules, with the skills and promises that the categories of a taxonomy have."""
        skills = {one.name: tuple(name for name, level in one.skills.items() if level) for one in taxonomy.categories}
        promised = {one.name: _target(one.sla) for one in taxonomy.categories if one.sla != Sla()}
        return replace(self, needs={name: found for name, found in skills.items() if found}, promised=promised)

    def skills_of(self, category: str) -> tuple[str, ...]:
        """What an agent needs for any ticket of a category."""
        return self.needs.get(category, (category,))

    def demand(self, case: Case, now: float) -> Routed:
        """What the case asks of the solver at a moment (UTC epoch seconds).

        All rules that match are heard, as `Says.then` has it; what a person said of the team comes before all of them.
        """
        facts = Facts.of(case)
        says, heard = Says(case.team, self.skills_of(case.category), never=case.barred), list[str]()
        for rule in self.rules:
            if rule.match.matches(facts) and (more := says.then(rule.says)) != says:
                says = more
                heard.append(rule.name)
        sla = self._sla(says.sla, facts)
        target = self.promised.get(case.category) if sla is None else sla.target
        demand = Demand(
            ticket_id=case.ticket_id,
            order=case.order,
            skills=says.skills,
            urgency=case.urgency,
            waited=max(0.0, now - case.progress.accepted_at),
            slack=None if target is None else least_slack(target, case.progress, now),
            language=case.language if self.languages else None,
            team=says.team,
            preferred=case.preferred,
            barred=says.never,
            boost=(says.priority or 0.0) + ESCALATED * case.escalated + STANDS * case.stands,
        )
        if sla is None:
            return Routed(demand, tuple(heard), target=target)
        return Routed(demand, tuple(heard), sla.name, target, sla.escalation)

    def _sla(self, name: str | None, facts: Facts) -> SlaPolicy | None:
        """The one of that name; else the first one that matches."""
        if name is not None:
            return next(sla for sla in self.slas if sla.name == name)
        return next((sla for sla in self.slas if sla.match is not None and sla.match.matches(facts)), None)


def _target(sla: Sla) -> Target:
    """Minutes, day and night, as seconds."""
    first, last = sla.first_response_minutes, sla.resolution_minutes
    return Target(None if first is None else 60.0 * first, None if last is None else 60.0 * last)


DEFAULT = Routing()
"""No rules: who is best at the category, and speaks the language."""
