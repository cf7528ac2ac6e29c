"""What is done to a cluster. Each fault takes a cluster and a source of randomness, and puts right what it did."""

import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psycopg
import redis

from tests.chaos.cluster import Cluster

Fault = Callable[[Cluster, random.Random], None]

# Two faults that end the same server take turns.
_redis_taken = threading.Lock()
_postgres_taken = threading.Lock()


def kill_api(cluster: Cluster, _rng: random.Random) -> None:
    cluster.kill("api")


def kill_worker(cluster: Cluster, rng: random.Random) -> None:
    """A worker is triage, notifier and sweeper in one."""
    cluster.kill(rng.choice(["worker-1", "worker-2"]))


def kill_leader(cluster: Cluster, _rng: random.Random) -> None:
    cluster.kill(_leader(cluster))


def kill_standby(cluster: Cluster, _rng: random.Random) -> None:
    cluster.kill(next(name for name in ("dispatcher-1", "dispatcher-2") if name != _leader(cluster)))


def kill_everything(cluster: Cluster, _rng: random.Random) -> None:
    """All of the system's own processes at once, as when the machine they share goes down."""
    for name in cluster.processes:
        cluster.kill(name)


def stop_leader(cluster: Cluster, rng: random.Random) -> None:
    """Long enough that another leads when it comes back."""
    with cluster.stopped(_leader(cluster)):
        time.sleep(rng.uniform(3.5, 5.0))


def stop_worker(cluster: Cluster, rng: random.Random) -> None:
    """Long enough that what it had in hand has been handed to the other one."""
    with cluster.stopped(rng.choice(["worker-1", "worker-2"])):
        time.sleep(rng.uniform(2.5, 4.0))


def kill_redis(cluster: Cluster, rng: random.Random) -> None:
    with _redis_taken:
        cluster.redis.end(signal.SIGKILL)
        time.sleep(rng.uniform(0.0, 2.0))
        cluster.redis.start()


def freeze_redis(cluster: Cluster, rng: random.Random) -> None:
    with _redis_taken:
        assert cluster.redis.process is not None
        cluster.redis.process.send_signal(signal.SIGSTOP)
        time.sleep(rng.uniform(0.5, 4.0))
        cluster.redis.process.send_signal(signal.SIGCONT)


def flush_redis(cluster: Cluster, _rng: random.Random) -> None:
    with _redis_taken, redis.Redis(port=cluster.redis.port) as client:
        client.flushall()


def restart_postgres(cluster: Cluster, rng: random.Random) -> None:
    """At once, as by a crash: its own log brings back what it had committed."""
    with _postgres_taken:
        cluster.postgres.end(signal.SIGQUIT)
        time.sleep(rng.uniform(0.0, 1.0))
        cluster.postgres.start()


FAULTS: tuple[Fault, ...] = (
    kill_api,
    kill_worker,
    kill_leader,
    kill_standby,
    kill_everything,
    stop_leader,
    stop_worker,
    kill_redis,
    freeze_redis,
    flush_redis,
    restart_postgres,
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault and when it comes, in seconds from the start of the load."""

    at: float
    fault: Fault
    seed: int

    def __str__(self) -> str:
        return f"{self.fault.__name__} at {self.at:.2f} s"


def plan(rng: random.Random, seconds: float) -> list[Planned]:
    """Two to four faults within so many seconds, in order; they may overlap."""
    times = sorted(rng.uniform(0.2, seconds) for _ in range(rng.randint(2, 4)))
    return [Planned(at, rng.choice(FAULTS), rng.getrandbits(32)) for at in times]


def inflict(cluster: Cluster, planned: list[Planned]) -> None:
    """Do it all; returns once every fault is over. What goes wrong in doing so is raised."""
    start, wrong = time.monotonic(), []

    def run(one: Planned) -> None:
        time.sleep(max(0.0, start + one.at - time.monotonic()))
        try:
            one.fault(cluster, random.Random(one.seed))
        except BaseException as error:
            wrong.append(error)
            raise

    threads = [threading.Thread(target=run, args=(one,), name=one.fault.__name__) for one in planned]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]


def _leader(cluster: Cluster) -> str:
    """Who leads; where nobody does, or the database is away, whoever does first."""
    deadline = time.monotonic() + 20.0
    while time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            if name := cluster.leader():
                return name
        time.sleep(0.05)
    raise AssertionError("nobody has led for 20 s")
