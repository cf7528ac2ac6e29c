import numpy as np
import numpy.typing as npt
import pytest

from smart_support.triage.calibrate import (
    FALSE_ALERTS,
    alert_line,
    fit_mix,
    fit_temperature,
    fit_tilt,
    fit_urgency,
    log_loss,
)
from smart_support.triage.urgency_mix import ALERT

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def drawn(logits: Floats, rng: np.random.Generator) -> Ints:
    """A label for each row, by the odds that its logits say."""
    odds = np.exp(logits)
    shares = odds / odds.sum(axis=1, keepdims=True)
    return (rng.random((len(logits), 1)) > shares.cumsum(axis=1)).sum(axis=1)


def test_temperature_finds_the_one_that_made_the_data() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20_000, 3))
    assert fit_temperature(logits, drawn(logits / 0.5, rng)) == pytest.approx(0.5, rel=0.05)


def test_the_mix_finds_the_weights_that_made_the_data() -> None:
    rng = np.random.default_rng(1)
    encoder, light = rng.normal(size=(2, 30_000, 3))
    mix = fit_mix(encoder, light, drawn(2.0 * encoder + 0.5 * light, rng))
    assert mix == pytest.approx([2.0, 0.5], rel=0.08)


def test_who_only_misleads_has_no_weight() -> None:
    rng = np.random.default_rng(2)
    encoder, light = rng.normal(size=(2, 5_000, 4))
    mix = fit_mix(encoder, light, drawn(encoder - light, rng))
    assert mix[1] == 0.0
    assert mix[0] > 0.5


def test_weights_stay_finite_where_no_row_is_wrong() -> None:
    target = np.arange(40) % 4
    logits = 10.0 * np.eye(4)[target]
    mix = fit_mix(logits, logits, target)
    assert np.isfinite(mix).all()
    assert log_loss(logits * mix.sum(), target) < 0.01


def test_a_tilt_helps_rare_labels_and_leaves_equal_ones_alone() -> None:
    rng = np.random.default_rng(3)
    prior = np.log([0.9, 0.07, 0.03])
    target = rng.choice(3, 4_000, p=np.exp(prior))
    logits = prior + 1.5 * np.eye(3)[target] + rng.normal(size=(4_000, 3))

    def macro_f1(said: Ints) -> float:
        hits = np.array([((said == k) & (target == k)).sum() for k in range(3)])
        return float((2 * hits / (np.bincount(said, minlength=3) + np.bincount(target))).mean())

    tilt = fit_tilt(logits, target)
    assert macro_f1((logits + tilt).argmax(axis=1)) > macro_f1(logits.argmax(axis=1)) + 0.05
    assert tilt[0] < min(tilt[1:])
    even = np.arange(300) % 3
    assert np.ptp(fit_tilt(5.0 * np.eye(3)[even], even)) <= 0.4


def test_urgency_is_a_weighted_sum() -> None:
    rng = np.random.default_rng(4)
    parts = np.column_stack([rng.random((500, 6)), np.ones(500)])
    wanted = np.array([0.3, 0.2, 0.3, 0.1, 0.0, -0.1, 0.05])
    assert fit_urgency(parts, parts @ wanted) == pytest.approx(wanted, abs=0.01)


def test_the_alert_line_is_the_lowest_that_leaves_calm_tickets_in_peace() -> None:
    raw = np.linspace(0.0, 1.0, 1_001)
    asked = np.where(raw > 0.655, 0.95, 0.4)
    line = alert_line(asked, raw)
    assert (raw[asked <= 0.45] > line).mean() <= FALSE_ALERTS
    assert (raw[asked <= 0.45] > line - 0.01).mean() > FALSE_ALERTS
    assert alert_line(np.where(raw > 0.3, 0.95, 0.4), raw) == 0.5


def test_with_few_critical_or_few_calm_rows_the_line_stays_the_seeds() -> None:
    raw = np.linspace(0.0, 1.0, 101)
    assert alert_line(np.where(raw > 0.99, 0.95, 0.4), raw) == ALERT
    assert alert_line(np.where(raw > 0.01, 0.95, 0.4), raw) == ALERT
