"""Which incident a ticket belongs to, and when one opens: decided ticket by ticket, in one order.

For each ticket, in this order:

1. **Joining.** An incident takes it as a copy where its cosine with the incident's representative is above
   `Rule.similarity`, and as a report where its likeness with the incident's centroid is at least `Rule.join`. Only the
   first `Rule.bounded` members make the centroid, so that it cannot wander; nothing is linked by likeness to a member.
   What comes after its end is a recurrence, and a flood of these opens it again.
2. **Copies.** More than `Rule.threshold` tickets within `Rule.seconds` with a cosine above `Rule.similarity` to this
   one open an incident: a flood of the same words.
3. **Reports.** From the tickets of these seconds that are like this one a centroid is made, and from those that are
   like the centroid a better one, three times. If so many different ones are left as the topic's own past makes
   unlikely (`burst.log10_chance`), and more than the largest topic of an unknown company would have
   (`burst.may_be_usual`), they are an incident; where their centroid is that of one, they belong to it.

All comparisons are made in whole numbers, so that batches, restarts and machines make no difference.
"""

from collections.abc import Callable, Sequence

import numpy as np

from smart_support.domain.incident import LinkKind
from smart_support.domain.storm.clusters import Clusters
from smart_support.domain.storm.forming import Forming, forming, usual_per_minute
from smart_support.domain.storm.likeness import Centroid, Likeness
from smart_support.domain.storm.rule import Begun, Cluster, Joined, Past, Rule, Verdict
from smart_support.domain.storm.search import Search
from smart_support.domain.storm.usual import AMONG, Usual, due
from smart_support.domain.storm.vectors import Floats
from smart_support.domain.storm.window import APART, FREE, Places, Sighting, Window

_BY_HAND = 0
"""In place of the order of the ticket with which one came to an incident: a person linked it."""


