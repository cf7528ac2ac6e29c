"""What the system answers of agents and incidents, and of who gets a ticket."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from smart_support.client.answers import Answer, State

AgentStatus = Literal["online", "away", "offline", "wrap_up"]
IncidentState = Literal["open", "growing", "quiet", "resolved", "dismissed"]
Severity = Literal["minor", "major", "critical"]


class Agent(Answer):
    """An agent as he stands. `silent`: silence made him so; `absence`: why he is given nothing now, in words; `load`:
    tickets that he holds; `free`: how many he may be given now."""

    id: str
    name: str | None
    team: str | None
    status: AgentStatus
    silent: bool
    absence: str | None
    capacity: int
    load: int
    free: int
    skills: Mapping[str, float]
    languages: tuple[str, ...]
    hours: Mapping[str, JsonValue] | None
    heartbeat_at: datetime | None


class Incident(Answer):
    """An incident as it stands. `tickets` counts its members, `suppressed` those of them that are routed nowhere by
    themselves, `customers` how many different customers are affected; `follows` names an earlier one of the cause,
    `merged_into` the one that has its members now; `representative` is the ticket that stands for all, None where it is
    not there for who asks, `owner` the agent who has it."""

    id: str
    title: str
    keywords: tuple[str, ...]
    severity: Severity
    state: IncidentState
    opened_at: datetime
    reported_at: datetime
    closed_at: datetime | None
    reopened_at: datetime | None
    tickets: int
    suppressed: int
    customers: int
    representative: str | None
    follows: str | None
    merged_into: str | None
    owner: str | None


class Link(Answer):
    """What ties a ticket to its incident. A `recurrence` came after the end; where there is an `exception` the ticket
    is routed and told all the same, for this reason."""

    ticket_id: str
    kind: Literal["exact", "semantic", "manual"]
    similarity: float | None
    representative: str | None
    linked_at: datetime
    recurrence: bool
    exception: str | None


class IncidentWithLinks(Incident):
    """An incident with a page of what ties its members to it, in the order of dispatch."""

    links: tuple[Link, ...]


class ChangedIncident(Incident):
    """An incident after a change, and the tickets that it moved."""

    moved: tuple[str, ...]


class Chosen(Answer):
    """The agent who gets a ticket, and what he costs in thousandths, by cause."""

    agent_id: str
    cost: int
    skill: int
    relaxed: int
    preferred: int
    load: int


class Why(Answer):
    """What keeps a ticket from an agent; what the further fields hold depends on the code."""

    code: Literal[
        "absent",
        "full",
        "no_skill",
        "too_low",
        "no_language",
        "other_team",
        "barred",
        "outranked",
        "displaces",
        "costlier",
    ]
    name: str | None
    has: float | None
    asked: float | None
    seconds: float | None


class Change(Answer):
    """One change after which a ticket would be his."""

    lever: Literal["present", "free_slot", "proficiency", "language", "team", "allowed"]
    name: str | None
    value: float | None


class Other(Answer):
    """An agent who does not get a ticket, and why; without `change` none was found that would give it to him."""

    agent_id: str
    words: str
    reasons: tuple[Why, ...]
    change: Change | None


class Needs(Answer):
    """What a ticket asks of an agent."""

    skills: tuple[str, ...]
    language: str | None
    team: str | None


class Promised(Answer):
    """What was promised of a ticket; `slack_seconds` are open seconds until the next target, below 0 after it."""

    name: str | None
    first_response_due: datetime | None
    resolution_due: datetime | None
    slack_seconds: float | None


class Route(Answer):
    """Where a ticket goes. `chosen` gets it, None: nobody does, and `others` say why not they, those first who are
    nearest to it; `above` is how many of the `waiting` tickets rank higher."""

    ticket_id: str
    state: State
    agent_id: str | None
    words: str
    chosen: Chosen | None
    above: int | None
    waiting: int | None
    rules: tuple[str, ...]
    needs: Needs | None
    sla: Promised | None
    others: tuple[Other, ...]
