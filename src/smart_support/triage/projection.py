"""The light tier's vectors: a random projection of a text's words, so that copies and near-copies lie together.

Each different word adds its inverse document frequency, with a sign, to one of `DIMENSION` places (Weinberger et al.,
"Feature Hashing for Large Scale Multitask Learning", 2009). It sees shared words, not shared meaning.
"""

import numpy as np
import numpy.typing as npt

from smart_support.triage import features

DIMENSION = 256
"""Of the vectors."""

_SPREAD = np.uint32(0x9E3779B1)  # 2**32 over the golden ratio (Knuth's multiplicative hashing)


class Projection:
    """Made from the table of a light model, which knows how frequent words are."""

    def __init__(self, table: npt.NDArray[np.int16], bits: int) -> None:
        self._bits = bits
        squares = table[2**bits : 2 * 2**bits, -1].astype(np.float64)
        weight = np.sqrt(squares)
        # A word that training never saw is as telling as any.
        self._weight = np.where(squares > 0, weight, weight.max() if squares.any() else 1.0)

    def vectors(self, hashes: features.Hashes, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Unit vectors, shape [texts, DIMENSION], of texts whose word hashes lie one behind the other.

        `starts` says where each text begins: with an empty word, which counts nothing. No word, no length.
        """
        of_text = np.zeros(len(hashes), dtype=np.int64)
        of_text[starts[1:]] = 1
        of_text = of_text.cumsum()
        # A text's word counts once, however often it says it.
        _, first = np.unique((of_text << 32) | hashes, return_index=True)
        counts = np.ones(len(hashes), dtype=np.bool_)
        counts[starts] = False
        first = first[counts[first]]
        weight = self._weight[features.word_buckets(hashes[first], self._bits)]
        spread = hashes[first] * _SPREAD
        signed = np.where(spread & np.uint32(1), weight, -weight)
        places = of_text[first] * DIMENSION + (spread >> np.uint32(24)).astype(np.int64)
        total = np.bincount(places, signed, len(starts) * DIMENSION).astype(np.float64).reshape(-1, DIMENSION)
        norm = np.sqrt((total * total).sum(axis=1, keepdims=True))
        unit: npt.NDArray[np.float32] = np.divide(total, norm, out=total, where=norm > 0).astype(np.float32)
        return unit
