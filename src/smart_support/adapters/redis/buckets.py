"""Limits of calls that all processes share (Redis 7.0 or newer)."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from smart_support.domain.rate import Rate, Taken
from smart_support.pipeline.records import Unavailable

_SECONDS = 0.25  # a call waits for it

# domain.rate.take, on the clock of Redis.
_TAKE = """
local interval, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local most = now + burst * interval
local full_at = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now), most)
local room = math.floor((most - full_at) / interval + 1e-2)
local granted = math.min(wanted, room)
full_at = full_at + granted * interval
redis.call('SET', KEYS[1], string.format('%.6f', full_at), 'PX', math.ceil((full_at - now) * 1000) + 1)
local wait = 0
if granted == 0 then wait = full_at + interval - most end
return {granted, room - granted, string.format('%.6f', wait)}
"""


class RedisBuckets:
    """The port Buckets. Keys are named `{prefix}:rate:...`, braces included, and go once their bucket is full."""

    def __init__(self, url: str, prefix: str) -> None:
        self._redis: redis.Redis = redis.Redis.from_url(
            url,
            decode_responses=True,
            protocol=2,
            socket_timeout=_SECONDS,
            socket_connect_timeout=_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._prefix = f"{{{prefix}}}:rate:"
        self._take = self._redis.register_script(_TAKE)

    def take(self, name: str, rate: Rate, wanted: int) -> Taken:
        try:
            granted, left, wait = self._take([self._prefix + name], [rate.interval, rate.burst, wanted])
        except (redis.RedisError, OSError) as error:
            raise Unavailable(str(error)) from error
        return Taken(int(granted), int(left), float(wait))

    def close(self) -> None:
        self._redis.close()
