"""Fits linear heads on what an encoder reads of texts (`Encoder.traits`); needs scikit-learn (extra `fit`).

Logistic regressions. Their strength C is one of `STRENGTHS`, and they read all traits or the unit vector alone: what
has the least log loss on held-out folds. Labels that are near the shipped model's own do best with all traits, others
with the vector. Each fit also gives its held-out outputs: what it says of each row when that row's fold took no part.
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

STRENGTHS = (10.0, 30.0, 100.0)
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

    @property
    def views(self) -> tuple[int, int]:
        """How many traits a head may read: the unit vector's, or all."""
        return self.traits.shape[1] // 2, self.traits.shape[1]

    def outside(self, fold: Ints) -> Ints:
        """The rows that are not in a fold."""
        return np.setdiff1d(np.arange(len(self.traits)), fold)


def steps(folds: int) -> int:
    """How often `fit_category` and `fit_levels` tell, together."""
    return folds + 1 + LEVELS


def fit_category(material: Material, target: Ints, labels: int, tell: Tell) -> Fitted:
    """Multinomial logistic regression; `target` is the right one of so many labels, [rows], `UNKNOWN` where none is."""
    known = np.flatnonzero(target != UNKNOWN)
    views = material.views
    tried = np.zeros((len(views) * len(STRENGTHS), len(target), labels))
    for number, fold in enumerate(material.folds, start=1):
        chosen = np.intersect1d(material.outside(fold), known)
        heads = [head for view in views for head in _regress(material, target, chosen, labels, view, STRENGTHS)]
        for place, head in enumerate(heads):
            tried[place, fold] = head(material.traits[fold])
        tell(f"fold {number}")
    best = int(np.argmin([log_loss(found[known], target[known]) for found in tried]))
    view, strength = views[best // len(STRENGTHS)], STRENGTHS[best % len(STRENGTHS)]
    (head,) = _regress(material, target, known, labels, view, (strength,))
    tell("heads")
    return Fitted(head, tried[best], (strength,))


def fit_levels(material: Material, asked: Floats, tell: Tell) -> Fitted:
    """Cumulative logits: is the urgency `asked` [rows] above each of `LEVEL_LINES`? NaN where it is unknown."""
    found = []
    for line in LEVEL_LINES:
        above = np.where(np.isnan(asked), UNKNOWN, asked > line)
        found.append(fit_category(material, above.astype(np.int64), 2, lambda _: None))
        tell(f"urgency above {line}")
    return Fitted(
        Head(
            np.column_stack([one.head.weight[:, 1] - one.head.weight[:, 0] for one in found]),
            np.array([one.head.bias[1] - one.head.bias[0] for one in found]),
        ),
        np.column_stack([one.held_out[:, 1] - one.held_out[:, 0] for one in found]),
        tuple(strength for one in found for strength in one.strengths),
    )


def _regress(
    material: Material, target: Ints, chosen: Ints, labels: int, view: int, strengths: Sequence[float]
) -> list[Head]:
    """A head for each strength, from the rows `chosen` and the first `view` traits of each. Each fit starts from the
    one before."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    counts = np.bincount(target[chosen], minlength=labels)
    weight, bias = np.zeros((material.traits.shape[1], labels)), np.full(labels, _ABSENT)
    if np.count_nonzero(counts) < 2:
        return [Head(weight, np.log(counts + 0.5))] * len(strengths)
    model: Any = LogisticRegression(max_iter=300, tol=1e-5, warm_start=True)
    found = []
    for strength in strengths:
        model.set_params(C=strength)
        with warnings.catch_warnings():
            # A fit that stops a little short of the optimum is a good one; held-out outputs judge it.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(material.traits[chosen, :view], target[chosen], material.weights[chosen])
        coefficients, intercepts = model.coef_, model.intercept_
        if len(model.classes_) == 2:
            coefficients, intercepts = np.vstack([-coefficients, coefficients]) / 2, np.array([-1, 1]) * intercepts / 2
        weight[:view, model.classes_] = coefficients.T
        bias[model.classes_] = intercepts
        found.append(Head(weight.copy(), bias.copy()))
    return found
