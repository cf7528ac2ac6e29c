"""taskiq with a job that does nothing: `python -m bench.peers.taskiq_worker enqueue|work REDIS_URL JOBS`.

`work` prints jobs a second. The broker is the one whose messages are acknowledged, a Redis stream. `Receiver` is what
`taskiq worker` runs in each of its processes, here with `--no-parse`, more tasks at a time and messages in orjson.
"""

import asyncio
import sys

import uvloop
from taskiq.receiver import Receiver
from taskiq.serializers import ORJSONSerializer
from taskiq_redis import RedisStreamBroker

from bench.peers.stopwatch import Stopwatch

_AT_ONCE = 100


async def enqueue(redis_url: str, jobs: int) -> None:
    """Put the jobs into the queue, each with a ticket's key."""

    async def triage(_key: str) -> None:
        raise NotImplementedError  # the worker has the job

    broker = RedisStreamBroker(redis_url).with_serializer(ORJSONSerializer())
    task = broker.register_task(triage, task_name="triage")
    for start in range(0, jobs, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, jobs))
        await asyncio.gather(*(task.kiq(f"default:t{number}") for number in numbers))
    await broker.shutdown()


async def work(redis_url: str, jobs: int) -> None:
    """Do the jobs and print the pace."""
    watch, finished = Stopwatch(jobs), asyncio.Event()

    async def triage(_key: str) -> None:
        if watch.job_done():
            finished.set()

    # From the stream's beginning: its default, new messages only, would pass over what waits there.
    broker = RedisStreamBroker(redis_url, consumer_id="0", xread_count=1_000).with_serializer(ORJSONSerializer())
    broker.register_task(triage, task_name="triage")
    broker.is_worker_process = True
    await Receiver(broker, validate_params=False, max_async_tasks=200).listen(finished)
    await broker.shutdown()
    print(watch.pace())


if __name__ == "__main__":
    uvloop.run({"enqueue": enqueue, "work": work}[sys.argv[1]](sys.argv[2], int(sys.argv[3])))
