"""When the leader dies or hangs another leads within 5 s, and the old one can do nothing any more."""

import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from tests.chaos.cluster import Cluster
from tests.chaos.conftest import Standing
from tests.chaos.load import load, ticket
from tests.chaos.promises import check_alerts, check_events, check_finished, check_log, check_order, drain, settle
from tests.waiting import until

LIMIT = 5.0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_another_leads_within_5_s(standing: Standing, how: signal.Signals):
    with standing.lent() as cluster:
        settle(cluster)
        with _disabled(cluster, how) as old:
            assert _seconds_to_dispatch(cluster, f"after-{how.name}") < LIMIT
            assert cluster.leader() != old or how is signal.SIGKILL
        _nothing_twice(cluster, f"after-{how.name}")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_in_the_middle_of_a_transaction(standing: Standing, how: signal.Signals):
    """The leader has numbered a ticket and holds its lease in share mode; the alert is still to be written.

    Its own renewal of the lease waits for that as well, as the worst case has it: two sessions have to be ended.
    """
    prefix = f"amid-{how.name}"
    with standing.lent() as cluster, ExitStack() as stack:
        settle(cluster)
        mark = cluster.mark()
        held = stack.enter_context(cluster.connect())
        held.autocommit = False
        held.execute("LOCK TABLE alerts IN SHARE MODE")  # it can be read, not written to
        with httpx.Client(base_url=cluster.url, trust_env=False) as api:
            api.post("/v2/tickets", json=ticket(f"{prefix}-0", urgent=True)).raise_for_status()
        until(lambda: _waiting(cluster) >= 2, "the leader waits in its transaction, and its renewal behind it")
        start = time.monotonic()
        with _disabled(cluster, how):
            held.rollback()
            until(lambda: _state(cluster, f"{prefix}-0") == "waiting", "the ticket is dispatched")
            seconds = time.monotonic() - start
            token = _token(cluster)
        _nothing_twice(cluster, prefix)
        assert seconds < LIMIT
        assert _token(cluster) == token  # the old one has not come back
        check_alerts(cluster, prefix, cluster.lines(mark))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_at_any_moment_under_load(standing: Standing, seed: int):
    """Stopped anywhere, also between the parts of what it was sending."""
    rng = random.Random(seed)
    prefix = f"busy{seed}"
    with standing.lent() as cluster:
        settle(cluster)
        mark = cluster.mark()
        with load(cluster.url, prefix, 1000, 1.0, rng) as answers:
            time.sleep(rng.uniform(0.3, 1.2))
            with _disabled(cluster, signal.SIGSTOP):
                seconds = _seconds_to_dispatch(cluster, f"{prefix}-late")
        _nothing_twice(cluster, prefix)
        assert seconds < LIMIT
        check_finished(cluster, prefix, answers)
        check_log(cluster.lines(mark), 1)


@contextmanager
def _disabled(cluster: Cluster, how: signal.Signals) -> Iterator[str]:
    """Take the leader out, for good or for as long as this lasts; yields its name."""
    name = cluster.leader()
    assert name is not None
    if how is signal.SIGKILL:
        cluster.kill(name)
        yield name
    else:
        with cluster.stopped(name):
            yield name


def _seconds_to_dispatch(cluster: Cluster, id_: str) -> float:
    """How long a ticket takes that comes now."""
    start = time.monotonic()
    with httpx.Client(base_url=cluster.url, timeout=10.0, trust_env=False) as api:
        api.post("/v2/tickets", json=ticket(id_, urgent=False)).raise_for_status()
    until(lambda: _state(cluster, id_) in {"waiting", "claimed"}, "the ticket is dispatched")
    return time.monotonic() - start


def _nothing_twice(cluster: Cluster, prefix: str) -> None:
    settle(cluster)
    drain(cluster.url)
    check_events(cluster, prefix)
    check_order(cluster)
    assert not cluster.crashes, cluster.crashes


def _state(cluster: Cluster, id_: str) -> str | None:
    rows = cluster.rows("SELECT state FROM tickets WHERE id = %s", id_)
    return rows[0][0] if rows else None


def _token(cluster: Cluster) -> int:
    return cluster.rows("SELECT token FROM leases")[0][0]


def _waiting(cluster: Cluster) -> int:
    return cluster.rows("SELECT count(*) FROM pg_locks WHERE NOT granted")[0][0]
