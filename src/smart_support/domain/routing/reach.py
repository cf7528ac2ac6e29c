"""Which rules never have a say, and which promises are never made, whatever ticket comes.

Rules are compared one with one: that two rules together match whatever a third one matches is not seen.
"""

from collections.abc import Iterator, Sequence
from functools import reduce

from smart_support.domain.routing.finding import Finding, Severity, listed
from smart_support.domain.routing.match import Match
from smart_support.domain.routing.routing import Routing
from smart_support.domain.routing.rule import Rule, Says


def unreached_rules(rules: Sequence[Rule]) -> Iterator[Finding]:
    for place, rule in enumerate(rules):
        if rule.match.is_impossible:
            yield Finding(Severity.ERROR, rule.name, impossible(rule.match))
            continue
        above = [one for one in rules[:place] if not one.match.is_impossible and one.match.covers(rule.match)]
        said = reduce(Says.then, (one.says for one in above), Says())
        names = listed(one.name for one in above if _common(one.says, rule.says))
        if said.then(rule.says) == said:
            message = f"it never has a say: {names}, above it, matches whatever it matches; move it up, or remove it"
            yield Finding(Severity.ERROR, rule.name, message)
        elif lost := [what for what in ("team", "priority", "sla") if _both(said, rule.says, what)]:
            message = f"{names}, above it, matches whatever it matches, so its {' and '.join(lost)} is never used"
            yield Finding(Severity.WARNING, rule.name, message)


def unreached_slas(routing: Routing) -> Iterator[Finding]:
    named = {rule.says.sla for rule in routing.rules if not rule.match.is_impossible}
    before = [rule.match for rule in routing.rules if rule.says.sla is not None and not rule.match.is_impossible]
    for sla in routing.slas:
        if sla.match is not None and sla.match.is_impossible:
            yield Finding(Severity.ERROR, None, f"sla {sla.name!r}: {impossible(sla.match)}")
            continue
        covered = sla.match is None or any(match.covers(sla.match) for match in before)
        if covered and sla.name not in named:
            why = "it has no match" if sla.match is None else "what comes first matches whatever it matches"
            message = f"sla {sla.name!r} is never used: no rule that can match names it, and {why}"
            yield Finding(Severity.WARNING, None, message)
        if sla.match is not None:
            before.append(sla.match)


def impossible(match: Match) -> str:
    """What there is to say of a match whose bounds hold no S."""
    return (
        f"no urgency is at least {match.at_least:g} and below {match.below:g}, so it matches nothing; mend the bounds"
    )


def _both(one: Says, other: Says, what: str) -> bool:
    return getattr(one, what) is not None and getattr(other, what) is not None


def _common(one: Says, other: Says) -> bool:
    """Whether both say something of the same kind."""
    added_up = {*one.skills} & {*other.skills} or one.never & other.never
    return bool(added_up) or any(_both(one, other, what) for what in ("team", "priority", "sla"))
