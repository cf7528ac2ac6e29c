import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_support.simulator.families import families
from smart_support.simulator.texts import everyday, phrased
from smart_support.simulator.traffic import Arrival, burst, day, flood, labelled, rate
from tests.examples import examples

NAMES = {family.name for family in families()}
SEEDS = st.integers(0, 2**32)
few = settings(max_examples=examples(0.25), deadline=None)


def times(arrivals: list[Arrival], *kinds: str) -> list[float]:
    return [arrival.at for arrival in arrivals if arrival.kind in kinds]


class TestFamilies:
    def test_held_out_ones_are_others(self):
        held_out = families(held_out=True)
        assert (len(families()), len(held_out)) == (24, 12)
        assert not NAMES & {family.name for family in held_out}
        for family in (*families(), *held_out):
            assert (len(family.reports), len(family.look_alikes)) == (26, 6)


class TestTexts:
    @few
    @given(SEEDS, st.integers(0, 2_500))
    def test_no_everyday_ticket_comes_again_before_all_have_come(self, seed: int, number: int):
        counts = Counter(everyday(np.random.default_rng(seed), number))
        assert counts.total() == number
        assert len(counts) == min(number, 1_200)
        assert not counts or max(counts.values()) - min(counts.values()) <= 1

    @few
    @given(SEEDS, st.integers(0, 200), st.sampled_from(families()))
    def test_phrasings_come_as_they_are_and_then_signed_never_twice(self, seed: int, number: int, family):
        found = phrased(np.random.default_rng(seed), family.reports, number)
        said = [text.subject or text.body for text in found]
        known = {phrasing.text for phrasing in family.reports}
        assert len(found) == len(set(found)) == number
        assert set(said[:26]) <= known
        assert all(text.split("\n\n")[1] in known for text in said[26:])

    @pytest.mark.parametrize("held_out", [False, True])
    def test_every_language_has_greetings(self, held_out: bool):
        for family in families(held_out=held_out):
            assert len(phrased(np.random.default_rng(1), (*family.reports, *family.look_alikes), 64)) == 64


class TestFlood:
    @few
    @given(SEEDS, st.integers(0, 80), st.floats(60, 7_200), st.integers(0, 10), st.integers(0, 10))
    def test_it_has_what_was_asked_for_in_its_time(
        self, seed: int, reports: int, seconds: float, look_alikes: int, copies: int
    ):
        copies = copies if reports else 0
        asked = {"reports": reports, "seconds": seconds, "look_alikes": look_alikes, "copies": copies}
        arrivals = flood(seed, **asked)
        assert arrivals == flood(seed, **asked)
        kinds = Counter(arrival.kind for arrival in arrivals)
        assert (kinds["report"], kinds["look-alike"], kinds["copy"]) == (reports, look_alikes, copies)
        assert all(0.0 <= at <= seconds for at in times(arrivals, "base", "report", "look-alike", "copy"))
        assert all(at >= seconds / 10 for at in times(arrivals, "report", "copy"))
        assert [a.at for a in arrivals] == sorted(a.at for a in arrivals)

    @few
    @given(SEEDS)
    def test_labels_are_true(self, seed: int):
        arrivals = flood(seed)
        (name,) = {arrival.family for arrival in arrivals if arrival.kind != "base"}
        assert name in NAMES
        first = {(a.subject, a.body): a.at for a in reversed(arrivals) if a.kind == "report"}
        for arrival in arrivals:
            assert (arrival.family is None) == (arrival.kind == "base")
            assert arrival.subject or arrival.body
            if arrival.kind == "copy":
                assert arrival.at >= first[arrival.subject, arrival.body]

    def test_the_family_may_be_any(self):
        family = families(held_out=True)[0]
        assert {a.family for a in flood(1, family)} == {family.name, None}
        assert len({a.family for seed in range(40) for a in flood(seed, others_per_hour=0)}) > 10

    def test_everyday_traffic_does_not_hang_on_the_storm(self):
        few, many = ([a for a in flood(3, reports=n) if a.kind == "base"] for n in (5, 500))
        assert few == many != []

    def test_reports_rise_fast_and_ebb(self):
        arrivals = flood(1, reports=2_000, seconds=7_200)
        delays = np.array(times(arrivals, "report")) - 720
        minutes = np.histogram(delays, bins=np.arange(0, 3_600, 60))[0]
        assert minutes.argmax() <= 2
        assert 0.5 < (delays < 300).mean() < 0.7
        assert 1_500 < delays.max() < 3_600


class TestDay:
    @few
    @given(SEEDS, st.floats(0.2, 48), st.integers(0, 6), st.integers(1, 30))
    def test_it_has_what_was_asked_for_in_its_time(self, seed: int, hours: float, storms: int, reports: int):
        asked = {"hours": hours, "storms": storms, "reports": reports, "others_per_hour": 5.0}
        arrivals = day(seed, **asked)
        assert arrivals == day(seed, **asked)
        assert [a.at for a in arrivals] == sorted(a.at for a in arrivals)
        assert all(0.0 <= arrival.at <= 3_600 * hours for arrival in arrivals)
        sizes = Counter(a.family for a in arrivals if a.kind == "report")
        assert len(sizes) == storms
        assert sizes.keys() <= NAMES
        assert all(reports / 2 <= size <= 1.5 * reports for size in sizes.values())
        for kind, number in (("look-alike", 6), ("copy", 5)):
            assert Counter(a.family for a in arrivals if a.kind == kind) == dict.fromkeys(sizes, number)

    def test_it_follows_its_rhythm(self):
        at = np.array([a.at for seed in range(20) for a in day(seed, storms=0, others_per_hour=100.0)]) / 3_600
        per_hour = np.histogram(at, bins=np.arange(25))[0] / 20
        assert per_hour.mean() == pytest.approx(100.0, rel=0.02)
        assert per_hour[13:15].mean() == pytest.approx(180.0, rel=0.05)
        assert per_hour[1:3].mean() == pytest.approx(20.0, rel=0.2)
        assert rate(np.array([14.0, 2.0]) * 3_600, 100.0) == pytest.approx([180.0, 20.0])

    def test_storms_may_be_of_given_families_and_each_needs_its_own(self):
        held_out = families(held_out=True)
        found = {a.family for a in day(1, held_out, storms=12)} - {None}
        assert found == {family.name for family in held_out}
        with pytest.raises(ValueError, match="13 storms need as many families; there are 12"):
            day(1, held_out, storms=13)


def test_a_stream_is_written_with_its_labels():
    arrivals = day(1, hours=2.0)
    records = json.loads(json.dumps(list(labelled(arrivals))))
    assert len({record["id"] for record in records}) == len(arrivals)
    assert records[0] == {
        "id": "sim-000001",
        "subject": arrivals[0].subject,
        "body": arrivals[0].body,
        "received_at": round(arrivals[0].at, 3),
        "label": {"kind": arrivals[0].kind, "family": arrivals[0].family},
    }


class TestBurst:
    @few
    @given(SEEDS, st.integers(1, 2_000), st.floats(0.1, 600.0))
    def test_there_are_exactly_so_many_tickets_in_the_time_and_the_seed_says_which(
        self, seed: int, tickets: int, seconds: float
    ):
        made = burst(seed, tickets, seconds)
        assert len(made) == tickets
        assert [at for at, _ in made] == sorted(at for at, _ in made)
        assert all(0.0 <= at <= seconds for at, _ in made)
        assert all(text.subject or text.body for _, text in made)
        assert made == burst(seed, tickets, seconds)
