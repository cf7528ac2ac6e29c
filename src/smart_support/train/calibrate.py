"""What is fitted on held-out outputs: the softmax temperature and the line above which S alerts. NumPy only."""

import numpy as np
import numpy.typing as npt

from smart_support.triage.light import ALERT

MIN_CRITICAL_ROWS = 20
"""With fewer critical rows the alert line stays where it is."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def fit_temperature(logits: Floats, target: Ints) -> float:
    """The temperature in [0.01, 100] at which softmax(logits / temperature) has the least log loss on `target`.

    `logits` is [rows, labels], `target` the right column of each row. Golden-section search over the logarithm; the
    loss is unimodal in it (Guo et al. 2017).
    """

    def loss(log_temperature: float) -> float:
        z = logits / np.exp(log_temperature)
        top = z.max(axis=1)
        all_ways = top + np.log(np.exp(z - top[:, None]).sum(axis=1))
        return float(np.mean(all_ways - z[np.arange(len(z)), target]))

    golden = (np.sqrt(5.0) - 1.0) / 2.0
    low, high = np.log(0.01), np.log(100.0)
    for _ in range(60):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if loss(left) <= loss(right):
            high = right
        else:
            low = left
    return round(float(np.exp((low + high) / 2)), 6)


def alert_line(asked: Floats, raw: Floats) -> float:
    """The raw score in [0.5, 0.8] above which rows are best taken for critical (asked >= 0.9): the largest F1.

    0.8 with fewer than `MIN_CRITICAL_ROWS` critical rows. Both arrays are [rows].
    """
    critical = asked >= 0.9
    if critical.sum() < MIN_CRITICAL_ROWS:
        return ALERT

    def f1(line: float) -> float:
        alerts = raw > line
        return 2.0 * float((alerts & critical).sum()) / float(alerts.sum() + critical.sum())

    lines = [round(0.8 - 0.01 * step, 2) for step in range(31)]
    # Averaged with its neighbours, so that one lucky row does not choose the line.
    return max(lines, key=lambda line: (f1(line - 0.02) + f1(line) + f1(line + 0.02), line))
