"""Storms: the dispatcher's view of incidents, kept in memory and made anew from the store whenever it may be wrong."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Protocol

from smart_support.domain.alert import incident_opened
from smart_support.domain.incident import Incident, IncidentState, Link, incident_id, incident_number, severity
from smart_support.domain.storm.detector import Detector
from smart_support.domain.storm.exception import exception, shared_cues
from smart_support.domain.storm.rule import Begun, Cluster, Joined, Past, Rule
from smart_support.domain.storm.title import Words, keywords, title
from smart_support.domain.storm.usual import Usual
from smart_support.domain.storm.vectors import Whole
from smart_support.domain.storm.window import Sighting
from smart_support.domain.ticket import Ticket, TicketKey
from smart_support.pipeline.records import Gathering

_OTHERS = 200  # tickets that a title is set off against


@dataclass(frozen=True, slots=True)
class Standing:
    """How a workspace stands: the last order that was given out, the number of its last incident, and how often
    somebody but the dispatcher changed its incidents."""

    order: int
    number: int
    revision: int


class StormStore(Protocol):
    """What storms are remembered by. Every method raises Unavailable as StepStore's do."""

    def find_many(self, keys: Iterable[TicketKey]) -> dict[TicketKey, Ticket]: ...

    def vectors(self, keys: Iterable[TicketKey]) -> dict[TicketKey, tuple[str, Whole]]:
        """The vector of each ticket that has one, with its version."""
        ...

    def standing(self, workspace: str) -> Standing: ...

    def past(self, workspace: str, version: str, most: int, bounded: int) -> Past:
        """The last `most` dispatched tickets with vectors of a version, and all incidents with the vectors of their
        first `bounded` members."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of tickets: a link for each that belongs to an incident, and what they bring to incidents."""

    links: tuple[Link | None, ...]
    gathered: tuple[Gathering, ...]


class Storms:
    """Says of tickets in dispatch order what they belong to. What it says must be stored before it is asked again;
    where it was not, or where somebody changed an incident, it goes on from the store.

    `rules(version)` are the rule for vectors of a version and the mean that comes with them; None where nobody knows
    them (any more): such tickets belong to nothing. `words(text)` are those that say something, for titles.
    """

    def __init__(self, store: StormStore, rules: Callable[[str], tuple[Rule, Usual] | None], words: Words) -> None:
        self._store = store
        self._rules = rules
        self._words = words
        self._workspaces: dict[str, _Workspace] = {}

    def judge(self, tickets: Sequence[Ticket]) -> Judged:
        """What becomes of tickets, in order; imported history and what has no vector belong to nothing."""
        found = self._store.vectors([ticket.key for ticket in tickets])
        links: list[Link | None] = [None] * len(tickets)
        gathered: list[Gathering] = []
        for name in dict.fromkeys(ticket.workspace for ticket in tickets):
            workspace = self._workspace(name)
            by_version: dict[str, list[tuple[int, Sighting]]] = {}
            for place, ticket in enumerate(tickets):
                if ticket.workspace != name:
                    continue
                workspace.order += 1
                if ticket.history or ticket.triage is None or ticket.key not in found:
                    continue
                version, vector = found[ticket.key]
                seen = Sighting(ticket.id, workspace.order, ticket.accepted_at, vector, ticket.triage.urgency)
                by_version.setdefault(version, []).append((place, seen))
            for version, sightings in by_version.items():
                detector = self._detector(workspace, version)
                if detector is None:
                    continue
                said = detector.observe([sighting for _, sighting in sightings])
                for (place, _), verdict in zip(sightings, said, strict=True):
                    ticket = tickets[place]
                    if isinstance(verdict, Begun):
                        gathered.append(self._gathered(ticket, verdict, detector))
                    if verdict is not None:
                        links[place] = _link(ticket, verdict, detector)
        return Judged(tuple(links), tuple(gathered))

    def _workspace(self, name: str) -> "_Workspace":
        standing = self._store.standing(name)
        known = self._workspaces.get(name)
        if known is None or Standing(known.order, known.number, known.revision) != standing:
            known = self._workspaces[name] = _Workspace(name, standing.order, standing.number, standing.revision, {})
        return known

    def _detector(self, workspace: "_Workspace", version: str) -> Detector | None:
        if version not in workspace.detectors:
            rules = self._rules(version)
            if rules is None:
                return None
            rule, usual = rules
            past = self._store.past(workspace.name, version, rule.most, rule.bounded)
            workspace.detectors[version] = Detector(rule, usual, past, workspace.next_id)
        return workspace.detectors[version]

    def _gathered(self, opener: Ticket, begun: Begun, detector: Detector) -> Gathering:
        cluster, at = detector.cluster(begun.incident), opener.accepted_at
        earlier = self._find(opener.workspace, [ticket_id for ticket_id, _ in begun.members])
        incident = self._incident(opener, begun, list(earlier.values()), detector) if begun.new else None
        if incident is not None:
            cluster.cues = incident.cues
        links = tuple(
            Link(
                ticket_id=ticket_id,
                incident_id=begun.incident,
                kind=begun.kind,
                at=at,
                similarity=similarity,
                representative=begun.representative,
                recurrence=begun.late,
                exception=None if begun.late else _more(earlier[ticket_id], cluster),
            )
            for ticket_id, similarity in begun.members
        )
        alert = None if incident is None else incident_opened(incident, at)
        return Gathering(opener.key, begun.incident, links, incident, alert, cluster.join)

    def _incident(self, opener: Ticket, begun: Begun, earlier: Sequence[Ticket], detector: Detector) -> Incident:
        members = [*earlier, opener]
        ids = {ticket.id for ticket in members}
        latest = [ticket_id for ticket_id in detector.latest(_OTHERS) if ticket_id not in ids]
        texts = [_text(ticket) for ticket in members]
        others = [_text(ticket) for ticket in self._find(opener.workspace, latest).values()]
        at, urgency = opener.accepted_at, fmean(detector.cluster(begun.incident).urgencies)
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

    def _find(self, workspace: str, ids: Sequence[str]) -> dict[str, Ticket]:
        """The tickets with these ids, in this order."""
        found = self._store.find_many(TicketKey(workspace, ticket_id) for ticket_id in ids)
        return {ticket_id: found[key] for ticket_id in ids if (key := TicketKey(workspace, ticket_id)) in found}


@dataclass(slots=True)
class _Workspace:
    name: str
    order: int
    number: int
    revision: int
    detectors: dict[str, Detector]

    def next_id(self) -> str:
        self.number += 1
        return incident_id(self.number)


def _link(ticket: Ticket, verdict: Joined | Begun, detector: Detector) -> Link:
    return Link(
        ticket_id=ticket.id,
        incident_id=verdict.incident,
        kind=verdict.kind,
        at=ticket.accepted_at,
        similarity=verdict.similarity,
        representative=verdict.representative,
        recurrence=verdict.late,
        exception=None if verdict.late else _more(ticket, detector.cluster(verdict.incident)),
    )


def _more(ticket: Ticket, cluster: Cluster) -> str | None:
    """Why a member is more than a duplicate."""
    assert ticket.triage is not None  # it has a vector
    return exception(_text(ticket), ticket.triage.urgency, cluster.cues, fmean(cluster.urgencies))


def _text(ticket: Ticket) -> str:
    return f"{ticket.subject}\n{ticket.body}"
