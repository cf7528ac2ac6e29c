"""What only Redis can do wrong: it forgets, operators meddle with it, consumers die."""

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from redis.crc import key_slot

from scripts.system_packages import find_redis_server
from smart_support.adapters.redis import broker as redis_broker
from smart_support.adapters.redis.broker import RedisBroker
from smart_support.pipeline.records import Message, Step
from tests import servers
from tests.builders import key
from tests.waiting import until

GROUP = "smart-support"


class Streams:
    """The brokers of several processes on one prefix, and a look behind them."""

    def __init__(self, url: str) -> None:
        self.url, self.prefix = url, uuid4().hex
        self.redis = redis.Redis.from_url(url, decode_responses=True)
        self.name = f"{{{self.prefix}}}:{Step.TRIAGE}"
        self._opened: list[RedisBroker] = []

    def broker(self, consumer: str = "one", redelivery: float = 30.0) -> RedisBroker:
        self._opened.append(RedisBroker(self.url, self.prefix, consumer, redelivery))
        return self._opened[-1]

    def consumers(self) -> dict[str, int]:
        """How much each consumer holds."""
        return {found["name"]: found["pending"] for found in self.redis.xinfo_consumers(self.name, GROUP)}

    def close(self) -> None:
        for opened in self._opened:
            opened.close()
        self.redis.close()


@pytest.fixture
def streams(redis_url: str) -> Iterator[Streams]:
    opened = Streams(redis_url)
    yield opened
    opened.close()


def ids(messages: list[Message]) -> list[str]:
    return [message.key.ticket_id for message in messages]


def counts(messages: list[Message]) -> dict[str, int]:
    return {message.key.ticket_id: message.deliveries for message in messages}


@contextmanager
def waiting_reader(streams: Streams, reader: RedisBroker) -> Iterator[list[Message]]:
    """A reader that waits in Redis for what comes; afterwards the list holds what it got."""
    got: list[Message] = []
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(reader.read, Step.TRIAGE, 10, 20.0)
        until(lambda: streams.redis.info("clients")["blocked_clients"], "the reader waits in Redis")
        yield got
        got += reading.result(30)


HARM: dict[str, Callable[[Streams], object]] = {
    "everything is forgotten": lambda streams: streams.redis.flushall(),
    "the stream is deleted": lambda streams: streams.redis.delete(streams.name),
    "the group is destroyed": lambda streams: streams.redis.xgroup_destroy(streams.name, GROUP),
}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_a_waiting_reader_outlives_it_when(streams: Streams, harm: Callable[[Streams], object]):
    reader = streams.broker()
    reader.publish(Step.TRIAGE, [key("before")])
    reader.acknowledge(Step.TRIAGE, reader.read(Step.TRIAGE, 1, 0))
    with waiting_reader(streams, reader) as got:
        harm(streams)
        streams.broker("other").publish(Step.TRIAGE, [key("after")])
    assert ids(got) == ["after"]


def test_a_group_made_anew_hands_out_again_what_the_stream_holds(streams: Streams):
    broker = streams.broker()
    broker.publish(Step.TRIAGE, [key("a"), key("b")])
    broker.read(Step.TRIAGE, 1, 0)
    streams.redis.xgroup_destroy(streams.name, GROUP)
    broker.publish(Step.TRIAGE, [key("a"), key("b")])
    assert ids(broker.read(Step.TRIAGE, 5, 0)) == ["a", "b"]
    assert broker.lag(Step.TRIAGE) == 2


