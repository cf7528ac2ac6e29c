"""An explanation in words."""

from collections.abc import Callable, Mapping

from smart_support.domain.assignment.change import Change, Lever
from smart_support.domain.assignment.explain import Explanation, Other
from smart_support.domain.assignment.problem import Assigned
from smart_support.domain.assignment.reasons import Code, Reason
from smart_support.domain.language import language_name


def words(explanation: Explanation) -> list[str]:
    """A line for the ticket, and one for each of the other agents."""
    place = f"{explanation.ticket_id}: {explanation.above} of {explanation.waiting} waiting tickets rank higher"
    chosen = "no agent" if explanation.chosen is None else _chosen(explanation.chosen)
    return [f"{place}; {chosen}", *map(other_words, explanation.others)]


def other_words(other: Other) -> str:
    """Such as "agent-7: 5 of 5; one free slot would change it"."""
    said = ", ".join(_REASONS[reason.code](reason) for reason in other.reasons)
    change = "" if other.change is None else f"; {_CHANGES[other.change.lever](other.change)} would change it"
    return f"{other.agent_id}: {said}{change}"


def _chosen(chosen: Assigned) -> str:
    parts = chosen.parts
    shown = {"skill": parts.skill, "relaxed": parts.relaxed, "preferred": parts.preferred, "load": parts.load}
    listed = ", ".join(f"{name} {cost}" for name, cost in shown.items() if cost)
    return f"{chosen.agent_id} costs {chosen.cost}" + (f" ({listed})" if listed else "")


def _too_low(reason: Reason) -> str:
    later = "" if reason.seconds is None else f", his will do in {reason.seconds:.0f} s"
    return f"proficiency {_level(reason.has)}, {_level(reason.asked)} is asked for now{later}"


def _costlier(reason: Reason) -> str:
    if reason.has is None or reason.asked is None:
        return "eligible, but not in the cheapest plan"
    more = reason.has - reason.asked
    return f"all would cost {reason.has:.0f} instead of {reason.asked:.0f}" if more else "would cost the same"


def _slots(number: float | None) -> str:
    return "one free slot" if number == 1 else f"{number:.0f} free slots"


def _level(value: float | None) -> str:
    return f"{value:.2g}"


_REASONS: Mapping[Code, Callable[[Reason], str]] = {
    Code.ABSENT: lambda reason: f"{reason.name}",
    Code.FULL: lambda reason: f"{reason.has:.0f} of {reason.asked:.0f}",
    Code.NO_SKILL: lambda reason: f"no {reason.name}",
    Code.TOO_LOW: _too_low,
    Code.NO_LANGUAGE: lambda reason: f"no {language_name(reason.name or '')}",
    Code.OTHER_TEAM: lambda reason: f"not in team {reason.name}",
    Code.BARRED: lambda _: "declined it before, or a rule forbids it",
    Code.OUTRANKED: lambda reason: f"higher ranked tickets get {_slots(reason.has)}",
    Code.DISPLACES: lambda reason: f"{reason.name} would be left without an agent",
    Code.COSTLIER: _costlier,
}
_CHANGES: Mapping[Lever, Callable[[Change], str]] = {
    Lever.PRESENT: lambda _: "being there",
    Lever.FREE_SLOT: lambda change: _slots(change.value),
    Lever.PROFICIENCY: lambda change: f"a proficiency of {change.value:g} in {change.name}",
    Lever.LANGUAGE: lambda change: f"speaking {language_name(change.name or '')}",
    Lever.TEAM: lambda change: f"the team {change.name}",
    Lever.ALLOWED: lambda _: "being allowed it",
}
