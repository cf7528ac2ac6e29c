"""Tokens: keys of services by their prefixes, and what is long and random."""

import math
import re
from collections import Counter
from itertools import pairwise

# Each begins where a word does, so that a long one is read once.
_KNOWN = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s:,]{0,20000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
    r"|(?<![\w-])(?:"
    r"[srp]k_(?:live|test|prod)_\w{8,}"  # Stripe, and who copied its manner
    r"|gh[opusr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}"
    r"|xox[abdeoprs]-[\w-]{8,}|xapp-[\w-]{8,}"
    r"|(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}(?![A-Za-z0-9])|AIza[\w-]{30,}|ya29\.[\w.-]{16,}"
    r"|eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*){0,3}"
    r"|whsec_[A-Za-z0-9+/=_-]{8,}|sk-[\w-]{16,}|npm_\w{16,}|hf_\w{16,}|pypi-[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}|dop_v1_\w{16,}"
    r"|ss_[0-9a-f]{6,}_\w{16,}"  # our own
    r")"
)
# What is no word of a sentence: "the bearer of this letter" is.
_BEARER = re.compile(r"\b(?P<how>bearer|basic)(?P<gap>[ \t:=]{1,3})(?P<what>[\w.~+/-]{8,}={0,2})", re.IGNORECASE)
_LONG = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX = re.compile(r"[0-9a-f]{32,}|[0-9A-F]{32,}")
_LEAST_BITS, _LEAST_CHANGES, _LEAST_DIGITS, _LEAST_SYMBOLS = 3.5, 0.28, 2, 8


def without_tokens(text: str) -> str:
    """The text with `[token]` in place of keys of services, of `Bearer` credentials, and of at least 24 characters that
    look random in base64, or 32 in hexadecimal. UUIDs stay: they name things."""
    if len(text) < len("sk_test_") + 8:
        return text
    return _LONG.sub(_random, _BEARER.sub(_bearer, _KNOWN.sub("[token]", text)))


def _bearer(found: re.Match[str]) -> str:
    what = found["what"]
    is_secret = any(char.isdigit() for char in what) or len(what) >= 24
    return f"{found['how']}{found['gap']}[token]" if is_secret else found.group()


def _random(found: re.Match[str]) -> str:
    said = found.group()
    return "[token]" if _is_random(said.rstrip("=")) else said


def _is_random(said: str) -> bool:
    """Whether its characters are as mixed as those of no word, path or identifier."""
    if _UUID.fullmatch(said):
        return False
    counts = Counter(said)
    if _HEX.fullmatch(said):
        return len(counts) >= _LEAST_SYMBOLS and any(char.isdigit() for char in said) and not said.isdigit()
    kinds = [0 if char.isdigit() else 1 if char.islower() else 2 if char.isupper() else 3 for char in said]
    if not {0, 1, 2} <= set(kinds) or kinds.count(0) < _LEAST_DIGITS or kinds.count(3) > len(said) / 6:
        return False
    changes = sum(one != other for one, other in pairwise(kinds)) / len(said)
    bits = -sum(count / len(said) * math.log2(count / len(said)) for count in counts.values())
    return changes >= _LEAST_CHANGES and bits >= _LEAST_BITS
