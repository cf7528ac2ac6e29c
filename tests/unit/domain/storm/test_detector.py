from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.incident import LinkKind
from smart_support.domain.storm.detector import Detector
from smart_support.domain.storm.rule import Begun, Cluster, Joined, Past, Rule, Verdict
from smart_support.domain.storm.usual import Usual
from smart_support.domain.storm.vectors import rounded
from smart_support.domain.storm.window import Sighting

D = 256
RULE = Rule(least=5, chance=-4.0)
NOTHING = Past((), (), frozenset(), ())
LONGEST = 160


def direction(seed: int) -> np.ndarray:
    vector = np.random.default_rng(seed).normal(size=D)
    return vector / np.linalg.norm(vector)


def near(topic: int, spread: float, seed: int) -> np.ndarray:
    """A vector about a topic: its cosine with others falls as `spread` grows."""
    return direction(1_000 + topic) + spread * direction(10_000 + seed)


def sighting(number: int, at: float, vector: np.ndarray, urgency: float = 0.6) -> Sighting:
    return Sighting(f"t{number}", number, at, rounded(vector), urgency)


def detector(rule: Rule = RULE, past: Past = NOTHING) -> Detector:
    numbers = iter(range(len(past.clusters) + 1, 1_000))
    return Detector(rule, Usual.none(D), past, lambda: f"inc-{next(numbers)}")


def copies(times: Sequence[float]) -> list[Sighting]:
    return [sighting(number, at, direction(1)) for number, at in enumerate(times, 1)]


def begun(verdicts: Sequence[Verdict]) -> list[Begun]:
    return [verdict for verdict in verdicts if isinstance(verdict, Begun)]


def background(number: int, seconds: float, start: int = 1, at: float = 0.0) -> list[Sighting]:
    """Tickets that have nothing to do with each other, evenly in time."""
    step = seconds / number
    return [sighting(start + n, at + n * step, direction(50_000 + start + n), 0.4) for n in range(number)]


def reports(number: int, at: float, seconds: float, start: int, spread: float = 0.9, urgency: float = 0.6):
    step = seconds / number
    return [sighting(start + n, at + n * step, near(1, spread, start + n), urgency) for n in range(number)]


class TestCopies:
    def test_the_eleventh_opens_an_incident_with_all_eleven_and_the_tenth_does_not(self):
        said = detector().observe(copies(range(11)))
        assert said[:10] == [None] * 10
        opened = said[10]
        assert isinstance(opened, Begun)
        assert opened.kind is LinkKind.EXACT
        assert [name for name, _ in opened.members] == [f"t{n}" for n in range(1, 11)]
        assert all(similarity == pytest.approx(1.0) for _, similarity in opened.members)

    def test_at_the_edge_of_the_window_the_first_still_counts(self):
        assert begun(detector().observe(copies([*range(10), 300.0])))
        assert not begun(detector().observe(copies([*range(10), 300.5])))

    def test_a_steady_drip_is_no_storm(self):
        assert not begun(detector().observe(copies([60.0 * n for n in range(60)])))

    def test_later_ones_join_as_copies_of_the_representative(self):
        *_, last = detector().observe(copies(range(12)))
        assert isinstance(last, Joined)
        assert (last.kind, last.representative, last.late) == (LinkKind.EXACT, "t11", False)

    def test_nothing_is_linked_by_likeness_to_a_member(self):
        """A chain of tickets, each a near copy of the one before, ends where it has left the representative behind."""
        rule = replace(RULE, join=2.0, near=2.0, surely=2.0)
        first, second = direction(1), direction(2)
        angles = np.concatenate([np.zeros(11), np.linspace(0.0, 1.5, 40)])
        chain = [np.cos(a) * first + np.sin(a) * (second - (second @ first) * first) for a in angles]
        said = detector(rule).observe([sighting(n, n, vector) for n, vector in enumerate(chain, 1)])
        linked = [verdict for verdict in said if isinstance(verdict, Joined)]
        assert linked
        assert all(verdict.similarity > 0.9 for verdict in linked)
        assert said[-1] is None


