"""One change, and the world after it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from smart_support.domain.assignment.problem import Demand, Supply

World = tuple[Sequence[Demand], Sequence[Supply]]


class Lever(StrEnum):
    """What is changed about an agent, or, for `ALLOWED`, about the ticket that he is barred from."""

    PRESENT = "present"
    FREE_SLOT = "free_slot"
    PROFICIENCY = "proficiency"
    LANGUAGE = "language"
    TEAM = "team"
    ALLOWED = "allowed"


@dataclass(frozen=True, slots=True)
class Change:
    """`PRESENT`: he is there. `FREE_SLOT`: he has `value` free slots more. `PROFICIENCY`: his in the skill `name` is
    `value`. `LANGUAGE`, `TEAM`: he speaks, belongs to, `name`. `ALLOWED`: he is not barred."""

    lever: Lever
    name: str | None = None
    value: float | None = None


def worlds_after(change: Change, world: World, ticket_id: str, agent_id: str) -> Iterator[World]:
    """The world after the change; one for each way to read it: a slot gets free by a ticket's end, or is added."""
    demands, supplies = world
    if change.lever is Lever.ALLOWED:
        place = next(place for place, one in enumerate(demands) if one.ticket_id == ticket_id)
        allowed = replace(demands[place], barred=demands[place].barred - {agent_id})
        yield [*demands[:place], allowed, *demands[place + 1 :]], supplies
        return
    here = next(place for place, one in enumerate(supplies) if one.agent_id == agent_id)
    for other in _others(supplies[here], change):
        yield demands, [*supplies[:here], other, *supplies[here + 1 :]]


def _others(supply: Supply, change: Change) -> Iterator[Supply]:
    """The agent after the change."""
    name, value = change.name or "", change.value or 0.0
    match change.lever:
        case Lever.PRESENT:
            yield replace(supply, absences=())
        case Lever.FREE_SLOT:
            yield replace(supply, capacity=supply.capacity + int(value))
            if supply.load >= value:
                yield replace(supply, load=supply.load - int(value))
        case Lever.PROFICIENCY:
            yield replace(supply, skills={**supply.skills, name: value})
        case Lever.LANGUAGE:
            yield replace(supply, languages=supply.languages | {name})
        case Lever.TEAM:
            yield replace(supply, team=name)
