"""An alert as its rules see it: all but its text."""

from dataclasses import dataclass
from typing import Self

from smart_support.domain.alert import AlertKind
from smart_support.domain.notice import Weight
from smart_support.domain.routing.case import Case
from smart_support.domain.routing.match import Facts
from smart_support.domain.ticket import Ticket

WITHOUT_TICKET = frozenset({AlertKind.BREAKER_OPENED, AlertKind.BREAKER_CLOSED, AlertKind.DEAD_LETTER, AlertKind.TEST})
"""What is about no triaged ticket."""


@dataclass(frozen=True, slots=True)
class Told:
    """An alert. `topic` names what it is about; `facts`, `category` and `team` are those of its ticket, of an incident
    those of the ticket that stands for it; None where there is no triaged ticket."""

    workspace: str
    kind: AlertKind
    topic: str
    weight: Weight
    facts: Facts | None = None
    category: str | None = None
    team: str | None = None
    ticket_id: str | None = None
    incident_id: str | None = None

    @classmethod
    def about(
        cls,
        ticket: Ticket,
        kind: AlertKind,
        topic: str,
        weight: Weight,
        *,
        incident_id: str | None = None,
        team: str | None = None,
    ) -> Self:
        """An alert about a ticket, or about the incident for which it stands. `team` is the one that has it, by default
        the one that it was handed to. The kinds in WITHOUT_TICKET, and a ticket without triage, have no facts."""
        if ticket.triage is None or kind in WITHOUT_TICKET:
            return cls(ticket.workspace, kind, topic, weight, ticket_id=ticket.id, incident_id=incident_id)
        case = Case.of(ticket, ticket.triage)
        return cls(
            ticket.workspace,
            kind,
            topic,
            weight,
            Facts.of(case),
            case.category,
            ticket.team if team is None else team,
            ticket.id,
            incident_id,
        )

    @property
    def urgency(self) -> float | None:
        """S in [0, 1]."""
        return None if self.facts is None else self.facts.urgency
