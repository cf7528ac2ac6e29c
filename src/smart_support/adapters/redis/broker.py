"""The broker of many processes: Redis Streams with consumer groups (Redis 7.0 or newer)."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from smart_support.adapters.redis import scripts
from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.records import Message, Step, Unavailable

_GROUP = "smart-support"
_FORGOTTEN = ("NOGROUP", "UNBLOCKED")  # the group or its stream is gone; the latter while it was waited for
_RETURNED = "returned"  # the consumer, nobody's, that holds what was given back
_LONG_IDLE_MS = 30 * 86_400_000
_CHUNK = 500  # keys in one script
_BLOCK_SECONDS = 1.0
_CLAIM_SECONDS = 1.0
_FORGET_SECONDS, _FORGOTTEN_AFTER_MS = 300.0, 3_600_000
_SOCKET_SECONDS = 3.0


@dataclass(slots=True)
class _Claims:
    """How far one stream has been looked through for what others did not finish; times are monotonic."""

    min_idle_ms: int
    cursor: str = "0-0"
    next_at: float = 0.0


class RedisBroker:
    """The port Broker. Streams are named `{prefix}:accepted` and `{prefix}:triaged`, braces included.

    A message that is not acknowledged within `redelivery` seconds is handed out again, to whoever asks next.
    `consumer` names this process and no other.
    """

    def __init__(self, url: str, prefix: str, consumer: str, redelivery: float = 10.0) -> None:
        self._redis: redis.Redis = redis.Redis.from_url(
            url,
            decode_responses=True,
            protocol=2,
            socket_timeout=_SOCKET_SECONDS,
            socket_connect_timeout=_SOCKET_SECONDS,
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        )
        # In the braces is the hash tag: all keys of one system lie on one node of a cluster.
        self._prefix = f"{{{prefix}}}"
        self._consumer = consumer
        self._redelivery_ms = int(redelivery * 1000)
        self._claims = {step: _Claims(self._redelivery_ms) for step in Step}
        self._publish = self._redis.register_script(scripts.PUBLISH)
        self._acknowledge = self._redis.register_script(scripts.ACKNOWLEDGE)
        self._release = self._redis.register_script(scripts.RELEASE)
        self._forget = self._redis.register_script(scripts.FORGET_CONSUMERS)
        self._forget_at = time.monotonic() + _FORGET_SECONDS
        self._closed = False
        self._readers = 0
        self._reader_left = threading.Condition()
        self._closing = threading.Lock()

    def publish(self, step: Step, keys: Iterable[TicketKey]) -> None:
        names = [_name(key) for key in keys]
        with _translated():
            for start in range(0, len(names), _CHUNK):
                self._publish(self._keys(step), [_GROUP, *names[start : start + _CHUNK]])

    def read(self, step: Step, limit: int, wait: float) -> list[Message]:
        with self._reading(), _translated():
            found = self._read(step, limit, time.monotonic() + wait)
            return [] if self._closed else found  # closing gives it back

    def acknowledge(self, step: Step, messages: Iterable[Message]) -> None:
        pairs = [text for message in messages for text in (message.id, _name(message.key))]
        if pairs:
            with _translated():
                self._acknowledge(self._keys(step), [_GROUP, *pairs])

    def release(self, step: Step, messages: Iterable[Message]) -> None:
        with _translated():
            self._return(step, [(message.id, message.deliveries - 1) for message in messages])
        self._claims[step].next_at = 0.0

    def reclaim(self, step: Step) -> None:
        self._claims[step] = _Claims(min_idle_ms=0)

    def lag(self, step: Step) -> int:
        with _translated():
            return int(self._redis.xlen(self._stream(step)))  # what is acknowledged is deleted

    def is_refilled(self) -> bool:
        with _translated():
            return bool(self._redis.exists(self._marker))

    def set_refilled(self) -> None:
        with _translated():
            self._redis.set(self._marker, "1")

    def close(self) -> None:
        self._closed = True
        with self._reader_left:
            self._reader_left.wait_for(lambda: not self._readers, timeout=_SOCKET_SECONDS)
        with self._closing:  # of two who close at once, one would take the connection from under the other
            with suppress(Unavailable), _translated():  # what is not given back now comes back in time
                for step in Step:
                    with suppress(redis.ResponseError):  # there is no such stream, or nobody ever read it
                        self._leave(step)
            self._redis.close()

    @property
    def _marker(self) -> str:
        return f"{self._prefix}:refilled"

    def _stream(self, step: Step) -> str:
        return f"{self._prefix}:{step.value}"

    def _keys(self, step: Step) -> list[str]:
        return [self._stream(step), f"{self._stream(step)}:held"]

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Closing waits for who reads: a connection must not be taken from under him."""
        with self._reader_left:
            self._readers += 1
        try:
            yield
        finally:
            with self._reader_left:
                self._readers -= 1
                self._reader_left.notify_all()

    def _read(self, step: Step, limit: int, end: float) -> list[Message]:
        while not self._closed:
            left = end - time.monotonic()
            try:
                if found := self._claim(step) or self._read_new(step, limit, left):
                    return found
            except redis.ResponseError as error:
                if not str(error).startswith(_FORGOTTEN):
                    raise
                self._make_group(step)
                continue
            if left <= 0:
                break
        return []

    def _make_group(self, step: Step) -> None:
        try:
            self._redis.xgroup_create(self._stream(step), _GROUP, id="0", mkstream=True)
        except redis.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):  # another process was faster
                raise

    def _read_new(self, step: Step, limit: int, wait: float) -> list[Message]:
        block = int(1000 * min(wait, _BLOCK_SECONDS))
        answer: Any = self._redis.xreadgroup(
            _GROUP, self._consumer, {self._stream(step): ">"}, count=limit, block=block if block > 0 else None
        )
        return [Message(id_, _key(fields.get("k", ""))) for _, entries in answer or () for id_, fields in entries]

    def _claim(self, step: Step) -> list[Message]:
        """One message that others were handed and did not finish, if there is one.

        One, because a claim counts as a delivery: what ends its worker must not be counted against those behind it.
        The whole of what is pending is looked through by and by.
        """
        claims, now = self._claims[step], time.monotonic()
        if claims.cursor == "0-0" and now < claims.next_at:
            return []
        found: list[tuple[str, dict[str, str]]] = []
        while not found:
            # The third part of the answer is entries that are gone from the stream; Redis lets go of them by itself,
            # and the sweeper enqueues their tickets again.
            claims.cursor, found, _ = self._redis.xautoclaim(
                self._stream(step), _GROUP, self._consumer, claims.min_idle_ms, claims.cursor, count=1
            )
            if claims.cursor == "0-0":
                claims.min_idle_ms, claims.next_at = self._redelivery_ms, now + _CLAIM_SECONDS
                break
        if now > self._forget_at:
            self._forget_at = now + _FORGET_SECONDS
            self._forget(self._keys(step), [_GROUP, _FORGOTTEN_AFTER_MS])
        return [message for entry in found for message in self._counted(step, *entry)]

    def _counted(self, step: Step, id_: str, fields: dict[str, str]) -> list[Message]:
        """The message with its delivery count, which XAUTOCLAIM does not tell; nothing where it is gone by now."""
        pending: Any = self._redis.xpending_range(self._stream(step), _GROUP, id_, id_, 1)
        return [Message(id_, _key(fields.get("k", "")), found["times_delivered"]) for found in pending]

    def _return(self, step: Step, entries: Iterable[tuple[str, int]]) -> None:
        """Give entries back, each with how often it counts as delivered."""
        pairs = [part for entry in entries for part in entry]
        if pairs:
            self._release(self._keys(step), [_GROUP, self._consumer, _RETURNED, _LONG_IDLE_MS, *pairs])

    def _leave(self, step: Step) -> None:
        """Give back what this consumer holds, then delete it: together with it they would be out of reach."""
        stream = self._stream(step)
        pending: Any
        while pending := self._redis.xpending_range(stream, _GROUP, "-", "+", _CHUNK, consumername=self._consumer):
            self._return(step, [(str(entry["message_id"]), int(entry["times_delivered"]) - 1) for entry in pending])
        self._redis.xgroup_delconsumer(stream, _GROUP, self._consumer)


@contextmanager
def _translated() -> Iterator[None]:
    """Whatever Redis or the way to it says is an outage: the outbox has every ticket, and trying again helps."""
    try:
        yield
    except redis.RedisError as error:
        raise Unavailable(f"Redis: {error}") from error


def _name(key: TicketKey) -> str:
    return f"{key.workspace}/{key.ticket_id}"


def _key(name: str) -> TicketKey:
    """A ticket_id has no slash. What others have put into the stream becomes a ticket that nobody knows."""
    workspace, _, ticket_id = name.rpartition("/")
    return TicketKey(workspace, ticket_id)
