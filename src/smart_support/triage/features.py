"""What the light model sees of a text: words, their character n-grams and pairs of neighbours, hashed into buckets.

A text is the list of its words. Every word stands for one word feature and its character 3-, 4- and 5-grams (of
`<word>`, as fastText has them: Bojanowski et al., "Enriching Word Vectors with Subword Information", 2017); two
neighbours stand for a pair feature. Each of the three kinds has `2**bits` buckets of its own:

    n-grams [0, 2**bits)      words [2**bits, 2 * 2**bits)      pairs [2 * 2**bits, 3 * 2**bits)

Hashes depend on the folded word alone, never on the process, the platform or a random seed.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from smart_support.domain.triage import Text
from smart_support.triage.clean import clean

TEXT_LIMIT = 4_000
"""Characters of a cleaned ticket (subject, line break, body) that triage reads; what stands behind them does not
count."""

WORD_LIMIT = 40
"""Characters of the longest word; a longer one is cut into pieces of this length."""

KINDS = 3
"""Kinds of features (n-grams, words, pairs), each with `2**bits` buckets."""

# Scripts written without spaces: each character is a word, and the pair features join them again.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
WORD_CHARACTER = rf"[^\W_{_UNSPACED}]"
"""A regular expression for one character of a word that has others beside it."""
_WORD = re.compile(rf"{WORD_CHARACTER}{{1,{WORD_LIMIT}}}|[{_UNSPACED}]")
_ONE_UNSPACED = re.compile(f"[{_UNSPACED}]")
_DIGIT = re.compile(r"\d")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|(?<!\S)\S+@\S+")
_LETTER = re.compile(r"[^\W\d_]")

_M1, _M2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_13, _16 = np.uint32(13), np.uint32(16)
_FLIP = np.uint32(0x27D4EB2F)
_PRIME = 0x01000193
_POWERS = np.array([pow(_PRIME, power, 2**32) for power in range(4 * WORD_LIMIT + 2)], dtype=np.uint32)
_SEED_OF_SIZE = {3: np.uint32(0x9E3779B9), 4: np.uint32(0x7F4A7C15), 5: np.uint32(0x94D049BB)}

Buckets = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint32]


class Hashed(NamedTuple):
    """Features of a list of words: feature i, in bucket `buckets[i]`, belongs to word `owners[i]` (ascending).

    `hashes` holds one hash a word, from which `pair_buckets` are made.
    """

    buckets: Buckets
    owners: Buckets
    hashes: Hashes


def read(text: Text) -> str:
    """Subject and body, cleaned (`triage.clean`), as one string of at most `TEXT_LIMIT` characters.

    An empty part leaves no line break.
    """
    text = clean(text)
    if not text.subject:
        return text.body[:TEXT_LIMIT]
    if not text.body:
        return text.subject[:TEXT_LIMIT]
    return f"{text.subject}\n{text.body}"[:TEXT_LIMIT]


def is_wordless(text: str) -> bool:
    """Whether nothing in `text` is a word that says something: it has no letter outside web and mail addresses."""
    return not _LETTER.search(_ADDRESS.sub(" ", text))


def words(text: str) -> list[str]:
    """The words of `text` as they stand in it, in order. Linear in its length; never raises."""
    return _WORD.findall(text)


def spans(text: str) -> list[tuple[int, int]]:
    """Where the words of `text` stand in it, in order."""
    return [hit.span() for hit in _WORD.finditer(text)]


def is_unspaced(char: str) -> bool:
    """Whether a character is of a script that is written without spaces, so that it is a word by itself."""
    return _ONE_UNSPACED.match(char) is not None


def fold(word: str) -> str:
    """What two spellings of a word share: compatibility form, no case, no accents, every digit a zero.

    At most `4 * WORD_LIMIT` characters.
    """
    if word.isascii():
        folded = word.lower()
    else:
        parts = unicodedata.normalize("NFKD", word.casefold())
        folded = "".join(char for char in parts if not unicodedata.combining(char))[: 4 * WORD_LIMIT]
    return _DIGIT.sub("0", folded)


def hash_words(surfaces: Sequence[str], bits: int) -> Hashed:
    """The n-gram and word features of each of `surfaces` (words as `words` returns them), folded first.

    All words are hashed at once: about 2 microseconds a word in a batch.
    """
    if not surfaces:
        none = np.zeros(0, dtype=np.int64)
        return Hashed(none, none, np.zeros(0, dtype=np.uint32))
    padded = [f"<{fold(surface)}>" for surface in surfaces]
    codes = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = np.array([len(word) for word in padded], dtype=np.int64)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    owner = np.repeat(np.arange(len(padded), dtype=np.int64), lengths)
    place = np.arange(len(codes), dtype=np.int64)

    raw = [np.add.reduceat(codes * _POWERS[place - starts[owner]], starts, dtype=np.uint32)]
    owners = [np.arange(len(padded), dtype=np.int64)]
    left = ends[owner] - place
    rolling = codes
    for size in range(2, min(5, len(codes)) + 1):
        rolling = rolling[:-1] + codes[size - 1 :] * _POWERS[size - 1]
        if seed := _SEED_OF_SIZE.get(size):
            inside = np.flatnonzero(left[: len(rolling)] >= size)
            raw.append(rolling[inside] ^ seed)
            owners.append(owner[inside])
    mixed = _mix(np.concatenate(raw))
    buckets = word_buckets(mixed, bits)
    buckets[: len(padded)] += 2**bits
    all_owners = np.concatenate(owners)
    order = np.argsort(all_owners, kind="stable")
    return Hashed(buckets[order], all_owners[order], mixed[: len(padded)])


def word_buckets(hashes: Hashes, bits: int) -> Buckets:
    """The place of each word's own feature among those of all words, from its hash."""
    buckets: Buckets = (hashes & np.uint32(2**bits - 1)).astype(np.int64)
    return buckets


def pair_buckets(first: Hashes, second: Hashes, bits: int) -> Buckets:
    """The pair feature of each two neighbouring words, from their hashes. The order of the two counts."""
    mixed = _mix(first * _M1 + (second ^ _FLIP) * _M2)
    pairs: Buckets = word_buckets(mixed, bits) + 2 * 2**bits
    return pairs


def _mix(values: Hashes) -> Hashes:
    """The finaliser of MurmurHash3 (Appleby, public domain): every input bit reaches every output bit."""
    values = values ^ (values >> _16)
    values *= _M1
    values ^= values >> _13
    values *= _M2
    values ^= values >> _16
    return values
