"""Looks that are shared: asked for by many, taken once, and never older than they may be."""

import asyncio
from itertools import count

import pytest

from smart_support.api.shared import SharedLooks


def test_who_asks_at_about_the_same_time_shares_a_look():
    async def ask() -> list[int]:
        now, looks, numbers = [0.0], SharedLooks(lambda: now[0]), count()
        together = await asyncio.gather(*(looks.share("a", 1.0, lambda: next(numbers)) for _ in range(5)))
        now[0] = 0.9
        still = await looks.share("a", 1.0, lambda: next(numbers))
        elsewhere = await looks.share("b", 1.0, lambda: next(numbers))
        now[0] = 1.0
        again = await looks.share("a", 1.0, lambda: next(numbers))
        return [*together, still, elsewhere, again]

    assert asyncio.run(ask()) == [0, 0, 0, 0, 0, 0, 1, 2]


def test_a_look_that_failed_is_told_and_not_kept():
    async def ask() -> int:
        looks = SharedLooks(lambda: 0.0)
        with pytest.raises(OSError, match="away"):
            await looks.share("a", 9.0, _away)
        return await looks.share("a", 9.0, lambda: 7)

    assert asyncio.run(ask()) == 7


def test_who_leaves_does_not_end_the_look_of_the_others():
    async def ask() -> int:
        looks = SharedLooks(lambda: 0.0)
        gone = asyncio.ensure_future(looks.share("a", 9.0, lambda: 7))
        await asyncio.sleep(0)
        gone.cancel()
        return await looks.share("a", 9.0, lambda: 8)

    assert asyncio.run(ask()) == 7


def _away() -> int:
    raise OSError("away")
