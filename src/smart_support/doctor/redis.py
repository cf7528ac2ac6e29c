"""Redis, where there is one: is it there, is it new enough, does it keep what it is given, does its clock agree."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import redis

from smart_support.doctor.database import check_apart
from smart_support.doctor.finding import Finding, ok, warning, wrong
from smart_support.settings import Settings

_SECONDS = 3.0
_OLDEST = (7, 0)


def check_redis(settings: Settings) -> Iterator[Finding]:
    """What it says of itself; nothing is written to it."""
    check = "Redis"
    if settings.redis_url is None:
        yield ok(check, "none: `smart-support up` needs none; `api`, `worker` and `dispatcher` need REDIS_URL")
        return
    options: dict[str, Any] = {"socket_timeout": _SECONDS, "socket_connect_timeout": _SECONDS, "decode_responses": True}
    with closing(redis.Redis.from_url(settings.redis_url, **options)) as server:
        try:
            yield from _server(server)
        except redis.AuthenticationError as error:
            yield wrong(check, f"it does not let us in: {error}", "mend user and password in REDIS_URL")
        except redis.RedisError as error:
            do = "start it, or mend REDIS_URL; meanwhile tickets are taken in and wait"
            yield wrong(check, f"{settings.shown()['redis_url']} does not answer: {error}", do)


def _server(server: Any) -> Iterator[Finding]:
    check, about = "Redis", server.info()
    version = str(about["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
        yield wrong(check, f"Redis {version} is too old", "use Redis 7.0 or newer")
        return
    if about.get("role") == "slave":
        yield wrong(check, f"Redis {version} is a replica, which cannot be written to", "name the primary in REDIS_URL")
        return
    kept = "on disk" if about.get("aof_enabled") else "in memory"
    policy = about.get("maxmemory_policy", "noeviction")
    says = f"Redis {version}, {kept}: SQL has everything, what Redis loses is a delay"
    if policy != "noeviction" and int(about.get("maxmemory", 0)):
        yield warning(check, f"{says}; evicts keys ({policy})", "set maxmemory-policy noeviction")
    else:
        yield ok(check, says)
    seconds, micros = server.time()
    yield check_apart("Redis", seconds + micros / 1e6, time.time())
