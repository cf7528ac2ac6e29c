"""Where the words that decided stand in a ticket's texts, for whoever marks them there."""

import re
from collections.abc import Iterator, Sequence

from smart_support.triage.features import WORD_CHARACTER

MOST = 50
"""Places of one quote."""

READ_LIMIT = 100_000
"""Characters of a text that are looked through: triage reads no further (`clean.MARKUP_LIMIT`)."""

Place = tuple[int, int]
"""Start and end, in UTF-16 code units."""

_GAP = re.compile(r"\s+")
_INSIDE = re.compile(WORD_CHARACTER * 2)


def places(quote: str, text: str) -> list[Place]:
    """The first `MOST` places of `quote` in `text`, in order, none over another.

    Case does not matter, nor how much white space is between words: mails wrap anywhere. A quote that begins or ends
    in a word begins or ends there with the whole word. All places count, also those in what triage left out (mail
    history, signatures). Linear in the length of the text; never raises.
    """
    # Not by a regular expression: to make one takes longer than to search, and every ticket has quotes of its own.
    words = _folded(quote).split()
    return list(_in_utf_16(text, _found(words, _folded(text[:READ_LIMIT])))) if words else []


def _folded(text: str) -> str:
    """In lower case, and as long as before."""
    folded = text.lower()
    if len(folded) != len(text):
        folded = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return folded


def _found(words: Sequence[str], text: str) -> list[Place]:
    """The places in code points."""
    found: list[Place] = []
    start = text.find(words[0])
    while start >= 0 and len(found) < MOST:
        end = _end(words, text, start)
        if end is not None:
            found.append((start, end))
        start = text.find(words[0], end or start + 1)
    return found


def _end(words: Sequence[str], text: str, start: int) -> int | None:
    """Where the words end of which the first stands at `start`; None where they do not stand there, or not whole."""
    if _is_inside(text, start):
        return None
    end = start + len(words[0])
    for word in words[1:]:
        gap = _GAP.match(text, end)
        if gap is None or not text.startswith(word, gap.end()):
            return None
        end = gap.end() + len(word)
    return None if _is_inside(text, end) else end


def _is_inside(text: str, place: int) -> bool:
    """Whether a word goes on across a place."""
    return place > 0 and _INSIDE.match(text, place - 1) is not None


def _in_utf_16(text: str, found: Sequence[Place]) -> Iterator[Place]:
    """Ascending places in code points, in code units."""
    read = units = 0
    for start, end in found:
        units += _units(text[read:start])
        begins = units
        units += _units(text[start:end])
        read = end
        yield begins, units


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
