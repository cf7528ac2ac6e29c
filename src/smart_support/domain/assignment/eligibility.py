"""Who may get a ticket: the hard constraints, with the steps by which the proficiency asked for relaxes.

A *candidate* for a ticket is an agent, there or not, of its team and language, who is not barred from it and has every
skill that it needs; his proficiency is the least of those. *Eligible* is a candidate who is there with a free slot, and
whose proficiency is at least the share that the ticket's step asks for of the best candidate's. Only those who could
ever take the ticket set that mark: nobody waits for an expert who does not speak its language.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smart_support.domain.assignment.problem import Demand, Policy, Supply
from smart_support.domain.assignment.solver import Places

Floats = NDArray[np.float64]

ROUNDING = 1e-9
"""0.6 is at least 0.6 of 1, whatever the last bit of the product says."""


def step_at(waited: float, policy: Policy) -> int:
    """The step of relaxation that a ticket has reached."""
    return sum(waited >= step.after for step in policy.steps[1:])


def floors(best: float, policy: Policy) -> list[float]:
    """The proficiency that each step asks for, where the best candidate has this one."""
    return [step.share * best - ROUNDING for step in policy.steps]


@dataclass(frozen=True, slots=True, eq=False)
class Eligible:
    """The eligible agents of a ticket, by place in the roster, all [k]: with their proficiency and the step from which
    on they are good enough. They have so many free `slots` together."""

    agents: Places
    proficiency: Floats
    step: Places
    slots: int


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """Their places [k], their proficiency [k], the best of it, 0 where there are none."""

    agents: Places
    proficiency: Floats
    best: float

    def without(self, places: Sequence[int]) -> "_Candidates":
        if not places:
            return self
        kept = np.logical_and.reduce([self.agents != place for place in places])
        proficiency = self.proficiency[kept]
        return _Candidates(self.agents[kept], proficiency, float(proficiency.max(initial=0.0)))


class Roster:
    """The agents of a tick, sorted by id. `free`, `load` and `capacity` are [agents]. Raises ValueError where an id is
    given twice."""

    def __init__(self, supplies: Sequence[Supply], policy: Policy) -> None:
        self.supplies = sorted(supplies, key=lambda supply: supply.agent_id)
        self.places = {supply.agent_id: place for place, supply in enumerate(self.supplies)}
        if len(self.places) < len(supplies):
            raise ValueError("an agent is there twice")
        self.free = np.array([supply.free for supply in self.supplies], dtype=np.int64)
        self.load = np.array([supply.load for supply in self.supplies], dtype=np.int64)
        self.capacity = np.array([supply.capacity for supply in self.supplies], dtype=np.int64)
        self._policy = policy
        self._skills = self._proficiencies()
        self._nobody = np.zeros(len(self.supplies))
        self._candidates: dict[Hashable, _Candidates] = {}
        self._eligible: dict[Hashable, Eligible] = {}

    def eligible(self, demand: Demand) -> Eligible:
        """One object for all tickets with the same constraints."""
        step = step_at(demand.waited, self._policy)
        alike = demand.skills, demand.language, demand.team, step
        barred = self._barred(demand)
        key = (*alike, barred)
        found = self._eligible.get(key)
        if found is None:
            found = self._eligible[key] = self._among(self._unbarred(demand).without(barred), step)
        return found

    def best(self, demand: Demand) -> float:
        """The best candidate's proficiency; 0 where there is no candidate."""
        return self._unbarred(demand).without(self._barred(demand)).best

    def _among(self, candidates: _Candidates, step: int) -> Eligible:
        levels = floors(candidates.best, self._policy)
        enough = (candidates.proficiency >= levels[step]) & (self.free[candidates.agents] > 0)
        agents, proficiency = candidates.agents[enough], candidates.proficiency[enough]
        first = np.full(len(agents), step, dtype=np.int32)
        for earlier in range(step - 1, -1, -1):
            first[proficiency >= levels[earlier]] = earlier
        return Eligible(agents, proficiency, first, int(self.free[agents].sum()))

    def _unbarred(self, demand: Demand) -> _Candidates:
        """Those that there are where nobody is barred."""
        key = demand.skills, demand.language, demand.team
        found = self._candidates.get(key)
        if found is None:
            proficiency = np.ones(len(self.supplies))
            for skill in demand.skills:
                proficiency = np.minimum(proficiency, self._skills.get(skill, self._nobody))
            agents = [place for place in np.flatnonzero(proficiency > 0) if self._belongs(self.supplies[place], demand)]
            places = np.array(agents, dtype=np.int32)
            best = float(proficiency[places].max(initial=0.0))
            found = self._candidates[key] = _Candidates(places, proficiency[places], best)
        return found

    def _barred(self, demand: Demand) -> tuple[int, ...]:
        """Places of candidates who are barred, ascending."""
        places = (self.places[agent_id] for agent_id in demand.barred if agent_id in self.places)
        return tuple(sorted(place for place in places if self._is_candidate(self.supplies[place], demand)))

    def _is_candidate(self, supply: Supply, demand: Demand) -> bool:
        return supply.proficiency(demand.skills) > 0 and self._belongs(supply, demand)

    @staticmethod
    def _belongs(supply: Supply, demand: Demand) -> bool:
        return supply.speaks(demand.language) and demand.team in {None, supply.team}

    def _proficiencies(self) -> dict[str, Floats]:
        skills: dict[str, Floats] = {}
        for place, supply in enumerate(self.supplies):
            for skill, proficiency in supply.skills.items():
                if skill not in skills:
                    skills[skill] = np.zeros(len(self.supplies))
                skills[skill][place] = proficiency
        return skills
