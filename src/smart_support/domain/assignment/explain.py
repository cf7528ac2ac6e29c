"""Why this agent and none of the others, and what would make it another: from the solver's own input.

Where a change is named, the world was changed so and solved anew, and the ticket went to that agent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from smart_support.domain.assignment.assign import assign
from smart_support.domain.assignment.change import Change, Lever, World, worlds_after
from smart_support.domain.assignment.eligibility import Roster
from smart_support.domain.assignment.priority import ranked
from smart_support.domain.assignment.problem import Assigned, Demand, Plan, Policy, Supply
from smart_support.domain.assignment.reasons import Code, Reason, hindrances
from smart_support.domain.assignment.solver import Solver
from smart_support.domain.assignment.whom import cheapest_slot

TRIES = 200
"""How many other worlds are solved, at most."""

_GRID = 10
"""Proficiencies are tried in tenths."""


@dataclass(frozen=True, slots=True)
class Other:
    """An agent who did not get the ticket: why not, and one change after which it would be his, if one was found."""

    agent_id: str
    reasons: tuple[Reason, ...]
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`above` of the `waiting` tickets rank higher. `chosen` is None where this one is left without an agent. The
    `others` with the fewest reasons come first."""

    ticket_id: str
    above: int
    waiting: int
    chosen: Assigned | None
    others: tuple[Other, ...]


def explain(
    ticket_id: str,
    demands: Sequence[Demand],
    supplies: Sequence[Supply],
    policy: Policy,
    solver: Solver,
    tries: int = TRIES,
) -> Explanation:
    """Explain what `assign` says of this ticket. Raises KeyError where it is not among the demands, and what `assign`
    raises. Once `tries` are used up, no further change is looked for."""
    ranking = ranked(demands, policy)
    above = {one.ticket_id: place for place, one in enumerate(ranking)}[ticket_id]
    others = _Others(ranking[above], (demands, supplies), policy, solver, tries)
    return Explanation(ticket_id, above, len(ranking), others.chosen, tuple(others))


class _Others:
    """What keeps a ticket from each of the agents who do not get it."""

    def __init__(self, demand: Demand, world: World, policy: Policy, solver: Solver, tries: int) -> None:
        self._demand, self._world, self._policy, self._solver, self._tries = demand, world, policy, solver, tries
        self._plan = self._solved(world)
        self._roster = Roster(world[1], policy)
        self._cheapest = cheapest_slot(demand, self._roster, policy)
        self.chosen = self._in(self._plan)

    def __iter__(self) -> Iterator[Other]:
        best = self._roster.best(self._demand)
        agents = [one for one in self._roster.supplies if self.chosen is None or one.agent_id != self.chosen.agent_id]
        hard = [(hindrances(self._demand, one, best, self._policy), one) for one in agents]
        for missed, supply in sorted(hard, key=lambda one: len(one[0])):
            reasons = missed or (self._soft(supply),)
            yield Other(supply.agent_id, reasons, self._change(supply, reasons))

    def _soft(self, supply: Supply) -> Reason:
        """Why an agent who is eligible did not get it."""
        if self.chosen is None:
            return Reason(Code.OUTRANKED, has=supply.free)
        if not self._tries:
            return Reason(Code.COSTLIER)
        self._tries -= 1
        demands, supplies = self._world
        plan = self._solved(
            (
                [one for one in demands if one.ticket_id != self._demand.ticket_id],
                [replace(one, load=one.load + 1) if one.agent_id == supply.agent_id else one for one in supplies],
            )
        )
        lost = next((left for left in plan.left if left not in self._plan.left), None)
        if lost is not None:
            return Reason(Code.DISPLACES, lost)
        return Reason(Code.COSTLIER, has=plan.cost + self._cheapest[supply.agent_id], asked=self._plan.cost)

    def _change(self, supply: Supply, reasons: Sequence[Reason]) -> Change | None:
        """One that was seen to give him the ticket."""
        if len(reasons) > 1:
            return None
        for change in _levers(self._demand, supply, reasons[0]):
            if self._works(change, supply):
                return self._less(change, supply) if change.lever is Lever.PROFICIENCY else change
        return None

    def _less(self, change: Change, supply: Supply) -> Change:
        """The lowest proficiency that works as well, by halving what lies between."""
        low, high = int(supply.skills.get(change.name or "", 0.0) * _GRID), _GRID
        while high - low > 1:
            middle = (low + high) // 2
            lower = replace(change, value=middle / _GRID)
            low, high, change = (low, middle, lower) if self._works(lower, supply) else (middle, high, change)
        return change

    def _works(self, change: Change, supply: Supply) -> bool:
        worlds = list(worlds_after(change, self._world, self._demand.ticket_id, supply.agent_id))
        if self._tries < len(worlds):
            return False
        self._tries -= len(worlds)
        found = (self._in(self._solved(world)) for world in worlds)
        return all(one is not None and one.agent_id == supply.agent_id for one in found)

    def _solved(self, world: World) -> Plan:
        return assign(*world, self._policy, self._solver)

    def _in(self, plan: Plan) -> Assigned | None:
        return next((one for one in plan.assigned if one.ticket_id == self._demand.ticket_id), None)


def _levers(demand: Demand, supply: Supply, reason: Reason) -> Iterator[Change]:
    """Changes that may help where this is the only reason."""
    slot = Change(Lever.FREE_SLOT, value=max(1, supply.load - supply.capacity + 1))
    match reason.code:
        case Code.ABSENT:
            yield Change(Lever.PRESENT)
        case Code.FULL | Code.OUTRANKED | Code.DISPLACES:
            yield slot
        case Code.NO_LANGUAGE:
            yield Change(Lever.LANGUAGE, reason.name)
        case Code.OTHER_TEAM:
            yield Change(Lever.TEAM, reason.name)
        case Code.BARRED:
            yield Change(Lever.ALLOWED)
        case Code.NO_SKILL | Code.TOO_LOW | Code.COSTLIER:
            if reason.code is Code.COSTLIER:
                yield slot
            if demand.skills:
                weakest = min(demand.skills, key=lambda skill: supply.skills.get(skill, 0.0))
                yield Change(Lever.PROFICIENCY, weakest, 1.0)
