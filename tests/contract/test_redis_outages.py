"""Redis is gone, hangs, is full or holds something else: every call says so soon, and works once that is over."""

import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from smart_support.adapters.redis.broker import RedisBroker
from smart_support.pipeline.records import Message, Step, Unavailable
from tests import servers
from tests.builders import key


def call_all(broker: RedisBroker) -> dict[str, Callable[[], object]]:
    """Every method that talks to Redis."""
    some = [Message("1-1", key())]
    return {
        "publish": lambda: broker.publish(Step.TRIAGE, [key()]),
        "read": lambda: broker.read(Step.TRIAGE, 1, 0.1),
        "acknowledge": lambda: broker.acknowledge(Step.TRIAGE, some),
        "release": lambda: broker.release(Step.TRIAGE, some),
        "lag": lambda: broker.lag(Step.TRIAGE),
        "is_refilled": broker.is_refilled,
        "set_refilled": broker.set_refilled,
    }


def test_a_server_that_is_gone_is_unavailable_and_comes_back():
    with servers.redis_server() as server:
        broker = RedisBroker(servers.redis_url(server), "gone", "one")
        broker.lag(Step.TRIAGE)
        server.end()
        for call in call_all(broker).values():
            with pytest.raises(Unavailable, match="refused"):
                call()
        server.start()
        broker.publish(Step.TRIAGE, [key("a")])
        assert [message.key for message in broker.read(Step.TRIAGE, 1, 0)] == [key("a")]
        server.end()
        broker.close()


def test_a_server_that_hangs_is_unavailable_within_seconds():
    with servers.redis_server() as server, ThreadPoolExecutor(8) as pool:
        broker = RedisBroker(servers.redis_url(server), "hangs", "one")
        broker.lag(Step.TRIAGE)
        server.process.send_signal(signal.SIGSTOP)
        try:
            start = time.monotonic()
            calls = [pool.submit(call) for call in call_all(broker).values()]
            for call in calls:
                with pytest.raises(Unavailable, match="Timeout"):
                    call.result(30)
            broker.close()
            assert time.monotonic() - start < 10
        finally:
            server.process.send_signal(signal.SIGCONT)


def test_a_full_server_is_unavailable_and_says_why():
    with servers.redis_server() as server, redis.Redis.from_url(servers.redis_url(server)) as admin:
        broker = RedisBroker(servers.redis_url(server), "full", "one")
        admin.config_set("maxmemory", "1")
        for name in ("publish", "read"):
            with pytest.raises(Unavailable, match="maxmemory"):
                call_all(broker)[name]()
        broker.close()


def test_another_type_at_a_key_is_unavailable_and_says_why(redis_url: str):
    broker = RedisBroker(redis_url, "another-type", "one")
    with redis.Redis.from_url(redis_url) as admin:
        admin.set("{another-type}:accepted", "text")
    for name in ("publish", "read", "acknowledge", "release", "lag"):
        with pytest.raises(Unavailable, match="wrong kind of value"):
            call_all(broker)[name]()
    broker.close()
