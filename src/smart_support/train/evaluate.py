"""How good a model is: figures from what was asked and what was answered. NumPy only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from smart_support.domain.triage import Model
from smart_support.train.data import Rows

CALIBRATION_BINS = 10

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One category: `support` rows have it; precision, recall and F1 in [0, 1], 0 where undefined (0/0)."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class CategoryFigures:
    """How well categories are found.

    `weighted_f1` is the mean of the classes' F1 by support, `macro_f1` the plain mean, both over every label that
    was asked for or answered (as scikit-learn has them). `calibration_error` is the expected calibration error.
    """

    rows: int
    accuracy: float
    weighted_f1: float
    macro_f1: float
    calibration_error: float
    classes: tuple[ClassFigures, ...]


@dataclass(frozen=True, slots=True)
class UrgencyFigures:
    """How far S is from the asked urgency: root mean square and mean absolute error; `spearman` is the rank
    correlation with average ranks for ties, 0 when either side is constant."""

    rows: int
    rmse: float
    mae: float
    spearman: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of one model on one set of rows; `urgency` is None where no row has an urgency."""

    model_version: str
    category: CategoryFigures
    urgency: UrgencyFigures | None


def class_table(asked: Sequence[str], answered: Sequence[str]) -> tuple[ClassFigures, ...]:
    """Precision, recall and F1 of every label in either sequence, by name. Raises ValueError on unequal lengths."""
    labels = sorted({*asked, *answered})
    place = {label: index for index, label in enumerate(labels)}
    confusion = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for true, said in zip(asked, answered, strict=True):
        confusion[place[true], place[said]] += 1
    hits, asked_for, said_so = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    return tuple(
        ClassFigures(
            label=label,
            precision=_ratio(hits[i], said_so[i]),
            recall=_ratio(hits[i], asked_for[i]),
            f1=_ratio(2 * hits[i], asked_for[i] + said_so[i]),
            support=int(asked_for[i]),
        )
        for i, label in enumerate(labels)
    )


def category_figures(asked: Sequence[str], answered: Sequence[str], confidence: Sequence[float]) -> CategoryFigures:
    """All figures on categories. Raises ValueError on no rows or unequal lengths."""
    if not asked:
        raise ValueError("There are no rows to evaluate.")
    table = class_table(asked, answered)
    right = np.array([true == said for true, said in zip(asked, answered, strict=True)])
    return CategoryFigures(
        rows=len(asked),
        accuracy=float(right.mean()),
        weighted_f1=sum(row.f1 * row.support for row in table) / len(asked),
        macro_f1=sum(row.f1 for row in table) / len(table),
        calibration_error=expected_calibration_error(confidence, right.tolist()),
        classes=table,
    )


def logit_figures(logits: Floats, asked: Sequence[str], labels: Sequence[str]) -> CategoryFigures:
    """All figures on categories, from logits [rows, labels] whose softmax is the confidence, on the rows that have a
    label (asked is not "")."""
    known = [row for row, label in enumerate(asked) if label]
    logits = logits[known]
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    answered = [labels[place] for place in logits.argmax(axis=1)]
    return category_figures([asked[row] for row in known], answered, (1.0 / odds.sum(axis=1)).tolist())


def expected_calibration_error(
    confidence: Sequence[float], right: Sequence[bool], bins: int = CALIBRATION_BINS
) -> float:
    """ECE = sum over bins b of n_b / n * |share right in b - mean confidence in b|, in [0, 1].

    `bins` bins of equal width over [0, 1], each without its lower edge, the first with it (Naeini et al.,
    "Obtaining Well Calibrated Probabilities Using Bayesian Binning", 2015). Raises ValueError on unequal lengths.
    """
    if len(confidence) != len(right):
        raise ValueError(f"There are {len(confidence)} confidences and {len(right)} answers.")
    if not confidence:
        return 0.0
    sure = np.asarray(confidence, dtype=np.float64)
    bin_of = np.clip(np.ceil(sure * bins).astype(np.int64) - 1, 0, bins - 1)
    gap = np.bincount(bin_of, weights=np.asarray(right, dtype=np.float64) - sure, minlength=bins)
    return float(np.abs(gap).sum() / len(sure))


def urgency_figures(asked: Sequence[float], answered: Sequence[float]) -> UrgencyFigures:
    """Errors of S. Raises ValueError on no rows or unequal lengths."""
    if len(asked) != len(answered) or not asked:
        raise ValueError(f"There are {len(asked)} urgencies asked and {len(answered)} answered.")
    true, said = np.asarray(asked, dtype=np.float64), np.asarray(answered, dtype=np.float64)
    return UrgencyFigures(
        rows=len(asked),
        rmse=float(np.sqrt(np.mean((said - true) ** 2))),
        mae=float(np.mean(np.abs(said - true))),
        spearman=_correlation(_ranks(true), _ranks(said)),
    )


def evaluate_bundle(model: Model, rows: Rows, progress: Callable[[int, int], None] | None = None) -> Evaluation:
    """What `model` says of `rows`, judged. `progress` is called with (rows done, rows in all).

    Raises ValueError on no rows.
    """
    said = []
    step = 512
    for start in range(0, len(rows.texts), step):
        said.extend(model.triage(rows.texts[start : start + step]))
        if progress is not None:
            progress(len(said), len(rows.texts))
    pairs = [(asked, one.urgency) for asked, one in zip(rows.urgency, said, strict=True) if asked is not None]
    return Evaluation(
        model_version=model.version,
        category=category_figures(rows.labels, [one.category for one in said], [one.confidence for one in said]),
        urgency=urgency_figures([pair[0] for pair in pairs], [pair[1] for pair in pairs]) if pairs else None,
    )


def _ratio(part: Any, whole: Any) -> float:
    return float(part / whole) if whole else 0.0


def _ranks(values: Floats) -> Floats:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Floats = (ends - (counts - 1) / 2)[inverse]
    return ranks


def _correlation(first: Floats, second: Floats) -> float:
    a, b = first - first.mean(), second - second.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0
