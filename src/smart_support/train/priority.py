"""Urgency from the priorities of a helpdesk.

Urgency may be given as

    a number in [0, 1]                 as it is
    a priority word                    very low, lowest, planning 0.05 · low, minor 0.1 ·
                                       medium, normal, moderate 0.45 · high, major 0.8 ·
                                       critical, urgent, highest, very high, blocker 1.0
    P1, P2, P3, P4, P5                 critical, high, medium, low, lowest
    "2 - High", "P2: high"             the word, whatever the number
    a level 0, 1, 2, 3                 0.1, 0.4, 0.7, 0.95; the column must be named `urgency_level`

The words low, medium and high are moved by 0.2 (0.30, 0.65, 1.00) where the text holds an urgency keyword
(`domain.urgency.keyword_level`): six bands. Other bare numbers are refused: in some helpdesks 1 is the
most urgent, in others the least.
"""

import math
import re

from smart_support.domain import urgency
from smart_support.domain.triage import Text
from smart_support.triage import features

LEVELS = (0.1, 0.4, 0.7, 0.95)
"""The urgency of the levels low, normal, high and critical."""

BANDS = {"low": 0.1, "medium": 0.45, "high": 0.8}
"""The urgency of the three usual words without an urgency keyword; with one it is `KEYWORD_STEP` higher."""

KEYWORD_STEP = 0.2

_WORDS = {
    **dict.fromkeys(("lowest", "very low", "very_low", "trivial", "planning"), 0.05),
    **dict.fromkeys(("minor",), 0.1),
    **dict.fromkeys(("normal", "moderate"), 0.45),
    **dict.fromkeys(("major",), 0.8),
    **dict.fromkeys(("critical", "urgent", "highest", "very high", "very_high", "blocker"), 1.0),
}
_CODES = {"p1": "critical", "p2": "high", "p3": "medium", "p4": "low", "p5": "lowest"}
_NUMBERED = re.compile(r"p?\d[^a-z\d]+(?=[a-z])")


def read_urgency(given: str, text: Text, *, levels: bool = False) -> float:
    """An urgency in [0, 1] from a number, a priority or (if `levels`) a level, as this module says.

    Raises ValueError when `given` is none of these.
    """
    word = _NUMBERED.sub("", given.strip().lower(), count=1)
    word = _CODES.get(word, word)
    if word in BANDS:
        keyword = urgency.keyword_level(features.read(text)) == urgency.HIGH
        return round(BANDS[word] + (KEYWORD_STEP if keyword else 0.0), 2)
    if word in _WORDS:
        return _WORDS[word]
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if levels and number in range(len(LEVELS)):
        return LEVELS[int(number)]
    if levels or not 0.0 <= number <= 1.0:
        known = "0, 1, 2, 3" if levels else "a number from 0 to 1"
        raise ValueError(
            f"the urgency {given!r} is neither {known} nor a priority word (low, medium, high, critical); write levels "
            "of your own as words, or as P1 (the most urgent) to P4."
        )
    return number
