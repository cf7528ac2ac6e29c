"""What the verdicts on tickets become: links, incidents, and what somebody is told."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean
from typing import Protocol

from smart_support.domain.alert import Alert, exceptional, incident_opened, incident_reopened
from smart_support.domain.incident import Incident, IncidentState, Link, incident_number, severity
from smart_support.domain.storm.detector import Detector
from smart_support.domain.storm.exception import exception, shared_cues
from smart_support.domain.storm.rule import Begun, Cluster, Joined
from smart_support.domain.storm.title import Words, keywords, title
from smart_support.domain.ticket import Ticket, TicketKey
from smart_support.pipeline.records import Gathering

_OTHERS = 200  # tickets that a title is set off against


class Tickets(Protocol):
    """Where tickets are found."""

    def find_many(self, keys: Iterable[TicketKey]) -> dict[TicketKey, Ticket]: ...


class Gatherer:
    """Makes links and incidents of verdicts. `words(text)` are those that say something, for titles; a ticket with an S
    above `threshold` is told of whether it belongs to an incident or not."""

    def __init__(self, store: Tickets, words: Words, threshold: float) -> None:
        self._store = store
        self._words = words
        self._threshold = threshold

    def gathered(self, opener: Ticket, begun: Begun, detector: Detector) -> Gathering:
        """What a ticket brings to an incident with it."""
        cluster, at = detector.cluster(begun.representative), opener.accepted_at
        returned = begun.reopened or ()
        found = self.find(opener.workspace, [*returned, *(name for name, _ in begun.members)])
        incident = None
        if begun.new:
            incident = self._incident(opener, begun, list(found.values()), detector)
            cluster.cues = incident.cues
        more = {name: _more(ticket, cluster) for name, ticket in found.items()}
        links = tuple(
            Link(
                ticket_id=ticket_id,
                incident_id=begun.incident,
                kind=begun.kind,
                at=at,
                similarity=similarity,
                representative=begun.representative,
                exception=more[ticket_id],
            )
            for ticket_id, similarity in begun.members
        )
        return Gathering(
            opener.key,
            begun.incident,
            links,
            incident,
            tuple(self._told(opener, begun, found, more)),
            cluster.join,
            None if begun.reopened is None else {name: more[name] for name in returned},
        )

    def _told(
        self, opener: Ticket, begun: Begun, found: Mapping[str, Ticket], more: Mapping[str, str | None]
    ) -> Iterator[Alert]:
        """Somebody is told of the incident by the ticket that stands for it, and of those that say more, where nobody
        was when they came."""
        at = opener.accepted_at
        stands = next(iter(found), opener.id)
        if begun.new:
            yield incident_opened(opener.workspace, begun.incident, stands, at)
        if begun.reopened is not None:
            yield incident_reopened(opener.workspace, begun.incident, stands, opener.id, at)
        for name, reason in more.items():
            triage = found[name].triage
            if reason is not None and triage is not None and triage.urgency <= self._threshold:
                yield exceptional(found[name], begun.incident, at)

    def _incident(self, opener: Ticket, begun: Begun, earlier: Sequence[Ticket], detector: Detector) -> Incident:
        members = [*earlier, opener]
        ids = {ticket.id for ticket in members}
        latest = [ticket_id for ticket_id in detector.latest(_OTHERS) if ticket_id not in ids]
        texts = [_text(ticket) for ticket in members]
        others = [_text(ticket) for ticket in self.find(opener.workspace, latest).values()]
        at, urgency = opener.accepted_at, fmean(detector.cluster(begun.representative).urgencies)
        return Incident(
            workspace=opener.workspace,
            id=begun.incident,
            number=incident_number(begun.incident),
            title=title(texts, others, self._words),
            keywords=keywords(texts, others, self._words),
            severity=severity(len(members), urgency, at - members[0].accepted_at),
            state=IncidentState.OPEN,
            opened_at=at,
            reported_at=at,
            representative=begun.representative,
            follows=begun.follows,
            cues=shared_cues(texts),
        )

    def find(self, workspace: str, ids: Sequence[str]) -> dict[str, Ticket]:
        """The tickets with these ids, in this order."""
        found = self._store.find_many(TicketKey(workspace, ticket_id) for ticket_id in ids)
        return {ticket_id: found[key] for ticket_id in ids if (key := TicketKey(workspace, ticket_id)) in found}


def link_of(ticket: Ticket, verdict: Joined | Begun, detector: Detector) -> Link:
    """The link of a ticket on which this is the verdict."""
    late = isinstance(verdict, Joined) and verdict.late
    return Link(
        ticket_id=ticket.id,
        incident_id=verdict.incident,
        kind=verdict.kind,
        at=ticket.accepted_at,
        similarity=verdict.similarity,
        representative=verdict.representative,
        recurrence=late,
        exception=None if late else _more(ticket, detector.cluster(verdict.representative)),
    )


def _more(ticket: Ticket, cluster: Cluster) -> str | None:
    """Why a member is more than a duplicate."""
    assert ticket.triage is not None  # it has a vector
    return exception(_text(ticket), ticket.triage.urgency, cluster.cues, fmean(cluster.urgencies))


def _text(ticket: Ticket) -> str:
    return f"{ticket.subject}\n{ticket.body}"
