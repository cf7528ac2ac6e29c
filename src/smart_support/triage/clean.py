"""What of a ticket is read: its writer's own words, without markup, mail history, signature and subject prefixes.

Whoever reads a ticket for triage reads it through `features.read`, which cleans it: both tiers and training see the
same text. The record keeps the original. Except for decoded entities, what is left stands in the original as it is.

A mail that was forwarded with nothing to speak of above it ("fyi") keeps what it forwards: that is the ticket. Where
cleaning would leave no word, nothing is cleaned.
"""

import re
from collections.abc import Sequence

from smart_support.domain.triage import Text
from smart_support.triage import history, markup, signature

TEXT_LIMIT = 16_000
"""Characters of a subject or body that are cleaned; what stands behind them is dropped."""

MARKUP_LIMIT = 100_000
"""The same of an HTML body, which brings styles and tags along."""

_PREFIX = re.compile(
    r"\s*(?:(?i:re|aw|sv|vs|res|antw|rif)|R|(?P<forward>(?i:fwd?|wg|tr|rv|enc|doorst)|I))\s?(?:[\[(]\d{1,3}[\])])?\s?:"
)
_TAG = re.compile(
    r"\[\s?(?:ext(?:ern(?:al|e[rs]?|o)?)?(?: (?:e-?mail|sender))?"
    r"|(?:ticket|case|vorgang|anfrage)[^\[\]]{0,40}\d[^\[\]]{0,10}|#\s?\d[\d-]{0,20})\s?\]",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
_POINTER = re.compile(
    r"\b(?:fyi|below|s\. ?u\.|unten|bitte (?:kümmern|übernehmen|prüfen|bearbeiten)|z\. ?k\.|zur (?:kenntnis|info)|abajo"
    r"|ci-dessous|plus bas|pour info(?:rmation)?|abaixo|segue|para conhecimento|sotto|per conoscenza|onder|hieronder"
    r"|ter info(?:rmatie)?|please (?:handle|advise|take care))\b",
    re.IGNORECASE,
)
_NOTE_WORDS, _POINTER_WORDS, _NOTE_LENGTH = 12, 6, 200
_FORWARDINGS = 4


def clean(text: Text) -> Text:
    """What of `text` is read. Linear in its length; never raises; cleaned twice is cleaned once (HTML aside, whose
    entities are decoded once)."""
    subject, body = text.subject, text.body
    forwarded = False
    if ":" in subject or "[" in subject:
        subject, forwarded = _subject(subject[:TEXT_LIMIT])
    if "\n" in body or "<" in body:
        body = _body(body, forwarded=forwarded)
    if subject is text.subject and body is text.body:
        return text
    if not (_WORD.search(subject) or _WORD.search(body)):
        return text
    return Text(subject, body)


def _subject(subject: str) -> tuple[str, bool]:
    """The subject without prefixes and ticket numbers, and whether they told of a forwarding."""
    forwarded = False
    bare = _TAG.sub(" ", subject) if "[" in subject else subject
    place = 0
    while prefix := _PREFIX.match(bare, place):
        place = prefix.end()
        forwarded = forwarded or prefix["forward"] is not None
    bare = bare[place:].strip()
    return (subject if bare == subject else bare), forwarded


def _body(body: str, *, forwarded: bool) -> str:
    whole = body[:TEXT_LIMIT]
    if "<" in whole and markup.is_html(start := body[:MARKUP_LIMIT]):
        whole = markup.to_text(start)[:TEXT_LIMIT]
    lines = whole.splitlines()
    own = _own(lines, forwarded=forwarded)
    if own == lines:
        return body if whole == body else whole
    return "\n".join(own).strip("\n")


def _own(lines: list[str], *, forwarded: bool) -> list[str]:
    """The lines to read: the writer's own, and what is forwarded as long as there is nothing to speak of above it."""
    kept: list[str] = []
    for _ in range(_FORWARDINGS):
        parts = history.split(lines)
        note = signature.strip(parts.own)
        kept += note
        if not parts.history or not _is_bare(note, forwarded=forwarded or parts.forwarded):
            break
        kept.append("")
        lines = history.without_header(parts.history)
    return signature.strip(kept)


def _is_bare(note: Sequence[str], *, forwarded: bool) -> bool:
    """Whether `note` says nothing of its own about the mail below it."""
    whole = " ".join(note)
    if len(whole) > _NOTE_LENGTH:
        return False
    words = len(_WORD.findall(whole))
    if forwarded:
        return words <= _NOTE_WORDS
    return words == 0 or (words <= _POINTER_WORDS and _POINTER.search(whole) is not None)