class Detector:
    """The storms of one workspace in vectors of one version. `name()` gives the id of the next incident.

    One thread at a time may use it. The verdicts follow from the order of tickets alone: a detector that goes on from
    what another has said says what that would have.
    """

    def __init__(self, rule: Rule, usual: Usual, past: Past, name: Callable[[], str]) -> None:
        self._rule = rule
        self._prior = usual
        self._name = name
        self._window = Window(len(usual.vector), rule.most)
        self._search = Search(self._window, rule)
        self._clusters = Clusters(past.clusters, rule)
        if past.sightings:
            self._window.append(past.sightings)
            for place, (sighting, belongs) in enumerate(zip(past.sightings, past.belongs, strict=True)):
                if belongs is not None:
                    incident, representative, order = belongs
                    self._window.belongs[place] = self._clusters.of(incident, representative)
                    self._window.linked[place] = _BY_HAND if representative is None else order
                elif sighting.ticket_id in past.apart:
                    self._window.belongs[place] = APART
        self._usual_until = -1
        self._use(due(past.sightings[-1].order + 1) if past.sightings else 0)
        self._part_dismissed()

    def observe(self, sightings: Sequence[Sighting]) -> list[Verdict]:
        """One verdict a ticket, in their order, which is that of dispatch."""
        verdicts: list[Verdict] = []
        start = 0
        while start < len(sightings):  # up to where the mean is taken anew
            until = due(sightings[start].order)
            end = start + 1
            while end < len(sightings) and due(sightings[end].order) == until:
                end += 1
            self._use(until)
            verdicts += self._observe(sightings[start:end])
            start = end
        return verdicts

    @property
    def rule(self) -> Rule:
        return self._rule

    def cluster(self, representative: str) -> Cluster:
        """The one that a ticket stands for of which the detector has spoken."""
        return self._clusters[self._clusters.place(representative)]

    def hear(self, incident: str, at: float) -> None:
        """A report of an incident came that this detector does not see: it has a vector of another version."""
        self._clusters.reported(incident, at)

    def forming(self, at: float) -> list[Forming]:
        """What may become an incident, as it stands at this time."""
        return forming(self._window, self._search, self._rule, at)

    def usual_per_minute(self, at: float) -> float | None:
        """How many tickets a minute usually come; None while nothing older than the rule's seconds was seen."""
        return usual_per_minute(self._window, self._rule, at)

    def latest(self, number: int) -> list[str]:
        """The ids of the last tickets seen, the newest last."""
        return self._window.ids[-number:]

    def _use(self, until: int) -> None:
        """The mean of tickets up to the order `until`, as far as they belonged to no incident then."""
        if until == self._usual_until:
            return
        window = self._window
        end = int(np.searchsorted(window.order, until, side="right"))
        chosen = np.arange(max(0, end - AMONG), end)
        free = (window.belongs[chosen] < 0) | (window.linked[chosen] > until)
        # What came just now may be a storm that nobody has noticed yet.
        settled = window.at[chosen] < window.at[end - 1] - self._rule.seconds if end else free
        chosen = chosen[free & settled]
        likeness = Likeness(self._rule, self._prior.updated(window.vectors[chosen], window.inverse[chosen]))
        self._usual_until = until
        self._search.use(likeness)
        self._clusters.use(likeness)

    def _part_dismissed(self) -> None:
        """What came after an incident was dismissed, and was like it, belongs to none."""
        window = self._window
        free = np.flatnonzero(window.belongs == FREE)
        for _, cluster, middle in self._clusters.at(float(window.at[-1])) if len(window) else ():
            if cluster.dismissed and cluster.closed_at is not None and middle is not None:
                age = window.at[free] - cluster.closed_at
                late = free[(age > 0) & (age <= self._rule.span)]
                window.belongs[late[self._search.likeness(late, middle) >= cluster.join]] = APART

    def _observe(self, sightings: Sequence[Sighting]) -> list[Verdict]:
        window = self._window
        places = window.append(sightings)
        self._search.added(places)
        dots = window.vectors[places.start : places.stop] @ window.vectors.T
        verdicts: list[Verdict] = []
        for row, place in enumerate(places):
            cosines = dots[row, : place + 1] * window.inverse[place]
            cosines *= window.inverse[: place + 1]
            verdicts.append(self._joined(place) or self._begins(place, cosines))
        return verdicts

    def _joined(self, place: int) -> Verdict:
        window, rule = self._window, self._rule
        at = float(window.at[place])
        best: tuple[float, int, Joined] | None = None
        for index, cluster, middle in self._clusters.at(at):
            closed = cluster.closed_at
            copy = -1.0 if cluster.leader is None else window.cosine(place, cluster.leader)
            likeness = self._likeness(place, middle)
            if copy > rule.similarity:
                found = Joined(cluster.id, LinkKind.EXACT, copy, cluster.representative, closed is not None)
                rank = 1.0 + copy
            elif likeness >= cluster.join + (rule.late if at > cluster.reported_at + rule.quiet else 0.0):
                found = Joined(cluster.id, LinkKind.SEMANTIC, likeness, cluster.representative, closed is not None)
                rank = likeness
            else:
                continue
            if best is None or rank > best[0]:
                best = (rank, index, found)
        if best is None:
            return None
        _, index, joined = best
        if self._clusters[index].dismissed:  # a person said that this is none
            window.belongs[place] = APART
            return None
        self._link(place, index, place)
        if joined.late:
            recurrences = self._recurrences(place, index)
            if len(recurrences) <= rule.threshold:
                return joined
            own = (place, joined.similarity)
            return self._reopen(place, index, joined.kind, recurrences, [own])
        self._grow(index, place)
        return joined

    def _begins(self, place: int, cosines: Floats) -> Verdict:
        window, rule = self._window, self._rule
        if window.belongs[place] != FREE:
            return None
        recent = window.recent(place, rule.seconds)
        copies = recent[cosines[recent] > rule.similarity]
        if len(copies) > rule.threshold:
            return self._begin(place, copies, cosines[copies], LinkKind.EXACT)
        reports = self._search.reports(place, cosines)
        if reports is None:
            return None
        known = self._clusters.same(reports.middle, float(window.at[place]))
        if known is not None:
            return self._widen(place, known, reports.members, reports.likeness)
        return self._begin(place, reports.members, reports.likeness, LinkKind.SEMANTIC)

    def _widen(self, place: int, index: int, members: Places, similarities: Floats) -> Verdict:
        cluster = self._clusters[index]
        if cluster.dismissed:
            self._window.belongs[members] = APART
            return None
        for member in members.tolist():
            self._link(member, index, place)
        found = list(zip(members.tolist(), similarities.tolist(), strict=True))
        if cluster.closed_at is not None:  # so many at once are no stragglers
            return self._reopen(place, index, LinkKind.SEMANTIC, self._recurrences(place, index), found)
        for member in members.tolist():
            self._grow(index, member)
        return self._told(place, cluster, LinkKind.SEMANTIC, found, new=False)

    def _begin(self, place: int, members: Places, similarities: Floats, kind: LinkKind) -> Begun:
        window, rule = self._window, self._rule
        follows = self._follows(place)
        leader = place if kind is LinkKind.EXACT else int(members[similarities.argmax()])
        cluster = Cluster(
            id=self._name(),
            representative=window.ids[leader],
            leader=window.vectors[leader].astype(np.int8),
            base=window.vectors[members[: rule.bounded]].copy(),
            urgencies=window.urgency[members[: rule.bounded]].tolist(),
            join=self._search.join_from(place, self._search.middle(members)),
            opened_at=float(window.at[place]),
            reported_at=float(window.at[place]),
        )
        index = self._clusters.add(cluster)
        for member in members.tolist():
            self._link(member, index, place)
        found = list(zip(members.tolist(), similarities.tolist(), strict=True))
        return self._told(place, cluster, kind, found, follows=follows)

    def _recurrences(self, place: int, index: int) -> list[int]:
        """The places of tickets of the last seconds that came to an incident after its end."""
        cluster = self._clusters[index]
        recent = self._window.linked_lately(place, self._rule.seconds, self._clusters.of_incident(cluster.id))
        end = cluster.closed_at
        late = (one for one in recent if end is not None and float(self._window.at[one]) > end)
        return [one for one in late if self._window.linked[one] != _BY_HAND]

    def _reopen(
        self, place: int, index: int, kind: LinkKind, recurrences: Sequence[int], members: Sequence[tuple[int, float]]
    ) -> Begun:
        """Open a closed incident again, with its recurrences and the members that come to it now."""
        coming = [member for member, _ in members]
        returned = [one for one in recurrences if one not in coming]
        for member in [*returned, *coming]:
            self._grow(int(self._window.belongs[member]), member)
        cluster = self._clusters[index]
        self._clusters.reopen(cluster.id)
        ids = tuple(self._window.ids[one] for one in returned)
        return self._told(place, cluster, kind, members, new=False, reopened=ids)

    def _told(
        self,
        place: int,
        cluster: Cluster,
        kind: LinkKind,
        members: Sequence[tuple[int, float]],
        *,
        follows: str | None = None,
        new: bool = True,
        reopened: tuple[str, ...] | None = None,
    ) -> Begun:
        earlier = tuple((self._window.ids[member], similarity) for member, similarity in members if member != place)
        own = next(similarity for member, similarity in members if member == place)
        return Begun(cluster.id, kind, own, cluster.representative, earlier, follows, new, reopened)

    def _follows(self, place: int) -> str | None:
        """The incident of the same cause that was closed too long ago: the likest, the last of those that are alike."""
        at = float(self._window.at[place])
        best, highest = None, 0.0
        for cluster, middle in self._clusters.old(at):
            copy = -1.0 if cluster.leader is None else self._window.cosine(place, cluster.leader)
            likeness = self._likeness(place, middle)
            is_same = copy > self._rule.similarity or likeness >= self._rule.join
            if is_same and max(copy, likeness) >= highest:
                best, highest = cluster.id, max(copy, likeness)
        return best

    def _likeness(self, place: int, middle: Centroid | None) -> float:
        return -1.0 if middle is None else float(self._search.likeness(np.array([place]), middle)[0])

    def _link(self, place: int, index: int, by: int) -> None:
        self._window.belongs[place] = index
        self._window.linked[place] = self._window.order[by]

    def _grow(self, index: int, place: int) -> None:
        window = self._window
        self._clusters.grow(index, window.vectors[place], float(window.urgency[place]), float(window.at[place]))
