"""How S is made from what a rule and a learnt head say."""

import math
from dataclasses import dataclass

from smart_support.triage.bundle import Bundle, BundleError

ALERT = 0.8
"""The S above which somebody is alerted, unless `WEBHOOK_THRESHOLD` says otherwise."""


@dataclass(frozen=True, slots=True)
class UrgencyMix:
    """S from raw = rule * (S by rule) + head * (the head's output) + bias.

    A least-squares fit shrinks towards the mean, so its critical tickets stay below `ALERT`.
    Hence S is bent, with two straight pieces: raw 0 is 0, `line` is `ALERT`, 1 is 1; cut to [0, 1].
    """

    rule: float
    head: float
    bias: float
    line: float = ALERT

    @property
    def rule_part(self) -> float:
        """The part that the rule has in S, in [0, 1]; the head has the rest."""
        return abs(self.rule) / ((abs(self.rule) + abs(self.head)) or 1.0)

    def score(self, by_rule: float, head: float) -> float:
        """S in [0, 1]."""
        return self.bend(self.rule * by_rule + self.head * head + self.bias)

    def bend(self, raw: float) -> float:
        """S in [0, 1] from the raw sum."""
        low = raw * ALERT / self.line
        high = ALERT + (raw - self.line) * (1.0 - ALERT) / (1.0 - self.line)
        return min(1.0, max(0.0, low if raw <= self.line else high))


def urgency_mix(bundle: Bundle) -> UrgencyMix | None:
    """The mix in a bundle; None where it has no urgency head. Raises BundleError where it is damaged."""
    mix = bundle.settings.get("urgency")
    if mix is None:
        return None
    try:
        made = UrgencyMix(**{name: float(value) for name, value in mix.items()})
    except (TypeError, ValueError, AttributeError) as error:
        raise BundleError(f"The model bundle {bundle.path} is refused: setting urgency ({error}).") from error
    if not all(map(math.isfinite, (made.rule, made.head, made.bias))) or not 0.05 <= made.line <= 0.95:
        raise BundleError(f"The model bundle {bundle.path} is refused: setting urgency is out of range.")
    return made
