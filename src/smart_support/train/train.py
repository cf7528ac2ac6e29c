"""Fits a light bundle from labelled rows. Deterministic: the same rows and seed give the same bytes.

Categories: a linear SVM (LinearSVC, squared hinge, balanced classes), one against the rest, over the features of
`train.matrix`. Its strength C is the one of `STRENGTHS` with the best macro F1 on held-out folds; the softmax
temperature minimises the log loss of the same held-out logits; the bundle's figures are measured on them too, so no row
judges a model that saw it. Urgency: a ridge regression on the same features (the head), mixed with the rule by least
squares on held-out rows; kept only where that lowers the error of the rule mixed alone by `HEAD_GAIN`.

Needs scikit-learn, the extra `fit`; it is imported when training starts.
"""

import importlib.util
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from smart_support.domain import urgency
from smart_support.train import matrix
from smart_support.train.calibrate import alert_line, fit_temperature
from smart_support.train.data import Rows
from smart_support.train.evaluate import CategoryFigures, UrgencyFigures, category_figures, urgency_figures
from smart_support.train.folds import split
from smart_support.triage import bundle, features
from smart_support.triage.light import KIND, UrgencyMix

STRENGTHS = (0.5, 2.0)
"""Values of C that are tried."""

FOLDS = 5
MANY_ROWS = 10_000
"""From this many rows on, three folds are enough."""

RIDGE = 0.5
HEAD_GAIN = 0.01
"""Share by which the urgency head must lower the held-out RMSE to be kept."""

MIN_URGENCY_ROWS = 50
BITS = 17
MANY_LABELS = 16
"""From this many labels on, tables have 2**15 buckets a kind, so that a bundle stays small."""

_ABSENT = -2.0
_UNKNOWN = -1

