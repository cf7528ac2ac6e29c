from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from smart_support.domain.triage import Text, Tier, Triage
from smart_support.train.data import Rows
from smart_support.train.evaluate import (
    category_figures,
    evaluate_bundle,
    expected_calibration_error,
    urgency_figures,
)


class Parrot:
    """Says what the text says: category, confidence and urgency, separated by spaces."""

    tier = Tier.LIGHT
    version = "parrot-1"

    def triage(self, texts: "list[Text] | tuple[Text, ...]") -> list[Triage]:
        parts = [text.body.split() for text in texts]
        return [Triage(c, float(p), float(s), self.tier, self.version) for c, p, s in parts]


def test_figures_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    labels = np.array(["a", "b", "c", "d"])
    asked = labels[rng.integers(0, 3, 200)].tolist()
    answered = labels[rng.integers(0, 4, 200)].tolist()
    figures = category_figures(asked, answered, [0.5] * 200)
    assert figures.accuracy == pytest.approx(metrics.accuracy_score(asked, answered))
    assert figures.weighted_f1 == pytest.approx(metrics.f1_score(asked, answered, average="weighted"))
    assert figures.macro_f1 == pytest.approx(metrics.f1_score(asked, answered, average="macro"))
    table = metrics.precision_recall_fscore_support(asked, answered, labels=labels, zero_division=0.0)
    for place, row in enumerate(figures.classes):
        assert (row.precision, row.recall, row.f1, row.support) == pytest.approx(tuple(part[place] for part in table))


def test_urgency_errors_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    asked, answered = rng.random(50).round(1), rng.random(50)
    figures = urgency_figures(asked.tolist(), answered.tolist())
    assert figures.rmse == pytest.approx(metrics.root_mean_squared_error(asked, answered))
    assert figures.mae == pytest.approx(metrics.mean_absolute_error(asked, answered))


def test_ranks_share_ties() -> None:
    assert urgency_figures([0.1, 0.1, 0.4, 0.7], [0.2, 0.2, 0.5, 0.9]).spearman == pytest.approx(1.0)
    assert urgency_figures([0.1, 0.4, 0.7], [0.9, 0.5, 0.2]).spearman == pytest.approx(-1.0)
    assert urgency_figures([0.1, 0.4], [0.5, 0.5]).spearman == 0.0


def test_calibration_error_by_hand() -> None:
    # Bin (0.8, 0.9]: 2 rows, one right, gap 0.35; bin (0.5, 0.6]: 2 rows, both right, gap 0.4.
    error = expected_calibration_error([0.85, 0.85, 0.6, 0.6], [True, False, True, True])
    assert error == pytest.approx(0.5 * 0.35 + 0.5 * 0.4)
    assert expected_calibration_error([1.0, 0.0], [True, False]) == 0.0
    assert expected_calibration_error([], []) == 0.0


def test_a_model_is_judged_on_rows() -> None:
    texts = (Text("", "a 0.9 0.5"), Text("", "b 0.9 0.2"), Text("", "b 0.9 1.0"))
    steps: list[tuple[int, int]] = []
    found = evaluate_bundle(Parrot(), Rows(texts, ("a", "b", "a"), (0.5, None, 0.5)), lambda *step: steps.append(step))
    assert found.model_version == "parrot-1"
    assert found.category.accuracy == pytest.approx(2 / 3)
    assert found.urgency is not None
    assert (found.urgency.rows, found.urgency.mae) == (2, 0.25)
    assert steps == [(3, 3)]


def test_without_urgencies_there_are_no_urgency_figures() -> None:
    assert evaluate_bundle(Parrot(), Rows((Text("", "a 1 1"),), ("a",))).urgency is None


def test_nothing_cannot_be_judged() -> None:
    with pytest.raises(ValueError, match="no rows"):
        evaluate_bundle(Parrot(), Rows((), ()))
    with pytest.raises(ValueError, match="1 urgencies"):
        urgency_figures([0.1], [])
    with pytest.raises(ValueError, match="2 confidences"):
        expected_calibration_error([0.1, 0.2], [True])


def test_evaluating_needs_no_scikit_learn() -> None:
    import smart_support.train.evaluate as module

    assert "sklearn" not in Path(str(module.__file__)).read_text()
