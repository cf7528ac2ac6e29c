"""Categories from a few examples: softmax regression on the encoder's vectors.

    P(label k | v) = softmax((v @ weights + bias) / temperature)

Each label has the same weight however many examples it has, and its name is an example more. The penalty is small: of
all that was tried on held-out intents of clinc150 with 8 examples each (prototypes, linear discriminants with the
covariance of other intents, ridge and kernel machines, ensembles), this was the best.

The optimum is found by steps with one fixed bound of the Hessian (Böhning, "Multinomial logistic regression algorithm",
1992), made faster by Nesterov's momentum. The temperature is fitted on examples left out of the fit in turn, until
there are enough of them, so that confidence is the share of times that the label is right.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_PENALTY = 0.03
_BIAS_PENALTY = 1e-3
_STEPS = 40
_FOLDS = 4
_ENOUGH = 400  # left-out examples; more make no better temperature
_TEMPERATURES = np.geomspace(0.05, 10.0, 107)

Vectors = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class FewShot:
    """A fitted head: `weights` is [d + 1, labels], the bias its last row."""

    labels: tuple[str, ...]
    weights: Floats
    temperature: float

    def predict(self, vectors: Vectors) -> tuple[list[str], Floats]:
        """The best label of each vector (unit vectors [n, d]) and its calibrated probability, [n].

        A vector's result does not depend on its batch mates.
        """
        logits = _logits(vectors, self.weights) / self.temperature
        return [self.labels[place] for place in logits.argmax(axis=1)], _softmax(logits).max(axis=1)


def fit(labels: Sequence[str], names: Vectors, examples: Sequence[Vectors]) -> FewShot:
    """A head for two labels or more: `names` are the unit vectors of what they are called, [labels, d], `examples`
    those of each label's examples, two or more, [its examples, d]. The same input gives the same head.

    500 labels with 10 examples each take some 2 seconds on two cores.
    """
    owners = np.repeat(np.arange(len(labels)), [len(found) for found in examples])
    folds = np.concatenate([np.arange(len(found)) % _FOLDS for found in examples])
    vectors = np.concatenate([*examples, names])
    every = np.arange(len(labels))
    left_out: list[Floats] = []
    targets: list[Places] = []
    for fold in range(_FOLDS):
        out = np.flatnonzero(folds == fold)
        kept = np.concatenate([np.flatnonzero(folds != fold), len(owners) + every])
        weights = _regress(vectors[kept], np.concatenate([owners[folds != fold], every]))
        left_out.append(_logits(vectors[out], weights))
        targets.append(owners[out])
        if sum(map(len, targets)) >= _ENOUGH:
            break
    return FewShot(
        labels=tuple(labels),
        weights=_regress(vectors, np.concatenate([owners, every])),
        temperature=_temperature(np.concatenate(left_out), np.concatenate(targets)),
    )


def _regress(vectors: Vectors, owners: Places) -> Floats:
    """The weights with the least penalised loss, [d + 1, labels]; in single precision, which costs half."""
    inputs = np.column_stack([vectors, np.ones(len(vectors), dtype=np.float32)])
    counts = np.bincount(owners)
    share = (len(owners) / len(counts) / counts)[owners][:, None].astype(np.float32)
    rows = np.arange(len(owners))
    penalty = np.full((inputs.shape[1], 1), _PENALTY, dtype=np.float32)
    penalty[-1] = _BIAS_PENALTY
    step = np.linalg.inv(0.5 * inputs.T @ (share * inputs) + np.diag(penalty[:, 0])).astype(np.float32)
    weights = ahead = np.zeros((inputs.shape[1], len(counts)), dtype=np.float32)
    momentum = 1.0
    for _ in range(_STEPS):
        odds = inputs @ ahead
        odds -= odds.max(axis=1, keepdims=True)
        np.exp(odds, out=odds)
        odds *= share / odds.sum(axis=1, keepdims=True)
        odds[rows, owners] -= share[:, 0]
        reached = ahead - step @ (inputs.T @ odds + penalty * ahead)
        grown = (1.0 + math.sqrt(1.0 + 4.0 * momentum**2)) / 2.0
        ahead = reached + np.float32((momentum - 1.0) / grown) * (reached - weights)
        weights, momentum = reached, grown
    return weights.astype(np.float64)


def _temperature(logits: Floats, targets: Places) -> float:
    """The temperature that makes the targets likeliest.

    Of n examples n + 1 in n + 2 are taken to be right (Platt, "Probabilistic Outputs for Support Vector Machines",
    1999): a few that lie apart are no proof of certainty.
    """
    rows = np.arange(len(targets))
    right = (len(targets) + 1) / (len(targets) + 2)
    wanted = np.full(logits.shape, (1.0 - right) / (logits.shape[1] - 1))
    wanted[rows, targets] = right

    def loss(temperature: float) -> float:
        return -float((wanted * np.log(np.maximum(_softmax(logits / temperature), 1e-300))).sum(axis=1).mean())

    return min(map(float, _TEMPERATURES), key=loss)


def _logits(vectors: npt.NDArray[np.floating], weights: Floats) -> Floats:
    # Row by row: a product of matrices adds up in an order that depends on how many rows there are.
    rows = [row.astype(np.float64) @ weights[:-1] + weights[-1] for row in vectors]
    return np.stack(rows) if rows else np.zeros((0, weights.shape[1]))


def _softmax(logits: Floats) -> Floats:
    odds = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    shares: Floats = odds / odds.sum(axis=1, keepdims=True)
    return shares
