"""Reports that none of them by itself is like enough to join, and that together are about what is known already."""

from dataclasses import replace

import numpy as np
import pytest

from smart_support.domain.incident import LinkKind
from smart_support.domain.storm.clusters import Clusters
from smart_support.domain.storm.likeness import Likeness
from smart_support.domain.storm.rule import Begun, Cluster, Past
from smart_support.domain.storm.usual import Usual
from smart_support.domain.storm.vectors import rounded
from tests.unit.domain.storm.test_detector import RULE, D, background, begun, detector, direction, near, reports

FLOOD = 3_600.0
"""When the reports begin to come."""


def known(**more: object) -> Cluster:
    """An incident about the topic of `reports`, which nobody joins by himself."""
    vectors = np.stack([rounded(near(1, 0.4, 5_000 + n)) for n in range(8)])
    one = Cluster("inc-1", "m0", vectors[0], vectors.astype(np.float32), [0.6] * 8, 0.99, 100.0, 100.0)
    return replace(one, **more)


def flood(cluster: Cluster) -> list[Begun]:
    seen = detector(RULE, Past((), (), frozenset(), [cluster]))
    stream = [*background(300, FLOOD), *reports(25, FLOOD, 200.0, start=1_000, spread=0.8)]
    return begun(seen.observe(stream))


def test_they_come_to_the_one_that_is_open():
    cluster = known()
    first, *_ = found = flood(cluster)
    assert {one.incident for one in found} == {"inc-1"}
    assert (first.kind, first.new, first.reopened, first.representative) == (LinkKind.SEMANTIC, False, None, "m0")
    assert len(first.members) >= RULE.least - 1
    assert all(0.0 < likeness <= 1.0 for _, likeness in first.members)
    assert [name for name, _ in first.members] == sorted((name for name, _ in first.members), key=lambda n: int(n[1:]))
    assert cluster.reported_at > FLOOD
    assert len(cluster.urgencies) > 8, "its first members make its centroid"


def test_one_that_has_ended_is_open_again_with_them():
    cluster = known(closed_at=200.0)
    first = flood(cluster)[0]
    assert (first.incident, first.new, first.reopened) == ("inc-1", False, ())
    assert cluster.closed_at is None


def test_what_a_person_said_is_none_takes_nobody():
    cluster = known(closed_at=200.0, dismissed=True)
    assert flood(cluster) == []
    assert cluster.closed_at == 200.0


def test_one_that_ended_long_ago_is_another():
    (first, *_) = flood(known(opened_at=-200_000.0, reported_at=-200_000.0, closed_at=-100_000.0))
    assert (first.incident, first.new) == ("inc-2", True)


class TestSame:
    """Which incident a centroid belongs to."""

    LIKE = Likeness(RULE, Usual.none(D))

    def clusters(self, *known_ones: Cluster) -> Clusters:
        found = Clusters(known_ones, RULE)
        found.use(self.LIKE)
        return found

    def middle(self, *vectors: np.ndarray, urgency: float = 0.6):
        return self.LIKE.centroid(
            np.stack([rounded(one) for one in vectors]).astype(np.float32), [urgency] * len(vectors)
        )

    def at(self, cosine: float) -> np.ndarray:
        """A direction with this cosine to the first one."""
        one, other = direction(1), direction(2)
        other = other - (other @ one) * one
        return cosine * one + np.sqrt(1.0 - cosine**2) * other / np.linalg.norm(other)

    def cluster(self, cosine: float, id_: str = "inc-1", opened_at: float = 0.0) -> Cluster:
        vector = rounded(self.at(cosine))
        return Cluster(id_, id_, vector, vector[None, :].astype(np.float32), [0.6], 0.5, opened_at, opened_at)

    @pytest.mark.parametrize(("cosine", "moment", "found"), [(0.72, 10_000.0, 0), (0.68, 10_000.0, None)])
    def test_an_old_one_has_to_be_very_like(self, cosine, moment, found):
        assert self.clusters(self.cluster(cosine)).same(self.middle(self.at(1.0)), moment) == found

    @pytest.mark.parametrize(
        ("cosine", "moment", "found"), [(0.52, 300.0, 0), (0.48, 300.0, None), (0.52, 301.0, None)]
    )
    def test_one_that_opened_just_now_less_so(self, cosine, moment, found):
        assert self.clusters(self.cluster(cosine)).same(self.middle(self.at(1.0)), moment) == found

    def test_of_several_it_is_the_likest(self):
        found = self.clusters(self.cluster(0.75, "inc-1"), self.cluster(0.95, "inc-2"), self.cluster(0.8, "inc-3"))
        assert found.same(self.middle(self.at(1.0)), 9_000.0) == 1

    def test_one_without_vectors_is_like_nothing(self):
        empty = replace(self.cluster(0.9), base=np.zeros((0, 0), dtype=np.float32), urgencies=[])
        assert self.clusters(empty, self.cluster(0.8, "inc-2")).same(self.middle(self.at(1.0)), 9_000.0) == 1

    def test_who_is_much_calmer_is_less_like(self):
        one, other = self.middle(self.at(1.0)), self.middle(self.at(0.9))
        assert self.LIKE.of_centroids(one, other) == pytest.approx(0.9, abs=0.01)
        calm = self.middle(self.at(1.0), urgency=0.1)
        less = RULE.penalty * (RULE.calmer * 0.6 - 0.1)
        assert self.LIKE.of_centroids(calm, other) == pytest.approx(0.9 - less, abs=0.01)
        assert self.LIKE.of_centroids(other, calm) == pytest.approx(0.9, abs=0.01), "the other way round it is not"

    def test_a_member_belongs_to_the_cause_it_was_compared_with(self):
        found = self.clusters(self.cluster(0.9, "inc-1"), self.cluster(0.8, "inc-2"))
        assert [found.of("inc-2", None), found.of("inc-1", "inc-2"), found.of("inc-2", "gone")] == [1, 1, 1]
        assert found.of("inc-1", None) == 0
