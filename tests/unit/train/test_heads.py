import numpy as np
import pytest

from smart_support.train.folds import split
from smart_support.train.heads import Material, fit_category, fit_levels, steps
from smart_support.train.light import UNKNOWN

ROWS, FOLDS = 120, 3


@pytest.fixture
def material() -> Material:
    """Traits of which the first says the label, the second the urgency, and the others nothing."""
    rng = np.random.default_rng(0)
    traits = rng.normal(0, 0.1, (ROWS, 6)).astype(np.float32)
    traits[:, 0] += np.arange(ROWS) % 2
    traits[:, 1] += np.linspace(0, 1, ROWS, dtype=np.float32)
    return Material(traits, np.ones(ROWS), split(["x"] * ROWS, [""] * ROWS, FOLDS, 0))


def test_held_out_outputs_come_from_heads_that_did_not_see_the_row(material: Material) -> None:
    target = np.arange(ROWS) % 2
    found = fit_category(material, target, 2, lambda _: None)
    assert (found.held_out.argmax(axis=1) == target).mean() > 0.95
    assert (found.head(material.traits).argmax(axis=1) == target).mean() > 0.95
    noise = np.random.default_rng(1).integers(0, 2, ROWS)
    assert (fit_category(material, noise, 2, lambda _: None).held_out.argmax(axis=1) == noise).mean() < 0.7


def test_rows_without_a_label_are_judged_and_teach_nothing(material: Material) -> None:
    target = np.arange(ROWS) % 2
    target[:60] = UNKNOWN
    found = fit_category(material, target, 2, lambda _: None)
    assert (found.held_out[:60].argmax(axis=1) == np.arange(60) % 2).mean() > 0.9


def test_a_label_that_no_row_has_is_never_said(material: Material) -> None:
    found = fit_category(material, np.arange(ROWS) % 2, 3, lambda _: None)
    assert set(found.head(material.traits).argmax(axis=1)) <= {0, 1}


def test_levels_are_cumulative(material: Material) -> None:
    asked = np.linspace(0, 1, ROWS)
    asked[::10] = np.nan
    held_out = fit_levels(material, asked, lambda _: None).held_out
    for level, line in enumerate((0.25, 0.55, 0.825)):
        assert held_out[asked > line + 0.1, level].mean() > 0 > held_out[asked < line - 0.1, level].mean()


def test_a_level_that_never_comes_stays_unlikely(material: Material) -> None:
    levels = fit_levels(material, np.full(ROWS, 0.4), lambda _: None)
    chances = 1 / (1 + np.exp(-levels.head(material.traits)))
    assert (chances[:, 0] > 0.95).all()
    assert (chances[:, 1:] < 0.05).all()


def test_steps_are_told(material: Material) -> None:
    told: list[str] = []
    fit_category(material, np.arange(ROWS) % 2, 2, told.append)
    fit_levels(material, np.linspace(0, 1, ROWS), told.append)
    assert len(told) == steps(FOLDS)
