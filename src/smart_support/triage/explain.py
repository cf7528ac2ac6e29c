"""The words that decided: which to quote, given each word's share in a decision."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from smart_support.domain.triage import Reason, ReasonOf
from smart_support.triage import features
from smart_support.triage.stop_words import STOP_WORDS

MOST = 3
"""Quotes for one decision."""

LEAST = 0.05
"""A quote has at least this share of the decision; what has less is chance."""

_OF_THE_HEAVIEST = 0.25
_PIECE = 0.02  # the share of a word in a quote of several
_SHORTEST = 3
_LONGEST = 5  # words of a quote; more is no quote but the ticket
_CANDIDATES = 6
_TOP, _MASK = 2**39, 2**40 - 1
_FRAGMENT = re.compile("|.|[\u30a0-\u30ff]{2}")  # katakana spell words out, two of them are a piece of one
_HIRAGANA = re.compile("[\u3040-\u309f]")  # endings and particles

Span = tuple[int, int]
Quote = tuple[str, float]
Ints = npt.NDArray[np.int64]
Shares = npt.NDArray[np.floating]


def by_word(words: Sequence[Span], pieces: Sequence[Span], *shares: Shares) -> list[Shares]:
    """Each of the `shares` of pieces, summed up by the words that they start in. Both are spans of one text, ascending;
    a piece that starts in no word, or is empty, counts nowhere."""
    if not words:
        return [np.zeros(0) for _ in shares]
    starts, ends = np.array(words).T
    firsts, lasts = np.array(pieces).T
    places = np.searchsorted(starts, firsts, side="right")
    places[(firsts >= ends[places - 1]) | (firsts >= lasts)] = 0
    return [np.bincount(places, of_pieces, len(words) + 1)[1:].astype(np.float64) for of_pieces in shares]


def whole(shares: Shares) -> Shares:
    """The shares, so that their absolute values add up to 1."""
    total = np.abs(shares).sum()
    return shares / total if total > 0 else shares


def heavy(shares: Shares) -> dict[int, float]:
    """Of the shares of a text's words in a decision, those worth quoting, by the place of the word."""
    places = np.flatnonzero(shares >= max(_PIECE, _OF_THE_HEAVIEST * shares.max(initial=0.0)))
    return dict(zip(places.tolist(), shares[places].tolist(), strict=True))


def heaviest(added: Ints, starts: Ints, ends: Ints) -> list[list[dict[int, float]]]:
    """What `heavy` says of a few of the heaviest words, for each of several decisions and texts, at once.

    `added` [decisions, words] is what each word adds; `starts` and `ends` are where its texts lie. A text has less
    than 4,096 words, and a word adds less than 2**39.
    """
    totals = np.add.reduceat(np.abs(added), starts, axis=1)
    place = np.arange(added.shape[1])
    if len(starts) > 1:
        segment = np.repeat(np.arange(len(starts)), ends - starts)
        place = (segment << 52) | (place - starts[segment])
    # Sorted by text, then size (largest first), then place: three numbers packed into one, which sorts fast.
    packed = np.sort(((_TOP - added) << 12) | place, axis=1)
    spans = [(start, min(end, start + _CANDIDATES)) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    return [
        [_unpacked(row[start:end].tolist(), total) for (start, end), total in zip(spans, sums, strict=True)]
        for row, sums in zip(packed, totals.tolist(), strict=True)
    ]


def _unpacked(packed: list[int], total: int) -> dict[int, float]:
    found: dict[int, float] = {}
    floor = _PIECE * total or 1.0
    for key in packed:
        size = _TOP - (key >> 12 & _MASK)
        if size < floor:
            break
        if not found:
            floor = max(floor, _OF_THE_HEAVIEST * size)
        found[key & 0xFFF] = size / total
    return found


def quotes(text: str, words: Sequence[str], shares: Mapping[int, float]) -> list[Quote]:
    """What to quote of `text` where `shares` speak for a decision: by the place of the word in `words`
    (`features.words` of the text), all above zero.

    Neighbours are one quote, also around a stop word, and count together. A stop word, a number or one or two Latin
    letters are none.
    """
    found: list[Quote] = []
    first, last = 0, -9
    for place in sorted(shares):
        word = words[place]
        if not _telling(word):
            continue
        joined = ""
        if place - last <= 2 and place - first < _LONGEST:
            joined = _joined(text, found[-1][0], words[last + 1 : place + 1])
        if joined:
            found[-1] = (joined, found[-1][1] + shares[place])
        else:
            found.append((word, shares[place]))
            first = place
        last = place
    return found


def best(of: ReasonOf, found: Iterable[Quote]) -> tuple[Reason, ...]:
    """The heaviest of them, at most `MOST`, none below `LEAST`; what a heavier one says is not said again."""
    kept: dict[str, Reason] = {}
    for quote, weight in sorted([said for said in found if abs(said[1]) >= LEAST], key=_lightness):
        folded = quote.casefold()
        if not any(folded in known or known in folded for known in kept) and not _FRAGMENT.fullmatch(quote):
            kept[folded] = Reason(of, quote, round(weight, 3))
            if len(kept) == MOST:
                break
    return tuple(kept.values())


def of_urgency(
    urgency: float, text: str, words: Sequence[str], shares: Mapping[int, float], cues: Sequence[Reason], rule: float
) -> tuple[Reason, ...]:
    """What speaks for S as it is: alarming words where it is above one half, calming ones (weights below zero) where
    it is not.

    `shares` are those of the words that speak for it; `cues` those of the rule, whose part in the decision is `rule`,
    the words having the rest. Where the two disagree on a word, it is not quoted: nobody reads "IMMEDIATELY" as calm.
    """
    sign = toward(urgency)
    found = [(quote, sign * (1.0 - rule) * weight) for quote, weight in quotes(text, words, shares)]
    if cues:
        against = [cue.quote.casefold() for cue in cues if cue.weight * sign < 0]
        if against:
            found = [said for said in found if not any(cue in said[0].casefold() for cue in against)]
        found += [(cue.quote, rule * cue.weight) for cue in cues if cue.weight * sign > 0]
    return best(ReasonOf.URGENCY, found)


def toward(urgency: float) -> int:
    """The sign of the words that speak for S as it is."""
    return 1 if urgency > 0.5 else -1


def _lightness(quote: Quote) -> float:
    return -abs(quote[1])


def _joined(text: str, quote: str, words: Sequence[str]) -> str:
    """The quote with the words behind it, if they stand so in the text and all but the last are stop words; or ""."""
    if len(words) > 1 and not _stops(words[0]):
        return ""
    gap = "" if _unspaced(words[-1]) else " "
    joined = gap.join((quote, *words))
    return joined if joined in text else ""


@lru_cache(maxsize=2**15)
def _telling(word: str) -> bool:
    if _unspaced(word):
        return not _HIRAGANA.match(word)
    return len(word) >= _SHORTEST - (not word.isascii()) and not word.isdigit() and not _stops(word)


def _stops(word: str) -> bool:
    return features.fold(word) in STOP_WORDS


def telling(word: str) -> bool:
    """Whether a word explains something alone: no stop word, no number, not one or two Latin letters."""
    return _telling(word) and not _unspaced(word)


def _unspaced(word: str) -> bool:
    """Whether it is a character of a script without spaces."""
    return len(word) == 1 and features.is_unspaced(word)
