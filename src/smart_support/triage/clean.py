"""What of a ticket is read: its writer's own words, without markup, mail history, signature and subject prefixes.

Whoever reads a ticket for triage reads it through `features.read`, which cleans it: both tiers and training see the
same text. The record keeps the original. Except for decoded entities, what is left stands in the original as it is.

A mail that is forwarded, or has nothing to speak of above its history ("see below", "The customer writes:"), keeps the
first mail of that history: that is the ticket. So does one with hardly a word above it, unless it is a reply
("Re: .."). Where cleaning would leave no word, nothing is cleaned. In doubt text is kept: losing the matter is worse
than reading a signature.
"""

import re
from collections.abc import Sequence
from enum import Enum, auto

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
    r"\b(?:fyi|below|forward(?:ed|ing)|please (?:handle|advise|take care)"
    r"|s\. ?u\.|(?:siehe|s\.) unten|weitergeleitet|weiterleitung|leite|bitte (?:kümmern|übernehmen|prüfen|bearbeiten)"
    r"|z\. ?k\.|zur (?:kenntnis|info)|ci-dessous|plus bas|transfère|transféré|pour info(?:rmation)?"
    r"|más abajo|ver abajo|reenvío|reenviado|abaixo|encaminh(?:o|ado|amos)|segue|para conhecimento"
    r"|(?:contact|web) ?form|(?:kontakt|web)formular|formulaire de contact|formulario (?:de contacto|web)"
    r"|formulário de contac?to|modulo (?:di )?contatt[io]|contactformulier"
    r"|(?:vedi|qui) sotto|inoltr(?:o|ato|iamo)|per conoscenza|zie onder|hieronder|doorgestuurd|ter info(?:rmatie)?)\b",
    re.IGNORECASE,
)
_NOTE_WORDS, _NOTE_LENGTH = 20, 200
_FORWARDINGS = 4
_FEW_WORDS = 3


class _Kind(Enum):
    """What the first prefix of a subject says."""

    FORWARD = auto()
    REPLY = auto()
    OTHER = auto()


def clean(text: Text) -> Text:
    """What of `text` is read. Linear in its length; never raises; cleaned twice is cleaned once (HTML aside, whose
    entities are decoded once)."""
    subject, body = text.subject, text.body
    kind = _Kind.OTHER
    if ":" in subject or "[" in subject:
        subject, kind = _subject(subject[:TEXT_LIMIT])
    if "\n" in body or "<" in body:
        body = _body(body, kind)
    if subject is text.subject and body is text.body:
        return text
    if not (_WORD.search(subject) or _WORD.search(body)):
        return text
    return Text(subject, body)


def _subject(subject: str) -> tuple[str, _Kind]:
    """The subject without prefixes and ticket numbers, and what the first prefix says."""
    bare = _TAG.sub(" ", subject) if "[" in subject else subject
    place, kind = 0, _Kind.OTHER
    while prefix := _PREFIX.match(bare, place):
        if place == 0:
            kind = _Kind.FORWARD if prefix["forward"] else _Kind.REPLY
        place = prefix.end()
    bare = bare[place:].strip()
    return (subject if bare == subject else bare), kind


def _body(body: str, kind: _Kind) -> str:
    whole = body[:TEXT_LIMIT]
    if "<" in whole and markup.is_html(start := body[:MARKUP_LIMIT]):
        whole = markup.to_text(start)[:TEXT_LIMIT]
    lines = whole.splitlines()
    own = _own(lines, kind)
    if own == lines:
        return body if whole == body else whole
    return "\n".join(own).strip("\n")


def _own(lines: list[str], kind: _Kind) -> list[str]:
    """The lines to read: the writer's own, and what they forward or point to."""
    kept: list[str] = []
    forwarded = kind is _Kind.FORWARD
    few = 0 if kind is _Kind.REPLY else _FEW_WORDS
    for _ in range(_FORWARDINGS):
        parts = history.split(lines)
        note = signature.strip(parts.own)
        kept += note
        if not parts.history or not (forwarded or parts.forwarded or _is_bare(note, few)):
            break
        kept.append("")
        lines, forwarded = history.without_header(parts.history), False
    return signature.strip(kept)


def _is_bare(note: Sequence[str], few: int) -> bool:
    """Whether `note` has at most a `few` words, or some that point to what stands below, or ends by announcing it."""
    last = next(filter(_WORD.search, reversed(note)), "")
    if history.introduces(last):
        return True
    whole = " ".join(note)
    if len(whole) > _NOTE_LENGTH:
        return False
    words = len(_WORD.findall(whole))
    return words <= few or (words <= _NOTE_WORDS and _POINTER.search(whole) is not None)
