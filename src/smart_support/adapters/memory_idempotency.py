"""Idempotency keys in memory, for what works without a database."""

import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from smart_support.pipeline.records import Claim, StoredAnswer


@dataclass(frozen=True, slots=True)
class _Held:
    request_hash: str
    claimed_at: float
    answer: StoredAnswer | None = None
    size: int = 0


class MemoryIdempotency:
    """The port IdempotencyStore; beyond `limit` keys, or answers of `most_bytes`, the oldest is forgotten."""

    def __init__(self, limit: int = 10_000, most_bytes: int = 64 * 2**20) -> None:
        self._limit = limit
        self._most_bytes = most_bytes
        self._bytes = 0
        self._held: OrderedDict[tuple[str, str], _Held] = OrderedDict()
        self._lock = threading.Lock()

    def claim(
        self, workspace: str, key: str, request_hash: str, at: float, stale_before: float
    ) -> Claim | StoredAnswer:
        with self._lock:
            held = self._held.get((workspace, key))
            if held is not None and held.request_hash != request_hash:
                return Claim.OTHER_REQUEST
            if held is not None and held.answer is not None:
                return held.answer
            if held is not None and held.claimed_at >= stale_before:
                return Claim.IN_FLIGHT
            self._held[workspace, key] = _Held(request_hash, at)
            self._make_room()
            return Claim.OURS

    def answer(self, workspace: str, key: str, answer: StoredAnswer) -> None:
        with self._lock:
            held = self._held.get((workspace, key))
            if held is not None:
                answered = replace(held, answer=answer, size=sys.getsizeof(answer.body))
                self._held[workspace, key] = answered
                self._bytes += answered.size - held.size
                self._make_room()

    def forget(self, workspace: str, key: str) -> None:
        with self._lock:
            held = self._held.get((workspace, key))
            if held is not None and held.answer is None:
                del self._held[workspace, key]

    def purge_answers(self, before: float) -> int:
        with self._lock:
            old = [name for name, held in self._held.items() if held.claimed_at < before]
            for name in old:
                self._let_go(name)
            return len(old)

    def _make_room(self) -> None:
        while len(self._held) > self._limit or self._bytes > self._most_bytes:
            self._let_go(next(iter(self._held)))

    def _let_go(self, name: tuple[str, str]) -> None:
        self._bytes -= self._held.pop(name).size
