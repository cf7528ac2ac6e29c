"""IBANs: by country, by length, by their check digits (ISO 13616, ISO 7064)."""

import re
from collections.abc import Iterator

# The registry's countries and lengths, and those that use IBANs without being in it.
LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE BI",
        18: "DK FI FK FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH CR HR LI LV",
        22: "BG BH DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ DZ ES MD PK RO SA SE SK TN VG",
        25: "AO CV LY MZ PT ST",
        26: "IS IR TR",
        27: "BF CF CG CM DJ EG FR GA GQ GR IT KM MC MG ML MR NE SM SN TD TG BJ CI GW",
        28: "AL AZ BY CY DO GT HN HU LB MA NI PL SV",
        29: "BR PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}
"""Characters of an IBAN by its country."""

_START = re.compile(
    r"(?:(?<![^\W_])|(?<=IBAN)|(?<=iban))[A-Za-z]{2}[ .-]?[0-9]{2}(?=[ \u00a0\u202f\t.-]{0,2}[A-Za-z0-9])"
)
_GAPS = frozenset(" \u00a0\u202f\t.-")
_WIDEST_GAP = 2


def without_ibans(text: str) -> str:
    """The text with `[iban]` in place of each valid IBAN, written as one or in groups."""
    pieces, done = [], 0
    for start, end in _found(text):
        pieces += [text[done:start], "[iban]"]
        done = end
    return "".join([*pieces, text[done:]]) if done else text


def _found(text: str) -> Iterator[tuple[int, int]]:
    done = 0
    for match in _START.finditer(text):
        length = LENGTHS.get(text[match.start() : match.start() + 2].upper())
        if length is not None and match.start() >= done:
            end = _end(text, match.start(), length)
            if end is not None:
                yield match.start(), end
                done = end


def _end(text: str, start: int, length: int) -> int | None:
    """Where an IBAN of so many characters ends that begins here; None where there is none."""
    found: list[str] = []
    at, gap = start, 0
    while at < len(text) and len(found) < length:
        char = text[at]
        if char.isascii() and char.isalnum():
            found.append(char)
            gap = 0
        elif char in _GAPS and gap < _WIDEST_GAP:
            gap += 1
        else:
            return None
        at += 1
    glued = at < len(text) and text[at].isalnum()
    return at if len(found) == length and not glued and _is_valid("".join(found)) else None


def _is_valid(iban: str) -> bool:
    """Whether its check digits are right (modulo 97 is 1)."""
    moved = iban[4:] + iban[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1
