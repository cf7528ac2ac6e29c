"""Milestone 1's queue: in memory, thread-safe, the most urgent first and the oldest among equals."""

import heapq
import itertools
import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class QueueFull(Exception):
    """The queue holds as many items as it may."""


class PriorityQueue(Generic[T]):
    """A heap under one lock. A lower `level` comes first; among equals the one that was pushed first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._heap: list[tuple[int, int, T]] = []
        self._order = itertools.count()
        self._lock = threading.Lock()

    def push(self, level: int, item: T) -> None:
        """Raises QueueFull at the limit."""
        with self._lock:
            if len(self._heap) >= self._limit:
                raise QueueFull(f"the queue holds {self._limit} tickets, its limit")
            heapq.heappush(self._heap, (level, next(self._order), item))

    def pop(self) -> T | None:
        with self._lock:
            return heapq.heappop(self._heap)[2] if self._heap else None

    def peek(self) -> T | None:
        with self._lock:
            return self._heap[0][2] if self._heap else None

    def drain(self) -> list[T]:
        """Everything, in order; the queue is empty afterwards."""
        with self._lock:
            items = [item for *_, item in sorted(self._heap, key=lambda entry: entry[:2])]
            self._heap.clear()
            return items

    def __len__(self) -> int:
        with self._lock:
            return len(self._heap)