class TestReports:
    def test_reports_in_different_words_are_found_among_other_tickets(self):
        stream = background(200, 3_000.0)
        storm = reports(14, 3_000.0, 200.0, 201)
        said = detector().observe([*stream, *storm])
        (opened,) = begun(said)
        assert opened.kind is LinkKind.SEMANTIC
        assert {name for name, _ in opened.members} <= {s.ticket_id for s in storm}
        assert sum(verdict is not None for verdict in said) >= 8

    def test_what_is_always_so_frequent_is_no_storm(self):
        usual = [sighting(n, 20.0 * n, near(1, 0.9, n) if n % 3 == 0 else direction(50_000 + n)) for n in range(1, 900)]
        assert not begun(detector().observe(usual)[300:])

    def test_a_busy_hour_alone_is_no_storm(self):
        quiet = background(200, 6_000.0)
        busy = background(300, 300.0, 201, 6_000.0)
        assert not begun(detector().observe([*quiet, *busy]))

    def test_a_topic_that_an_unknown_company_has_all_the_time_is_no_storm(self):
        cards = [sighting(n, 1.5 * n, near(1, 0.9, n) if n % 2 else direction(50_000 + n)) for n in range(1, 200)]
        assert not begun(detector().observe(cards))

    def test_a_storm_is_found_before_anything_is_known(self):
        first = background(10, 60.0)
        assert len(begun(detector().observe([*first, *reports(30, 60.0, 200.0, 11)]))) == 1

    def test_those_who_only_ask_stay_out(self):
        stream = [*background(200, 3_000.0), *reports(14, 3_000.0, 200.0, 201)]
        alike = reports(4, 3_210.0, 60.0, 215, spread=1.2)
        assert None not in detector().observe([*stream, *alike])[-4:]
        questions = [replace(one, urgency=0.05) for one in alike]
        assert detector().observe([*stream, *questions])[-4:] == [None] * 4

    def test_ten_copies_are_no_ten_voices(self):
        said = detector().observe(
            [
                *background(200, 3_000.0),
                *[replace(s, at=3_000.0 + s.order, order=200 + s.order) for s in copies(range(10))],
            ]
        )
        assert not begun(said)


class TestLife:
    @staticmethod
    def cluster(**changes: object) -> Cluster:
        vectors = rounded(np.stack([near(1, 0.9, n) for n in range(8)]))
        made = Cluster("inc-1", "old", vectors[0], vectors.astype(np.float32), [0.6] * 8, 0.4, 900.0, 1_000.0)
        return replace(made, **changes)

    def test_a_late_report_of_a_closed_incident_is_a_recurrence_and_opens_nothing(self):
        past = Past((), (), frozenset(), [self.cluster(closed_at=2_000.0)])
        said = detector(past=past).observe(reports(14, 3_000.0, 600.0, 1))
        assert not begun(said)
        assert {verdict.incident for verdict in said if isinstance(verdict, Joined) and verdict.late} == {"inc-1"}

    def test_a_flood_of_recurrences_opens_it_again(self):
        closed = self.cluster(leader=rounded(direction(1)), closed_at=0.5)
        said = detector(past=Past((), (), frozenset(), [closed])).observe(copies(range(1, 14)))
        assert [isinstance(verdict, Joined) and verdict.late for verdict in said] == [True] * 10 + [False] * 3
        (again,) = begun(said)
        assert (again.incident, again.new, again.members) == ("inc-1", False, ())
        assert again.reopened == tuple(f"t{n}" for n in range(1, 11))

    def test_stragglers_do_not(self):
        closed = self.cluster(leader=rounded(direction(1)), closed_at=0.5)
        drip = copies([40.0 * n for n in range(1, 60)])
        assert not begun(detector(past=Past((), (), frozenset(), [closed])).observe(drip))

    def test_after_its_life_a_new_one_opens_that_names_it(self):
        past = Past((), (), frozenset(), [self.cluster(closed_at=2_000.0)])
        late = RULE.span + 2_001.0
        said = detector(past=past).observe(
            [*background(200, 3_000.0, at=late), *reports(14, late + 3_000.0, 200.0, 201)]
        )
        (opened,) = begun(said)
        assert (opened.incident, opened.follows, opened.new) == ("inc-2", "inc-1", True)

    def test_what_a_person_dismissed_is_not_opened_again(self):
        past = Past((), (), frozenset(), [self.cluster(closed_at=2_000.0, dismissed=True)])
        assert detector(past=past).observe(reports(14, 3_000.0, 200.0, 1)) == [None] * 14

    def test_a_ticket_that_was_set_apart_is_never_part_of_another_storm(self):
        seen = copies(range(10))
        past = Past(seen, [None] * 10, frozenset({"t3"}), ())
        assert detector(past=past).observe([sighting(11, 10.0, direction(1))]) == [None]
        opened = detector(past=replace(past, apart=frozenset())).observe([sighting(11, 10.0, direction(1))])
        assert begun(opened)


