"""Why a ticket goes to whom, from what the solver would be given now."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from smart_support.domain.assignment.explain import TRIES, Explanation, explain
from smart_support.domain.assignment.solver import Solver
from smart_support.domain.routing.routing import Routed, Routing
from smart_support.domain.ticket import HELD, State, Ticket, TicketKey
from smart_support.pipeline.agents import Standing
from smart_support.pipeline.assign import world
from smart_support.pipeline.assignments import AssignmentStore
from smart_support.pipeline.ports import Clock, TicketStore

_WORK = 50_000
"""How many tickets, agents and free slots are solved in all worlds together: about a second's worth."""

_LEAST_TRIES = 5

_STANDS = {
    State.ACCEPTED: "is not in the queue yet",
    State.WAITING: "waits for an agent",
    State.OFFERED: "is offered to {agent}",
    State.ASSIGNED: "is assigned to {agent}",
    State.IN_PROGRESS: "is worked on by {agent}",
    State.RESOLVED: "is resolved",
    State.CLAIMED: "was claimed from the queue",
    State.SUPPRESSED: "is kept out of the queue: another ticket of incident {incident} stands for it",
    State.DEAD: "was given up; `smart-support dead list` says why",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """A ticket, what routing says of it (None before it is dispatched), and why it goes to whom: None where it goes to
    nobody, whatever agents there are. Of a ticket that somebody has it is told as if it were given now."""

    ticket: Ticket
    at: float
    routed: Routed | None = None
    explanation: Explanation | None = None

    @property
    def stands(self) -> str:
        """Where the ticket stands, in words that follow its id."""
        said = _STANDS[self.ticket.state].format(agent=self.ticket.agent_id, incident=self.ticket.incident_id)
        return f"{said}; as if it were given now" if self.ticket.state in HELD else said


class ExplainStore(AssignmentStore, TicketStore, Protocol):
    """What an explanation asks."""


class Explainer:
    """Explains by the rules of the workspace (`routing(workspace)`). Safe to call from several threads."""

    def __init__(self, store: ExplainStore, clock: Clock, solver: Solver, routing: Callable[[str], Routing]) -> None:
        self._store = store
        self._clock = clock
        self._solver = solver
        self._routing = routing

    def explain(self, key: TicketKey) -> Explained | None:
        """None where there is no such ticket. Raises Unavailable as the store does, and Unsolvable."""
        now = self._clock.now()
        ticket, case = self._store.find(key), self._store.case(key)
        if ticket is None:
            return None
        routing = self._routing(key.workspace)
        if case is None:
            return Explained(ticket, now)
        if ticket.state not in HELD | {State.WAITING}:
            return Explained(ticket, now, routing.demand(case, now))
        others = (one for one in self._store.cases(key.workspace) if one.ticket_id != key.ticket_id)
        standings = [_without(standing, ticket) for standing in self._store.agents(key.workspace)]
        seen = world([case, *others], standings, routing, now)
        size = len(seen.demands) + len(seen.supplies) + sum(supply.free for supply in seen.supplies)
        tries = min(TRIES, max(_LEAST_TRIES, _WORK // size))
        found = explain(key.ticket_id, seen.demands, seen.supplies, seen.policy, self._solver, tries)
        return Explained(ticket, now, seen.routed[key.ticket_id], found)


def _without(standing: Standing, ticket: Ticket) -> Standing:
    """An agent as he would stand if he did not hold the ticket."""
    holds = ticket.state in HELD and ticket.agent_id == standing.agent.id
    return replace(standing, load=max(0, standing.load - 1)) if holds else standing
