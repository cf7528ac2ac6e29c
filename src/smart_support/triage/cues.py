"""The words that a ticket shares with the examples of its category, and with few of the others."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from smart_support.domain.triage import Reason, ReasonOf, Text
from smart_support.triage import features
from smart_support.triage.explain import MOST, telling

_TIMES = 3.0
_FEWEST = 2
_OF_THE_FIRST = 0.5  # what weighs less is chance


class Cues:
    """Which words speak for which category, by the examples that hold them.

    A word does where two or more examples of the category hold it, and three times the share of what do in the other
    categories on average. Its weight is the one share less the other. Where no word of a ticket does, those that it
    shares with any example of the category speak, if the other categories hold them less. A word that explains nothing
    alone (`explain.telling`) never does.
    """

    def __init__(self, examples: Mapping[str, Sequence[str]]) -> None:
        """`examples` are those of each category, in two categories or more."""
        self._holding = {
            category: Counter(word for text in texts for word in {features.fold(w) for w in features.words(text)})
            for category, texts in examples.items()
        }
        self._numbers = {category: len(texts) for category, texts in examples.items()}
        self._shares: defaultdict[str, float] = defaultdict(float)  # of all categories, added up
        for category, found in self._holding.items():
            for word, number in found.items():
                self._shares[word] += number / self._numbers[category]

    def reasons(self, text: Text, category: str) -> tuple[Reason, ...]:
        """The heaviest words of the ticket, as they stand in it, the first of equals first; at times there is none."""
        strong: dict[str, Reason] = {}
        shared: dict[str, Reason] = {}
        for word in features.words(features.read(text)):
            if not telling(word):
                continue
            folded = features.fold(word)
            holding = self._holding[category][folded]
            share = holding / self._numbers[category]
            others = (self._shares.get(folded, 0.0) - share) / (len(self._numbers) - 1)
            if share > others:
                reason = Reason(ReasonOf.CATEGORY, word, round(share - others, 3))
                shared.setdefault(folded, reason)
                if holding >= _FEWEST and share >= _TIMES * others:
                    strong.setdefault(folded, reason)
        found = (strong or shared).values()
        heaviest = sorted(found, key=lambda reason: -reason.weight)[:MOST]
        return tuple(reason for reason in heaviest if reason.weight >= _OF_THE_FIRST * heaviest[0].weight)
