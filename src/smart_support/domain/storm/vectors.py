"""Unit vectors as whole numbers, so that a comparison gives the same answer to the last bit wherever it is made.

A vector is stored as `d` whole numbers in [-127, 127]. A dot product of two of them is a whole number below
127 * 127 * d, which float32 holds exactly for d up to 1,040 in any order of summation: BLAS, batch size and machine do
not change it. The cosine of two roundings differs from that of the vectors by about 0.001.
"""

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float32]

_MOST = 127


def rounded(vectors: npt.ArrayLike) -> Whole:
    """Vectors [..., d] as whole numbers, each scaled to use their whole range; one of no length stays zero."""
    given = np.asarray(vectors, dtype=np.float64)
    largest = np.abs(given).max(axis=-1, keepdims=True)
    scaled = np.divide(given * _MOST, largest, out=np.zeros_like(given), where=largest > 0)
    whole: Whole = np.rint(scaled).astype(np.int8)
    return whole


def inverse_lengths(vectors: Floats) -> Floats:
    """1 / length of each of `vectors` [n, d], whole numbers in float32; 0 for one of no length."""
    squares = np.einsum("nd,nd->n", vectors, vectors, dtype=np.float64)
    inverse = np.divide(1.0, np.sqrt(squares), out=np.zeros(len(vectors)), where=squares > 0)
    found: Floats = inverse.astype(np.float32)
    return found
