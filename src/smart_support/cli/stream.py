"""A recorded stream of tickets, read from a file."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import ValidationError

from smart_support.api.problems import first_problem
from smart_support.api.schemas import TicketIn
from smart_support.cli.console import Failure, json_lines, source_name
from smart_support.domain.ticket import Ticket

_FIELDS = TicketIn.model_fields.keys() - {"ticket_id", "received_at"}


@dataclass(frozen=True, slots=True)
class Stream:
    """Tickets in the order of their times; `iso` tells whether those stood there as ISO 8601 (else as seconds)."""

    tickets: list[Ticket]
    iso: bool

    def time(self, at: float) -> str | float:
        """A time as the file would write it."""
        return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z") if self.iso else at


def read_stream(file: str) -> Stream:
    """The tickets in a file of JSON lines `{id, subject, body, received_at, ...}`; raises Failure naming the line.

    Fields that are none of a ticket's are left aside: a recording may carry labels.
    """
    tickets: list[Ticket] = []
    kinds: set[bool] = set()
    for number, record in json_lines(file):
        where = f"{source_name(file)}, line {number}"
        if "event" in record:
            raise Failure(f"{where}: events of agents need assignment, which this version has not; leave them out")
        kinds.add(isinstance(record.get("received_at"), str))
        tickets.append(_ticket(where, record))
    if len(kinds) > 1:
        raise Failure(f"{file}: some times are ISO 8601 and some are seconds; write all of them in one way")
    return Stream(sorted(tickets, key=lambda ticket: ticket.accepted_at), iso=True in kinds)


def _ticket(where: str, record: dict[str, Any]) -> Ticket:
    at = _seconds(where, record.get("received_at"))
    fields = {name: value for name, value in record.items() if name in _FIELDS}
    name = record.get("id", record.get("ticket_id"))
    if name is not None:
        fields["ticket_id"] = str(name)
    try:
        given = TicketIn.model_validate(fields)
    except ValidationError as error:
        raise Failure(f"{where}: {first_problem(error)}") from error
    return given.ticket(str(uuid5(NAMESPACE_URL, where)), at)


def _seconds(where: str, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise Failure(f"{where}: received_at must be an ISO 8601 time or a number of seconds") from error
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
