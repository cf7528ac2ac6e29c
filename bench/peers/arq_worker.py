"""arq with a job that does nothing: `python -m bench.peers.arq_worker enqueue|work REDIS_URL JOBS`.

`work` prints jobs a second. arq starts jobs one after the other, three round trips each, so that more than its default
of ten at a time gain nothing; what it gains from is reading many ids at once and never sleeping between two reads.
"""

import asyncio
import sys
from typing import Any

import uvloop
from arq.connections import RedisSettings, create_pool
from arq.worker import Worker, func

from bench.peers.stopwatch import Stopwatch

_AT_ONCE = 100


async def enqueue(redis_url: str, jobs: int) -> None:
    """Put the jobs into the queue, each with a ticket's key."""
    pool = await create_pool(RedisSettings.from_dsn(redis_url))
    for start in range(0, jobs, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, jobs))
        await asyncio.gather(*(pool.enqueue_job("triage", f"default:t{number}") for number in numbers))
    await pool.aclose()


async def work(redis_url: str, jobs: int) -> None:
    """Do the jobs and print the pace."""
    watch = Stopwatch(jobs)

    async def triage(_context: dict[str, Any], _key: str) -> None:
        watch.job_done()

    worker = Worker(
        functions=[func(triage, name="triage")],
        redis_settings=RedisSettings.from_dsn(redis_url),
        burst=True,
        handle_signals=False,
        keep_result=0,
        poll_delay=0,
        max_jobs=10,
        queue_read_limit=1_000,
    )
    await worker.async_run()
    await worker.close()
    print(watch.pace())


if __name__ == "__main__":
    uvloop.run({"enqueue": enqueue, "work": work}[sys.argv[1]](sys.argv[2], int(sys.argv[3])))
