"""Limits of calls, in one process and shared by many."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from smart_support.adapters.memory_buckets import MemoryBuckets
from smart_support.adapters.redis.buckets import RedisBuckets
from smart_support.domain.rate import Rate
from smart_support.pipeline.limits import Buckets
from smart_support.pipeline.records import Unavailable

SLOW = Rate(60, 5)


@pytest.fixture(params=["memory", "redis"])
def buckets(request: pytest.FixtureRequest) -> Iterator[Buckets]:
    if request.param == "memory":
        yield MemoryBuckets(time.monotonic)
        return
    opened = RedisBuckets(request.getfixturevalue("redis_url"), uuid4().hex)
    yield opened
    opened.close()


def test_a_bucket_is_full_at_first_and_empties(buckets: Buckets):
    taken = buckets.take("a", SLOW, 3)
    assert (taken.granted, taken.left, taken.wait) == (3, 2, 0.0)
    assert buckets.take("a", SLOW, 3).granted == 2
    refused = buckets.take("a", SLOW, 1)
    assert (refused.granted, refused.left) == (0, 0)
    assert 0.5 < refused.wait <= 1.0


def test_each_name_has_its_own(buckets: Buckets):
    assert buckets.take("a", SLOW, 5).granted == 5
    assert buckets.take("b", SLOW, 5).granted == 5


def test_it_fills_again(buckets: Buckets):
    fast = Rate(6_000, 2)
    assert buckets.take("a", fast, 2).granted == 2
    wait = buckets.take("a", fast, 1).wait
    assert 0.0 <= wait <= 0.011
    time.sleep(wait + 0.002)
    assert buckets.take("a", fast, 1).granted == 1


def test_processes_share_one_bucket(redis_url: str):
    prefix = uuid4().hex
    ours = [RedisBuckets(redis_url, prefix) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda n: ours[n % 4].take("a", Rate(1, 40), 1).granted, range(100)))
    assert sum(taken) == 40
    for one in ours:
        one.close()


def test_what_is_full_again_is_forgotten(redis_url: str):
    one = RedisBuckets(redis_url, prefix := uuid4().hex)
    one.take("a", Rate(6_000, 1), 1)
    assert 0 < one._redis.pttl(f"{{{prefix}}}:rate:a") <= 20
    one.close()


def test_a_process_keeps_no_more_names_than_it_may():
    held = MemoryBuckets(lambda: 0.0, most=3)
    for name in "abcd":
        held.take(name, SLOW, 5)
    assert held.take("d", SLOW, 1).granted == 0
    assert held.take("a", SLOW, 1).granted == 1


def test_a_redis_that_is_not_there_is_unavailable_soon():
    away, began = RedisBuckets("redis://127.0.0.1:1/0", "x"), time.monotonic()
    with pytest.raises(Unavailable):
        away.take("a", SLOW, 1)
    assert time.monotonic() - began < 2.0
    away.close()
