"""Fits linear heads on what an encoder reads of texts (`Encoder.traits`); needs scikit-learn (extra `fit`).

Logistic regressions, their strength C the one of `STRENGTHS` with the least log loss on held-out folds. Each fit also
gives its held-out outputs: what it says of each row when that row's fold took no part.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from smart_support.train.light import UNKNOWN, Tell
from smart_support.triage.calibrate import log_loss
from smart_support.triage.transformer import LEVEL_LINES, LEVELS

STRENGTHS = (3.0, 30.0, 300.0)
"""Values of C that are tried."""

_ABSENT = -20.0

Floats = npt.NDArray[np.float64]
Traits = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A linear head: `weight` [traits, outputs] and `bias` [outputs]."""

    weight: Floats
    bias: Floats

    def __call__(self, traits: Traits) -> Floats:
        """Its outputs, [rows, outputs], for [rows, traits]."""
        outputs: Floats = traits.astype(np.float64) @ self.weight + self.bias
        return outputs

    def plus(self, added: Floats) -> "Head":
        """The head whose outputs are larger by `added` [outputs]."""
        return Head(self.weight, self.bias + added)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A head fitted on all rows, its held-out outputs [rows, outputs], and the strength of each regression in it."""

    head: Head
    held_out: Floats
    strengths: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What heads are fitted on: the traits of all rows, how many rows each counts for, and the folds."""

    traits: Traits
    weights: Floats
    folds: Sequence[Ints]

    def outside(self, fold: Ints) -> Ints:
        return np.setdiff1d(np.arange(len(self.traits)), fold)


def steps(folds: int) -> int:
    """How often `fit_category` and `fit_levels` tell, together."""
    return folds + 1 + LEVELS


def fit_category(material: Material, target: Ints, labels: int, tell: Tell) -> Fitted:
    """Multinomial logistic regression; `target` is the right one of so many labels, [rows], `UNKNOWN` where none is."""
    known = np.flatnonzero(target != UNKNOWN)

    def fit(chosen: Ints, strengths: Sequence[float]) -> list[Head]:
        return [_all_labels(*found, labels) for found in _regress(material, target, chosen, strengths)]

    tried = np.zeros((len(STRENGTHS), len(target), labels))
    for number, fold in enumerate(material.folds, start=1):
        for place, head in enumerate(fit(np.intersect1d(material.outside(fold), known), STRENGTHS)):
            tried[place, fold] = head(material.traits[fold])
        tell(f"categories, fold {number}")
    best = int(np.argmin([log_loss(found[known], target[known]) for found in tried]))
    (head,) = fit(known, STRENGTHS[best : best + 1])
    tell("categories")
    return Fitted(head, tried[best], STRENGTHS[best : best + 1])


def fit_levels(material: Material, asked: Floats, tell: Tell) -> Fitted:
    """Cumulative logits: is the urgency `asked` [rows] above each of `LEVEL_LINES`? NaN where it is unknown."""
    known = np.flatnonzero(~np.isnan(asked))
    held_out = np.zeros((len(asked), LEVELS))
    heads, strengths = [], []
    for level, line in enumerate(LEVEL_LINES):
        above = (asked > line).astype(np.int64)
        tried = np.zeros((len(STRENGTHS), len(asked)))
        for fold in material.folds:
            for place, head in enumerate(
                _above(material, above, np.intersect1d(material.outside(fold), known), STRENGTHS)
            ):
                tried[place, fold] = head(material.traits[fold])[:, 0]
        best = int(np.argmin([_binary_loss(found[known], above[known]) for found in tried]))
        held_out[:, level] = tried[best]
        heads += _above(material, above, known, STRENGTHS[best : best + 1])
        strengths.append(STRENGTHS[best])
        tell(f"urgency above {line}")
    weight = np.concatenate([head.weight for head in heads], axis=1)
    return Fitted(Head(weight, np.concatenate([head.bias for head in heads])), held_out, tuple(strengths))


def _regress(
    material: Material, target: Ints, chosen: Ints, strengths: Sequence[float]
) -> list[tuple[Ints, Floats, Floats]]:
    """For each strength the labels seen among the rows `chosen`, weights [labels, traits] and biases; of two labels
    only the second's. Each fit starts from the one before."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model: Any = LogisticRegression(max_iter=300, tol=1e-5, warm_start=True)
    found = []
    for strength in strengths:
        model.set_params(C=strength)
        with warnings.catch_warnings():
            # A fit that stops a little short of the optimum is a good one; held-out outputs judge it.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(material.traits[chosen], target[chosen], material.weights[chosen])
        found.append((model.classes_, model.coef_.astype(np.float64), model.intercept_.astype(np.float64)))
    return found


def _all_labels(seen: Ints, coefficients: Floats, intercepts: Floats, labels: int) -> Head:
    if len(seen) == 2:
        coefficients, intercepts = np.vstack([-coefficients, coefficients]) / 2, np.array([-0.5, 0.5]) * intercepts
    weight = np.zeros((coefficients.shape[1], labels))
    bias = np.full(labels, _ABSENT)
    weight[:, seen] = coefficients.T
    bias[seen] = intercepts
    return Head(weight, bias)


def _above(material: Material, above: Ints, chosen: Ints, strengths: Sequence[float]) -> list[Head]:
    """For each strength the head of one logit; a constant where all rows are on one side."""
    count, hits = len(chosen), int(above[chosen].sum())
    if hits in {0, count}:
        odds = np.log((hits + 0.5) / (count - hits + 0.5))
        return [Head(np.zeros((material.traits.shape[1], 1)), np.array([odds]))] * len(strengths)
    found = _regress(material, above, chosen, strengths)
    return [Head(coefficients.T, intercepts) for _, coefficients, intercepts in found]


def _binary_loss(logits: Floats, above: Ints) -> float:
    return log_loss(np.column_stack([np.zeros(len(logits)), logits]), above)
