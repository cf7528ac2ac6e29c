"""Who is signed in is known without asking the store each time, and for a second at most after he left elsewhere."""

import asyncio
from dataclasses import replace

import pytest

from smart_support.adapters.clock import ManualClock
from smart_support.api.signed_in import SignedIn
from smart_support.domain.access import ApiKey, Scope, Session, new_key, new_session

NOW = 1_000.0
KEY, _ = new_key("ann", frozenset({Scope.READ}), NOW, lambda n: "ab" * n)


class Sessions:
    """A store that counts how often it is asked."""

    def __init__(self) -> None:
        self.kept: dict[str, Session] = {}
        self.asked = 0

    def open_session(self, session: Session, workspace: str, actor: str) -> None:
        assert (workspace, actor) == ("default", f"key:{KEY.id}")
        self.kept[session.token_sha256] = session

    def session(self, token_sha256: str) -> Session | None:
        self.asked += 1
        return self.kept.get(token_sha256)

    def close_session(self, token_sha256: str, workspace: str, at: float, actor: str) -> bool:
        return self.kept.pop(token_sha256, None) is not None

    def purge_sessions(self, before: float) -> int:
        raise NotImplementedError


class World:
    def __init__(self) -> None:
        self.store, self.clock, self.timer = Sessions(), ManualClock(NOW), 50.0
        self.key: ApiKey | None = KEY
        self.here = SignedIn(self.store, self.clock, self._key, lambda: self.timer)

    def _key(self, key_id: str) -> ApiKey | None:
        return self.key if key_id == KEY.id else None

    def sign_in(self, number: int = 1) -> str:
        session, token = new_session(KEY, NOW, lambda n: f"{number:0{2 * n}x}")
        assert asyncio.run(self.here.open(session)) == replace(KEY.principal, expires_at=session.expires_at)
        return token

    def is_in(self, token: str) -> bool:
        return asyncio.run(self.here.principal(token)) is not None


@pytest.fixture
def world() -> World:
    return World()


def test_the_store_is_asked_once_a_second_at_most(world: World):
    token = world.sign_in()
    for _ in range(40):  # ten seconds of a stream
        assert world.is_in(token)
        world.timer += 0.25
    assert world.store.asked <= 10


def test_who_signed_out_elsewhere_is_out_within_a_second(world: World):
    token = world.sign_in()
    world.store.kept.clear()
    world.timer += 1.0
    assert not world.is_in(token)


def test_who_signs_out_here_is_out_at_once(world: World):
    token, other = world.sign_in(1), world.sign_in(2)
    asyncio.run(world.here.close(token))
    assert not world.is_in(token)
    assert world.is_in(other)


def test_a_session_ends_with_its_key_at_once(world: World):
    token = world.sign_in()
    world.key = None
    assert not world.is_in(token)
    late, _ = new_session(KEY, NOW, lambda n: "cd" * n)
    assert asyncio.run(world.here.open(late)) is None
    assert late.token_sha256 not in world.store.kept


def test_who_comes_with_cookies_by_the_thousand_fills_nothing_and_bars_nobody(world: World):
    token = world.sign_in()
    for number in range(10_000):
        assert not world.is_in(f"{number:064x}f")
    assert len(world.here._seen) <= 10_000
    assert world.is_in(token)
    asyncio.run(world.here.close(token))
    assert not world.is_in(token)
    assert world.is_in(world.sign_in(3))
    world.timer += 2.0
    assert world.is_in(world.sign_in(4))
    assert len(world.here._seen) == 1
