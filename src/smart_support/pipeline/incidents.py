"""Incidents as people and time change them: what the desk asks of the store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from smart_support.domain.alert import Alert
from smart_support.domain.event import Position, Recorded
from smart_support.domain.incident import Incident, IncidentState, Life, Link
from smart_support.domain.ticket import Customer, Ticket, TicketKey

Told = Callable[[Sequence[Ticket]], list[Alert]]
"""The alerts for tickets that have their own life back."""


_NAMED = 5


class ChangeRefused(Exception):
    """A change cannot be made as things stand, and nothing was changed. The message says why and what to do."""


class IncidentDismissed(ChangeRefused):
    """A person said that it is none."""

    def __init__(self) -> None:
        super().__init__("The incident was dismissed: it takes no tickets, and gives none.")


class IncidentMerged(ChangeRefused):
    """It has no members any more: another incident took them over."""

    def __init__(self, incident_id: str, owner: str) -> None:
        super().__init__(f"Nothing was changed, because {incident_id} was merged into {owner}: use that.")


class IncidentEnded(ChangeRefused):
    """An incident that has ended is to take over one that has not."""

    def __init__(self, incident_id: str, other: str) -> None:
        super().__init__(
            f"Nothing was changed, because {incident_id} has ended and {other} has not; merge the other way round, "
            f"{incident_id} into {other}."
        )


class UnknownTickets(ChangeRefused):
    """There are no tickets with these ids."""

    def __init__(self, ticket_ids: Sequence[str]) -> None:
        super().__init__(f"Nothing was changed, because there is no ticket {_some(ticket_ids)}; correct the ids.")


class TicketsElsewhere(ChangeRefused):
    """Tickets belong to other incidents, by their ids."""

    def __init__(self, incident_ids: Mapping[str, str]) -> None:
        named = _some([f"{ticket_id} (to {incident_id})" for ticket_id, incident_id in incident_ids.items()])
        super().__init__(
            f"Nothing was changed, because tickets belong to another incident: {named}; unlink them there first, or "
            "merge the incidents."
        )


class TicketsUnderway(ChangeRefused):
    """Tickets are not dispatched yet, and may join an incident then."""

    def __init__(self, ticket_ids: Sequence[str]) -> None:
        super().__init__(
            f"Nothing was changed, because tickets are not dispatched yet: {_some(ticket_ids)}; try again in a moment, "
            "and retry those that are dead."
        )


def _some(names: Sequence[str]) -> str:
    """The first few."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody does to an incident.

    `resolve` closes it, and its suppressed members are resolved with it (`answer`) or go back to the queue; `dismiss`
    says that it is none; `unlink` and `link` are about the tickets named; `merge` takes over the members of `other`,
    but for those that were parted from this one: they have their own life back.
    """

    workspace: str
    incident_id: str
    kind: Literal["resolve", "dismiss", "unlink", "link", "merge"]
    at: float
    actor: str
    ticket_ids: tuple[str, ...] = ()
    other: str | None = None
    answer: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """The incident after a change, and the tickets that were moved."""

    incident: Incident
    ticket_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Affected:
    """A customer, as the latest of so many members names him."""

    customer: Customer
    tickets: int


class IncidentStore(Protocol):
    """Incidents, to read and to change. Every method raises Unavailable as StepStore's do."""

    def incidents(
        self, workspace: str, states: Sequence[IncidentState], before: int | None, limit: int
    ) -> list[Incident]:
        """The newest first, in these states (none: all), with a number below `before`."""
        ...

    def incident(self, workspace: str, incident_id: str) -> Incident | None: ...

    def links(
        self,
        workspace: str,
        incident_id: str,
        after: int | None = None,
        limit: int | None = None,
        seen_by: str | None = None,
    ) -> list[Link]:
        """What ties its members to it, in the order of dispatch: of those with a dispatch order above `after`, the
        first `limit`; all without them. With `seen_by`, of the members that this agent may see."""
        ...

    def incident_events(self, workspace: str, incident_id: str, after: Position, limit: int) -> list[Recorded]:
        """What happened to an incident, and to tickets as its members, in the order of the commits, from beyond
        `after`."""
        ...

    def minutes(self, workspace: str, incident_id: str) -> dict[int, int]:
        """How many of its members were accepted in which minute, in whole minutes since the epoch."""
        ...

    def affected(self, workspace: str, incident_id: str, limit: int) -> list[Affected]:
        """The customers of its members, the one with the most first, among equals the one who has not written for the
        longest time; a member that names neither an id nor an address is nobody's."""
        ...

    def link_of_ticket(self, key: TicketKey) -> Link | None: ...

    def change_incident(self, change: Change, told: Told) -> Changed | None:
        """Make a change, all of it or none; None where there is no such incident. Tickets that have their own life back
        keep their age and their place, and are told of as `told` says. A ticket that stands already as it is to stand
        is passed over.

        Raises IncidentMerged where an incident was merged into another one, but for the same merge again,
        IncidentDismissed where one that was dismissed is to be linked to or merged, IncidentEnded where one that has
        ended is to take over one that has not, UnknownTickets where a ticket to be linked or unlinked is not there,
        TicketsElsewhere and TicketsUnderway where one cannot be linked yet."""
        ...

    def age_incidents(self, life: Life, at: float, actor: str) -> list[Incident]:
        """Let time act on the open incidents of all workspaces; those that it changed, as they were. One that ends so
        releases its suppressed members."""
        ...