Progress = Callable[[int, int, str], None]
"""Called with (steps done, steps in all, what was just done)."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class TrainingError(Exception):
    """These rows cannot be trained on, or scikit-learn is missing; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A bundle that was written, and what it does on rows it was not fitted on (folds of the training rows).

    `urgency` is about S as the bundle makes it, `urgency_by_rule` about the rule alone; None without urgencies.
    """

    path: Path
    version: str
    strength: float
    temperature: float
    category: CategoryFigures
    urgency: UrgencyFigures | None
    urgency_by_rule: UrgencyFigures | None
    head: bool


@dataclass(frozen=True, slots=True)
class _Linear:
    """Weights [columns, outputs] and biases [outputs]."""

    weight: Floats
    bias: Floats

    def apply(self, x: Any) -> Floats:
        return np.asarray(x @ self.weight) + self.bias


def train_bundle(
    rows: Rows,
    out_dir: Path,
    seed: int = 0,
    progress: Progress | None = None,
    *,
    labels: Sequence[str] | None = None,
    data: Sequence[bundle.DataSource] = (),
) -> Trained:
    """Trains on `rows` and writes the bundle to `out_dir`, all or nothing.

    `labels` sets the order of the categories (default: by name). `data` is recorded in the
    bundle.

    Raises TrainingError when scikit-learn is missing, there are fewer than two categories, one has fewer than two
    rows, or a label is not in `labels`; bundle.BundleError when `out_dir` cannot be written.
    """
    if importlib.util.find_spec("sklearn") is None:
        raise TrainingError("Training needs scikit-learn: pip install 'smart-support[fit]'.")
    names = _names(rows, labels)
    tell = _Steps(progress, rows)
    run = _Run(rows, names, seed, tell)
    held_out, strength = run.choose()
    temperature = fit_temperature(held_out[run.labelled], run.target[run.labelled])
    category = run.figures(held_out, temperature)
    mix, by_rule, by_mix = run.mix()
    draft = bundle.Draft(
        kind=KIND,
        labels=names,
        settings={"bits": run.bits, "temperature": temperature, "urgency": asdict(mix) if mix else None},
        arrays=run.arrays(strength, head=mix is not None),
        figures={
            "held_out": asdict(category),
            "urgency_held_out": asdict(by_mix) if by_mix else None,
            "urgency_by_rule": asdict(by_rule) if by_rule else None,
            "rows": len(rows.texts),
            "strength": strength,
            "seed": seed,
        },
        data=tuple(data),
    )
    saved = bundle.save(out_dir, draft)
    tell("saved")
    return Trained(saved.path, saved.version, strength, temperature, category, by_mix, by_rule, mix is not None)


class _Steps:
    """Counts the steps of a training for the progress callback."""

    def __init__(self, progress: Progress | None, rows: Rows) -> None:
        self._progress = progress
        self._done = 0
        self._all = _fold_count(rows) * len(STRENGTHS) + 4

    def __call__(self, what: str) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(min(self._done, self._all), self._all, what)


class _Run:
    """One training: the features of all rows, and the folds."""

    def __init__(self, rows: Rows, names: tuple[str, ...], seed: int, tell: _Steps) -> None:
        self._names = names
        self._seed = seed
        self._tell = tell
        self.bits = BITS if len(names) < MANY_LABELS else BITS - 2
        column = {name: place for place, name in enumerate(names)} | {"": _UNKNOWN}
        self.target: Ints = np.array([column[label] for label in rows.labels], dtype=np.int64)
        self.labelled: Ints = np.flatnonzero(self.target != _UNKNOWN)
        self._weights: Floats = np.array(rows.weights)
        self._counts = matrix.counts(rows.texts, self.bits)
        self._rows = rows
        self._folds = split(rows.labels, rows.groups, _fold_count(rows), seed)
        self._levels: Floats = np.array([np.nan if value is None else value for value in rows.urgency])
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
                self._tell(f"fold {number}, C = {strength}")

        def macro_f1(strength: float) -> float:
            return self.figures(held_out[strength], 1.0).macro_f1

        best = max(STRENGTHS, key=lambda strength: (round(macro_f1(strength), 3), -strength))
        return held_out[best], best

    def mix(self) -> tuple[UrgencyMix | None, UrgencyFigures | None, UrgencyFigures | None]:
        """How head and rule make S (None: the rule alone), figures of the rule, and of S as it will be."""
        known = np.flatnonzero(~np.isnan(self._levels))
        if not len(known):
            return None, None, None
        asked = self._levels[known]
        rule = np.array([urgency.score(features.read(self._rows.texts[place]))[0] for place in known])
        by_rule = urgency_figures(asked.tolist(), rule.tolist())
        if len(known) < MIN_URGENCY_ROWS:
            return None, by_rule, by_rule
        head = self._held_out_head()[known]
        alone = np.column_stack([rule, np.ones(len(known))])
        both = np.column_stack([rule, head, np.ones(len(known))])
        fitted = np.linalg.lstsq(both, asked, rcond=None)[0]
        raw = both @ fitted
        by_mix = urgency_figures(asked.tolist(), raw.tolist())
        bar = urgency_figures(asked.tolist(), (alone @ np.linalg.lstsq(alone, asked, rcond=None)[0]).tolist())
        self._tell("urgency")
        if by_mix.rmse > (1.0 - HEAD_GAIN) * bar.rmse:
            return None, by_rule, by_rule
        of_rule, of_head, bias = (round(float(value), 6) for value in fitted)
        mix = UrgencyMix(of_rule, of_head, bias, alert_line(asked, raw))
        return mix, by_rule, urgency_figures(asked.tolist(), [mix.bend(value) for value in raw.tolist()])

    def arrays(self, strength: float, head: bool) -> dict[str, bundle.Array]:
        """The arrays of the bundle, fitted on all rows: `table`, `scale` and `bias` as `triage.light` reads them."""
        weight = matrix.weights(self._counts)
        x = matrix.weighted(self._counts, weight)
        everything = np.arange(len(self.target))
        fitted = [self._classifier(x, everything, strength)]
        if head:
            fitted.append(self._head(x, everything))
        self._tell("fitted")
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

    def figures(self, logits: Floats, temperature: float) -> CategoryFigures:
        """How good logits [rows, labels] are on the rows that have a label."""
        logits = logits[self.labelled]
        odds = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
        said = [self._names[place] for place in logits.argmax(axis=1)]
        asked = [self._rows.labels[place] for place in self.labelled]
        return category_figures(asked, said, (1.0 / odds.sum(axis=1)).tolist())

    def _held_out_head(self) -> Floats:
        held_out = np.zeros(len(self._rows.texts))
        for fold in self._folds:
            train = self._outside(fold)
            weight = matrix.weights(self._counts[train])
            head = self._head(matrix.weighted(self._counts[train], weight), train)
            held_out[fold] = head.apply(matrix.weighted(self._counts[fold], weight))[:, 0]
        return held_out

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
            known = np.flatnonzero(self.target[rows] != _UNKNOWN)
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

        levels = self._levels[rows]
        known = np.flatnonzero(~np.isnan(levels))
        model = Ridge(alpha=RIDGE, solver="sparse_cg", tol=1e-6)
        model.fit(x[known], levels[known], self._weights[rows][known])
        return _Linear(model.coef_.reshape(-1, 1), np.array([float(model.intercept_)]))


def _names(rows: Rows, labels: Sequence[str] | None) -> tuple[str, ...]:
    found = sorted(set(rows.labels) - {""})
    names = tuple(labels) if labels is not None else tuple(found)
    unknown = sorted(set(found) - set(names))
    if unknown:
        raise TrainingError(f"These labels are not among the categories {', '.join(names)}: {', '.join(unknown)}.")
    few = [name for name in names if rows.labels.count(name) < 2]
    if few:
        raise TrainingError(f"Each category needs at least two rows; these have fewer: {', '.join(few)}.")
    if len(names) < 2:
        raise TrainingError(f"Training needs at least two categories; the rows have {len(names)}.")
    return names


def _fold_count(rows: Rows) -> int:
    smallest = min((rows.labels.count(label) for label in set(rows.labels) - {""}), default=2)
    return max(2, min(FOLDS if len(rows.texts) < MANY_ROWS else 3, smallest))
