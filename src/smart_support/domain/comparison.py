"""Two models on the same tickets: where they agree, what each would have caused, and who was right."""

from collections.abc import Iterable
from dataclasses import dataclass

ENOUGH = 100
"""With fewer tickets compared, a model is promoted only by who insists."""

URGENCY_TIE = 0.05
"""Two errors of S that differ by less are equal: nobody means an urgency to the second digit."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one model said of one ticket."""

    category: str
    urgency: float


@dataclass(frozen=True, slots=True)
class Pair:
    """All tickets to which the models gave these two categories: how many, the sum of |dS| over them, and how many
    of them each model's S would have alerted for."""

    active: str
    shadow: str
    tickets: int
    urgency_gap: float
    active_alerts: int
    shadow_alerts: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A ticket of which both models and a person spoke; None where the person said nothing."""

    active: Opinion
    shadow: Opinion
    category: str | None
    urgency: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """Tickets with a person's word: those that only one model was right about (or nearer to), and the others."""

    active: int = 0
    shadow: int = 0
    tied: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """An active model and one in shadow, compared. `agreement` is the share of tickets with the same category,
    `urgency_gap` the mean |dS|; both None without tickets. `disagreements` are the pairs that differ, the most
    frequent first.

    People correct what is wrong more often than they confirm what is right, so the scores lean against the active
    model, whose words they saw.
    """

    tickets: int
    agreement: float | None
    urgency_gap: float | None
    active_alerts: int
    shadow_alerts: int
    disagreements: tuple[Pair, ...]
    category: Score
    urgency: Score

    @property
    def enough(self) -> bool:
        """Whether there is something to go by."""
        return self.tickets >= ENOUGH


def compare(pairs: Iterable[Pair], judged: Iterable[Judged]) -> Comparison:
    """The comparison made of all tickets, counted by pair of categories, and of those with a person's word."""
    counted = list(pairs)
    tickets = sum(pair.tickets for pair in counted)
    differ = [pair for pair in counted if pair.active != pair.shadow]
    category, urgency = Score(), Score()
    for one in judged:
        if one.category is not None:
            category = _add(category, one.active.category == one.category, one.shadow.category == one.category)
        if one.urgency is not None:
            ahead = abs(one.active.urgency - one.urgency) - abs(one.shadow.urgency - one.urgency)
            urgency = _add(urgency, ahead < -URGENCY_TIE, ahead > URGENCY_TIE)
    return Comparison(
        tickets=tickets,
        agreement=1.0 - sum(pair.tickets for pair in differ) / tickets if tickets else None,
        urgency_gap=sum(pair.urgency_gap for pair in counted) / tickets if tickets else None,
        active_alerts=sum(pair.active_alerts for pair in counted),
        shadow_alerts=sum(pair.shadow_alerts for pair in counted),
        disagreements=tuple(sorted(differ, key=lambda pair: (-pair.tickets, pair.active, pair.shadow))),
        category=category,
        urgency=urgency,
    )


def _add(score: Score, active: bool, shadow: bool) -> Score:
    if active == shadow:
        return Score(score.active, score.shadow, score.tied + 1)
    return Score(score.active + active, score.shadow + shadow, score.tied)
