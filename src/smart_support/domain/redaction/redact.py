"""Redaction: what must not leave with a text is replaced by a word that says what stood there."""

from smart_support.domain.redaction.ibans import without_ibans
from smart_support.domain.redaction.mails import without_mails
from smart_support.domain.redaction.numbers import without_numbers
from smart_support.domain.redaction.tokens import without_tokens

_ZEROS = (0x0660, 0x06F0, 0x0966, 0xFF10)  # of the digits of Arabic, Persian, Devanagari, and wide ones
_PLAIN = (
    {zero + digit: str(digit) for zero in _ZEROS for digit in range(10)}
    | {0xFF20: "@", 0xFF0B: "+", 0xFF0E: ".", 0xFF0D: "-"}
    # Those that nobody sees: soft hyphens, joiners, marks of direction.
    | dict.fromkeys((0x00AD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)))
)


def redact(text: str) -> str:
    """The text with `[card]`, `[iban]`, `[mail]`, `[phone]` and `[token]` in place of such.

    Needs time in proportion to the text, whatever stands in it. Redacting twice is redacting once. A text that has
    no such thing comes back as it is; in another, digits of other scripts become plain ones, and what nobody sees goes.
    Tokens come first, as a part of one may look like a number or an address.
    """
    plain = text if text.isascii() else text.translate(_PLAIN)
    redacted = without_numbers(without_ibans(without_mails(without_tokens(plain))))
    return text if redacted == plain else redacted
