"""The incidents that a detector knows, each at its place, with their centroids."""

from collections.abc import Iterable, Iterator

import numpy as np

from smart_support.domain.storm.likeness import Centroid, Likeness
from smart_support.domain.storm.rule import Cluster, Rule
from smart_support.domain.storm.vectors import Floats


class Clusters:
    """By number; with what was merged an incident has several. `use` a likeness before anything else: the centroids
    depend on it."""

    def __init__(self, known: Iterable[Cluster], rule: Rule) -> None:
        self._rule = rule
        self._known = list(known)
        self._places = {cluster.representative: place for place, cluster in enumerate(self._known)}

    def __getitem__(self, place: int) -> Cluster:
        return self._known[place]

    def place(self, representative: str) -> int:
        """That of the cluster that this ticket stands for."""
        return self._places[representative]

    def of(self, incident: str, representative: str | None) -> int:
        """The place of what a member is about; of one that was linked by hand, the first that its incident is about."""
        known = None if representative is None else self._places.get(representative)
        return self.of_incident(incident)[0] if known is None else known

    def of_incident(self, incident: str) -> list[int]:
        """The places of all that an incident is about."""
        return [place for place, cluster in enumerate(self._known) if cluster.id == incident]

    def reopen(self, incident: str) -> None:
        for place in self.of_incident(incident):
            self._known[place].closed_at = None

    def reported(self, incident: str, at: float) -> None:
        """A report of an incident came."""
        for place in self.of_incident(incident):
            self._known[place].reported_at = max(self._known[place].reported_at, at)

    def use(self, likeness: Likeness) -> None:
        """Have centroids by this likeness from now on."""
        self._likeness = likeness
        self._centroids = [self._centroid(cluster) for cluster in self._known]

    def add(self, cluster: Cluster) -> int:
        """Its place."""
        self._places[cluster.representative] = len(self._known)
        self._known.append(cluster)
        self._centroids.append(self._centroid(cluster))
        return len(self._known) - 1

    def grow(self, place: int, vector: Floats, urgency: float, at: float) -> None:
        """A member came; the first ones make the centroid."""
        cluster = self._known[place]
        self.reported(cluster.id, at)
        if len(cluster.urgencies) < self._rule.bounded:
            cluster.base = np.concatenate([cluster.base.reshape(-1, len(vector)), vector[None, :]])
            cluster.urgencies.append(urgency)
            self._centroids[place] = self._centroid(cluster)

    def at(self, moment: float) -> Iterator[tuple[int, Cluster, Centroid | None]]:
        """Those that know their own at this time: open ones, and others for some time after their end. One whose
        members were all taken away has no centroid."""
        for place, cluster in enumerate(self._known):
            if not self._is_old(cluster, moment):
                yield place, cluster, self._centroids[place]

    def old(self, moment: float) -> Iterator[tuple[Cluster, Centroid | None]]:
        """Those that do so no more."""
        for cluster, middle in zip(self._known, self._centroids, strict=True):
            if self._is_old(cluster, moment):
                yield cluster, middle

    def same(self, middle: Centroid, moment: float) -> int | None:
        """The one whose cause is that of tickets with this centroid, if there is one: the likest."""
        best, highest = None, 0.0
        for place, cluster, other in self.at(moment):
            if other is None:
                continue
            likeness = self._likeness.of_centroids(middle, other)
            recent = moment - cluster.opened_at <= self._rule.seconds
            if likeness >= (self._rule.together if recent else self._rule.same) and likeness > highest:
                highest, best = likeness, place
        return best

    def _is_old(self, cluster: Cluster, moment: float) -> bool:
        return cluster.closed_at is not None and moment > cluster.closed_at + self._rule.span

    def _centroid(self, cluster: Cluster) -> Centroid | None:
        return self._likeness.centroid(cluster.base, cluster.urgencies) if cluster.urgencies else None
