"""What of a ticket is read: its writer's own words, without markup, mail history, signature and subject prefixes.

Whoever reads a ticket for triage reads it through `features.read`, which cleans it: both tiers and training see the
same text. The record keeps the original. Except for decoded entities, what is left stands in the original as it is.

A mail that is forwarded, or has nothing to speak of above its history ("see below"), keeps the first mail of that
history: that is the ticket. Where cleaning would leave no word, nothing is cleaned.
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
    r"\b(?:fyi|below|forward(?:ed|ing)|please (?:handle|advise|take care)"
    r"|s\. ?u\.|(?:siehe|s\.) unten|weitergeleitet|weiterleitung|leite|bitte (?:kümmern|übernehmen|prüfen|bearbeiten)"
    r"|z\. ?k\.|zur (?:kenntnis|info)|ci-dessous|plus bas|transfère|transféré|pour info(?:rmation)?"
    r"|más abajo|ver abajo|reenvío|reenviado|abaixo|encaminh(?:o|ado|amos)|segue|para conhecimento"
    r"|(?:vedi|qui) sotto|inoltr(?:o|ato|iamo)|per conoscenza|zie onder|hieronder|doorgestuurd|ter info(?:rmatie)?)\b",
    re.IGNORECASE,
)
_NOTE_WORDS, _NOTE_LENGTH = 20, 200
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
    """The subject without prefixes and ticket numbers, and whether the first prefix tells of a forwarding."""
    bare = _TAG.sub(" ", subject) if "[" in subject else subject
    place, forwarded = 0, False
    while prefix := _PREFIX.match(bare, place):
        forwarded = forwarded or (place == 0 and prefix["forward"] is not None)
        place = prefix.end()
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
    """The lines to read: the writer's own, and what they forward or point to."""
    kept: list[str] = []
    for _ in range(_FORWARDINGS):
        parts = history.split(lines)
        note = signature.strip(parts.own)
        kept += note
        if not parts.history or not (forwarded or parts.forwarded or _is_bare(note)):
            break
        kept.append("")
        lines, forwarded = history.without_header(parts.history), False
    return signature.strip(kept)


def _is_bare(note: Sequence[str]) -> bool:
    """Whether `note` has no word, or a few that point to what stands below."""
    whole = " ".join(note)
    if len(whole) > _NOTE_LENGTH:
        return False
    words = len(_WORD.findall(whole))
    return words == 0 or (words <= _NOTE_WORDS and _POINTER.search(whole) is not None)
