"""What a broker promises, on every backend."""

import threading
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

from smart_support.adapters.memory_broker import MemoryBroker
from smart_support.adapters.redis.broker import RedisBroker
from smart_support.pipeline.ports import Broker
from smart_support.pipeline.records import Step
from tests.builders import key

REDELIVERY = 0.2


@pytest.fixture(params=["memory", "redis"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    if request.param == "memory":
        opened: Broker = MemoryBroker(REDELIVERY)
    else:
        opened = RedisBroker(request.getfixturevalue("redis_url"), uuid4().hex, "test", REDELIVERY)
    yield opened
    opened.close()


def ids(messages) -> list[str]:
    return [message.key.ticket_id for message in messages]


def test_messages_come_in_order_and_in_batches(broker: Broker):
    broker.publish(Step.TRIAGE, [key(f"t{n}") for n in range(5)])
    assert ids(broker.read(Step.TRIAGE, 3, 0)) == ["t0", "t1", "t2"]
    assert ids(broker.read(Step.TRIAGE, 3, 0)) == ["t3", "t4"]
    assert broker.read(Step.TRIAGE, 3, 0) == []


def test_streams_are_apart(broker: Broker):
    broker.publish(Step.TRIAGE, [key()])
    assert broker.read(Step.DISPATCH, 1, 0) == []
    assert broker.lag(Step.DISPATCH) == 0
    assert ids(broker.read(Step.TRIAGE, 1, 0)) == ["t1"]


def test_lag_counts_what_is_not_acknowledged(broker: Broker):
    assert broker.lag(Step.TRIAGE) == 0
    broker.publish(Step.TRIAGE, [key("a"), key("b")])
    messages = broker.read(Step.TRIAGE, 1, 0)
    assert broker.lag(Step.TRIAGE) == 2
    broker.acknowledge(Step.TRIAGE, messages)
    assert broker.lag(Step.TRIAGE) == 1
    broker.acknowledge(Step.TRIAGE, messages)
    assert broker.lag(Step.TRIAGE) == 1


def test_what_is_not_acknowledged_comes_back_counted(broker: Broker):
    broker.publish(Step.TRIAGE, [key("a"), key("b")])
    first = broker.read(Step.TRIAGE, 2, 0)
    broker.acknowledge(Step.TRIAGE, first[:1])
    (again,) = read_within(broker, 10.0)
    assert (again.key, again.deliveries) == (key("b"), 2)
    broker.acknowledge(Step.TRIAGE, [again])
    assert broker.lag(Step.TRIAGE) == 0


def read_within(broker: Broker, seconds: float):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if messages := broker.read(Step.TRIAGE, 10, 0.05):
            return messages
    return []


def test_what_is_given_back_comes_first_and_at_once(broker: Broker):
    broker.publish(Step.TRIAGE, [key(name) for name in "abc"])
    broker.release(Step.TRIAGE, broker.read(Step.TRIAGE, 2, 0))
    again = [message for _ in range(3) for message in broker.read(Step.TRIAGE, 3, 0)]
    assert {message.deliveries for message in again} == {1}
    assert ids(again) == ["a", "b", "c"]
    broker.acknowledge(Step.TRIAGE, again)
    broker.release(Step.TRIAGE, again)
    assert broker.lag(Step.TRIAGE) == 0


def test_a_key_can_travel_again_once_it_is_through(broker: Broker):
    for _ in range(2):
        broker.publish(Step.TRIAGE, [key()])
        broker.acknowledge(Step.TRIAGE, broker.read(Step.TRIAGE, 1, 0))
    assert broker.lag(Step.TRIAGE) == 0


def test_repeated_publishing_does_not_grow_the_stream(broker: Broker):
    for _ in range(100):
        broker.publish(Step.TRIAGE, [key("a"), key("b")])
    assert broker.lag(Step.TRIAGE) == 2


def test_a_reader_waits_for_what_comes(broker: Broker):
    threading.Timer(0.05, broker.publish, (Step.TRIAGE, [key()])).start()
    assert ids(broker.read(Step.TRIAGE, 1, 10.0)) == ["t1"]


def test_closing_wakes_who_waits(broker: Broker):
    threading.Timer(0.05, broker.close).start()
    start = time.monotonic()
    assert broker.read(Step.TRIAGE, 1, 30.0) == []
    assert time.monotonic() - start < 10


def test_what_an_earlier_reader_had_in_hand_can_be_had_at_once(broker: Broker):
    broker.publish(Step.DISPATCH, [key("a"), key("b"), key("c")])
    broker.read(Step.DISPATCH, 2, 0)
    broker.reclaim(Step.DISPATCH)
    again = [message for _ in range(3) for message in broker.read(Step.DISPATCH, 2, 0)]
    assert [(message.key.ticket_id, message.deliveries) for message in again] == [("a", 2), ("b", 2), ("c", 1)]


def test_what_ends_its_reader_is_not_counted_against_those_behind_it(broker: Broker):
    broker.publish(Step.TRIAGE, [key("poison"), key("a"), key("b")])
    broker.read(Step.TRIAGE, 3, 0)  # and there the reader ends
    for deliveries in range(2, 7):
        broker.reclaim(Step.TRIAGE)
        (found,) = broker.read(Step.TRIAGE, 3, 0)
        assert (found.key.ticket_id, found.deliveries) == ("poison", deliveries)
    broker.acknowledge(Step.TRIAGE, [found])
    broker.reclaim(Step.TRIAGE)
    left = [message for _ in range(2) for message in broker.read(Step.TRIAGE, 3, 0)]
    assert [(message.key.ticket_id, message.deliveries) for message in left] == [("a", 2), ("b", 2)]


def test_an_empty_broker_says_so_until_it_is_refilled(broker: Broker):
    assert not broker.is_refilled()
    broker.set_refilled()
    assert broker.is_refilled()
