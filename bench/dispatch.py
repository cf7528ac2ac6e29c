"""What it costs to carry a ticket through a worker, its model left out, beside other queues with a job of no effect."""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from uuid import uuid4

from bench import queues
from bench.rows import Row
from bench.system import DURABLE
from smart_support.adapters.redis.broker import RedisBroker
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.ticket import DEFAULT_WORKSPACE, Ticket
from smart_support.pipeline.records import Step
from tests import servers

JOBS, ROUNDS = 10_000, 3
_BODY = "Since this morning nobody can pay: the checkout says that the card was declined. " * 5
_CHUNK = 500


def run(_data_dir: Path) -> list[Row]:
    """Medians of a few rounds, taken in turn."""
    rates: dict[str, list[float]] = {"ours": [], "arq": [], "taskiq": []}
    with servers.postgres_server(**DURABLE) as server:
        postgres = servers.postgres_url(server)
        for number in range(ROUNDS):
            with servers.redis() as redis, servers.postgres_database(postgres, f"round_{number}") as database:
                rates["ours"].append(_ours(database, redis))
            for name, peer in (("arq", queues.arq), ("taskiq", queues.taskiq)):
                with servers.redis() as redis:
                    rates[name].append(peer(redis, JOBS))
    ours, arq, taskiq = (median(rates[name]) for name in ("ours", "arq", "taskiq"))
    return [
        Row(
            "tickets a second through one worker process: queue, state and events in SQL, no model",
            ">= 3,000, ahead of both",
            f"{ours:,.0f}",
            f"no-op jobs: arq {arq:,.0f}, taskiq {taskiq:,.0f}",
            ours >= max(3_000, arq, taskiq),
        )
    ]


def _ours(database: str, redis: str) -> float:
    """Tickets a second of one worker, with everything enqueued before it starts."""
    prefix = uuid4().hex
    store = SqlStore.open(database)
    broker = RedisBroker(redis, prefix, "bench")
    try:
        for start in range(0, JOBS, _CHUNK):
            now = time.time()
            tickets = [Ticket(DEFAULT_WORKSPACE, f"t{start + n}", "Help", _BODY, now) for n in range(_CHUNK)]
            answers = store.accept(tickets, ["bench"] * _CHUNK)
            broker.publish(Step.TRIAGE, [answer.key for answer in answers])
        broker.set_refilled()
    finally:
        broker.close()
        store.close()
    environment = os.environ | {"DATABASE_URL": database, "REDIS_URL": redis, "REDIS_QUEUE_KEY": prefix}
    command = [sys.executable, "-m", "bench.dispatch_worker", str(JOBS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise RuntimeError(done.stderr[-500:])
    return float(done.stdout)
