"""The words that decided: which to quote, given each word's share in a decision."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from smart_support.domain.triage import Reason, ReasonOf

MOST = 3
"""Quotes for one decision."""

_LEAST = 0.25
_SHORTEST = 3

Span = tuple[int, int]
Shares = npt.NDArray[np.floating]


def by_word(words: Sequence[Span], pieces: Sequence[Span], shares: Shares) -> Shares:
    """The shares of pieces, summed up by the words that they start in. Both are spans of one text, ascending."""
    total = np.zeros(len(words))
    if words:
        starts = np.array([start for start, _ in words])
        ends = np.array([end for _, end in words])
        firsts = np.array([start for start, _ in pieces], dtype=np.int64)
        places = np.searchsorted(starts, firsts, side="right") - 1
        inside = (places >= 0) & (firsts < ends[places]) & np.array([start < end for start, end in pieces])
        np.add.at(total, places[inside], np.asarray(shares)[inside])
    return total


def quotes(of: ReasonOf, text: str, words: Sequence[Span], shares: Shares) -> tuple[Reason, ...]:
    """The words of `text` with the largest shares, at most `MOST` quotes, the heaviest first.

    Neighbours that both weigh are one quote, and what a heavier one says is not said again. A quote's weight is its
    share in the sum of all absolute shares. Words of one or two letters, and those that weigh less than a quarter of
    the heaviest, are not quoted.
    """
    whole = float(np.abs(shares).sum())
    heaviest = max((float(share) for share, word in zip(shares, words, strict=True) if _telling(text, word)), default=0)
    if heaviest <= 0.0:
        return ()
    found: list[tuple[float, int, Span]] = []
    joined = False
    for place, (share, word) in enumerate(zip(shares.tolist(), words, strict=True)):
        weighs = share >= _LEAST * heaviest and _telling(text, word)
        if weighs and joined and text[words[place - 1][1] : word[0]] == " ":
            before, first, span = found[-1]
            found[-1] = (before + share, first, (span[0], word[1]))
        elif weighs:
            found.append((share, place, word))
        joined = weighs
    found.sort(key=lambda quote: (-quote[0], quote[1]))
    best: dict[str, Reason] = {}
    for share, _, (start, end) in found:
        folded = text[start:end].casefold()
        if not any(folded in known for known in best):
            best[folded] = Reason(of, text[start:end], round(share / whole, 3))
    return tuple(best.values())[:MOST]


def _telling(text: str, word: Span) -> bool:
    return word[1] - word[0] >= _SHORTEST or not text[word[0] : word[1]].isascii()
