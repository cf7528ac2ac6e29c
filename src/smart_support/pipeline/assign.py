"""Assignment: each tick gives all waiting tickets to the agents who can best solve them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from smart_support.domain.agent import Agent, Silence
from smart_support.domain.assignment.assign import assign
from smart_support.domain.assignment.problem import Demand, Policy, Supply
from smart_support.domain.assignment.solver import Solver
from smart_support.domain.event import Position
from smart_support.domain.routing.case import Case
from smart_support.domain.routing.routing import Routed, Routing
from smart_support.pipeline.agents import Standing
from smart_support.pipeline.assignments import AssignmentStore, Given
from smart_support.pipeline.dispatch import ACTOR
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.metrics import Metrics
from smart_support.pipeline.ports import Clock, TicketStore
from smart_support.pipeline.records import Lease, LeaseLost

_EACH_SECONDS = 5.0  # where nothing happens, time alone changes who is good enough, and who is at work


@dataclass(frozen=True, slots=True)
class World:
    """What a workspace's solver is given at a moment: the tickets that wait, as the rules see them, and the agents."""

    routed: Mapping[str, Routed]
    supplies: Sequence[Supply]
    policy: Policy

    @property
    def demands(self) -> list[Demand]:
        return [one.demand for one in self.routed.values()]


_LIFTED_SECONDS = 300.0
"""So long after the last of all who could take a ticket has declined it they are asked again."""


def world(cases: Iterable[Case], standings: Iterable[Standing], routing: Routing, now: float) -> World:
    """The tickets that wait, by id, and the agents. Somebody has to answer: a language that no agent of the workspace
    speaks is asked of nobody, and what all who could take a ticket have declined they are asked again after a while."""
    supplies = [supply_of(standing, now) for standing in standings]
    cases = list(cases)
    routed = {case.ticket_id: routing.demand(case, now) for case in cases}
    foreign = {
        language
        for language in {one.demand.language for one in routed.values()}
        if not any(supply.speaks(language) for supply in supplies)
    }
    asked = {case.ticket_id: _asked(routed[case.ticket_id], case, supplies, foreign, now) for case in cases}
    return World(asked, supplies, routing.policy)


def _asked(
    routed: Routed, case: Case, supplies: Sequence[Supply], foreign: Collection[str | None], now: float
) -> Routed:
    demand = routed.demand
    if demand.language in foreign:
        demand = replace(demand, language=None)
    if case.barred and case.barred_at is not None and now >= case.barred_at + _LIFTED_SECONDS:
        by_rule = demand.barred - case.barred
        could = [
            one.agent_id
            for one in supplies
            if one.proficiency(demand.skills) > 0
            and one.speaks(demand.language)
            and demand.team in {None, one.team}
            and one.agent_id not in by_rule
        ]
        if could and demand.barred.issuperset(could):
            demand = replace(demand, barred=by_rule)
    return routed if demand is routed.demand else replace(routed, demand=demand)


class AssignStore(AssignmentStore, TicketStore, Protocol):
    """What the step needs of a store."""


class AssignStep:
    """While this process leads: takes back what nobody accepted, notices who has fallen silent, and gives waiting
    tickets to agents by the rules of their workspace (`routing(workspace)`).

    With `offer_seconds` an agent has so long to accept; with 0 what he is given is his.
    """

    def __init__(
        self,
        store: AssignStore,
        clock: Clock,
        lead: LeadStep,
        solver: Solver,
        routing: Callable[[str], Routing],
        offer_seconds: float,
        silence: Silence,
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._clock = clock
        self._lead = lead
        self._solver = solver
        self._routing = routing
        self._offer_seconds = offer_seconds
        self._silence = silence
        self._metrics = metrics
        self._looked: dict[str, tuple[Position | None, float]] = {}

    def run_once(self) -> int:
        """How many tickets were given to somebody, or taken from somebody."""
        lease = self._lead.lease(0)
        if lease is None:
            return 0
        now = self._clock.now()
        silent, lapsed = self._store.silence(self._silence, now, ACTOR), self._store.expire_offers(now, ACTOR)
        self._metrics.assignments.labels("lapsed", "").inc(lapsed)
        changed = silent + lapsed
        try:
            return changed + sum(self._assign(workspace, now, lease) for workspace in self._store.assignable())
        except LeaseLost:
            return changed

    def _assign(self, workspace: str, now: float, lease: Lease) -> int:
        position, (last, at) = self._store.last_position(workspace), self._looked.get(workspace, (None, 0.0))
        if position == last and 0.0 <= now - at < _EACH_SECONDS:
            return 0
        given = self._given(workspace, now)
        until = now + self._offer_seconds if self._offer_seconds else None
        made = self._store.record_assignments(workspace, given, now, ACTOR, lease, until) if given else []
        self._looked[workspace] = position, now
        done, stands = "assigned" if until is None else "offered", frozenset(made)
        for one in given:
            outcome = done if one.assigned.ticket_id in stands else "overtaken"
            self._metrics.assignments.labels(outcome, one.assigned.parts.reason).inc()
        return len(made)

    def _given(self, workspace: str, now: float) -> list[Given]:
        standings = self._store.agents(workspace)
        if not any(supply_of(standing, now).free for standing in standings):
            return []
        cases = {case.ticket_id: case for case in self._store.cases(workspace)}
        seen = world(cases.values(), standings, self._routing(workspace), now)
        plan = assign(seen.demands, seen.supplies, seen.policy, self._solver)
        return [
            Given(one, seen.routed[one.ticket_id].rule, cases[one.ticket_id].team, cases[one.ticket_id].barred)
            for one in plan.assigned
        ]


def supply_of(standing: Standing, now: float) -> Supply:
    """An agent as the solver sees him."""
    agent: Agent = standing.agent
    return Supply(
        agent_id=agent.id,
        skills=agent.skills,
        languages=frozenset(agent.languages),
        team=agent.team,
        capacity=agent.capacity,
        load=standing.load,
        absences=agent.absences(now),
    )
