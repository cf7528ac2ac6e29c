"""How often one key, and one address that shows none, may call."""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import structlog
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from smart_support.api.origin import is_loopback, was_passed_on
from smart_support.api.problems import Problem
from smart_support.domain.attempts import subscriber
from smart_support.domain.rate import Rate, Taken
from smart_support.pipeline.limits import Buckets
from smart_support.pipeline.records import Unavailable

log = structlog.get_logger(__name__)

_MOST_NAMES = 10_000
_CHUNK = 100  # calls at a time from what is shared: one is asked of Redis for so many that are let through
_CHUNKS_A_BURST = 100
_DOWN_SECONDS = 1.0
_OK = Taken(1, 0, 0.0)

_Policy = Literal["key", "address"]


@dataclass(slots=True)
class _Held:
    """Calls of a name that are taken from what is shared and not made yet, and until when there are no more there."""

    calls: int = 0
    empty_until: float = 0.0


class RateLimits:
    """Refuses calls above a rate (None: never): `by_key` of one API key, `without_key` of one address.

    They are counted in `shared`, where processes share that: a few at a time, so that a busy caller may make that many
    more. Where it is not there or does not answer they are counted in `own`, by each process for itself, and nobody is
    refused for that. `timer()` gives seconds and never goes back. Used in one event loop.
    """

    def __init__(
        self,
        by_key: Rate | None,
        without_key: Rate | None,
        own: Buckets,
        shared: Buckets | None,
        timer: Callable[[], float],
    ) -> None:
        self._by_key = by_key
        self._without_key = without_key
        self._own = own
        self._shared = shared
        self._timer = timer
        # Apart, or addresses, of which anybody can have many, would crowd out what keys have taken.
        self._held: dict[_Policy, OrderedDict[str, _Held]] = {"key": OrderedDict(), "address": OrderedDict()}
        self._down_until = 0.0

    async def admit_key(self, actor: str) -> None:
        """Count a call; raises Problem (429)."""
        if self._by_key is not None:
            await self._admit(actor, self._by_key, "key", "with this key")

    async def admit_address(self, request: Request) -> None:
        """Count a call that shows no key, once, unless it comes from this machine; raises Problem (429)."""
        if getattr(request.state, "counted", False):
            return
        request.state.counted = True
        if (name := self._unkeyed(request)) is not None and self._without_key is not None:
            await self._admit(name, self._without_key, "address", "without a key")

    def is_spent(self, request: Request) -> bool:
        """Whether, as far as this process knows, the next call without a key from there is refused; counts none."""
        name = self._unkeyed(request)
        if name is None or self._without_key is None:
            return False
        held = self._held["address"].get(name, _Held())
        if held.calls > 0:
            return False
        if self._timer() < held.empty_until:
            return True
        own = self._shared is None or self._down_until > 0.0
        return own and self._own.take(name, self._without_key, 0).left == 0

    def _unkeyed(self, request: Request) -> str | None:
        """What calls without a key are counted as; None: they come from this machine."""
        address = "" if request.client is None else request.client.host
        ours = is_loopback(address) and not was_passed_on(request)
        return None if ours else f"address:{subscriber(address)}"

    async def _admit(self, name: str, rate: Rate, policy: _Policy, how: str) -> None:
        if self._shared is None:
            taken = self._own.take(name, rate, 1)
        else:
            taken = await self._take(self._of(name, policy), name, rate, self._shared)
        if taken.granted:
            return
        wait = max(1, math.ceil(taken.wait))
        raise Problem(
            429,
            f"There were more than {rate.per_minute} calls a minute {how}; nothing was done. Repeat the call after "
            f"{wait} s.",
            headers={
                "Retry-After": str(wait),
                "RateLimit-Policy": f'"{policy}";q={rate.per_minute};w=60',
                "RateLimit": f'"{policy}";r={taken.left};t={wait}',
            },
        )

    async def _take(self, held: _Held, name: str, rate: Rate, shared: Buckets) -> Taken:
        now = self._timer()
        if held.calls > 0:
            held.calls -= 1
            return _OK
        if now < held.empty_until:
            return Taken(0, 0, held.empty_until - now)
        if now >= self._down_until:
            try:
                chunk = max(1, min(_CHUNK, rate.burst // _CHUNKS_A_BURST))
                taken = await run_in_threadpool(shared.take, name, rate, chunk)
            except Unavailable as error:
                if self._down_until == 0.0:
                    log.warning("unavailable", part="rate limits", reason=str(error))
                self._down_until = self._timer() + _DOWN_SECONDS
            else:
                self._down_until = 0.0
                held.calls += max(0, taken.granted - 1)
                held.empty_until = 0.0 if taken.granted else now + taken.wait
                return taken
        return self._own.take(name, rate, 1)

    def _of(self, name: str, policy: _Policy) -> _Held:
        names = self._held[policy]
        held = names.setdefault(name, _Held())
        names.move_to_end(name)
        if len(names) > _MOST_NAMES:
            names.popitem(last=False)
        return held
