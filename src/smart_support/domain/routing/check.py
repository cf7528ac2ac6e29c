"""What is wrong with routing rules: what they say may be sound, and still do nothing."""

from collections.abc import Iterator, Sequence

from smart_support.domain.agent import Agent
from smart_support.domain.routing.finding import Finding, Severity, meant
from smart_support.domain.routing.match import Match
from smart_support.domain.routing.reach import unreached_rules, unreached_slas
from smart_support.domain.routing.routing import Routing
from smart_support.domain.routing.staff import understaffed
from smart_support.domain.taxonomy import Taxonomy


def findings(routing: Routing, agents: Sequence[Agent], taxonomy: Taxonomy) -> list[Finding]:
    """All there is to say of the rules where these are the agents and categories; what is about a rule comes first, in
    the order of the rules."""
    found = [
        *_strangers(routing, taxonomy),
        *unreached_rules(routing.rules),
        *unreached_slas(routing),
        *understaffed(routing.on(taxonomy), agents, taxonomy),
    ]
    places = {rule.name: place for place, rule in enumerate(routing.rules)}
    return sorted(found, key=lambda one: len(places) if one.rule is None else places[one.rule])


def _strangers(routing: Routing, taxonomy: Taxonomy) -> Iterator[Finding]:
    """Categories that no ticket has."""
    for rule in routing.rules:
        for message in unknown_categories(rule.match, taxonomy):
            yield Finding(Severity.ERROR, rule.name, message)
    for sla in routing.slas:
        for message in unknown_categories(sla.match or Match(), taxonomy):
            yield Finding(Severity.ERROR, None, f"sla {sla.name!r}: {message}")


def unknown_categories(match: Match, taxonomy: Taxonomy) -> Iterator[str]:
    """What there is to say of the categories of a match that no ticket has."""
    unknown = match.category - {name.casefold() for name in taxonomy.names}
    for category in sorted(unknown):
        yield f"the taxonomy has no category {category!r}{meant(category, taxonomy.names)}"
