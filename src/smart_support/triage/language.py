"""Which language a ticket is written in: py3langid (Lui & Baldwin, "langid.py", 2012), naive Bayes over byte n-grams.

With p(l) the library's probability of language l among `LANGUAGES`, and w(l) the weight that `WEIGHTS` gives it:

    language = argmax p(l) * w(l), where it holds more than half of the sum over all l; otherwise None

So a text of one or two words has a language where it is plain ("Kündigung") and none where it is not ("login").
Lines that are mostly code (log lines, stack traces) are read only where the others decide nothing: their English is
not the writer's.
"""

import re
import threading
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

READ_LIMIT = 1_000
"""Characters of a text that are read; what stands behind them does not count."""

LANGUAGES = (
    "ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id", "it",
    "ja", "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip
"""ISO 639-1 codes of what support desks are written to in. The library knows a hundred more, which short tickets
would be mistaken for."""

WEIGHTS = {"en": 6.0, **dict.fromkeys(("de", "es", "fr", "it", "nl", "pt"), 3.0)}
"""How many times likelier a ticket is written in one of these than in another, before it is read. By judgement: about
half of the web is English, and each of the others has a multiple of the speakers that most of `LANGUAGES` have."""

_LETTER = re.compile(r"[^\W\d_]")
_CODE = re.compile(r"[\d@/\\_<>{}=]")
_CODE_SHARE = 0.25
_loading = threading.Lock()


def detect(text: str) -> str | None:
    """The ISO 639-1 code of the language of `text`, one of `LANGUAGES`, or None where it cannot be known.

    Reads the first `READ_LIMIT` characters. Never raises; safe to call from several threads. The first call loads the
    library's tables: half a second and 80 MB.
    """
    text = text[:READ_LIMIT]
    if not _LETTER.search(text):
        return None
    lines = text.split("\n")
    prose = [line for line in lines if _is_prose(line)]
    if 0 < len(prose) < len(lines) and (found := _likeliest("\n".join(prose))):
        return found
    return _likeliest(text)


def _is_prose(line: str) -> bool:
    """Whether less than a quarter of `line` is words that hold digits or signs of code."""
    return sum(len(word) for word in line.split() if _CODE.search(word)) <= _CODE_SHARE * len(line)


def _likeliest(text: str) -> str | None:
    weighed = {language: share * WEIGHTS.get(language, 1.0) for language, share in _identifier().rank(text)}
    best = max(weighed, key=weighed.__getitem__)
    return best if weighed[best] > 0.5 * sum(weighed.values()) else None


def _identifier() -> "LanguageIdentifier":
    with _loading:
        return _load()


@cache
def _load() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
