"""Fits the light tier from labelled rows. Deterministic: the same rows, folds and seed give the same arrays.

Categories: a linear SVM (LinearSVC, squared hinge, balanced classes), one against the rest, over the features of
`train.matrix`. Its strength C is the one of `STRENGTHS` with the best macro F1 on held-out folds; the softmax
temperature minimises the log loss of the same held-out logits. Urgency: a ridge regression on the same features (the
head), mixed with the rule by least squares on held-out rows; kept only where that lowers the error of the rule mixed
alone by `HEAD_GAIN`.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from smart_support.domain import urgency
from smart_support.train import matrix
from smart_support.train.data import Rows
from smart_support.train.evaluate import CategoryFigures, UrgencyFigures, logit_figures, urgency_figures
from smart_support.triage import features
from smart_support.triage.bundle import Array, DataSource, Draft
from smart_support.triage.calibrate import alert_line, fit_temperature
from smart_support.triage.light import KIND
from smart_support.triage.urgency_mix import UrgencyMix

STRENGTHS = (0.5, 2.0)
"""Values of C that are tried."""

RIDGE = 0.5
HEAD_GAIN = 0.01
"""Share by which the urgency head must lower the held-out RMSE to be kept."""

MIN_URGENCY_ROWS = 50
"""With fewer rows of known urgency nothing is learnt from them."""

BITS = 17
MANY_LABELS = 16
"""From this many labels on, tables have 2**15 buckets a kind, so that a bundle stays small."""

UNKNOWN = -1
"""The target of a row without a label."""

_ABSENT = -2.0

Tell = Callable[[str], None]
"""Called with what was just done, once a step."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class LightFit:
    """A fitted light tier, and what it says of rows that it was not fitted on.

    `logits` [rows, labels] are tempered, `urgency` [rows] is S, `by_rule` [rows] the S of the rule: all held out.
    `of_urgency` judges S as the tier makes it, `of_rule` the rule alone; None without urgencies.
    """

    draft: Draft
    logits: Floats
    urgency: Floats
    by_rule: Floats
    strength: float
    temperature: float
    head: bool
    of_category: CategoryFigures
    of_urgency: UrgencyFigures | None
    of_rule: UrgencyFigures | None


def steps(folds: int) -> int:
    """How often `fit_light` tells."""
    return folds * len(STRENGTHS) + 3


def targets(rows: Rows, names: Sequence[str]) -> Ints:
    """The place of each row's label among `names`; `UNKNOWN` without one."""
    places = {name: place for place, name in enumerate(names)} | {"": UNKNOWN}
    return np.array([places[label] for label in rows.labels], dtype=np.int64)


def fit_light(
    rows: Rows,
    names: tuple[str, ...],
    folds: Sequence[Ints],
    seed: int,
    tell: Tell,
    data: Sequence[DataSource] = (),
) -> LightFit:
    """Fits the light tier; `names` are the labels in their order, `folds` as `folds.split` makes them."""
    run = _Run(rows, names, folds, seed, tell)
    raw, strength = run.choose()
    temperature = fit_temperature(raw[run.labelled], run.target[run.labelled])
    by_rule = np.array([urgency.score(features.read(text))[0] for text in rows.texts])
    mix, scores = run.mix(by_rule)
    of_category = logit_figures(raw / temperature, rows.labels, names)
    of_urgency, of_rule = run.judge(scores), run.judge(by_rule)
    draft = Draft(
        kind=KIND,
        labels=names,
        settings={"bits": run.bits, "temperature": temperature, "urgency": asdict(mix) if mix else None},
        arrays=run.arrays(strength, head=mix is not None),
        figures={
            "held_out": asdict(of_category),
            "urgency_held_out": asdict(of_urgency) if of_urgency else None,
            "urgency_by_rule": asdict(of_rule) if of_rule else None,
            "rows": len(rows.texts),
            "strength": strength,
            "seed": seed,
        },
        data=tuple(data),
    )
    return LightFit(
        draft=draft,
        logits=raw / temperature,
        urgency=scores,
        by_rule=by_rule,
        strength=strength,
        temperature=temperature,
        head=mix is not None,
        of_category=of_category,
        of_urgency=of_urgency,
        of_rule=of_rule,
    )


@dataclass(frozen=True, slots=True)
class _Linear:
    """Weights [columns, outputs] and biases [outputs]."""

    weight: Floats
    bias: Floats

    def apply(self, x: Any) -> Floats:
        return np.asarray(x @ self.weight) + self.bias


