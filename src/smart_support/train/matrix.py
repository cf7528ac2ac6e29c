"""Texts as sparse rows of weighted features, exactly as `triage.light` will weigh them; needs SciPy (extra `fit`)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from smart_support.domain.triage import Text
from smart_support.triage import features

KIND_WEIGHTS = (1.0, 1.5, 1.5)
"""Factor of n-grams, words and pairs, chosen by cross-validation on the corpus."""

MANY_TEXTS = 200
"""From this many texts on, a feature that stands in one text alone is left out."""

Floats = npt.NDArray[np.float64]


def counts(texts: Sequence[Text], bits: int) -> Any:
    """How often each feature stands in each text: a CSR matrix [texts, KINDS * 2**bits]."""
    from scipy.sparse import csr_matrix

    lists = [features.words(features.read(text)) for text in texts]
    known = {word: place for place, word in enumerate(dict.fromkeys(word for words in lists for word in words))}
    hashed = features.hash_words(list(known), bits)
    ends = np.searchsorted(hashed.owners, np.arange(len(known)), side="right")
    of_word = np.split(hashed.buckets, ends[:-1]) if known else []
    columns: list[npt.NDArray[np.int64]] = []
    sizes = []
    for words in lists:
        places = [known[word] for word in words]
        hashes = hashed.hashes[np.array(places, dtype=np.int64)]
        row = [*(of_word[place] for place in places), features.pair_buckets(hashes[:-1], hashes[1:], bits)]
        columns.extend(row)
        sizes.append(sum(len(part) for part in row))
    indices = np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64)
    pointers = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    shape = (len(texts), features.KINDS * 2**bits)
    matrix = csr_matrix((np.ones(len(indices)), indices, pointers), shape=shape)
    matrix.sum_duplicates()
    return matrix


def weights(matrix: Any) -> Floats:
    """The weight of each feature, from the texts of `matrix`: factor of its kind * (ln((1 + n) / (1 + df)) + 1).

    n is the number of texts, df of those with the feature; 0 where df is 0 (1 among `MANY_TEXTS`), so that what was
    never seen neither speaks nor dilutes. Shape [columns].
    """
    with_it = np.bincount(matrix.indices, minlength=matrix.shape[1])
    idf = np.log((1 + matrix.shape[0]) / (1 + with_it)) + 1.0
    factor = np.repeat(np.array(KIND_WEIGHTS), matrix.shape[1] // features.KINDS)
    rare = int(matrix.shape[0] >= MANY_TEXTS)
    return np.where(with_it > rare, idf * factor, 0.0)


def weighted(matrix: Any, weight: Floats) -> Any:
    """`matrix` weighted, each row over the root of its words' and pairs' squares, as `triage.light` defines them."""
    from scipy.sparse import diags

    squares = np.asarray(matrix @ (weight * weight)).ravel()
    scale = 1.0 / np.sqrt(np.where(squares > 0, squares, 1.0))
    return (diags(scale) @ matrix @ diags(weight)).tocsr()
