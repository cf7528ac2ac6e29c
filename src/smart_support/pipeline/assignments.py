"""Assignments as the store knows them: who waits, and who was given what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from smart_support.domain.assignment.problem import Assigned
from smart_support.domain.event import Event
from smart_support.domain.routing.case import Case
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.agents import AgentStore
from smart_support.pipeline.records import Lease


@dataclass(frozen=True, slots=True)
class Given:
    """A ticket that the solver gave to an agent, with the name of the rule that said most, if one did. It holds as long
    as people have said the same of the ticket: its `team`, and who is `barred`."""

    assigned: Assigned
    rule: str | None = None
    team: str | None = None
    barred: frozenset[str] = frozenset()


def why(event: Event) -> str:
    """Why an agent was given a ticket, in words, from the event that says so."""
    if "cost" not in event.data:
        return f"by {event.actor}"
    parts = {name: event.data.get(name, 0) for name in ("skill", "relaxed", "preferred", "load")}
    shown = ", ".join(f"{name} {cost}" for name, cost in parts.items() if cost)
    rule = f"; rule {event.data['rule']}" if "rule" in event.data else ""
    return f"least cost in all: {event.data['cost']} ({shown or 'nothing'}){rule}"


class AssignmentStore(AgentStore, Protocol):
    """What assignment needs. Every method raises Unavailable as StepStore's do."""

    def assignable(self) -> list[str]:
        """The workspaces in which a ticket waits and an agent is online."""
        ...

    def cases(self, workspace: str) -> list[Case]:
        """The tickets that wait."""
        ...

    def case(self, key: TicketKey) -> Case | None:
        """A ticket that was dispatched, wherever it stands; None where there is none. As it is in `cases` where it
        waits, else as it would be there if who has it had never had it."""
        ...

    def record_assignments(
        self, workspace: str, given: Sequence[Given], at: float, actor: str, lease: Lease, offer_until: float | None
    ) -> list[str]:
        """Give tickets to agents, or, with `offer_until`, offer them: those that still wait, and as many as each agent
        who is still online has room for by then. The ids of those that were given.

        Raises LeaseLost where the lease has another holder by now.
        """
        ...

    def expire_offers(self, at: float, actor: str) -> int:
        """Take back what was offered for long enough; who let it lapse is away. How many."""
        ...
