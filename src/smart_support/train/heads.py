"""Fits linear heads on an encoder's unit vectors; needs scikit-learn (extra `fit`).

Logistic regressions, their strength C the one of `STRENGTHS` with the least log loss on held-out folds. Each fit also
gives its held-out outputs: what it says of each row when that row's fold took no part.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from smart_support.triage.calibrate import log_loss
from smart_support.triage.transformer import LEVEL_LINES, LEVELS

STRENGTHS = (3.0, 30.0, 300.0)
"""Values of C that are tried."""

ABSENT = -20.0
"""The logit of a category that a fold did not see."""

Tell = Callable[[str], None]
"""Called with what was just done, once a step."""

Floats = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A linear head: `weight` [d, outputs] and `bias` [outputs]."""

    weight: Floats
    bias: Floats

    def __call__(self, vectors: Vectors) -> Floats:
        """Its outputs for vectors [rows, d]: [rows, outputs]."""
        outputs: Floats = vectors.astype(np.float64) @ self.weight + self.bias
        return outputs


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """A head fitted on all rows, its held-out outputs [rows, outputs], and the strength of each regression in it."""

    head: Head
    outputs: Floats
    strengths: tuple[float, ...]


def steps(folds: int) -> int:
    """How often `fit_category` and `fit_levels` tell, together."""
    return folds + 1 + LEVELS


def fit_category(vectors: Vectors, target: Ints, labels: int, folds: Sequence[Ints], tell: Tell) -> HeldOut:
    """Multinomial logistic regression on vectors [rows, d]; `target` is the right one of so many labels, [rows]."""

    def fit(chosen: Ints, strengths: Sequence[float]) -> list[Head]:
        return [_all_labels(*found, labels) for found in _regress(vectors[chosen], target[chosen], strengths)]

    outputs = np.zeros((len(STRENGTHS), len(target), labels))
    for number, fold in enumerate(folds, start=1):
        for place, head in enumerate(fit(_outside(fold, len(target)), STRENGTHS)):
            outputs[place, fold] = head(vectors[fold])
        tell(f"categories, fold {number}")
    best = min(range(len(STRENGTHS)), key=lambda place: log_loss(outputs[place], target))
    (head,) = fit(np.arange(len(target)), STRENGTHS[best : best + 1])
    tell("categories")
    return HeldOut(head, outputs[best], STRENGTHS[best : best + 1])


def fit_levels(vectors: Vectors, asked: Floats, folds: Sequence[Ints], tell: Tell) -> HeldOut:
    """Cumulative logits: is the urgency `asked` [rows] above each of `LEVEL_LINES`? NaN where it is unknown."""
    known = np.flatnonzero(~np.isnan(asked))
    outputs = np.zeros((len(asked), LEVELS))
    heads, strengths = [], []
    for level, line in enumerate(LEVEL_LINES):
        above = (asked > line).astype(np.int64)
        tried = np.zeros((len(STRENGTHS), len(asked)))
        for fold in folds:
            chosen = np.intersect1d(_outside(fold, len(asked)), known)
            for place, head in enumerate(_above(vectors[chosen], above[chosen], STRENGTHS)):
                tried[place, fold] = head(vectors[fold])[:, 0]
        losses = [log_loss(np.column_stack([np.zeros(len(known)), found[known]]), above[known]) for found in tried]
        best = int(np.argmin(losses))
        outputs[:, level] = tried[best]
        heads += _above(vectors[known], above[known], STRENGTHS[best : best + 1])
        strengths.append(STRENGTHS[best])
        tell(f"urgency above {line}")
    weight = np.concatenate([head.weight for head in heads], axis=1)
    return HeldOut(Head(weight, np.concatenate([head.bias for head in heads])), outputs, tuple(strengths))


def _regress(x: Vectors, y: Ints, strengths: Sequence[float]) -> list[tuple[Ints, Floats, Floats]]:
    """For each strength the labels seen, weights [labels, d] and biases; of two labels only the second's. Each fit
    starts from the one before."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model: Any = LogisticRegression(max_iter=200, warm_start=True)
    found = []
    for strength in strengths:
        model.set_params(C=strength)
        with warnings.catch_warnings():
            # A fit that stops a little short of the optimum is a good one; held-out outputs judge it.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(x, y)
        found.append((model.classes_, model.coef_.astype(np.float64), model.intercept_.astype(np.float64)))
    return found


def _all_labels(seen: Ints, coefficients: Floats, intercepts: Floats, labels: int) -> Head:
    if len(seen) == 2:
        coefficients, intercepts = np.vstack([-coefficients, coefficients]) / 2, np.array([-0.5, 0.5]) * intercepts
    weight = np.zeros((coefficients.shape[1], labels))
    bias = np.full(labels, ABSENT)
    weight[:, seen] = coefficients.T
    bias[seen] = intercepts
    return Head(weight, bias)


def _above(x: Vectors, y: Ints, strengths: Sequence[float]) -> list[Head]:
    """For each strength the head of one logit; a constant where all rows are on one side."""
    if len(np.unique(y)) < 2:
        odds = np.log((y.sum() + 0.5) / (len(y) - y.sum() + 0.5))
        return [Head(np.zeros((x.shape[1], 1)), np.array([odds]))] * len(strengths)
    return [Head(coefficients.T, intercepts) for _, coefficients, intercepts in _regress(x, y, strengths)]


def _outside(fold: Ints, rows: int) -> Ints:
    return np.setdiff1d(np.arange(rows), fold)
