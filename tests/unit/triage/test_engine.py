"""The engine over a fake transformer, on a timer that only its runs move."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from smart_support.domain.breaker import BreakerLimits
from smart_support.domain.engine import percentile
from smart_support.domain.triage import Text, Tier, Triage
from smart_support.triage.engine import Engine
from tests.builders import triage
from tests.waiting import until

FAST, SLOW = 0.1, 0.6
LIMIT = 2.0


class RunEnded(Exception):
    """What an encoder raises past its limit."""


class Light:
    """S is 0.1."""

    tier = Tier.LIGHT
    version = "light-1"

    def triage(self, texts):
        return [replace(triage(0.1), category=text.body, model_version=self.version, language=None) for text in texts]


class Transformer:
    """Two texts a run, the shortest first; S is 0.9. `takes` is how long a run takes, or what it raises."""

    tier = Tier.TRANSFORMER
    version = "transformer-1"

    def __init__(self) -> None:
        self.takes: list[float | Exception] = []
        self.every: float | Exception = FAST
        self.now = 1_000.0
        self.scored: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()

    def timer(self) -> float:
        return self.now

    def read(self, texts):
        return [text.body for text in texts]

    def runs(self, readings):
        places = sorted(range(len(readings)), key=lambda place: len(readings[place]))
        return [places[start : start + 2] for start in range(0, len(places), 2)]

    def score(self, readings, limit):
        self.scored.append(list(readings))
        assert limit == LIMIT
        takes = self.takes.pop(0) if self.takes else self.every
        assert self.gate.wait(10)
        if isinstance(takes, Exception):
            raise takes
        if takes > limit:
            self.now += limit
            raise RunEnded
        self.now += takes
        return [self.says(body) for body in readings]

    def triage(self, texts):
        return self.score(self.read(texts), LIMIT)

    def says(self, body: str) -> Triage:
        return Triage(body, 0.9, 0.9, Tier.TRANSFORMER, self.version)


@pytest.fixture
def transformer() -> Transformer:
    return Transformer()


@pytest.fixture
def engine(transformer: Transformer) -> Engine[str]:
    return Engine(Light(), transformer, lambda _: "xx", BreakerLimits(), transformer.timer, lambda: 5_000.0, LIMIT)


def texts(*bodies: str) -> list[Text]:
    return [Text("", body) for body in bodies]


def bodies(start: int, number: int) -> list[Text]:
    """Different texts, all of one length."""
    return texts(*(f"{n:06}" for n in range(start, start + number)))


def open_it(engine: Engine[str], transformer: Transformer) -> None:
    transformer.takes = [SLOW] * 3
    engine.triage(bodies(900_000, 6))
    assert engine.figures.breaker_open


def probe(engine: Engine[str]) -> None:
    """One probe, from beginning to end."""
    before = engine.figures.probes
    engine.probe()
    until(lambda: engine.figures.probes > before, "the probe ends")


def tiers(results: list[Triage]) -> list[tuple[Tier, bool]]:
    return [(result.tier, result.degraded) for result in results]


BY_TRANSFORMER, DEGRADED, BY_LIGHT = (Tier.TRANSFORMER, False), (Tier.LIGHT, True), (Tier.LIGHT, False)


def test_results_come_in_the_order_of_the_texts_whatever_the_runs(engine: Engine[str], transformer: Transformer):
    asked = texts("ccc", "a", "eeeee", "bb", "dddd")
    results = engine.triage(asked)
    assert [result.category for result in results] == ["ccc", "a", "eeeee", "bb", "dddd"]
    assert transformer.scored == [["a", "bb"], ["ccc", "dddd"], ["eeeee"]]
    assert set(tiers(results)) == {BY_TRANSFORMER}
    assert {result.language for result in results} == {"xx"}
    assert engine.figures.runs == 3
    assert engine.figures.run_seconds == pytest.approx(3 * FAST)
    assert engine.triage([]) == []


def test_it_opens_in_the_middle_of_a_batch_and_the_rest_is_degraded(engine: Engine[str], transformer: Transformer):
    transformer.takes = [SLOW, SLOW, SLOW]
    results = engine.triage(bodies(0, 10))
    assert tiers(results) == [BY_TRANSFORMER] * 6 + [DEGRADED] * 4
    assert {result.language for result in results} == {"xx"}
    assert [result.category for result in results] == [text.body for text in bodies(0, 10)]
    figures = engine.figures
    assert (figures.breaker_open, figures.opened_at, figures.degraded) == (True, 5_000.0, 4)
    assert (engine.tier, engine.version) == (Tier.LIGHT, "light-1")


def test_a_batch_is_one_call_and_what_lies_between_the_limits_ends_the_streak(
    engine: Engine[str], transformer: Transformer
):
    transformer.takes = [SLOW, SLOW, 0.5, SLOW, SLOW, FAST, SLOW, SLOW]
    for start in range(0, 16, 2):
        assert set(tiers(engine.triage(bodies(start, 2)))) == {BY_TRANSFORMER}
    assert engine.figures.streak == 2
    assert not engine.figures.breaker_open


@pytest.mark.parametrize("fails", [ValueError("of the session"), LIMIT + 1], ids=["an error", "a time-out"])
def test_a_run_that_fails_is_slow_and_its_tickets_are_degraded(
    engine: Engine[str], transformer: Transformer, fails: float | Exception
):
    transformer.takes = [FAST, fails, FAST]
    with capture_logs() as logs:
        assert tiers(engine.triage(bodies(0, 6))) == [BY_TRANSFORMER] * 2 + [DEGRADED] * 2 + [BY_TRANSFORMER] * 2
        assert not engine.figures.breaker_open
        transformer.takes = [fails, SLOW, fails]
        engine.triage(bodies(10, 6))
    assert engine.figures.breaker_open
    assert [line["event"] for line in logs].count("breaker_opened") == 1
    assert "00000" not in str(logs)


def test_while_open_nobody_waits_and_one_probe_at_a_time_looks(engine: Engine[str], transformer: Transformer):
    open_it(engine, transformer)
    transformer.scored.clear()
    transformer.gate.clear()
    for start in range(0, 50, 5):
        assert tiers(engine.triage(bodies(start, 5))) == [DEGRADED] * 5
        engine.probe()
    assert len(transformer.scored) <= 1
    transformer.gate.set()
    engine.close()
    assert transformer.scored == [["000000", "000001"]]
    assert (engine.figures.probes, engine.figures.streak) == (1, 1)


def test_five_fast_probes_in_a_row_close_it_also_where_no_tickets_come(engine: Engine[str], transformer: Transformer):
    open_it(engine, transformer)
    transformer.takes = [FAST] * 4 + [0.2] + [FAST] * 3 + [ValueError()] + [FAST] * 4
    transformer.scored.clear()
    with capture_logs() as logs:
        for _ in range(13):
            probe(engine)
            assert engine.figures.breaker_open
        probe(engine)
    assert not engine.figures.breaker_open
    assert (engine.figures.opened_at, engine.tier) == (None, Tier.TRANSFORMER)
    assert [line["event"] for line in logs if line["log_level"] == "info"] == ["breaker_closed"]
    assert transformer.scored == [["900004", "900005"]] * 14  # the last live batch
    assert tiers(engine.triage(bodies(0, 2))) == [BY_TRANSFORMER] * 2
    probe_count = engine.figures.probes
    engine.probe()
    engine.close()
    assert engine.figures.probes == probe_count


def test_a_run_from_before_the_opening_is_used_and_counts_for_no_probe(engine: Engine[str], transformer: Transformer):
    transformer.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(engine.triage, texts("late"))
        until(lambda: transformer.scored, "its run has begun")
        transformer.score, score = _slow(transformer), transformer.score
        engine.triage(bodies(0, 6))
        assert engine.figures.breaker_open
        transformer.score = score
        transformer.gate.set()
        assert tiers(late.result(10)) == [BY_TRANSFORMER]
    assert engine.figures.breaker_open
    assert engine.figures.streak == 0


def _slow(transformer: Transformer) -> Callable[..., list[Triage]]:
    def score(readings, limit):
        transformer.now += SLOW
        return [transformer.says(body) for body in readings]

    return score


def test_many_threads_get_each_their_own(engine: Engine[str], transformer: Transformer):
    transformer.every = 0.0
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: engine.triage(bodies(10 * n, 4)), range(40)))
    for number, results in enumerate(answers):
        assert [result.category for result in results] == [text.body for text in bodies(10 * number, 4)]
    assert engine.figures.runs == 80


class TestEcho:
    def test_a_copy_takes_over_what_was_said_within_and_across_batches(
        self, engine: Engine[str], transformer: Transformer
    ):
        first = engine.triage([Text("Help", "it is broken \n"), Text("Help", "other"), Text(" Help", "it is broken ")])
        again = engine.triage([Text("Help", "it is broken"), Text("Help", "it is broken.")])
        assert transformer.scored == [["other", "it is broken \n"], ["it is broken."]]
        assert again[0] == first[0] == first[2]
        assert engine.figures.echoes == 2

    def test_it_lasts_300_seconds(self, engine: Engine[str], transformer: Transformer):
        engine.triage(texts("copy"))
        transformer.now += 301.0
        engine.triage(texts("copy"))
        assert len(transformer.scored) == 2
        assert engine.figures.echoes == 0

    def test_what_the_light_model_said_is_not_taken_over(self, engine: Engine[str], transformer: Transformer):
        transformer.takes = [ValueError()]
        assert tiers(engine.triage(texts("copy", "copy"))) == [DEGRADED] * 2
        assert tiers(engine.triage(texts("copy"))) == [BY_TRANSFORMER]
        assert (engine.figures.echoes, engine.figures.degraded) == (0, 2)

    def test_while_open_everything_is_degraded(self, engine: Engine[str], transformer: Transformer):
        engine.triage(texts("copy"))
        open_it(engine, transformer)
        assert tiers(engine.triage(texts("copy"))) == [DEGRADED]
        engine.close()


def test_it_tells_how_long_its_last_runs_took_and_what_its_breaker_goes_by(engine, transformer):
    assert (engine.figures.run_p95, engine.figures.limits) == (None, BreakerLimits())
    transformer.takes = [0.1] * 90 + [0.3] * 10
    for number in range(100):
        engine.triage(bodies(number, 1))
    assert engine.figures.run_p95 == pytest.approx(0.3)
    for number in range(100, 300):  # only the last 200 count
        engine.triage(bodies(number, 1))
    assert engine.figures.run_p95 == pytest.approx(FAST)


@given(st.lists(st.floats(0.0, 10.0), min_size=1, max_size=250), st.floats(0.01, 1.0))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values: list[float], share: float):
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
    assert sum(value < found for value in values) < share * len(values)


def test_without_a_transformer_nothing_is_degraded():
    engine = Engine(Light(), None, lambda _: "xx", BreakerLimits(), lambda: 0.0, lambda: 0.0)
    assert tiers(engine.triage(texts("a", "b"))) == [BY_LIGHT] * 2
    assert [result.language for result in engine.triage(texts("a"))] == ["xx"]
    assert (engine.tier, engine.version, engine.figures.degraded) == (Tier.LIGHT, "light-1", 0)
    engine.probe()
    engine.close()


def test_what_the_tiers_are_asked_the_breaker_and_the_echo_do_not_hear_of(engine, transformer):
    transformer.takes = [SLOW] * 3
    for body in "abc":
        light, best = (tier.triage(texts(body))[0] for tier in engine.tiers)
        assert (light.model_version, best.model_version) == ("light-1", "transformer-1")
    assert (engine.figures.breaker_open, engine.figures.runs) == (False, 0)
    engine.triage(texts("a"))
    assert (engine.figures.echoes, engine.figures.runs) == (0, 1)
