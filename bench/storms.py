"""How well storms are found: our detector beside three peers (`bench.storm_peers`), on the same streams and vectors.

Outages told in many voices, among other tickets: those of the development set, and of the simulator's families that
nothing was tuned on. Traffic without any outage. Real complaints whose burst has no single cause, and real tweets. Then
what the encoder's cosine is worth, and what a ticket costs. Nothing is known before a stream begins.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import mean, median

import numpy as np

from bench import storm_streams as streams
from bench.rows import Row, or_absent
from bench.storm_pairs import Pairs, area, base_encoder, gitbugs, paraphrases
from bench.storm_peers import PEERS, SECONDS, Detect, Group, Stream, ours
from bench.storm_streams import Event, Outage, Score
from smart_support.domain.storm.detector import Detector
from smart_support.domain.storm.rule import Past
from smart_support.domain.storm.vectors import Whole, inverse_lengths, rounded
from smart_support.domain.storm.window import Sighting
from smart_support.domain.triage import Text
from smart_support.triage.encoder import Encoder
from smart_support.triage.models import SHIPPED, load_models
from smart_support.triage.storm_rule import StormRule
from smart_support.triage.transformer import TransformerModel

SEEDS = (1, 2, 3)
RATES = (300, 1_500)
"""Other tickets an hour."""

OURS = "ours"
_BATCH, _BATCHES = 32, 60

Groups = Mapping[str, list[Group]]


class Bench:
    """The detectors, and what the shipped model says of texts: each is read once."""

    def __init__(self, model: TransformerModel) -> None:
        self._model = model
        self._known: dict[Text, tuple[Whole, float]] = {}
        self._detect: dict[str, Detect] = {OURS: ours(*model.storm_rule), **PEERS}

    def groups(self, events: Sequence[Event]) -> Groups:
        """What each detector finds in events by time."""
        texts = [text for _, text, _ in events]
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for text, found in zip(new, self._model.triage(new), strict=True):
            assert found.vector is not None  # the transformer tier always gives one
            self._known[text] = (rounded(found.vector), found.urgency)
        whole = np.stack([self._known[text][0] for text in texts])
        exact = whole.astype(np.float32)
        unit = exact * inverse_lengths(exact)[:, None]
        stream = Stream([at for at, _, _ in events], whole, unit, [self._known[text][1] for text in texts])
        return {name: detect(stream) for name, detect in self._detect.items()}


def run(data_dir: Path) -> list[Row]:
    """Every figure that the data on this machine gives; the others say what is absent."""
    model = load_models(SHIPPED).transformer
    if model is None:
        raise RuntimeError("the shipped model has no transformer; make model makes it")
    bench = Bench(model)
    parts: dict[str, Callable[[], list[Row]]] = {
        "storms_dev": lambda: _outages(bench, "storms_dev", streams.development(data_dir), data_dir),
        "simulator": lambda: _outages(bench, "simulator, held out", streams.held_out(), data_dir),
        "cold start": lambda: _cold_start(bench, data_dir),
        "a quiet week": lambda: [_quiet(bench, "a week of everyday tickets, 40 an hour", streams.quiet_week(SEEDS[0]))],
        "a quiet day": lambda: [_quiet_day(bench, data_dir)],
        "comcast": lambda: _comcast(bench, data_dir),
        "crisislex_t26": lambda: _crisislex(bench, data_dir),
        "gitbugs": lambda: [
            _alike(model.encoder, "gitbugs, duplicates against random pairs", *gitbugs(data_dir, SEEDS[0]))
        ],
        "paraphrase_groups": lambda: [
            _alike(model.encoder, "paraphrase_groups, same group", *paraphrases(data_dir, SEEDS[0]))
        ],
        "cost": lambda: [_cost(model.storm_rule, 10_000, 0.5), _cost(model.storm_rule, 100_000, 2.0)],
    }
    return [row for name, part in parts.items() for row in or_absent(name, part)]


Reached = Callable[[Score], tuple[str, bool]]


def _found(score: Score) -> tuple[str, bool]:
    reached = f"{score.found}/{score.outages} in {score.incidents}"
    return reached, score.found == score.outages == score.incidents


def _most(limit: int, values: Sequence[int]) -> tuple[str, bool]:
    return str(max(values)) if values else "-", max(values, default=0) <= limit


def _least(limit: float, values: Sequence[float]) -> tuple[str, bool]:
    return f"{mean(values):.3f}" if values else "-", bool(values) and mean(values) >= limit


def _drawn(score: Score) -> tuple[str, bool]:
    return f"{score.drawn}/{score.look_alikes}", score.drawn <= max(1.0, 0.05 * score.look_alikes)


_FIGURES: Mapping[str, tuple[str, Reached]] = {
    "outages found, in incidents": ("all, one each", _found),
    "false incidents": ("0", lambda score: _most(0, [score.false])),
    "recall": (">= 0.90", lambda score: _least(0.90, score.recall)),
    "purity": (">= 0.97", lambda score: _least(0.97, score.purity)),
    "reports before it opens, at most": ("<= 15", lambda score: _most(15, score.before)),
    "look-alikes drawn in": ("<= 5 %, or 1", _drawn),
}


def _outages(bench: Bench, name: str, together: Sequence[Sequence[Outage]], data_dir: Path) -> list[Row]:
    others = streams.banking77(data_dir)
    rows: list[Row] = []
    for rate in RATES:
        made = (streams.in_second_hour(seed, outages, others, rate) for seed in SEEDS for outages in together)
        rows += _scored(bench, f"{name}, {rate:,} others an hour, {len(SEEDS)} draws", made)
    return rows


def _cold_start(bench: Bench, data_dir: Path) -> list[Row]:
    others, outages = streams.banking77(data_dir), [one for together in streams.held_out() for one in together]
    made = (each for seed in SEEDS for each in streams.in_first_minutes(seed, outages, others, RATES[0]))
    title = f"simulator, held out, begun in the first ten minutes, {RATES[0]} others an hour, {len(SEEDS)} draws"
    return _scored(bench, title, made)


def _scored(bench: Bench, title: str, made: Iterable[list[Event]]) -> list[Row]:
    scores: dict[str, Score] = {}
    for events in made:
        for name, groups in bench.groups(events).items():
            scores.setdefault(name, Score()).add(groups, events)
    return [Row(title, "", ""), *(_figure(figure, scores, *asked) for figure, asked in _FIGURES.items())]


def _figure(figure: str, scores: Mapping[str, Score], asked: str, reached: Reached) -> Row:
    said = {name: reached(score) for name, score in scores.items()}
    holds = None if asked == "-" else said[OURS][1]
    return _row(f"  {figure}", asked, {name: shown for name, (shown, _) in said.items()}, holds)


def _row(figure: str, asked: str, said: Mapping[str, str], holds: bool | None) -> Row:
    beside = ", ".join(f"{name} {value}" for name, value in said.items() if name != OURS)
    return Row(figure, asked, said[OURS], beside, holds)


def _quiet_day(bench: Bench, data_dir: Path) -> Row:
    events = streams.quiet_day(SEEDS[0], streams.banking77(data_dir), RATES[0])
    return _quiet(bench, f"a day of banking77, {RATES[0]} an hour", events)


def _quiet(bench: Bench, title: str, events: Sequence[Event]) -> Row:
    found = {name: len(groups) for name, groups in bench.groups(events).items()}
    said = {name: str(number) for name, number in found.items()}
    return _row(f"{title}, {len(events):,} and no outage: incidents", "0", said, found[OURS] == 0)


def _comcast(bench: Bench, data_dir: Path) -> list[Row]:
    """As it was, and with each day in ten minutes, so that the burst is one for a rule of minutes too."""
    rows = []
    for title, seconds in (("as they came", streams.DAY), ("a day in ten minutes", 600.0)):
        events = streams.comcast(data_dir, SEEDS[0], seconds)
        burst = sum(label is not None for _, _, label in events)
        said, shares = {}, {}
        for name, groups in bench.groups(events).items():
            sizes = [sum(events[place][2] is not None for place in group.places) for group in groups]
            shares[name] = max(sizes, default=0) / burst
            said[name] = f"{shares[name]:.0%} (of {len(groups)})"
        figure = f"comcast, {len(events):,} {title}: share of the mixed burst of {burst} in the largest incident"
        rows.append(_row(figure, "< 50 %", said, shares[OURS] < 0.5))
    return rows


def _crisislex(bench: Bench, data_dir: Path) -> list[Row]:
    events = streams.crisislex(data_dir, SEEDS[0])
    scores = {name: Score() for name in (OURS, *PEERS)}
    for name, groups in bench.groups(events).items():
        scores[name].add(groups, events)
    asked = ("outages found, in incidents", "recall", "purity")
    rows = [_figure(figure.replace("outages", "events"), scores, "-", _FIGURES[figure][1]) for figure in asked]
    return [Row(f"crisislex_t26, {len(events):,} tweets about 26 events, each within an hour", "", ""), *rows]


def _alike(encoder: Encoder, title: str, same: Pairs, different: Pairs) -> Row:
    """How well the cosine tells pairs that belong together from others."""
    base = base_encoder()
    areas = [area(each, same, different) for each in (encoder, base) if each is not None]
    beside = "base encoder not installed" if base is None else f"all-MiniLM-L6-v2 {areas[1]:.3f}"
    figure = f"{title}, {len(same):,} and {len(different):,} pairs: the cosine's ROC AUC"
    return Row(figure, "-", f"{areas[0]:.3f}", beside)


def _cost(storm_rule: StormRule, size: int, limit: float) -> Row:
    """What a ticket costs among `size` others of the last seconds, all in random directions."""
    rng = np.random.default_rng(SEEDS[0])
    whole = np.concatenate(
        [rounded(rng.standard_normal((1_000, len(storm_rule[1].vector)))) for _ in range(size // 1_000)]
    )
    added = rounded(rng.standard_normal((_BATCH * _BATCHES, whole.shape[1])))
    past = [Sighting(str(n), n + 1, n * 0.5 * SECONDS / size, vector, 0.5) for n, vector in enumerate(whole)]
    rule, usual = storm_rule
    detector = Detector(rule, usual, Past(past, [None] * size, frozenset(), ()), lambda: "1")
    exact, ms, alone = whole.astype(np.float32), list[float](), list[float]()
    for start in range(0, len(added), _BATCH):
        batch = [
            Sighting(str(size + n), size + n + 1, 0.5 * SECONDS, added[n], 0.5) for n in range(start, start + _BATCH)
        ]
        ms.append(_ms(partial(detector.observe, batch)))
        part = added[start : start + _BATCH].astype(np.float32)
        alone.append(_ms(partial(np.matmul, part, exact.T)))
    figure = f"ms a ticket among {size:,} of the last {SECONDS:.0f} s, in batches of {_BATCH}"
    beside = f"mean {mean(ms):.2f}; brute force (one product of matrices) {median(alone):.2f}"
    return Row(figure, f"< {limit:g}", f"{median(ms):.2f}", beside, median(ms) < limit)


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1_000 * (time.perf_counter() - began) / _BATCH
