"""Why an agent may not have a ticket now: each of the hard constraints that he misses."""

from dataclasses import dataclass
from enum import StrEnum

from smart_support.domain.assignment.eligibility import floors, step_at
from smart_support.domain.assignment.problem import Demand, Policy, Supply


class Code(StrEnum):
    """What keeps a ticket from an agent. The last three hold for agents who are eligible."""

    ABSENT = "absent"
    FULL = "full"
    NO_SKILL = "no_skill"
    TOO_LOW = "too_low"
    NO_LANGUAGE = "no_language"
    OTHER_TEAM = "other_team"
    BARRED = "barred"
    OUTRANKED = "outranked"
    DISPLACES = "displaces"
    COSTLIER = "costlier"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. `name` and the numbers are

    - `ABSENT`: the absence; `NO_LANGUAGE`, `OTHER_TEAM`: what is asked for; `NO_SKILL`: the skill;
    - `FULL`: he `has` this load, of the capacity `asked`;
    - `TOO_LOW`: the proficiency that he `has`, what is `asked` now, and in how many `seconds` his will do;
    - `OUTRANKED`: he `has` this many free slots, and higher ranked tickets get all of them;
    - `DISPLACES`: the ticket `name`, which is served, would have no agent;
    - `COSTLIER`: what all assignments would cost together (`has`), and do (`asked`); None where that was not computed.
    """

    code: Code
    name: str | None = None
    has: float | None = None
    asked: float | None = None
    seconds: float | None = None


def hindrances(demand: Demand, supply: Supply, best: float, policy: Policy) -> tuple[Reason, ...]:
    """Every hard constraint that the agent misses; none where he is eligible. `best` is the best candidate's
    proficiency."""
    found = [Reason(Code.ABSENT, absence) for absence in supply.absences]
    if supply.load >= supply.capacity:
        found.append(Reason(Code.FULL, has=supply.load, asked=supply.capacity))
    missing = [skill for skill in demand.skills if supply.skills.get(skill, 0.0) <= 0]
    found += [Reason(Code.NO_SKILL, skill) for skill in missing]
    if not missing:
        found += _too_low(supply.proficiency(demand.skills), demand.waited, best, policy)
    if not supply.speaks(demand.language):
        found.append(Reason(Code.NO_LANGUAGE, demand.language))
    if demand.team not in {None, supply.team}:
        found.append(Reason(Code.OTHER_TEAM, demand.team))
    if supply.agent_id in demand.barred:
        found.append(Reason(Code.BARRED))
    return tuple(found)


def _too_low(proficiency: float, waited: float, best: float, policy: Policy) -> list[Reason]:
    now = step_at(waited, policy)
    marks = floors(best, policy)
    if proficiency >= marks[now]:
        return []
    will_do = (step.after - waited for step, mark in zip(policy.steps, marks, strict=True) if proficiency >= mark)
    asked = policy.steps[now].share * best
    return [Reason(Code.TOO_LOW, has=proficiency, asked=asked, seconds=next(will_do, None))]
