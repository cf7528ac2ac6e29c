"""A recorded stream of tickets, read from a file."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import ValidationError

from smart_support.api.problems import first_problem
from smart_support.api.schemas import LATEST, TicketIn
from smart_support.cli.console import Failure, json_lines, source_name
from smart_support.domain.agent import AgentStatus
from smart_support.domain.ticket import Ticket
from smart_support.pipeline.agents import Handling

_FIELDS = TicketIn.model_fields.keys() - {"ticket_id", "received_at"}

_OF_STATUS = frozenset({"event", "at", "agent_id", "status"})
_OF_ACT = frozenset({"event", "at", "ticket_id", "agent_id"})
_TO_TEAM = frozenset({Handling.REASSIGN, Handling.ESCALATE})


@dataclass(frozen=True, slots=True)
class Happened:
    """What an agent did in a recording: something with a ticket, or he came or went. `team` is who may have the ticket
    from then on (`reassign` to the queue, `escalate`)."""

    where: str
    at: float
    done: Handling | AgentStatus
    ticket_id: str | None = None
    agent_id: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """Tickets, and what agents did, each in the order of their times; `iso` tells whether those stood there as ISO 8601
    (else as seconds).

    `names` has each ticket's id as the file gives it (a number, say).
    """

    tickets: list[Ticket]
    events: list[Happened]
    iso: bool
    names: dict[str, object]

    def time(self, at: float) -> str | float:
        """A time as the file would write it."""
        return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z") if self.iso else at


def read_stream(file: str) -> Stream:
    """What is in a file of JSON lines: tickets `{id, subject, body, received_at, ...}`, and among them events
    `{event: "accept"|"decline"|"start"|"resolve"|"reopen"|"reassign"|"escalate", ticket_id, agent_id?, at}`, where
    `reassign` and `escalate` may have `team`, and `{event: "agent_status", agent_id, status, at}`. Raises Failure
    naming the line.

    Fields that are none of a ticket's are left aside: a recording may carry labels. Those that are none of an event's
    are refused: what was done would not happen again.
    """
    tickets: list[Ticket] = []
    events: list[Happened] = []
    names: dict[str, object] = {}
    kinds: set[bool] = set()
    for number, record in json_lines(file):
        where = f"{source_name(file)}, line {number}"
        if "event" in record:
            kinds.add(isinstance(record.get("at"), str))
            events.append(_event(where, record))
            continue
        kinds.add(isinstance(record.get("received_at"), str))
        name = record.get("id", record.get("ticket_id"))
        ticket = _ticket(where, record, str(uuid5(NAMESPACE_URL, f"replay:{number}")) if name is None else str(name))
        names[ticket.id] = ticket.id if name is None else name
        tickets.append(ticket)
    if len(kinds) > 1:
        raise Failure(f"{file}: some times are ISO 8601 and some are seconds; write all of them in one way")
    tickets.sort(key=lambda ticket: ticket.accepted_at)
    events.sort(key=lambda event: event.at)
    return Stream(tickets, events, iso=True in kinds, names=names)


def _event(where: str, record: dict[str, Any]) -> Happened:
    at = _seconds(where, "at", record.get("at"))
    named = {name: str(record[name]) for name in ("ticket_id", "agent_id", "team") if record.get(name) is not None}
    try:
        if record["event"] == "agent_status":
            done: Handling | AgentStatus = AgentStatus(str(record.get("status")))
            needed, fields = "agent_id", _OF_STATUS
        else:
            done, needed = Handling(record["event"]), "ticket_id"
            fields = _OF_ACT | {"team"} if done in _TO_TEAM else _OF_ACT
    except ValueError as error:
        known, statuses = ", ".join([*Handling, "agent_status"]), ", ".join(AgentStatus)
        raise Failure(f"{where}: {error}; an event is one of {known}, a status one of {statuses}") from error
    if needed not in named:
        raise Failure(f"{where}: the event needs a field {needed}")
    unknown = sorted(record.keys() - fields)
    if unknown:
        raise Failure(f"{where}: {unknown[0]!r} is no field of {record['event']}; it has {', '.join(sorted(fields))}")
    if done is Handling.REASSIGN and named.keys() >= {"agent_id", "team"}:
        raise Failure(f"{where}: reassign goes to an agent or to a team, not to both; remove agent_id or team")
    return Happened(where, at, done, **named)


def _ticket(where: str, record: dict[str, Any], ticket_id: str) -> Ticket:
    at = _seconds(where, "received_at", record.get("received_at"))
    fields = {name: value for name, value in record.items() if name in _FIELDS}
    try:
        return TicketIn.model_validate({**fields, "ticket_id": ticket_id}).ticket(ticket_id, at)
    except ValidationError as error:
        raise Failure(f"{where}: {first_problem(TicketIn, error)}") from error


def _seconds(where: str, name: str, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise Failure(f"{where}: {name} must be an ISO 8601 time or a number of seconds") from error
    at = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    if not 0.0 <= at < LATEST:
        raise Failure(f"{where}: {name} must lie between the years 1970 and 2999")
    return at
