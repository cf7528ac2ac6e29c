"""Write-back: a source is told what became of its ticket, as it stands when the message goes out."""

import hashlib
from collections.abc import Callable

from smart_support.domain.incident import Incident
from smart_support.domain.ticket import Ticket, TicketKey
from smart_support.domain.triage import ReasonOf
from smart_support.pipeline.compose import Composer
from smart_support.pipeline.intake import ASSIGNEE, DISPLACED, ECHO_SECONDS
from smart_support.pipeline.messages import Claimed
from smart_support.pipeline.notify import Delivered
from smart_support.pipeline.ports import AlertingStore
from smart_support.pipeline.records import Undelivered
from smart_support.pipeline.sources import WriteBack, Writer

_REASONS = 5
_DISPLACED = 5


class WriteBacks:
    """Delivers the messages to one source."""

    def __init__(self, store: AlertingStore, composer: Composer, writer: Writer, now: Callable[[], float]) -> None:
        self._store = store
        self._composer = composer
        self._writer = writer
        self._now = now

    def deliver(self, claimed: Claimed) -> Delivered | None:
        """Set there what differs from what was written last; raises Undelivered."""
        message = claimed.message
        key = TicketKey(message.workspace, message.topic.partition(":")[2])
        ticket = self._store.find_many([key]).get(key)
        if ticket is None or ticket.triage is None or ticket.source_id is None:
            return None  # the last: it was erased here, and is not ours to tell about any more
        incident = self._incident(ticket)
        note = self._note(ticket, incident)
        digest = hashlib.sha256(note.encode()).hexdigest()[:16]
        standing = self._store.agent(ticket.workspace, ticket.agent_id) if ticket.agent_id else None
        told = WriteBack(
            id=message.id,
            ticket=ticket,
            agent=None if standing is None else standing.agent,
            incident=incident,
            note=None if claimed.handle.get("note") == digest else note,
            written=claimed.handle.get("written", {}),
        )
        try:
            written = dict(self._writer.write(told))
        except Undelivered as error:
            if error.gone and told.written:
                return None  # it was there, and was deleted: there is nothing left to tell
            raise
        has = written.get("assignee")
        if ticket.source is not None and has != told.written.get("assignee"):
            # He has it there because of us: that is no news when the source says so, and nothing is handed over for it.
            self._displace(ticket.source, key, has or "")
        return Delivered({"written": written, "note": digest})

    def _displace(self, source: str, key: TicketKey, has: str) -> None:
        """Remember who has it there now, and for a while who had it."""
        before, now = self._store.said(source, key), self._now()
        had = before.get(ASSIGNEE) or ""
        late = [[one, at] for one, at in before.get(DISPLACED, ()) if abs(now - at) < ECHO_SECONDS]
        more = [[had, now]] if had != has else []
        self._store.remember_said(source, key, **{ASSIGNEE: has, DISPLACED: [*late, *more][-_DISPLACED:]})

    def _incident(self, ticket: Ticket) -> Incident | None:
        if ticket.incident_id is None:
            return None
        found = self._store.incidents_named([(ticket.workspace, ticket.incident_id)])
        return found[0] if found else None

    def _note(self, ticket: Ticket, incident: Incident | None) -> str:
        """Why it is what it is; it changes only with triage and the incident, so that it is not written again and
        again."""
        triage = ticket.triage
        assert triage is not None  # a message is made once it is dispatched
        lines = [f"Smart-Support: {triage.category}, urgency {triage.urgency:.2f} of 1."]
        for of, words in ((ReasonOf.CATEGORY, "Category because of"), (ReasonOf.URGENCY, "Urgency because of")):
            quotes = [f'"{reason.quote}"' for reason in triage.reasons if reason.of is of and reason.weight > 0]
            if quotes:
                lines.append(f"{words}: {', '.join(quotes[:_REASONS])}.")
        if incident is not None:
            link = self._composer.link("incidents", incident.id)
            lines.append(f"Part of incident {incident.id}: {incident.title}{f' ({link})' if link else ''}.")
        return "\n".join(lines)
