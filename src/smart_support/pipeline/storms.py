"""Storms: the dispatcher's view of incidents, kept in memory and made anew from the store whenever it may be wrong."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Protocol

import numpy as np

from smart_support.domain.alert import incident_opened, incident_reopened
from smart_support.domain.incident import Incident, IncidentState, Link, incident_id, incident_number, severity
from smart_support.domain.storm.detector import Detector
from smart_support.domain.storm.exception import exception, shared_cues
from smart_support.domain.storm.rule import Begun, Cluster, Joined, Past, Rule
from smart_support.domain.storm.title import Words, keywords, title
from smart_support.domain.storm.usual import Usual
from smart_support.domain.storm.vectors import Whole
from smart_support.domain.storm.window import Sighting
from smart_support.domain.ticket import Ticket, TicketKey
from smart_support.domain.triage import Text
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

    def first_members(self, workspace: str, representative: str, most: int) -> list[Ticket]:
        """The tickets that first said what the incident that this ticket stands for is about."""
        ...

    def exceptions(self, workspace: str, incident_id: str, since: float) -> int:
        """How many members of an incident say more than it does, of those that were linked after `since`."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of tickets: a link for each that belongs to an incident, and what they bring to incidents. Nobody
    needs to be told of each of those that are `crowded`: too many members say more than the incident does."""

    links: tuple[Link | None, ...]
    gathered: tuple[Gathering, ...]
    crowded: frozenset[TicketKey] = frozenset()


@dataclass(frozen=True, slots=True)
class StormModels:
    """What is known of models. `rule(version)` is the rule for vectors of a version and the mean that comes with them,
    `embed(version, texts)` such vectors; both are None where nobody knows them (any more). `words(text)` are those that
    say something, for titles."""

    rule: Callable[[str], tuple[Rule, Usual] | None]
    embed: Callable[[str, Sequence[Text]], list[Whole] | None]
    words: Words


class Storms:
    """Says of tickets in dispatch order what they belong to. What it says must be stored before it is asked again;
    where it was not, or where somebody changed an incident, it goes on from the store.

    Vectors of two versions are never compared: each version has a detector of its own. What one of them finds the
    others are told in their own vectors, so that an incident stays one while models take turns.
    """

    def __init__(self, store: StormStore, models: StormModels) -> None:
        self._store = store
        self._models = models
        self._workspaces: dict[str, _Workspace] = {}

    def judge(self, tickets: Sequence[Ticket]) -> Judged:
        """What becomes of tickets, in order; imported history and what has no vector belong to nothing."""
        found = self._store.vectors([ticket.key for ticket in tickets])
        links: dict[TicketKey, Link] = {}
        gathered: list[Gathering] = []
        crowded: set[TicketKey] = set()
        for name in dict.fromkeys(ticket.workspace for ticket in tickets):
            workspace = self._workspace(name)
            for version, seen in workspace.by_version([one for one in tickets if one.workspace == name], found).items():
                detector = self._detector(workspace, version, seen[0][1].at)
                if detector is None:
                    continue
                made = []
                said = detector.observe([sighting for _, sighting in seen])
                for (ticket, _), verdict in zip(seen, said, strict=True):
                    if isinstance(verdict, Begun):
                        gathered.append(self._gathered(ticket, verdict, detector))
                        workspace.news.add(version)
                    if verdict is not None:
                        links[ticket.key] = _link(ticket, verdict, detector)
                        made.append(links[ticket.key])
                crowded |= {TicketKey(name, one) for one in self._crowded(name, detector.rule, made)}
        return Judged(tuple(links.get(ticket.key) for ticket in tickets), tuple(gathered), frozenset(crowded))

    def _workspace(self, name: str) -> "_Workspace":
        standing = self._store.standing(name)
        known = self._workspaces.get(name)
        if known is None or Standing(known.order, known.number, known.revision) != standing:
            known = _Workspace(name, standing.order, standing.number, standing.revision)
        known.forget_who_missed_news()
        self._workspaces[name] = known
        return known

    def _detector(self, workspace: "_Workspace", version: str, at: float) -> Detector | None:
        if version not in workspace.detectors:
            rules = self._models.rule(version)
            if rules is None:
                return None
            rule, usual = rules
            past = self._store.past(workspace.name, version, rule.most, rule.bounded)
            for cluster in past.clusters:
                if cluster.leader is None and (cluster.closed_at is None or at <= cluster.closed_at + rule.span):
                    self._translate(workspace.name, version, rule, cluster)
            workspace.detectors[version] = Detector(rule, usual, past, workspace.next_id)
        return workspace.detectors[version]

    def _translate(self, workspace: str, version: str, rule: Rule, cluster: Cluster) -> None:
        """Say in vectors of a version what a cluster is about that came to be in those of another one."""
        key = TicketKey(workspace, cluster.representative)
        representative = self._store.find_many([key]).get(key)
        members = self._store.first_members(workspace, cluster.representative, rule.bounded)
        if representative is None:
            return
        made = self._models.embed(version, [one.text for one in [representative, *members]])
        if made is not None:
            cluster.leader = made[0]
            cluster.base = np.array(made[1:], dtype=np.float32)
            cluster.urgencies = [float(np.float32(one.triage.urgency)) for one in members if one.triage]
            cluster.join = rule.surely  # no line was drawn among vectors of this version

    def _gathered(self, opener: Ticket, begun: Begun, detector: Detector) -> Gathering:
        cluster, at = detector.cluster(begun.incident), opener.accepted_at
        found = self._find(opener.workspace, [*(begun.reopened or ()), *(name for name, _ in begun.members)])
        incident, alert, reopened = None, None, None
        if begun.new:
            incident = self._incident(opener, begun, list(found.values()), detector)
            cluster.cues = incident.cues
            alert = incident_opened(incident, at)
        if begun.reopened is not None:
            alert = incident_reopened(opener.workspace, cluster.id, cluster.representative, opener.id, at)
            reopened = {name: _more(found[name], cluster) for name in begun.reopened}
        links = tuple(
            Link(
                ticket_id=ticket_id,
                incident_id=begun.incident,
                kind=begun.kind,
                at=at,
                similarity=similarity,
                representative=begun.representative,
                exception=_more(found[ticket_id], cluster),
            )
            for ticket_id, similarity in begun.members
        )
        return Gathering(opener.key, begun.incident, links, incident, alert, cluster.join, reopened)

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
            title=title(texts, others, self._models.words),
            keywords=keywords(texts, others, self._models.words),
            severity=severity(len(members), urgency, at - members[0].accepted_at),
            state=IncidentState.OPEN,
            opened_at=at,
            reported_at=at,
            representative=begun.representative,
            follows=begun.follows,
            cues=shared_cues(texts),
        )

    def _crowded(self, workspace: str, rule: Rule, links: Sequence[Link]) -> Iterator[str]:
        """The tickets that say more than their incident does, after so many others that did."""
        more: Counter[str] = Counter()
        for link in links:
            if link.exception is None:
                continue
            if link.incident_id not in more:
                more[link.incident_id] = self._store.exceptions(workspace, link.incident_id, link.at - rule.seconds)
            more[link.incident_id] += 1
            if more[link.incident_id] > rule.threshold:
                yield link.ticket_id

    def _find(self, workspace: str, ids: Sequence[str]) -> dict[str, Ticket]:
        """The tickets with these ids, in this order."""
        found = self._store.find_many(TicketKey(workspace, ticket_id) for ticket_id in ids)
        return {ticket_id: found[key] for ticket_id in ids if (key := TicketKey(workspace, ticket_id)) in found}


@dataclass(slots=True)
class _Workspace:
    """Where a workspace stands, a detector for each version of vectors, and the versions of those with news that the
    others have missed."""

    name: str
    order: int
    number: int
    revision: int
    detectors: dict[str, Detector] = field(default_factory=dict)
    news: set[str] = field(default_factory=set)

    def next_id(self) -> str:
        self.number += 1
        return incident_id(self.number)

    def forget_who_missed_news(self) -> None:
        """They are made again, from the store."""
        if self.news:
            self.detectors = {version: found for version, found in self.detectors.items() if self.news == {version}}
            self.news = set()

    def by_version(
        self, tickets: Sequence[Ticket], found: Mapping[TicketKey, tuple[str, Whole]]
    ) -> dict[str, list[tuple[Ticket, Sighting]]]:
        """Tickets in their next places of the order, apart by the version of their vectors; all have a place."""
        seen: dict[str, list[tuple[Ticket, Sighting]]] = {}
        for ticket in tickets:
            self.order += 1
            if ticket.history or ticket.triage is None or ticket.key not in found:
                continue
            version, vector = found[ticket.key]
            sighting = Sighting(ticket.id, self.order, ticket.accepted_at, vector, ticket.triage.urgency)
            seen.setdefault(version, []).append((ticket, sighting))
        return seen


def _link(ticket: Ticket, verdict: Joined | Begun, detector: Detector) -> Link:
    late = isinstance(verdict, Joined) and verdict.late
    return Link(
        ticket_id=ticket.id,
        incident_id=verdict.incident,
        kind=verdict.kind,
        at=ticket.accepted_at,
        similarity=verdict.similarity,
        representative=verdict.representative,
        recurrence=late,
        exception=None if late else _more(ticket, detector.cluster(verdict.incident)),
    )


def _more(ticket: Ticket, cluster: Cluster) -> str | None:
    """Why a member is more than a duplicate."""
    assert ticket.triage is not None  # it has a vector
    return exception(_text(ticket), ticket.triage.urgency, cluster.cues, fmean(cluster.urgencies))


def _text(ticket: Ticket) -> str:
    return f"{ticket.subject}\n{ticket.body}"
