"""Which rules ask for somebody who does not exist."""

from collections.abc import Iterable, Iterator, Sequence

from smart_support.domain.agent import Agent
from smart_support.domain.routing.finding import Finding, Severity, listed, meant
from smart_support.domain.routing.routing import Routing
from smart_support.domain.routing.rule import Rule
from smart_support.domain.taxonomy import Taxonomy

NO_AGENTS = Finding(
    Severity.WARNING, None, "no agents are known, so teams, skills, languages and `never` were not checked; name them"
)


def understaffed(routing: Routing, agents: Sequence[Agent], taxonomy: Taxonomy) -> Iterator[Finding]:
    """Teams, skills, agents and languages that nobody has or is, and what nobody can take; `routing` is `on` the
    taxonomy."""
    if not agents:
        yield NO_AGENTS
        return
    for rule in routing.rules:
        for message in [*_unknown(rule, agents)] or _left(rule, routing, agents, taxonomy):
            yield Finding(Severity.ERROR, rule.name, message)
        for message in _unspoken(rule, agents) if routing.languages else ():
            yield Finding(Severity.WARNING, rule.name, message)
    teams = _teams(agents)
    for sla in routing.slas:
        team = None if sla.escalation is None else sla.escalation.team
        if team is not None and team not in teams:
            message = f"sla {sla.name!r} escalates to team {team!r}, in which no agent is{meant(team, teams)}"
            yield Finding(Severity.ERROR, None, message)
    for category in taxonomy.names:
        skills = routing.skills_of(category)
        if not any(_has(agent, skills) for agent in agents):
            message = f"nobody can take category {category!r}: no agent has the skills {listed(skills)}"
            yield Finding(Severity.WARNING, None, message)


def _unknown(rule: Rule, agents: Sequence[Agent]) -> Iterator[str]:
    teams = _teams(agents)
    skills = {skill for agent in agents for skill, level in agent.skills.items() if level > 0}
    ids = {agent.id for agent in agents}
    if rule.says.team is not None and rule.says.team not in teams:
        yield f"no agent is in team {rule.says.team!r}{meant(rule.says.team, teams)}"
    for skill in rule.says.skills:
        if skill not in skills:
            yield f"no agent has the skill {skill!r}{meant(skill, skills)}"
    for agent_id in sorted(rule.says.never - ids):
        yield f"never: there is no agent {agent_id!r}{meant(agent_id, ids)}"


def _teams(agents: Sequence[Agent]) -> set[str]:
    return {agent.team for agent in agents if agent.team is not None}


def _unspoken(rule: Rule, agents: Sequence[Agent]) -> Iterator[str]:
    if all(agent.languages for agent in agents):
        for code in sorted(rule.match.language.difference(*(agent.languages for agent in agents))):
            yield f"nobody speaks {code}: its tickets go to whoever has the skill"


def _left(rule: Rule, routing: Routing, agents: Sequence[Agent], taxonomy: Taxonomy) -> Iterator[str]:
    """What nobody can take, though everybody exists that the rule names."""
    matched = [name for name in taxonomy.names if name.casefold() in rule.match.category]
    asked = [(f"category {name!r}", routing.skills_of(name)) for name in matched]
    kept = [agent for agent in agents if agent.id not in rule.says.never and rule.says.team in {None, agent.team}]
    whom = "of the agents left" if rule.says.team is None else f"in team {rule.says.team!r}"
    for what, skills in asked or [("what it matches", ())]:
        needed = tuple(dict.fromkeys(skills + rule.says.skills))
        if not any(_has(agent, needed) for agent in kept):
            having = f"has all of {listed(needed)}" if needed else "is allowed"
            yield f"nobody can take {what} by it: nobody {whom} {having}"


def _has(agent: Agent, skills: Iterable[str]) -> bool:
    return all(agent.skills.get(skill, 0.0) > 0 for skill in skills)
