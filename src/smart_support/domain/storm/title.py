"""What an incident is called: the words that set its members apart, and the member that says most of them.

A word's weight is class-based TF-IDF (Grootendorst, "BERTopic", 2022): with f its count among the members, F its count
among members and others, and A the mean number of words of the two,

    f * log(1 + A / F)
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice

KEYWORDS = 6
LONGEST = 90
"""Characters of a title."""

LINES = 3
"""Of a member that may name the incident: its subject, and where its body begins. Blank lines do not count."""

NAMELESS = "Reports without text"
"""The title where no member has a line that can be seen."""

Words = Callable[[str], Sequence[str]]


def keywords(members: Sequence[str], others: Sequence[str], words: Words) -> tuple[str, ...]:
    """The heaviest words of `members` (texts) that at least two of them have, the heaviest first. `words(text)` are
    those that say something, in lower case."""
    weights = _weights(members, others, words)
    return tuple(sorted(weights, key=lambda word: (-weights[word], word))[:KEYWORDS])


def title(members: Sequence[str], others: Sequence[str], words: Words) -> str:
    """Of the first lines of each member the one whose words weigh most for their number, cut to `LONGEST`; where no
    word weighs anything, the first line of the last member, which the incident opened with. Never empty; spaces are
    single, and control and format characters (bells, directions of text) are left out."""
    weights = _weights(members, others, words)

    def weight(line: str) -> float:
        said = set(words(line))
        return sum(weights.get(word, 0.0) for word in said) / math.sqrt(max(3, len(said)))

    found = [_lines(text) for text in members]
    best = max((line for lines in found for line in lines), key=weight, default=NAMELESS)
    if not weight(best):
        best = next((lines[0] for lines in reversed(found) if lines), NAMELESS)
    return best if len(best) <= LONGEST else best[: LONGEST - 1].rstrip() + "…"


def _lines(text: str) -> list[str]:
    """The first `LINES` lines that have something to see, as a title shows them."""
    cleaned = (" ".join(_visible(line).split()) for line in text.splitlines())
    return list(islice(filter(None, cleaned), LINES))


def _visible(line: str) -> str:
    return "".join(char for char in line if char == "\t" or unicodedata.category(char) not in {"Cc", "Cf"})


def _weights(members: Sequence[str], others: Sequence[str], words: Words) -> dict[str, float]:
    ours = [set(words(text)) for text in members]
    inside = Counter(word for said in ours for word in said)
    outside = Counter(word for text in others for word in set(words(text)))
    mean = (inside.total() + outside.total()) / 2
    return {word: count * math.log(1 + mean / (count + outside[word])) for word, count in inside.items() if count > 1}
