"""Urgency by rule: cue words in five languages, their clause, and one logistic formula. Standard library only.

Two rules live here. `keyword_level` is the heuristic of /v1 (level 1 or 5); `score` is S in [0, 1].

How S is made (the weights are set by hand, in `urgency_cues`; nothing is learned):

    z = BASE + sum over cue groups g of  w_g * (1 + 0.4 * min(d_g - 1, 1))        S = 1 / (1 + exp(-z))

with d_g the number of distinct cues of the group found (a group without any counts nothing), so that shouting one
word ten times counts once and two words of one kind count 1.4. Calming groups have negative weights. A cue that is
negated in its own clause counts nothing ("no data loss"); an urgent word that is ("nicht dringend") counts as calming.
Without a cue S is 1 / (1 + exp(-BASE)) = 0.33.

Linear time: one alternation, built as a prefix tree without nested repeats, over text cut at `READ_LIMIT`; negation
looks at a bounded number of characters before a cue.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from smart_support.domain.triage import Reason, ReasonOf
from smart_support.domain.urgency_cues import BASE, GROUPS, KEYWORDS, NEGATED_WEIGHT, NEGATORS

READ_LIMIT = 8_000
"""Characters of a text that are read; what stands behind them does not count."""

HIGH, NORMAL = 1, 5
"""The two levels of /v1."""

_MAX_REASONS = 4
_LOOK_BACK = 28
_GAP = r"[^\w.!?;,\n]{1,3}"


class _Folded(dict[int, str]):
    """Characters and what they fold to, remembered: of one character each."""

    def __missing__(self, code: int) -> str:
        folded = chr(code).casefold()
        self[code] = folded if len(folded) == 1 else chr(code)
        return self[code]


_FOLDED = _Folded()


def fold(text: str) -> str:
    """`text` casefolded, of the same length, so that a span found in it is a span of `text`.

    A character whose folding is longer than itself (ß, İ) stays as it is. A typographic apostrophe becomes a plain one.
    """
    folded = text.casefold()
    if len(folded) != len(text):
        folded = text.translate(_FOLDED)
    return folded.replace("\u2019", "'")


def keyword_level(text: str) -> int:
    """1 (high) if `text` holds an urgency keyword that is not negated, else 5 (normal). The rule of /v1.

    The list is asap, urgent, critical, broken, outage and more, with inflections and translations.
    Reads the first `READ_LIMIT` characters. Never raises.
    """
    folded = fold(text[:READ_LIMIT])
    hits = _KEYWORD.finditer(folded)
    return HIGH if any(not _negated(folded, hit.start()) for hit in hits) else NORMAL


def score(text: str) -> tuple[float, tuple[Reason, ...]]:
    """S in [0, 1] by the formula of this module, and the cues that made it, heaviest first (at most four).

    A reason quotes the first place of its cue as it stands in `text`; its weight is the cue's signed share in the
    sum of all absolute weights, so calming cues are negative. Reads the first `READ_LIMIT` characters. Never raises.
    """
    text = text[:READ_LIMIT]
    found = _cues(text)
    return _combine(text, found) if found else (_CALM_SCORE, ())


def groups(text: str) -> frozenset[str]:
    """The groups of `urgency_cues` of which `text` has a cue that is not negated. Reads and never raises as `score`."""
    return frozenset(group for group, _ in _cues(text[:READ_LIMIT]))


def _cues(text: str) -> dict[tuple[str, str], tuple[int, int]]:
    """The first place of each cue, by its group and itself."""
    folded = fold(text)
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for hit in _CUE.finditer(folded):
        group = _group(hit.group())
        if GROUPS[group].negatable and _negated(folded, hit.start()):
            if group != "shout":
                continue
            group = "negated"
        found.setdefault((group, hit.group()), hit.span())
    return found


def _combine(text: str, found: dict[tuple[str, str], tuple[int, int]]) -> tuple[float, tuple[Reason, ...]]:
    seen: dict[str, int] = {}
    parts: list[tuple[float, tuple[int, int]]] = []
    for (group, _), span in found.items():
        rank = seen.get(group, 0)
        seen[group] = rank + 1
        if rank < 2:
            weight = NEGATED_WEIGHT if group == "negated" else GROUPS[group].weight
            parts.append((weight if rank == 0 else 0.4 * weight, span))
    z = BASE + sum(weight for weight, _ in parts)
    whole = sum(abs(weight) for weight, _ in parts)
    parts.sort(key=lambda part: (-abs(part[0]), part[1]))
    reasons = tuple(
        Reason(ReasonOf.URGENCY, text[start:end], round(weight / whole, 3))
        for weight, (start, end) in parts[:_MAX_REASONS]
    )
    return _logistic(z), reasons


def _logistic(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z))


def _negated(folded: str, start: int) -> bool:
    """Whether a negating word stands before `start`, at most three words away and in the same clause."""
    return _NEGATOR.search(folded, max(0, start - _LOOK_BACK), start) is not None


@lru_cache(maxsize=4096)
def _group(matched: str) -> str:
    """The group of the cue that `matched` (folded, as the alternation found it) stands for."""
    words = tuple(_WORD.findall(matched))
    group = _GROUP_OF.get(words)
    if group is None:
        # A stem ("poison*") matched a longer last word; the longest stem wins.
        *front, last = words
        stems = ((*front, last[:end] + "*") for end in range(len(last), 0, -1))
        group = next(_GROUP_OF[stem] for stem in stems if stem in _GROUP_OF)
    return group


class _Node(dict[str, "_Node"]):
    """A node of a prefix tree of characters; " " is a gap between words, "*" any continuation, "" an end."""


def _alternation(phrases: Iterable[tuple[str, ...]]) -> re.Pattern[str]:
    """Matches any of `phrases`, longer ones first. A word start tries one path, no longer than the longest phrase."""
    root = _Node()
    for phrase in phrases:
        node = root
        for char in " ".join(phrase):
            node = node.setdefault(char, _Node())
        if not phrase[-1].endswith("*"):
            node[""] = _Node()
    return re.compile(rf"\b{_pattern(root)}")


def _pattern(node: _Node) -> str:
    options = [
        (_GAP if char == " " else re.escape(char)) + _pattern(below)
        for char, below in sorted(node.items())
        if char not in ("", "*")
    ]
    if "*" in node:
        options.append(r"\w{0,20}")
    if "" in node:
        options.append(r"\b")
    return options[0] if len(options) == 1 else f"(?:{'|'.join(options)})"


def _phrases(cues: str) -> Iterator[tuple[str, ...]]:
    """The phrases of a cue list, folded, each with accents and without."""
    for cue in re.split(r"[|\n]", fold(cues)):
        for spelling in (cue, _bare(cue)):
            if words := tuple(_CUE_WORD.findall(spelling)):
                yield words


def _bare(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


_WORD = re.compile(r"\w+")
_CUE_WORD = re.compile(r"\w+\*?")
_NEGATOR = re.compile(rf"(?:{NEGATORS}){_GAP}\Z")
_KEYWORD = _alternation(_phrases(KEYWORDS))
# The first group that lists a cue has it.
_GROUP_OF = {phrase: name for name in reversed(GROUPS) for phrase in _phrases(GROUPS[name].cues)}
_CUE = _alternation(_GROUP_OF)
_CALM_SCORE = _logistic(BASE)
