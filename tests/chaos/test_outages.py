"""While Redis or PostgreSQL is away the system says what holds, loses nothing, and goes on by itself afterwards."""

import random
import signal
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.chaos.cluster import Cluster
from tests.chaos.conftest import Standing
from tests.chaos.load import Answers, load, ticket
from tests.chaos.promises import check, settle
from tests.waiting import until

pytestmark = pytest.mark.slow

_OUTAGE = 6.0  # seconds: long enough for several tries of everything that tries again
_TICKETS = 60
_P99 = 1.0


def test_without_redis_tickets_are_accepted_and_dispatched_later(standing: Standing):
    with standing.lent() as cluster:
        settle(cluster)
        mark = cluster.mark()
        cluster.redis.end(signal.SIGKILL)
        with load(cluster.url, "noredis", _TICKETS, _OUTAGE, random.Random(1)) as answers:
            pass
        _promised_at_once(answers)
        cluster.redis.start()
        check(cluster, "noredis", answers, 1, mark)
        _one_line_a_change(cluster, mark)


def test_a_redis_that_hangs_holds_up_nobody(standing: Standing):
    with standing.lent() as cluster:
        settle(cluster)
        mark = cluster.mark()
        assert cluster.redis.process is not None
        cluster.redis.process.send_signal(signal.SIGSTOP)
        try:
            with load(cluster.url, "frozen", _TICKETS, _OUTAGE, random.Random(2)) as answers:
                pass
        finally:
            cluster.redis.process.send_signal(signal.SIGCONT)
        _promised_at_once(answers)
        check(cluster, "frozen", answers, 1, mark)
        _one_line_a_change(cluster, mark)


def test_without_postgresql_v2_says_so_and_v1_goes_on(standing: Standing):
    """It goes away in the middle of work; a part that is started meanwhile waits for it."""
    with standing.lent() as cluster, httpx.Client(base_url=cluster.url, timeout=15.0, trust_env=False) as api:
        settle(cluster)
        mark = cluster.mark()
        with load(cluster.url, "nosql", 10 * _TICKETS, 1.0, random.Random(3)) as answers:
            time.sleep(0.5)
            cluster.postgres.end(signal.SIGQUIT)
            end = time.monotonic() + _OUTAGE
            cluster.kill("dispatcher-1")
            while time.monotonic() < end:
                _v2_refuses_and_v1_answers(api)
                time.sleep(0.2)
            cluster.postgres.start()
        until(lambda: api.get("/readyz").is_success, "it is ready again")
        assert answers.refused
        check(cluster, "nosql", answers, 1, mark)
        _one_line_a_change(cluster, mark)


def _promised_at_once(answers: Answers) -> None:
    """Every ticket got its 202 at the first try, in time."""
    assert not answers.refused
    assert len(answers.accepted) == len(answers.latencies) == _TICKETS
    assert sorted(answers.latencies)[int(0.99 * _TICKETS)] < _P99, sorted(answers.latencies)[-5:]


def _v2_refuses_and_v1_answers(api: httpx.Client) -> None:
    for answer in (
        api.post("/v2/tickets", json=ticket("refused-1", urgent=False)),
        api.get("/v2/tickets/next"),
        api.get("/readyz"),
    ):
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
        assert int(answer.headers["Retry-After"]) > 0
    assert api.post("/v1/tickets", json={"subject": "Refund", "body": "I was charged twice."}).status_code == 201
    assert api.get("/v1/tickets/next").is_success
    assert api.get("/livez").is_success
    assert api.get("/health").json()["store"] == "down"


def _one_line_a_change(cluster: Cluster, mark: dict[Path, int]) -> None:
    """Each part of each process has said once that it cannot work, and once that it can again."""
    until(lambda: not _open(cluster, mark), "every part has said that it works again")
    lost, found = _changes(cluster, mark)
    assert lost
    assert set(lost.values()) == {1}, lost
    assert found == lost


def _open(cluster: Cluster, mark: dict[Path, int]) -> Counter:
    lost, found = _changes(cluster, mark)
    return lost - found


def _changes(cluster: Cluster, mark: dict[Path, int]) -> tuple[Counter, Counter]:
    """Lines of parts of processes that still run."""
    counts = {"unavailable": Counter(), "recovered": Counter()}
    for line in cluster.lines(mark):
        if line.event in counts and line.start == cluster.processes[line.process].starts:
            counts[line.event][line.process, line.fields["part"]] += 1
    return counts["unavailable"], counts["recovered"]
