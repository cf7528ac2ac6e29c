"""Storms: the dispatcher's view of incidents, kept in memory and made anew from the store whenever it may be wrong."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import structlog

from smart_support.domain.incident import Link, incident_id
from smart_support.domain.storm.detector import Detector
from smart_support.domain.storm.rule import Begun, Cluster, Past, Rule
from smart_support.domain.storm.title import Words
from smart_support.domain.storm.usual import Usual
from smart_support.domain.storm.vectors import Whole
from smart_support.domain.storm.window import Sighting
from smart_support.domain.ticket import Ticket, TicketKey
from smart_support.domain.triage import Text
from smart_support.pipeline.gather import Gatherer, link_of
from smart_support.pipeline.records import Gathering

log = structlog.get_logger(__name__)

_MOST_WORKSPACES = 64  # whose windows are kept; others are read anew
# Of another model's incidents the newest ones are read again, a few members of each: dispatch waits for it.
_MOST_TRANSLATED, _READ_AGAIN = 4, 8
_MOST_KEPT = 1_024  # translations, a few kilobytes each


@dataclass(frozen=True, slots=True)
class Standing:
    """How a workspace stands: the last order that was given out, the number of its last incident, how often somebody
    but the dispatcher changed its incidents, and how many of its tickets were erased."""

    order: int
    number: int
    revision: int
    erased: int = 0


class StormStore(Protocol):
    """What storms are remembered by. Every method raises Unavailable as StepStore's do."""

    def find_many(self, keys: Iterable[TicketKey]) -> dict[TicketKey, Ticket]: ...

    def vectors(self, keys: Iterable[TicketKey]) -> dict[TicketKey, tuple[str, Whole]]:
        """The vector of each ticket that has one, with its version."""
        ...

    def standing(self, workspace: str) -> Standing: ...

    def past(self, workspace: str, version: str, most: int, bounded: int) -> Past:
        """The last `most` dispatched tickets with vectors of a version, and the incidents that matter, with the vectors
        of their first `bounded` members."""
        ...

    def first_members(self, workspace: str, representative: str, most: int) -> list[Ticket]:
        """The tickets that first said what the incident that this ticket stands for is about."""
        ...

    def exceptions(self, workspace: str, incident_id: str, reason: str, since: float) -> list[float]:
        """When members of an incident that say more than it does, for this reason, were linked after `since`."""
        ...


