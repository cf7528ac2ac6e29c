"""What the words of a light model add, remembered."""

import threading

import numpy as np
import numpy.typing as npt

from smart_support.triage import features

MEMO_BYTES = 32_000_000
"""What the remembered words of one model may take, about."""

# Python's own share of an entry: the key (up to 40 characters of 4 bytes), the bytes object, the slot in the dict.
_ENTRY_BYTES = 400

Ints = npt.NDArray[np.int32]


class WordMemo:
    """Rows of words: int32, what a word adds to each column of the table, and its hash in the last column.

    Bounded: when `MEMO_BYTES` are about reached, all is forgotten. Safe to call from several threads.
    """

    def __init__(self, table: npt.NDArray[np.int16], bits: int) -> None:
        self._table = table
        self._bits = bits
        self._width = table.shape[1] + 1
        self._empty = bytes(4 * self._width)
        self._limit = MEMO_BYTES // (_ENTRY_BYTES + len(self._empty))
        self._lock = threading.Lock()
        self._rows = {"": self._empty}

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, words: list[str]) -> Ints:
        """One row a word, shape [len(words), columns + 1]; the empty word has a row of zeros."""
        found = list(map(self._rows.get, words))
        if None in found:
            fresh = self._learn(list({word: None for word, row in zip(words, found, strict=True) if row is None}))
            found = [fresh[word] if row is None else row for word, row in zip(words, found, strict=True)]
        return np.frombuffer(b"".join(found), dtype=np.int32).reshape(len(words), self._width)  # type: ignore[arg-type]

    def _learn(self, unknown: list[str]) -> dict[str, bytes]:
        hashed = features.hash_words(unknown, self._bits)
        rows = np.empty((len(unknown), self._width), dtype=np.int32)
        starts = np.searchsorted(hashed.owners, np.arange(len(unknown)))
        np.add.reduceat(self._table[hashed.buckets], starts, axis=0, dtype=np.int32, out=rows[:, :-1])
        rows[:, -1] = hashed.hashes.view(np.int32)
        fresh = dict(zip(unknown, map(bytes, rows), strict=True))
        with self._lock:
            if len(self._rows) + len(fresh) > self._limit:
                # A new dict: threads that read the old one go on undisturbed.
                self._rows = {"": self._empty}
            if len(fresh) < self._limit:
                self._rows.update(fresh)
        return fresh
