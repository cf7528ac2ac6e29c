"""Agents: who they are, where they stand, and what they do with tickets."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from smart_support.domain.agent import Agent, AgentStatus, Silence
from smart_support.domain.ticket import Ticket, TicketKey


@dataclass(frozen=True, slots=True)
class Standing:
    """An agent, and how many tickets he holds: offered to him, assigned, or begun."""

    agent: Agent
    load: int


class AgentStore(Protocol):
    """Agents. Every method raises Unavailable as StepStore's do."""

    def agents(self, workspace: str) -> list[Standing]:
        """By id."""
        ...

    def agent(self, workspace: str, agent_id: str) -> Standing | None: ...

    def save_agents(self, given: Sequence[Agent], at: float, actor: str) -> list[Agent]:
        """Add agents, or change what those are that are known; their status, heartbeats and tickets stay. As they are
        now."""
        ...

    def remove_agent(self, workspace: str, agent_id: str, at: float, actor: str) -> bool:
        """Whether there was one. What he held or had claimed goes back to the queue, begun or not, with its age kept,
        and the keys that are his are revoked."""
        ...

    def set_status(self, workspace: str, agent_id: str, status: AgentStatus, at: float, actor: str) -> Agent | None:
        """Change his status; None where there is no such agent. Who goes offline gives back what he has not begun, and
        whoever is not online what is only offered to him, with its age kept."""
        ...

    def heartbeat(self, workspace: str, agent_id: str, at: float, actor: str) -> Agent | None:
        """Note a heartbeat; who was away or offline by silence is online again."""
        ...

    def silence(self, limits: Silence, at: float, actor: str) -> int:
        """Make those away, and later offline, who once sent heartbeats and have ceased to; how many."""
        ...

    def tickets_of(self, workspace: str, agent_id: str) -> list[Ticket]:
        """What he holds, the oldest first."""
        ...


class Handling(StrEnum):
    """What somebody does with a ticket. Each is one event of that name; repeated, it changes nothing."""

    ACCEPT = "accept"
    DECLINE = "decline"
    START = "start"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    REASSIGN = "reassign"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody does something with a ticket.

    `agent_id` is who does it: it must be his; None where it is done for whoever has the ticket. Of `reassign` it is who
    gets it, None for the queue, where anybody but the one who has it may get it, and `from_agent` who must have it, or
    have had it last. `team` is who may have it from then on (`reassign` to the queue, `escalate`). With `keeps` who has
    begun to work on it goes on. `bound_to` is the agent whose key it is: there is nothing for him but what
    `domain.access.may_see` shows him, and what waits he can only take.
    """

    key: TicketKey
    kind: Handling
    at: float
    actor: str
    agent_id: str | None = None
    team: str | None = None
    from_agent: str | None = None
    keeps: bool = False
    bound_to: str | None = None


class Refused(Exception):
    """The ticket or the agent does not stand so that this could be done; the message says why. Nothing was changed."""


class HandlingStore(Protocol):
    """What people do with tickets."""

    def handle(self, act: Act) -> Ticket | None:
        """Do it, in one transaction, unless it is done already; the ticket as it stands then, None where there is none.

        Raises Refused, and Unavailable as StepStore's do.
        """
        ...
