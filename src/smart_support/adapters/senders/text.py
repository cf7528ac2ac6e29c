"""Words of strangers, made fit for a message: cleaned, cut to a service's limit, unable to call or to link anybody.

Limits are counted in UTF-16 units, as JavaScript counts: a service that counts characters allows at least as much.
"""

import re
from collections.abc import Mapping, Sequence

_BREAK = "\u200b"
_LONGEST = 8_000  # no message shows more of one text; what lies behind need not be looked at

# Control characters, halves of surrogate pairs, marks of direction, and what else is invisible; the joiners (U+200C,
# U+200D) stay, for emoji and several scripts need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")

# Where a break ends what would call people (@everyone, @123, <!channel>, <@U1>, <#C1>, <at>), be a link (://, www.,
# mailto:), or be filled in by an Adaptive Card ({{DATE()}}).
_CALLS = re.compile(
    r"(?<=@)(?=everyone|here|channel|[!&]?\d)|(?<=<)(?=[@!#:]|/?at\b|t:)|(?<=&lt;)(?=[@!#])|(?<=:)(?=//)|(?<=\bwww)(?=\.)"
    r"|(?<=\bmailto)(?=:)|(?<=\{)(?=\{)",
    re.IGNORECASE,
)

DISCORD: Mapping[str, str] = {char: f"\\{char}" for char in "\\`*_~|<>[]()#"}
"""Discord's Markdown: a backslash before each character that could begin or end something."""
SLACK: Mapping[str, str] = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
"""Slack's mrkdwn: the three characters that it asks to be escaped."""
PLAIN: Mapping[str, str] = {}
"""Where nothing is markup."""


def clean(text: str) -> str:
    """The first of the text, without control characters, marks of direction and what else is invisible; line ends are
    `\\n`."""
    return _UNSEEN.sub("", _ENDS.sub("\n", text[:_LONGEST])).replace("\t", " ")


def line(text: str) -> str:
    """The cleaned text in one line of at most 2,000 characters."""
    return " ".join(clean(text[:2_000]).split())


def block(text: str) -> str:
    """The cleaned text in lines, no more than one of them empty at a time."""
    return re.sub(r"\n\s*\n", "\n\n", clean(text)).strip()


def defanged(text: str) -> str:
    """The text with an invisible break inside what would call people or be a link."""
    return _CALLS.sub(_BREAK, text)


def units(text: str) -> int:
    """Its length in UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def fit(text: str, limit: int, escapes: Mapping[str, str] = PLAIN) -> str:
    """The text, defanged and escaped, in at most `limit` units (at least 1); one that is cut ends in an ellipsis, and
    no escape is cut in two."""
    pieces: list[str] = []
    room, whole = limit, 0
    for char in defanged(text):
        piece = escapes.get(char, char)
        room -= units(piece)
        if room < 0:
            return "".join(pieces[:whole]) + "…"
        pieces.append(piece)
        if room >= 1:
            whole = len(pieces)
    return "".join(pieces)


def stack(lines: Sequence[str], limit: int, each: int, escapes: Mapping[str, str] = PLAIN) -> str:
    """Lines of at most `each` units, in at most `limit` (at least 32) together; where not all find room, the last line
    says how many more there are."""
    kept: list[str] = []
    room = limit - len("and 1000000 more") - 1
    for at, text in enumerate(lines):
        piece = fit(text, min(each, limit - 1), escapes)
        room -= units(piece) + 1
        if room < 0:
            return "\n".join([*kept, f"and {len(lines) - at} more"])
        kept.append(piece)
    return "\n".join(kept)
