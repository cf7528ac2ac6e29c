"""What is fitted on held-out outputs, where no row judges a model that saw it. NumPy only."""

import numpy as np
import numpy.typing as npt

from smart_support.triage.urgency_mix import ALERT

MIN_ROWS = 20
"""With fewer critical rows, or fewer calm ones, the alert line stays at `light.ALERT`."""

CRITICAL, CALM = 0.9, 0.45
"""From this urgency on, somebody must be alerted; up to this one, nobody."""

FALSE_ALERTS = 0.025
"""Share of the calm rows that may be above the alert line."""

_RIDGE = 1e-3
_STEPS = 50
_SHARPER = 0.3
_ROUNDS = 2
_TILTS = np.arange(-5, 11) / 5.0
_CAUTION = 1e-4

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def log_loss(logits: Floats, target: Ints) -> float:
    """The mean log loss of softmax(logits), [rows, labels], on the right column of each row."""
    top = logits.max(axis=1)
    all_ways = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return float(np.mean(all_ways - logits[np.arange(len(logits)), target]))


def fit_temperature(logits: Floats, target: Ints) -> float:
    """The temperature in [0.01, 100] at which softmax(logits / temperature) has the least log loss on `target`.

    `logits` is [rows, labels], `target` the right column of each row. Golden-section search over the logarithm; the
    loss is unimodal in it (Guo et al. 2017).
    """

    def loss(log_temperature: float) -> float:
        return log_loss(logits / np.exp(log_temperature), target)

    golden = (np.sqrt(5.0) - 1.0) / 2.0
    low, high = np.log(0.01), np.log(100.0)
    for _ in range(60):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if loss(left) <= loss(right):
            high = right
        else:
            low = left
    return round(float(np.exp((low + high) / 2)), 6)


def fit_mix(encoder_logits: Floats, light_logits: Floats, target: Ints) -> Floats:
    """The weights [2] of both models' logits, none below 0, with the least log loss of their sum on `target`.

    Both logits are [rows, labels], `target` is the right column of each row. A small penalty on the squares keeps the
    weights finite where no row is wrong.
    """
    sources = np.stack([encoder_logits, light_logits])
    best = _newton(sources, target)
    for place in np.flatnonzero(best < 0.0)[:1]:
        other = 1 - int(place)
        best = np.zeros(2)
        best[other] = max(0.0, float(_newton(sources[[other]], target)[0]))
    return best.round(6)


def fit_tilt(logits: Floats, target: Ints) -> Floats:
    """What to add to the logits of each label, [labels], for the largest macro F1: rare labels are then found as well
    as frequent ones (Menon et al., "Long-tail learning via logit adjustment", 2021).

    One label after another, `_ROUNDS` times. Rows are counted by their sharpened odds, and each value with its
    neighbours, so that one lucky row chooses nothing.
    """
    rows = np.arange(len(target))
    odds = np.exp((logits - logits.max(axis=1, keepdims=True)) / _SHARPER)
    asked = np.bincount(target, minlength=logits.shape[1])
    tilt = np.zeros(logits.shape[1])

    def macro_f1(label: int, added: float) -> float:
        whole = 1.0 / (odds.sum(axis=1) + odds[:, label] * (factor(added) - 1.0))
        factors = np.ones(len(tilt))
        factors[label] = factor(added)
        said = factors * (whole @ odds)
        hits = np.bincount(target, odds[rows, target] * whole, len(tilt)) * factors
        return float((2.0 * hits / np.maximum(said + asked, 1e-12)).mean())

    def factor(added: float) -> float:
        return float(np.exp(added / _SHARPER))

    for _ in range(_ROUNDS):
        for label in range(len(tilt)):
            found = np.array([macro_f1(label, value - tilt[label]) for value in _TILTS])
            smooth = np.convolve(np.pad(found, 2, "edge"), np.full(5, 0.2), "valid") - _CAUTION * np.abs(_TILTS)
            best = _TILTS[int(smooth.argmax())]
            odds[:, label] *= factor(best - tilt[label])
            tilt[label] = best
    return tilt


def fit_urgency(parts: Floats, asked: Floats) -> Floats:
    """The weights [columns] of the `parts` of S, [rows, columns], the last of which is 1: ridge least squares."""
    penalty = np.full(parts.shape[1], _RIDGE * len(parts))
    penalty[-1] = 0.0
    fitted = np.linalg.solve(parts.T @ parts + np.diag(penalty), parts.T @ asked)
    return np.asarray(fitted, dtype=np.float64).round(6)


def alert_line(asked: Floats, raw: Floats) -> float:
    """The raw score above which a row alerts: the lowest in [0.5, 0.95] with at most `FALSE_ALERTS` of the calm rows
    (asked <= `CALM`) above it. A critical ticket that nobody sees costs more than a look at a calm one, so the line is
    as low as false alerts allow.

    `light.ALERT` with fewer than `MIN_ROWS` critical or calm rows. Both arrays are [rows].
    """
    calm = raw[asked <= CALM]
    if (asked >= CRITICAL).sum() < MIN_ROWS or len(calm) < MIN_ROWS:
        return ALERT
    lines = [round(0.5 + 0.01 * step, 2) for step in range(46)]
    return next((line for line in lines if (calm > line).mean() <= FALSE_ALERTS), lines[-1])


def _newton(sources: Floats, target: Ints) -> Floats:
    """The weights of `sources` [sources, rows, labels] with the least penalised log loss, by damped Newton steps; the
    loss is convex in them."""
    rows = np.arange(len(target))
    weights = np.ones(len(sources))

    def loss(tried: Floats) -> float:
        return log_loss(np.tensordot(tried, sources, 1), target) + _RIDGE / 2 * float(tried @ tried)

    for _ in range(_STEPS):
        shares = _softmax(np.tensordot(weights, sources, 1))
        means = (shares * sources).sum(axis=2)
        slope = (means - sources[:, rows, target]).mean(axis=1) + _RIDGE * weights
        spread = sources - means[..., None]
        curve = np.einsum("irk,rk,jrk->ij", spread, shares, spread) / len(rows) + _RIDGE * np.eye(len(sources))
        step = np.linalg.solve(curve, slope)
        before = loss(weights)
        while loss(weights - step) > before and np.abs(step).max() > 1e-9:
            step /= 2
        weights = weights - step
        if np.abs(step).max() < 1e-9:
            break
    return weights


def _softmax(logits: Floats) -> Floats:
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = odds / odds.sum(axis=1, keepdims=True)
    return shares
