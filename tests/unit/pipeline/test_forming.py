"""What the leader tells of storms that may be forming, and how often."""

from collections.abc import Sequence

import numpy as np
import pytest

from smart_support.domain.storm.detector import Detector
from smart_support.domain.storm.rule import Past, Rule
from smart_support.domain.storm.usual import Usual
from smart_support.domain.storm.vectors import rounded
from smart_support.domain.storm.window import Sighting
from smart_support.pipeline.forming import LIFE_SECONDS, MOST, SAMPLES, TELL_SECONDS, Member, StormState, TellStorms
from smart_support.pipeline.records import Lease, Unavailable

LEASE = Lease("dispatcher", 1)
D = 64


class Store:
    """Remembers what it was told; every ticket is about Billing, and two have a customer each."""

    def __init__(self) -> None:
        self.told: list[StormState] = []
        self.error: Exception | None = None

    def tell_storms(self, _workspace: str, state: StormState, _lease: Lease) -> None:
        if self.error is not None:
            raise self.error
        self.told.append(state)

    def members(self, _workspace: str, ticket_ids: Sequence[str]) -> dict[str, Member]:
        return {name: Member("Billing", name[0]) for name in ticket_ids}


class World:
    """A leader with one detector, on clocks that stand still."""

    def __init__(self) -> None:
        self.store = Store()
        self.time = self.at = 1_000.0
        past = Past((), (), frozenset(), ())
        self.detector = Detector(Rule(), Usual.none(D), past, lambda: "inc-1")
        self.order = 0
        self.tells = TellStorms(self.store, lambda: {"default": [self.detector]}, lambda: self.at, lambda: self.time)

    def see(self, number: int, topic: int = 1) -> None:
        """Copies of one ticket come."""
        vector = rounded(np.random.default_rng(topic).normal(size=D))
        for _ in range(number):
            self.order += 1
            self.detector.observe([Sighting(f"t{self.order}", self.order, self.at, vector, 0.5)])

    def tell(self, after: float = 0.0) -> int:
        """How often it was told, `after` so many seconds."""
        self.time += after
        self.at += after
        before = len(self.store.told)
        self.tells.tell(LEASE)
        return len(self.store.told) - before


@pytest.fixture
def world() -> World:
    return World()


def test_a_change_is_told_at_most_once_a_second_and_silence_now_and_then(world: World):
    world.see(4)
    assert world.tell() == 1
    world.see(1)
    assert world.tell(TELL_SECONDS / 2) == 0
    assert world.tell(TELL_SECONDS / 2) == 1
    assert world.tell(TELL_SECONDS) == 0
    assert world.tell(LIFE_SECONDS) == 1
    assert [state.clusters[0].tickets for state in world.store.told] == [4, 5, 5]


def test_what_ends_is_told_too(world: World):
    world.see(4)
    world.tell()
    assert world.tell(301.0) == 1
    assert world.store.told[-1].clusters == ()


def test_a_few_tickets_stand_for_a_cluster_and_the_nearest_clusters_for_all(world: World):
    for topic in range(MOST + 5):
        world.see(3 + topic % 5, topic)
    world.tell()
    (state,) = world.store.told
    assert len(state.clusters) == MOST
    missing = [cluster.missing for cluster in state.clusters]
    assert missing == sorted(missing)
    assert all(len(cluster.ticket_ids) == min(SAMPLES, cluster.tickets) for cluster in state.clusters)
    assert {(cluster.category, cluster.customers) for cluster in state.clusters} == {("Billing", 1)}


def test_an_outage_is_the_callers_and_it_is_told_afterwards(world: World):
    world.see(4)
    world.store.error = Unavailable("cut off by a test")
    with pytest.raises(Unavailable):
        world.tell()
    world.store.error = None
    assert world.tell(TELL_SECONDS) == 1


def test_what_goes_wrong_with_the_picture_is_not_the_dispatchers(world: World):
    world.see(4)
    world.store.error = ValueError("no picture")
    assert world.tell() == 0
    world.store.error = None
    assert world.tell(TELL_SECONDS) == 1
