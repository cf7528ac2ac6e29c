"""Milestone 1's queue: in memory, thread-safe, the most urgent first and the oldest among equals."""

import heapq
import itertools
import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class QueueFull(Exception):
    """The queue holds as many items, or they are as large, as may be."""


class Room:
    """So many bytes, which queues share. Thread-safe."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Raises QueueFull where less is left."""
        with self._lock:
            if self._taken + size > self._limit:
                raise QueueFull(f"the tickets in queues would be larger than {self._limit} bytes, their limit")
            self._taken += size

    def give(self, size: int) -> None:
        with self._lock:
            self._taken -= size


class PriorityQueue(Generic[T]):
    """A heap under one lock. A lower `level` comes first; among equals the one that was pushed first. It holds at most
    `limit` items, and takes what they need of `room`, if that is bounded."""

    def __init__(self, limit: int, room: Room | None = None) -> None:
        self._limit = limit
        self._room = room
        self._heap: list[tuple[int, int, int, T]] = []
        self._order = itertools.count()
        self._lock = threading.Lock()

    def push(self, level: int, item: T, size: int = 0) -> None:
        """Raises QueueFull at the limit, and where there is no room for `size` bytes."""
        with self._lock:
            if len(self._heap) >= self._limit:
                raise QueueFull(f"the queue holds {self._limit} tickets, its limit")
            if self._room is not None:
                self._room.take(size)
            heapq.heappush(self._heap, (level, next(self._order), size, item))

    def pop(self) -> T | None:
        with self._lock:
            if not self._heap:
                return None
            *_, size, item = heapq.heappop(self._heap)
            self._give(size)
            return item

    def peek(self) -> T | None:
        with self._lock:
            return self._heap[0][-1] if self._heap else None

    def drain(self) -> list[T]:
        """Everything, in order; the queue is empty afterwards."""
        with self._lock:
            entries = sorted(self._heap, key=lambda entry: entry[:2])
            self._heap.clear()
            self._give(sum(size for *_, size, _ in entries))
            return [item for *_, item in entries]

    def _give(self, size: int) -> None:
        if self._room is not None:
            self._room.give(size)

    def __len__(self) -> int:
        with self._lock:
            return len(self._heap)
