"""Bytes of mails as text: headers and bodies in whatever charset they name, or are in whatever they name."""

import base64
import binascii
import codecs
import quopri
import re
from collections.abc import Iterable
from email.utils import parseaddr

SUBJECT_LIMIT = 1_000
BODY_LIMIT = 200_000
"""Characters of a subject and of a body, as at the API."""

HEADER_LIMIT = 10_000
"""Characters of a header that are read, before they are decoded."""

_ENCODED = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\s]*)\?=")
_BETWEEN = re.compile(r"(?<=\?=)\s+(?==\?)")
_FOLD = re.compile(r"[\r\n]+[ \t]*")
_SPACE = re.compile(r"\s+")
# What no text holds, and a database cannot: C0 but for tab and line feed, DEL, and halves of pairs.
_UNSOUND = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
# Mails in UTF-8 that claim these are common, and the reverse hardly is: by chance no longer text is valid UTF-8.
_DOUBTED = frozenset({"ascii", "iso8859-1", "cp1252"})
# No charset of a mail: quadratic, or a notation of Python.
_REFUSED = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"})


def decoded(data: bytes, charset: str | None) -> str:
    """`data` as text: in `charset` where there is one of that name and it fits, else in UTF-8, else as it comes
    closest. Never raises."""
    name = _codec(charset)
    doubted = name is None or name in _DOUBTED
    for candidate in (None if doubted else name, "utf-8"):
        if candidate is not None:
            try:
                return data.decode(candidate)
            except (UnicodeError, LookupError):
                continue
    try:
        return data.decode("cp1252" if doubted or name is None else name, "replace")
    except (UnicodeError, LookupError):
        return data.decode("latin-1")


def sound(text: str) -> str:
    """`text` with line feeds alone between its lines, and without what no text holds."""
    return _UNSOUND.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("\ufeff", "")


def one_line(text: str) -> str:
    """`text` as one line: whatever would break a header is a space."""
    return _SPACE.sub(" ", _UNSOUND.sub(" ", text)).strip()


def header(value: str) -> str:
    """The text of a raw header as one line: unfolded, its encoded words (RFC 2047) decoded, and bytes that should have
    been encoded read for what they are. Never raises."""
    return one_line(_words(raw(value)))


def raw(value: str) -> str:
    """A raw header unfolded, its stray bytes decoded; encoded words stay as they are."""
    unfolded = _FOLD.sub(" ", value[:HEADER_LIMIT])
    if unfolded.isascii():
        return unfolded
    return decoded(unfolded.encode("utf-8", "surrogateescape"), None)


def bare(addresses: Iterable[str]) -> frozenset[str]:
    """Addresses with or without a name, to compare with: without it, in lower case."""
    return frozenset(parseaddr(address)[1].lower() for address in addresses) - {""}


def _base64(data: bytes) -> bytes:
    whole = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    try:
        return base64.b64decode(whole[: len(whole) - (len(whole) % 4 == 1)] + b"==")
    except binascii.Error:
        return data


def _codec(charset: str | None) -> str | None:
    try:
        name = codecs.lookup(charset or "").name
    except (LookupError, ValueError):
        return None
    return None if name in _REFUSED else name


def _words(text: str) -> str:
    """Encoded words decoded; neighbours of one charset are joined first, for some mailers break a character in two."""
    if "=?" not in text:
        return text
    parts: list[str] = []
    place, pending, charset = 0, b"", ""
    text = _BETWEEN.sub("", text)
    for word in _ENCODED.finditer(text):
        name = word[1].partition("*")[0].lower()
        if word.start() != place or name != charset:
            parts += [decoded(pending, charset), text[place : word.start()]]
            pending, charset = b"", name
        pending += _word(word[2], word[3])
        place = word.end()
    return "".join([*parts, decoded(pending, charset), text[place:]])


def _word(how: str, content: str) -> bytes:
    data = content.encode("utf-8", "surrogateescape")
    return quopri.decodestring(data, header=True) if how in "qQ" else _base64(data)
