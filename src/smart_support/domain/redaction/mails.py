"""Mail addresses."""

import re

# Bounded everywhere, and the labels of a domain are told apart by their dots: no text needs more than linear time.
_MAIL = re.compile(
    r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}(?:@|%40)"
    r"(?:\[[0-9A-Fa-f:.]{3,45}\]|(?:[\w-]{1,63}\.){1,8}(?:xn--[\w-]{2,59}|[^\W\d_]{2,24})(?![^\W_]))"
)
_LONG = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}(?:@|%40)(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![^\W_])")


def without_mails(text: str) -> str:
    """The text with `[mail]` in place of each address, the quotes and brackets around it left as they are."""
    if "@" not in text and "%40" not in text:
        return text
    # What stands before an address without a gap may be longer than one can be: then its end is taken for one.
    return _LONG.sub("[mail]", _MAIL.sub("[mail]", text))