BACKLOG_SECONDS = 86_400.0
"""A ticket of a source that was written so long before it came belongs to no storm of now."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of `tickets`: a link for each that belongs to an incident, and what they bring to incidents. Nobody
    needs to be told of each of those that are `crowded`: too many members say more than the incident does."""

    tickets: Sequence[Ticket]
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
    """Says of tickets in dispatch order what they belong to; what it says must be stored before it is asked again.

    Where it was not, or where somebody changed an incident, it goes on from the store. Vectors of two versions are
    never compared: each version has a detector of its own. What one of them finds the others are told in their own
    vectors, so that an incident stays one while models take turns. A ticket with an S above `threshold` is told of
    whether it belongs to an incident or not.
    """

    def __init__(self, store: StormStore, models: StormModels, threshold: float) -> None:
        self._store = store
        self._models = models
        self._gatherer = Gatherer(store, models.words, threshold)
        self._workspaces: dict[str, _Workspace] = {}
        self._translations: dict[tuple[str, str, str], list[Whole]] = {}

    def forget(self) -> None:
        """Go on from the store: somebody else may have dispatched meanwhile."""
        self._workspaces.clear()

    def detectors(self) -> dict[str, list[Detector]]:
        """Those that are at work now, by workspace."""
        return {name: list(one.detectors.values()) for name, one in self._workspaces.items() if one.detectors}

    def judge(self, tickets: Sequence[Ticket]) -> Iterator[Judged]:
        """What becomes of tickets, a part of them at a time: the vectors of each part have one version, and what is
        said of it must be stored before the next is asked for. Imported history, a helpdesk's backlog and what has
        no vector belong to nothing."""
        found = self._store.vectors([ticket.key for ticket in tickets])
        versions = {ticket.key: found[ticket.key][0] for ticket in tickets if _may_belong(ticket, found)}
        first = next(iter(versions.values()), None)
        for version in dict.fromkeys([first, *versions.values()]):
            part = [ticket for ticket in tickets if versions.get(ticket.key, first) == version]
            vectors = {key: vector for key, (_, vector) in found.items() if versions.get(key) == version}
            yield self._judge(part, vectors, version)

    def _judge(self, tickets: Sequence[Ticket], vectors: Mapping[TicketKey, Whole], version: str | None) -> Judged:
        links: dict[TicketKey, Link] = {}
        gathered: list[Gathering] = []
        crowded: set[TicketKey] = set()
        for name in dict.fromkeys(ticket.workspace for ticket in tickets):
            workspace = self._workspace(name)
            seen = list(workspace.seen([one for one in tickets if one.workspace == name], vectors))
            detector = self._detector(workspace, version, seen[0][1].at) if version is not None and seen else None
            if version is None or detector is None:
                continue
            made = []
            for (ticket, _), verdict in zip(seen, detector.observe([one for _, one in seen]), strict=True):
                if isinstance(verdict, Begun):
                    gathered.append(self._gatherer.gathered(ticket, verdict, detector))
                    workspace.news.add(version)
                if verdict is not None:
                    links[ticket.key] = link_of(ticket, verdict, detector)
                    made.append(links[ticket.key])
            workspace.tell(version, made)
            crowded |= {TicketKey(name, one) for one in self._crowded(name, detector.rule, made)}
        return Judged(tickets, tuple(links.get(one.key) for one in tickets), tuple(gathered), frozenset(crowded))

    def _workspace(self, name: str) -> "_Workspace":
        standing = self._store.standing(name)
        known = self._workspaces.pop(name, None)
        if known is None or Standing(known.order, known.number, known.revision, known.erased) != standing:
            if known is None or known.erased != standing.erased:  # vectors of tickets that were erased are let go
                self._translations = {read: made for read, made in self._translations.items() if read[0] != name}
            known = _Workspace(name, standing.order, standing.number, standing.revision, standing.erased)
        known.forget_who_missed_news()
        self._workspaces[name] = known
        if len(self._workspaces) > _MOST_WORKSPACES:
            del self._workspaces[next(iter(self._workspaces))]
        return known

    def _detector(self, workspace: "_Workspace", version: str, at: float) -> Detector | None:
        if version not in workspace.detectors:
            rules = self._models.rule(version)
            if rules is None:
                return None
            rule, usual = rules
            past = self._store.past(workspace.name, version, rule.most, rule.bounded)
            living = [one for one in past.clusters if one.closed_at is None or at <= one.closed_at + rule.span]
            foreign = [one for one in living if one.leader is None and not one.dismissed]
            for cluster in foreign[-_MOST_TRANSLATED:]:
                self._translate(workspace.name, version, rule, cluster)
            workspace.detectors[version] = Detector(rule, usual, past, workspace.next_id)
        return workspace.detectors[version]

    def _translate(self, workspace: str, version: str, rule: Rule, cluster: Cluster) -> None:
        """Say in vectors of a version what a cluster is about that came to be in those of another one."""
        members = self._store.first_members(workspace, cluster.representative, _READ_AGAIN)
        read = (workspace, version, cluster.representative)
        if read not in self._translations:
            representative = self._gatherer.find(workspace, [cluster.representative]).get(cluster.representative)
            if representative is None or representative.erased_at is not None:
                return
            made = self._embedded(version, [representative, *members])
            if not made:
                return
            self._translations[read] = made
            if len(self._translations) > _MOST_KEPT:
                del self._translations[next(iter(self._translations))]
        vectors = self._translations[read]
        cluster.leader = vectors[0]
        # Some may have been taken away since.
        read_again = list(zip(members, vectors[1:], strict=False))
        cluster.base = np.array([vector for _, vector in read_again], dtype=np.float32)
        cluster.urgencies = [float(np.float32(one.triage.urgency)) for one, _ in read_again if one.triage]
        cluster.join = rule.surely  # no line was drawn among vectors of this version

    def _embedded(self, version: str, tickets: Sequence[Ticket]) -> list[Whole] | None:
        try:
            return self._models.embed(version, [one.text for one in tickets])
        except Exception as error:  # noqa: BLE001 - whatever ails a model, tickets are dispatched
            log.warning("translation_failed", reason=type(error).__name__, version=version)
            return None

    def _crowded(self, workspace: str, rule: Rule, links: Sequence[Link]) -> Iterator[str]:
        """The tickets that say more than their incident does, after so many others that said the same."""
        times: dict[tuple[str, str], list[float]] = {}
        for link in links:
            if link.exception is None:
                continue
            same = (link.incident_id, link.exception)
            if same not in times:
                times[same] = self._store.exceptions(workspace, *same, link.at - rule.seconds)
            times[same].append(link.at)
            if sum(0.0 <= link.at - at < rule.seconds for at in times[same]) > rule.threshold:
                yield link.ticket_id


@dataclass(slots=True)
class _Workspace:
    """Where a workspace stands, a detector for each version of vectors, and the versions of those with news that the
    others have missed."""

    name: str
    order: int
    number: int
    revision: int
    erased: int = 0
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

    def tell(self, version: str, links: Sequence[Link]) -> None:
        """Let the detectors of other versions know of reports."""
        for other, detector in self.detectors.items():
            for link in links:
                if other != version and not link.recurrence:
                    detector.hear(link.incident_id, link.at)

    def seen(self, tickets: Sequence[Ticket], vectors: Mapping[TicketKey, Whole]) -> Iterator[tuple[Ticket, Sighting]]:
        """Tickets in their next places of the order, where they have vectors; all have a place."""
        for ticket in tickets:
            self.order += 1
            if ticket.key in vectors and ticket.triage is not None:
                vector = vectors[ticket.key]
                yield ticket, Sighting(ticket.id, self.order, ticket.accepted_at, vector, ticket.triage.urgency)


def _may_belong(ticket: Ticket, found: Mapping[TicketKey, tuple[str, Whole]]) -> bool:
    return not ticket.history and not _is_backlog(ticket) and ticket.triage is not None and ticket.key in found


def _is_backlog(ticket: Ticket) -> bool:
    """Whether a helpdesk had it long before us: what was written on many days and comes at once is no storm."""
    if ticket.source is None or ticket.received_at is None:
        return False
    return ticket.accepted_at - ticket.received_at > BACKLOG_SECONDS
