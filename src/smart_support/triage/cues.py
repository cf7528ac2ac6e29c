"""The words that a ticket shares with the examples of its category, and with few others."""

from collections import Counter
from collections.abc import Mapping, Sequence

from smart_support.domain.triage import Reason, ReasonOf, Text
from smart_support.triage import features

_REASONS = 3
_LEAST = 0.5
_SHORTEST = 3


class Cues:
    """Which words speak for which category, by the examples that hold them.

    The weight of a word for a category is the share of that category's examples among all that hold it, with one more
    that does not: a word of one single example weighs a half, and a word of everybody's next to nothing.
    """

    def __init__(self, examples: Mapping[str, Sequence[str]]) -> None:
        """`examples` are those of each category."""
        self._of = {
            category: Counter(word for text in texts for word in {features.fold(w) for w in features.words(text)})
            for category, texts in examples.items()
        }
        self._in_all: Counter[str] = Counter()
        for found in self._of.values():
            self._in_all.update(found)

    def reasons(self, text: Text, category: str) -> tuple[Reason, ...]:
        """The heaviest words of the ticket, as they stand in it, the first of equals first; none where none is."""
        found: dict[str, Reason] = {}
        for word in features.words(features.read(text)):
            folded = features.fold(word)
            weight = self._of[category][folded] / (self._in_all[folded] + 1)
            if weight >= _LEAST and len(word) >= _SHORTEST:
                found.setdefault(folded, Reason(ReasonOf.CATEGORY, word, round(weight, 3)))
        return tuple(sorted(found.values(), key=lambda reason: -reason.weight)[:_REASONS])
