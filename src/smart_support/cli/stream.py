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
from smart_support.domain.ticket import Ticket

_FIELDS = TicketIn.model_fields.keys() - {"ticket_id", "received_at"}


@dataclass(frozen=True, slots=True)
class Stream:
    """Tickets in the order of their times; `iso` tells whether those stood there as ISO 8601 (else as seconds).

    `names` has each ticket's id as the file gives it (a number, say).
    """

    tickets: list[Ticket]
    iso: bool
    names: dict[str, object]

    def time(self, at: float) -> str | float:
        """A time as the file would write it."""
        return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z") if self.iso else at


def read_stream(file: str) -> Stream:
    """The tickets in a file of JSON lines `{id, subject, body, received_at, ...}`; raises Failure naming the line.

    Fields that are none of a ticket's are left aside: a recording may carry labels.
    """
    tickets: list[Ticket] = []
    names: dict[str, object] = {}
    kinds: set[bool] = set()
    for number, record in json_lines(file):
        where = f"{source_name(file)}, line {number}"
        if "event" in record:
            raise Failure(f"{where}: events of agents need assignment, which this version has not; leave them out")
        kinds.add(isinstance(record.get("received_at"), str))
        name = record.get("id", record.get("ticket_id"))
        ticket = _ticket(where, record, str(uuid5(NAMESPACE_URL, f"replay:{number}")) if name is None else str(name))
        names[ticket.id] = ticket.id if name is None else name
        tickets.append(ticket)
    if len(kinds) > 1:
        raise Failure(f"{file}: some times are ISO 8601 and some are seconds; write all of them in one way")
    return Stream(sorted(tickets, key=lambda ticket: ticket.accepted_at), iso=True in kinds, names=names)


def _ticket(where: str, record: dict[str, Any], ticket_id: str) -> Ticket:
    at = _seconds(where, record.get("received_at"))
    fields = {name: value for name, value in record.items() if name in _FIELDS}
    try:
        return TicketIn.model_validate({**fields, "ticket_id": ticket_id}).ticket(ticket_id, at)
    except ValidationError as error:
        raise Failure(f"{where}: {first_problem(error)}") from error


def _seconds(where: str, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise Failure(f"{where}: received_at must be an ISO 8601 time or a number of seconds") from error
    at = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    if not 0.0 <= at < LATEST:
        raise Failure(f"{where}: received_at must lie between the years 1970 and 2999")
    return at
