"""Milestone 1's queue: the most urgent first, the oldest among equals, nothing twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.priority_queue import PriorityQueue, QueueFull, Room


@given(st.lists(st.one_of(st.integers(1, 5), st.none()), max_size=200))
def test_behaves_like_a_stable_sort(calls):
    """A number pushes an item of that level, None pops; a sorted list is the reference."""
    queue: PriorityQueue[int] = PriorityQueue(1_000)
    model: list[tuple[int, int]] = []
    for number, level in enumerate(calls):
        if level is None:
            expected = min(model, default=None)
            assert queue.peek() == (expected[1] if expected else None)
            assert queue.pop() == (expected[1] if expected else None)
            if expected:
                model.remove(expected)
        else:
            queue.push(level, number)
            model.append((level, number))
        assert len(queue) == len(model)
    assert queue.drain() == [number for _, number in sorted(model)]
    assert len(queue) == 0


def test_threads_lose_and_double_nothing():
    queue: PriorityQueue[int] = PriorityQueue(10_000)

    def work(start: int) -> list[int]:
        taken = []
        for number in range(start, start + 500):
            queue.push(number % 3, number)
            taken.append(queue.pop())
        return [number for number in taken if number is not None]

    with ThreadPoolExecutor(8) as pool:
        taken = [number for part in pool.map(work, range(0, 4_000, 500)) for number in part]
    assert sorted(taken + queue.drain()) == list(range(4_000))


def test_a_full_queue_says_so_and_keeps_what_it_has():
    queue: PriorityQueue[str] = PriorityQueue(1)
    queue.push(5, "kept")
    with pytest.raises(QueueFull, match="holds 1 tickets"):
        queue.push(1, "refused")
    assert queue.drain() == ["kept"]


@given(st.lists(st.one_of(st.tuples(st.integers(0, 1), st.integers(0, 50)), st.integers(0, 1), st.none()), max_size=99))
def test_queues_share_a_room_and_what_leaves_one_makes_room_in_all(calls):
    """A pair pushes something of that size into a queue, a number pops of one, None drains the first."""
    room = Room(100)
    queues = [PriorityQueue[int](1_000, room) for _ in range(2)]
    held: list[list[int]] = [[], []]
    for one in calls:
        if isinstance(one, tuple):
            queue, size = one
            if sum(map(sum, held)) + size > 100:
                with pytest.raises(QueueFull, match="100 bytes"):
                    queues[queue].push(1, size, size)
            else:
                queues[queue].push(1, size, size)
                held[queue].append(size)
        elif one is None:
            assert queues[0].drain() == held[0]
            held[0].clear()
        else:
            assert queues[one].pop() == (held[one].pop(0) if held[one] else None)
    assert [queue.drain() for queue in queues] == held