class _Run:
    """One training: the features of all rows, and the folds."""

    def __init__(self, rows: Rows, names: tuple[str, ...], folds: Sequence[Ints], seed: int, tell: Tell) -> None:
        self._names = names
        self._seed = seed
        self._tell = tell
        self.bits = BITS if len(names) < MANY_LABELS else BITS - 2
        self.target = targets(rows, names)
        self.labelled: Ints = np.flatnonzero(self.target != UNKNOWN)
        self._weights: Floats = np.array(rows.weights)
        self._counts = matrix.counts(rows.texts, self.bits)
        self._rows = rows
        self._folds = folds
        self._asked = rows.asked
        self._known = np.flatnonzero(~np.isnan(self._asked))
        tell("features")

    def choose(self) -> tuple[Floats, float]:
        """Held-out logits [rows, labels] with the best strength, and that strength."""
        held_out = {strength: np.zeros((len(self.target), len(self._names))) for strength in STRENGTHS}
        for number, fold in enumerate(self._folds, start=1):
            train = self._outside(fold)
            weight = matrix.weights(self._counts[train])
            x = matrix.weighted(self._counts[train], weight)
            judged = matrix.weighted(self._counts[fold], weight)
            for strength in STRENGTHS:
                held_out[strength][fold] = self._classifier(x, train, strength).apply(judged)
                self._tell(f"light, fold {number}, C = {strength}")

        def macro_f1(strength: float) -> float:
            return logit_figures(held_out[strength], self._rows.labels, self._names).macro_f1

        best = max(STRENGTHS, key=lambda strength: (round(macro_f1(strength), 3), -strength))
        return held_out[best], best

    def mix(self, by_rule: Floats) -> tuple[UrgencyMix | None, Floats]:
        """How head and rule make S (None: the rule alone), and S of all rows, held out."""
        if len(self._known) < MIN_URGENCY_ROWS:
            self._tell("light, urgency")
            return None, by_rule
        asked = self._asked[self._known]
        both = np.column_stack([by_rule, self._held_out_head(), np.ones(len(by_rule))])
        fitted = np.linalg.lstsq(both[self._known], asked, rcond=None)[0]
        raw = both @ fitted
        alone = both[:, [0, 2]]
        bar = alone @ np.linalg.lstsq(alone[self._known], asked, rcond=None)[0]
        self._tell("light, urgency")
        if self._error(raw) > (1.0 - HEAD_GAIN) * self._error(bar):
            return None, by_rule
        of_rule, of_head, bias = (round(float(value), 6) for value in fitted)
        mix = UrgencyMix(of_rule, of_head, bias, alert_line(asked, raw[self._known]))
        return mix, np.array([mix.bend(value) for value in raw.tolist()])

    def judge(self, scores: Floats) -> UrgencyFigures | None:
        """Figures of S on the rows whose urgency is known; None where there are none."""
        if not len(self._known):
            return None
        return urgency_figures(self._asked[self._known].tolist(), scores[self._known].tolist())

    def arrays(self, strength: float, head: bool) -> dict[str, Array]:
        """The arrays of the bundle, fitted on all rows: `table`, `scale` and `bias` as `triage.light` reads them."""
        weight = matrix.weights(self._counts)
        x = matrix.weighted(self._counts, weight)
        everything = np.arange(len(self.target))
        fitted = [self._classifier(x, everything, strength)]
        if head:
            fitted.append(self._head(x, everything))
        self._tell("light, fitted")
        dense = np.column_stack([part.weight for part in fitted]) * weight[:, None]
        dense = np.vstack([np.column_stack([dense, weight * weight]), np.zeros((1, dense.shape[1] + 1))])
        largest = np.abs(dense).max(axis=0)
        # One scale for all categories, so that their integers can be compared.
        largest[: len(self._names)] = largest[: len(self._names)].max()
        scale = np.where(largest > 0, largest, 1.0) / np.iinfo(np.int16).max
        return {
            "table": np.rint(dense / scale).astype(np.int16),
            "scale": scale,
            "bias": np.concatenate([part.bias for part in fitted]),
        }

    def _held_out_head(self) -> Floats:
        held_out = np.zeros(len(self._rows.texts))
        for fold in self._folds:
            train = self._outside(fold)
            weight = matrix.weights(self._counts[train])
            head = self._head(matrix.weighted(self._counts[train], weight), train)
            held_out[fold] = head.apply(matrix.weighted(self._counts[fold], weight))[:, 0]
        return held_out

    def _error(self, scores: Floats) -> float:
        return float(np.sqrt(np.mean((scores - self._asked)[self._known] ** 2)))

    def _outside(self, fold: Ints) -> Ints:
        return np.setdiff1d(np.arange(len(self.target)), fold)

    def _classifier(self, x: Any, rows: Ints, strength: float) -> _Linear:
        """Fitted on those of `rows`, whose features are `x`, that have a label."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.svm import LinearSVC

        model = LinearSVC(C=strength, class_weight="balanced", random_state=self._seed, max_iter=3000)
        with warnings.catch_warnings():
            # A fit that stops a little short of the optimum is a good classifier; held-out figures judge it.
            warnings.simplefilter("ignore", ConvergenceWarning)
            known = np.flatnonzero(self.target[rows] != UNKNOWN)
            model.fit(x[known], self.target[rows][known], self._weights[rows][known])
        coefficients, intercepts = model.coef_, model.intercept_
        if len(model.classes_) == 2:
            coefficients, intercepts = np.vstack([-coefficients, coefficients]), np.array([-1, 1]) * intercepts
        weight = np.zeros((x.shape[1], len(self._names)))
        bias = np.full(len(self._names), _ABSENT)
        weight[:, model.classes_] = coefficients.T
        bias[model.classes_] = intercepts
        return _Linear(weight, bias)

    def _head(self, x: Any, rows: Ints) -> _Linear:
        """Fitted on those of `rows`, whose features are `x`, that have an urgency."""
        from sklearn.linear_model import Ridge

        known = np.flatnonzero(~np.isnan(self._asked[rows]))
        model = Ridge(alpha=RIDGE, solver="sparse_cg", tol=1e-6)
        model.fit(x[known], self._asked[rows][known], self._weights[rows][known])
        return _Linear(model.coef_.reshape(-1, 1), np.array([float(model.intercept_)]))
