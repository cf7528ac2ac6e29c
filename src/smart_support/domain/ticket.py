"""A ticket, its life cycle, and which steps of it are legal."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from smart_support.domain.ids import InvalidId, check_id
from smart_support.domain.triage import Text, Triage

DEFAULT_WORKSPACE = "default"

ERASED = "[erased]"
"""What stands in place of a subject that is gone."""

_RESERVED = frozenset({"bulk", "facets", "next", "peek", "status"})


class State(StrEnum):
    """Where a ticket stands. `accepted` lasts until the dispatcher has taken it up, triaged or not."""

    ACCEPTED = "accepted"
    WAITING = "waiting"
    OFFERED = "offered"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLAIMED = "claimed"
    SUPPRESSED = "suppressed"
    DEAD = "dead"


class Action(StrEnum):
    """What can happen to a ticket. Each is one event, named `ticket.<action>`."""

    TRIAGE = "triage"
    RESCORE = "rescore"
    QUEUE = "queue"
    ARCHIVE = "archive"
    SUPPRESS = "suppress"
    OFFER = "offer"
    ACCEPT = "accept_offer"
    DECLINE = "decline"
    EXPIRE = "expire"
    ASSIGN = "assign"
    CLAIM = "claim"
    START = "start"
    RELEASE = "release"
    ESCALATE = "escalate"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    BURY = "bury"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Rule:
    """From which states an action may be taken, and where it leads."""

    sources: frozenset[State]
    target: State


def _rule(target: State, *sources: State) -> Rule:
    return Rule(frozenset(sources), target)


TRANSITIONS: Mapping[Action, Rule] = {
    Action.TRIAGE: _rule(State.ACCEPTED, State.ACCEPTED),
    Action.RESCORE: _rule(State.WAITING, State.WAITING),
    Action.QUEUE: _rule(State.WAITING, State.ACCEPTED),
    Action.ARCHIVE: _rule(State.RESOLVED, State.ACCEPTED),
    Action.SUPPRESS: _rule(State.SUPPRESSED, State.ACCEPTED, State.WAITING, State.OFFERED, State.ASSIGNED),
    Action.OFFER: _rule(State.OFFERED, State.WAITING),
    Action.ACCEPT: _rule(State.ASSIGNED, State.OFFERED),
    Action.DECLINE: _rule(State.WAITING, State.OFFERED, State.ASSIGNED),
    Action.EXPIRE: _rule(State.WAITING, State.OFFERED),
    Action.ASSIGN: _rule(
        State.ASSIGNED, State.WAITING, State.OFFERED, State.ASSIGNED, State.IN_PROGRESS, State.CLAIMED
    ),
    Action.CLAIM: _rule(State.CLAIMED, State.WAITING),
    Action.START: _rule(State.IN_PROGRESS, State.ASSIGNED, State.CLAIMED),
    Action.RELEASE: _rule(
        State.WAITING, State.OFFERED, State.ASSIGNED, State.IN_PROGRESS, State.CLAIMED, State.SUPPRESSED
    ),
    Action.ESCALATE: _rule(
        State.WAITING, State.WAITING, State.OFFERED, State.ASSIGNED, State.IN_PROGRESS, State.CLAIMED
    ),
    Action.RESOLVE: _rule(
        State.RESOLVED,
        State.WAITING,
        State.OFFERED,
        State.ASSIGNED,
        State.IN_PROGRESS,
        State.CLAIMED,
        State.SUPPRESSED,
        State.DEAD,
    ),
    Action.REOPEN: _rule(State.WAITING, State.RESOLVED),
    Action.BURY: _rule(State.DEAD, State.ACCEPTED),
    Action.RETRY: _rule(State.ACCEPTED, State.DEAD),
}

_NEEDS_TRIAGE = frozenset({Action.QUEUE, Action.ARCHIVE, Action.SUPPRESS, Action.REOPEN})
_NEEDS_AGENT = frozenset({Action.OFFER, Action.ASSIGN})
_KEEPS_AGENT = frozenset({Action.ACCEPT, Action.START, Action.RESOLVE})

HELD = frozenset({State.OFFERED, State.ASSIGNED, State.IN_PROGRESS})
"""Where a ticket takes up a slot of its agent."""


class IllegalTransition(ValueError):
    """The action is not legal for the ticket as it stands."""


@dataclass(frozen=True, slots=True, order=True)
class TicketKey:
    """What names a ticket everywhere: its id is unique within its workspace."""

    workspace: str
    ticket_id: str


@dataclass(frozen=True, slots=True)
class Customer:
    """Who wrote; every part is optional and as the caller's system has it."""

    id: str | None = None
    email: str | None = None
    name: str | None = None
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket as it stands. Times are UTC epoch seconds.

    `received_at` is the sender's own time and is data; windows and SLAs use `accepted_at`. `processed_at` is when
    triage was stored. `dispatch_order` is the place, from 1 on, in the one order in which the workspace's dispatcher
    took tickets up. `history` marks an imported ticket: it is archived once triaged, alerts nobody and opens no storm.
    `corrected_at` is when a person last corrected category or urgency; from then on no model changes them.
    `agent_id` is who has it, or had it when it was resolved; `last_agent_id` who had it last, whatever became of it.
    An offer ends at `offer_until`. `team` is the only one that may have it, where somebody said so. `answered_at` is
    when somebody first began to work on it, `escalated_at` when somebody said that it must not wait. `source` is the
    configured source (a helpdesk, a mailbox) that it came from, and `source_id` its id there. What was written up to
    `erased_at` is gone: the subject is ERASED, the body empty, and nothing quotes them.
    """

    workspace: str
    id: str
    subject: str
    body: str
    accepted_at: float
    customer: Customer = Customer()
    channel: str | None = None
    tags: tuple[str, ...] = ()
    received_at: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    history: bool = False
    state: State = State.ACCEPTED
    triage: Triage | None = None
    processed_at: float | None = None
    dispatch_order: int | None = None
    incident_id: str | None = None
    agent_id: str | None = None
    corrected_at: float | None = None
    last_agent_id: str | None = None
    offer_until: float | None = None
    team: str | None = None
    answered_at: float | None = None
    resolved_at: float | None = None
    escalated_at: float | None = None
    source: str | None = None
    source_id: str | None = None
    erased_at: float | None = None

    @property
    def key(self) -> TicketKey:
        return TicketKey(self.workspace, self.id)

    @property
    def text(self) -> Text:
        return Text(self.subject, self.body)

    @property
    def content_hash(self) -> str:
        """SHA-256 over everything the sender gave, so that a repeated id can be told from a reused one."""
        who = self.customer
        customer = (who.id, who.email, who.name, who.tier)
        given = (self.subject, self.body, customer, self.channel, self.tags, self.received_at, self.metadata)
        return hashlib.sha256(json.dumps(given, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def apply(
        self, action: Action, *, at: float | None = None, triage: Triage | None = None, agent_id: str | None = None
    ) -> "Ticket":
        """The ticket after `action`; this one is left as it is.

        TRIAGE needs `triage` and `at`, RESCORE needs `triage` and a ticket whose own is degraded; OFFER and ASSIGN need
        `agent_id`. Raises IllegalTransition, which names what stood in the way.
        """
        rule = TRANSITIONS[action]
        if self.state not in rule.sources:
            raise IllegalTransition(f"a ticket that is {self.state} cannot be changed by {action}")
        if action is Action.TRIAGE:
            if triage is None or at is None:
                raise IllegalTransition("triage needs its result and its time")
            if self.triage is not None:
                raise IllegalTransition("the ticket is triaged already")
            return replace(self, triage=triage, processed_at=at)
        if action is Action.RESCORE:
            if triage is None or self.triage is None or not self.triage.degraded:
                raise IllegalTransition("only a degraded triage is replaced, and by another one")
            return replace(self, triage=triage)
        if action in _NEEDS_TRIAGE and self.triage is None:
            raise IllegalTransition(f"{action} needs a triaged ticket")
        if action in _NEEDS_AGENT and not agent_id:
            raise IllegalTransition(f"{action} needs an agent")
        kept = self.agent_id if action in _KEEPS_AGENT else None
        return replace(self, state=rule.target, agent_id=agent_id if action in _NEEDS_AGENT else kept)


def check_ticket_id(ticket_id: str) -> str:
    """The id itself, where it is a legal one; raises InvalidId."""
    if ticket_id in _RESERVED:
        raise InvalidId(f"{ticket_id!r} is the name of a route; choose another ticket_id")
    return check_id(ticket_id)