def past_of(seen: Sequence[Sighting], verdicts: Sequence[Verdict], rule: Rule, joins: dict[str, float]) -> Past:
    """What a store would remember of these verdicts."""
    by_id = {one.ticket_id: one for one in seen}
    belongs: dict[str, tuple[str, str | None, int]] = {}
    leaders: dict[str, str] = {}
    opened: dict[str, float] = {}
    reported: dict[str, float] = {}
    for one, verdict in zip(seen, verdicts, strict=True):
        if verdict is None:
            continue
        opened.setdefault(verdict.incident, one.at)
        leaders.setdefault(verdict.incident, verdict.representative)
        names = [name for name, _ in verdict.members] if isinstance(verdict, Begun) else []
        for name in [*names, one.ticket_id]:
            belongs[name] = (verdict.incident, verdict.representative, one.order)
            at = by_id[name].at if not (isinstance(verdict, Begun) and verdict.new) else one.at
            reported[verdict.incident] = max(reported.get(verdict.incident, at), at)
    clusters = []
    for name, leader in leaders.items():
        members = [one for one in seen if belongs.get(one.ticket_id, ("",))[0] == name]
        members = sorted(members, key=lambda one: (belongs[one.ticket_id][2], one.order))[: rule.bounded]
        base = np.stack([one.vector for one in members]).astype(np.float32)
        urgencies = [float(np.float32(one.urgency)) for one in members]
        clusters.append(
            Cluster(name, leader, by_id[leader].vector, base, urgencies, joins[name], opened[name], reported[name])
        )
    return Past(list(seen), [belongs.get(one.ticket_id) for one in seen], frozenset(), clusters)


@st.composite
def streams(draw: st.DrawFn) -> list[Sighting]:
    """Some topics, copies and loners, in bursts and lulls."""
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    at, made = 0.0, []
    for number in range(1, draw(st.integers(30, LONGEST))):
        at += float(rng.choice([0.5, 2.0, 20.0, 400.0], p=[0.5, 0.3, 0.18, 0.02]))
        kind = rng.random()
        if kind < 0.35:
            vector = near(int(rng.integers(3)), 0.8, int(rng.integers(1_000)))
        elif kind < 0.5:
            vector = direction(int(rng.integers(2)))
        else:
            vector = direction(60_000 + int(rng.integers(10_000)))
        made.append(sighting(number, at, vector, float(rng.choice([0.1, 0.5, 0.9]))))
    return made


class TestOneOrder:
    @given(streams(), st.lists(st.integers(0, LONGEST), max_size=6))
    def test_batches_make_no_difference(self, stream: list[Sighting], cuts: list[int]):
        whole = detector().observe(stream)
        parts = detector()
        assert [v for a, b in pairwise([0, *sorted(cuts), LONGEST]) for v in parts.observe(stream[a:b])] == whole

    @given(streams(), st.integers(0, LONGEST))
    def test_a_successor_that_knows_what_was_stored_goes_on_as_the_first_would_have(
        self, stream: list[Sighting], cut: int
    ):
        whole = detector().observe(stream)
        first = detector()
        said = first.observe(stream[:cut])
        joins = {one.incident: first.cluster(one.representative).join for one in said if one is not None}
        again = detector(past=past_of(stream[:cut], said, RULE, joins))
        assert [*said, *again.observe(stream[cut:])] == whole