LOSSES: dict[str, Callable[[Streams, list[Message]], object]] = {
    "its consumer was deleted": lambda streams, _: streams.redis.xgroup_delconsumer(streams.name, GROUP, "gone"),
    "its entry was deleted": lambda streams, held: streams.redis.xdel(streams.name, *(m.id for m in held)),
    "the stream was trimmed": lambda streams, _: streams.redis.xtrim(streams.name, maxlen=0, approximate=False),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_key_is_reached_again_by_publishing_it_after(streams: Streams, loss: Callable[..., object]):
    streams.broker().publish(Step.TRIAGE, [key("a"), key("b")])
    loss(streams, streams.broker("gone").read(Step.TRIAGE, 2, 0))
    broker = streams.broker()
    assert broker.read(Step.TRIAGE, 5, 0) == []
    for _ in range(3):
        broker.publish(Step.TRIAGE, [key("a"), key("b")])
    assert broker.lag(Step.TRIAGE) == 2
    found = broker.read(Step.TRIAGE, 5, 0)
    assert counts(found) == {"a": 1, "b": 1}
    broker.acknowledge(Step.TRIAGE, found)
    assert streams.redis.keys(f"{{{streams.prefix}}}*held") == []


def test_what_waits_and_was_deleted_by_hand_can_be_published_again(streams: Streams):
    broker = streams.broker()
    broker.publish(Step.TRIAGE, [key("a"), key("b")])
    streams.redis.xdel(streams.name, streams.redis.xrange(streams.name)[0][0])
    broker.publish(Step.TRIAGE, [key("a"), key("b")])
    assert ids(broker.read(Step.TRIAGE, 5, 0)) == ["b", "a"]


def test_what_others_put_into_the_stream_stops_nothing(streams: Streams):
    broker = streams.broker()
    broker.publish(Step.TRIAGE, [key("a")])
    streams.redis.xadd(streams.name, {"note": "hello"})
    found = broker.read(Step.TRIAGE, 5, 0)
    assert ids(found) == ["a", ""]
    broker.release(Step.TRIAGE, found)
    for _ in range(2):
        broker.acknowledge(Step.TRIAGE, broker.read(Step.TRIAGE, 5, 0))
    assert broker.lag(Step.TRIAGE) == 0


class TestClose:
    def test_gives_back_at_once_what_it_held_and_leaves_no_consumer(self, streams: Streams):
        leaving, staying = streams.broker("leaving"), streams.broker("staying")
        for step in Step:
            leaving.publish(step, [key(f"t{n}") for n in range(700)])
        leaving.read(Step.TRIAGE, 1, 0)
        leaving.reclaim(Step.TRIAGE)
        assert counts(leaving.read(Step.TRIAGE, 1, 0)) == {"t0": 2}
        leaving.read(Step.DISPATCH, 700, 0)
        leaving.close()
        leaving.close()
        assert counts(staying.read(Step.TRIAGE, 1, 0)) == {"t0": 2}
        assert set(counts(staying.read(Step.DISPATCH, 700, 0)).values()) == {1}
        assert "leaving" not in streams.consumers()

    def test_a_stream_that_nobody_ever_read_is_in_no_other_ones_way(self, streams: Streams):
        leaving, staying = streams.broker("leaving"), streams.broker("staying")
        leaving.publish(Step.TRIAGE, [key("a")])
        leaving.publish(Step.DISPATCH, [key("a")])
        leaving.read(Step.DISPATCH, 1, 0)
        leaving.close()
        assert ids(staying.read(Step.DISPATCH, 1, 0)) == ["a"]

    def test_who_waits_is_woken_with_nothing_and_keeps_nothing(self, streams: Streams):
        leaving, other = streams.broker("leaving"), streams.broker("other")
        leaving.publish(Step.TRIAGE, [key("before")])
        leaving.acknowledge(Step.TRIAGE, leaving.read(Step.TRIAGE, 1, 0))
        with waiting_reader(streams, leaving) as got:
            closing = threading.Thread(target=leaving.close)
            closing.start()
            until(lambda: leaving._closed, "it closes")
            other.publish(Step.TRIAGE, [key("after")])
        closing.join(10)
        assert got == []
        assert counts(other.read(Step.TRIAGE, 1, 0)) == {"after": 1}
        assert "leaving" not in streams.consumers()


class TestConsumers:
    def test_the_dead_are_forgotten_once_they_are_empty_and_silent(
        self, streams: Streams, monkeypatch: pytest.MonkeyPatch
    ):
        keeper = streams.broker("keeper")
        keeper.publish(Step.TRIAGE, [key("a"), key("b")])
        streams.broker("holding").read(Step.TRIAGE, 1, 0)
        empty = streams.broker("empty")
        empty.acknowledge(Step.TRIAGE, empty.read(Step.TRIAGE, 1, 0))

        def look(silent_ms: int) -> set[str]:
            monkeypatch.setattr(redis_broker, "_FORGOTTEN_AFTER_MS", silent_ms)
            keeper._forget_at = keeper._claims[Step.TRIAGE].next_at = 0.0
            keeper.read(Step.TRIAGE, 1, 0)
            return set(streams.consumers())

        assert look(60_000) >= {"holding", "empty"}
        until(lambda: "empty" not in look(20), "it is forgotten")
        assert streams.consumers()["holding"] == 1

    def test_all_that_a_dead_one_held_is_taken_over_however_small_the_batches(self, streams: Streams):
        names = [f"t{n}" for n in range(400)]
        streams.broker().publish(Step.TRIAGE, [key(name) for name in names])
        streams.broker("dead").read(Step.TRIAGE, 400, 0)
        heir, taken = streams.broker("heir", 0.0), []
        while found := heir.read(Step.TRIAGE, 7, 0):
            taken += ids(found)
            heir.acknowledge(Step.TRIAGE, found)
        assert taken == names

    def test_two_never_get_the_same_fresh_message(self, streams: Streams):
        names = [f"t{n}" for n in range(600)]
        streams.broker().publish(Step.TRIAGE, [key(name) for name in names])
        start = threading.Barrier(4)

        def drain(number: int) -> list[str]:
            broker, taken = streams.broker(f"c{number}"), []
            start.wait()
            while found := broker.read(Step.TRIAGE, 5, 0):
                taken += ids(found)
            return taken

        with ThreadPoolExecutor(4) as pool:
            assert sorted(name for taken in pool.map(drain, range(4)) for name in taken) == sorted(names)

    def test_deliveries_count_every_take_over_and_no_giving_back(self, streams: Streams):
        streams.broker().publish(Step.TRIAGE, [key("a")])
        brokers = [streams.broker(f"c{n}", 0.0) for n in range(4)]
        assert [counts(broker.read(Step.TRIAGE, 1, 0)) for broker in brokers] == [{"a": n} for n in (1, 2, 3, 4)]
        last = streams.broker("c4", 0.0)
        found = last.read(Step.TRIAGE, 1, 0)
        brokers[0].release(Step.TRIAGE, found)  # somebody else has it by now, and keeps it
        assert streams.broker("c5").read(Step.TRIAGE, 1, 0) == []
        last.release(Step.TRIAGE, found)
        assert counts(streams.broker("c6").read(Step.TRIAGE, 1, 0)) == {"a": 5}

    def test_acknowledging_late_or_twice_leaves_a_newer_entry_of_the_key_alone(self, streams: Streams):
        slow, quick = streams.broker("slow"), streams.broker("quick", 0.0)
        slow.publish(Step.TRIAGE, [key("a")])
        old = slow.read(Step.TRIAGE, 1, 0)
        quick.acknowledge(Step.TRIAGE, quick.read(Step.TRIAGE, 1, 0))
        quick.publish(Step.TRIAGE, [key("a")])
        for _ in range(2):
            slow.acknowledge(Step.TRIAGE, old)
        quick.publish(Step.TRIAGE, [key("a")])  # it is known to be there
        assert quick.lag(Step.TRIAGE) == 1
        assert ids(quick.read(Step.TRIAGE, 5, 0)) == ["a"]


def test_all_keys_of_a_system_lie_in_one_slot_of_a_cluster(tmp_path: Path):
    def command(port: int) -> list[str | Path]:
        ports = ["--port", str(port), "--cluster-port", str(servers.free_port()), "--bind", "127.0.0.1"]
        return [find_redis_server(), *ports, "--cluster-enabled", "yes", "--save", "", "--dir", tmp_path]

    log = tmp_path / "server.log"
    server = servers.Server("Redis", command, servers.redis_answers, log, None, signal.SIGTERM)
    try:
        server.start()
        streams = Streams(servers.redis_url(server))
        streams.redis.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        until(lambda: "cluster_state:ok" in str(streams.redis.execute_command("CLUSTER", "INFO")), "the cluster works")
        broker = streams.broker()
        broker.set_refilled()
        for step in Step:
            broker.publish(step, [key("a"), key("b")])
            broker.acknowledge(step, broker.read(step, 1, 0))
            assert broker.lag(step) == 1
        names = streams.redis.keys("*")
        assert len(names) == 5
        assert len({key_slot(name.encode()) for name in names}) == 1
        streams.close()
    finally:
        server.end()
