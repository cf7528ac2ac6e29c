"""The desk: what people do with incidents, and what time does."""

from collections.abc import Sequence
from contextlib import suppress

from smart_support.domain.alert import Alert, urgent_ticket
from smart_support.domain.incident import Life
from smart_support.domain.ticket import Ticket, TicketKey
from smart_support.pipeline.dispatch import ACTOR
from smart_support.pipeline.incidents import Change, Changed, IncidentMerged, IncidentStore
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.ports import Clock


class Desk:
    """What people do with incidents. `threshold` is the S above which a ticket that has its own life back alerts."""

    def __init__(self, store: IncidentStore, threshold: float) -> None:
        self._store = store
        self._threshold = threshold

    def change(self, change: Change) -> Changed | None:
        """Make a change; None where there is no such incident."""

        def told(released: Sequence[Ticket]) -> list[Alert]:
            found = (urgent_ticket(ticket, self._threshold, change.at) for ticket in released)
            return [alert for alert in found if alert is not None]

        return self._store.change_incident(change, told)

    def part(self, key: TicketKey, at: float, actor: str) -> None:
        """Give a ticket its own life back, whatever incident it belongs to."""
        asked: str | None = None
        while (link := self._store.link_of_ticket(key)) is not None and link.incident_id != asked:
            asked = link.incident_id
            with suppress(IncidentMerged):  # by somebody else, meanwhile: it belongs to another one now
                self.change(Change(key.workspace, asked, "unlink", at, actor, (key.ticket_id,)))


class AgeStep:
    """While this process leads, lets time act on incidents."""

    def __init__(self, store: IncidentStore, clock: Clock, lead: LeadStep, life: Life) -> None:
        self._store = store
        self._clock = clock
        self._lead = lead
        self._life = life

    def run_once(self) -> int:
        """How many incidents changed."""
        if self._lead.lease(0) is None:
            return 0
        return len(self._store.age_incidents(self._life, self._clock.now(), ACTOR))
