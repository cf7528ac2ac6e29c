"""Redaction: what must not leave with a text is replaced by a word that says what stood there."""

from smart_support.domain.redaction.ibans import without_ibans
from smart_support.domain.redaction.mails import without_mails
from smart_support.domain.redaction.numbers import without_numbers
from smart_support.domain.redaction.tokens import without_tokens

MARKS = ("[card]", "[iban]", "[mail]", "[phone]", "[token]")
"""What stands in place of what was taken out."""


def redact(text: str) -> str:
    """The text with `[card]`, `[iban]`, `[mail]`, `[phone]` and `[token]` in place of such.

    Needs time in proportion to the text, whatever stands in it. Redacting twice is redacting once. A text that has
    no such thing comes back as it is. Tokens come first, as a part of one may look like a number or an address.
    """
    return without_numbers(without_ibans(without_mails(without_tokens(text))))
