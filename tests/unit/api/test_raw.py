"""Bodies that are read before it is known whose they are: bounded together, and who is slow keeps nobody out."""

import asyncio
from collections.abc import Iterable

import pytest
from starlette.requests import ClientDisconnect, Request

from smart_support.api.problems import Problem
from smart_support.api.raw import RawBodies


class Sender:
    """Sends a body bit by bit, as the test says."""

    def __init__(self, bodies: RawBodies, limit: int = 100) -> None:
        self._told: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        request = Request({"type": "http", "method": "POST", "headers": []}, self._told.get)
        self.read = asyncio.ensure_future(bodies.read(request, limit))

    async def send(self, *chunks: bytes, more: bool = True) -> None:
        for chunk in chunks:
            await self._tell(type="http.request", body=chunk, more_body=True)
        if not more:
            await self._tell(type="http.request", body=b"", more_body=False)

    async def hang_up(self) -> None:
        await self._tell(type="http.disconnect")

    async def _tell(self, **message: object) -> None:
        self._told.put_nowait(message)
        for _ in range(5):  # until it is read
            await asyncio.sleep(0)


async def read_by(bodies: RawBodies, chunks: Iterable[bytes]) -> bytes:
    sender = Sender(bodies)
    await sender.send(*chunks, more=False)
    return await sender.read


def refused(sender: Sender, status: int) -> Problem:
    error = sender.read.exception()
    assert isinstance(error, Problem)
    assert error.status_code == status
    return error


def test_a_body_is_what_was_sent():
    async def run() -> None:
        bodies = RawBodies(100)
        assert await read_by(bodies, []) == b""
        assert await read_by(bodies, [b"x" * 99, b"y"]) == b"x" * 99 + b"y"

    asyncio.run(run())


def test_who_sends_slowly_gives_way_to_who_comes_after_and_hears_when_to_come_again():
    async def run() -> None:
        bodies = RawBodies(100)
        slow = [Sender(bodies) for _ in range(10)]
        for one in slow:
            await one.send(b"x" * 10)
        assert await read_by(bodies, [b"y" * 15, b"z" * 10]) == b"y" * 15 + b"z" * 10
        for one in slow[:3]:
            await one.send(b"x")
        assert [one.read.done() for one in slow] == [True] * 3 + [False] * 7
        assert refused(slow[0], 429).headers["Retry-After"]
        for one in slow[3:]:
            await one.send(b"x", more=False)
        assert [await one.read for one in slow[3:]] == [b"x" * 11] * 7

    asyncio.run(run())


def test_one_body_may_be_larger_than_all_together_and_no_larger_than_its_own_limit():
    async def run() -> None:
        bodies = RawBodies(10)
        assert await read_by(bodies, [b"x" * 50] * 2) == b"x" * 100
        large = Sender(bodies)
        await large.send(b"x" * 60, b"x" * 41)
        refused(large, 413)

    asyncio.run(run())


def test_what_ended_in_whatever_way_takes_no_room():
    async def run() -> None:
        bodies = RawBodies(100)
        first = Sender(bodies)
        await first.send(b"x" * 10)
        for _ in range(5):
            gone, large, good = (Sender(bodies) for _ in range(3))
            await gone.send(b"x" * 40)
            await gone.hang_up()
            assert isinstance(gone.read.exception(), ClientDisconnect)
            await large.send(b"x" * 50, b"x" * 51)
            refused(large, 413)
            await good.send(b"x" * 60, more=False)
            await good.read
        await first.send(more=False)
        assert await first.read == b"x" * 10

    asyncio.run(run())


def test_what_is_dropped_is_held_no_longer_though_no_more_of_it_comes(monkeypatch: pytest.MonkeyPatch):
    kept: list[bytearray] = []

    class Kept(bytearray):
        def __init__(self) -> None:
            kept.append(self)

    monkeypatch.setattr("smart_support.api.raw.bytearray", Kept, raising=False)

    async def run() -> None:
        bodies = RawBodies(100)
        many = [Sender(bodies) for _ in range(50)]
        for one in many:
            await one.send(b"x" * 30)
            assert sum(map(len, kept)) <= 100

    asyncio.run(run())
