"""How wide the columns of a table are, so that dates, headings and words stay in one piece while there is room."""

import re
from collections.abc import Collection, Sequence
from enum import Enum, auto

from rich.cells import cell_len

_GAP = 2
_MOMENT = re.compile(r"\b(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\dZ)")
_DATE = len("2026-01-01")


class _Piece(Enum):
    """What is kept in one piece beside dates and the words of headings, in the order in which it is given up."""

    MOMENT = auto()
    HEADING = auto()
    WORD = auto()  # one that is longer than a date may be broken anywhere: an id, an address


def fitting(columns: Sequence[Sequence[str]], room: int, whole: int | None = None) -> list[int]:
    """The width of each column, given as its heading and its cells, for a table no wider than `room`; only the column
    `whole` keeps its own, whatever comes of it.

    The widest give first. What would break a moment, a heading or a short word gives nothing, unless that takes too
    much room: then all moments are broken after the date, then headings between their words, then words, then anything.
    """
    room -= _GAP * (len(columns) - 1)
    kept = list(_Piece)
    while True:
        widths = [_asked(column, kept) for column in columns]
        least = [width if at == whole else _least(columns[at], kept) for at, width in enumerate(widths)]
        if sum(least) <= room:
            return _narrowed(widths, least, room)
        if not kept:
            return _narrowed(widths, [width if at == whole else 1 for at, width in enumerate(widths)], room)
        del kept[0]


def _narrowed(widths: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """The same, the widest made narrower until they fit, none below its least."""
    narrowed = [max(low, min(width, room)) for width, low in zip(widths, least, strict=True)]
    while sum(narrowed) > room and (giving := [at for at, low in enumerate(least) if narrowed[at] > low]):
        narrowed[max(giving, key=narrowed.__getitem__)] -= 1
    return narrowed


def _asked(column: Sequence[str], kept: Collection[_Piece]) -> int:
    """How wide its longest line is."""
    texts = column if _Piece.MOMENT in kept else [_MOMENT.sub(r"\1\n\2", text) for text in column]
    return max(cell_len(line) for text in texts for line in text.split("\n"))


def _least(column: Sequence[str], kept: Collection[_Piece]) -> int:
    """How wide its longest piece is."""
    head, *cells = column
    pieces = [cell_len(piece) for piece in ([head] if _Piece.HEADING in kept else head.split())]
    moments = [found for text in cells if (found := _MOMENT.search(text))]
    pieces += [len(found[0 if _Piece.MOMENT in kept else 1]) for found in moments]
    if _Piece.WORD in kept:
        pieces += [min(cell_len(word), _DATE) for text in cells for word in text.split()]
    return max(pieces, default=1)
