"""Two workers on one PostgreSQL and one Redis send alerts side by side: each once, at the rate of one."""

from bisect import bisect_right
from collections import Counter
from itertools import pairwise

import httpx

from tests.chaos.cluster import cluster
from tests.chaos.load import ticket
from tests.receivers import Receivers
from tests.waiting import until

ALERTS, PER_SECOND = 60, 8.0


def test_two_workers_send_each_alert_once_and_keep_the_rate_together():
    with Receivers(["slow"]) as receivers:
        slow, setting = receivers["slow"], receivers.destinations(per_second=PER_SECOND)
        with (
            cluster(ALLOW_PRIVATE_WEBHOOKS="1", DESTINATIONS=setting) as made,
            httpx.Client(base_url=made.url, trust_env=False) as api,
        ):
            for number in range(ALERTS):
                api.post("/v2/tickets", json=ticket(f"both-{number}", urgent=True)).raise_for_status()
            until(lambda: len(slow.taken) >= ALERTS, "all have arrived", 60.0)
            until(lambda: made.rows("SELECT state FROM messages GROUP BY state") == [("sent",)], "all are marked")
            [(most,)] = made.rows("SELECT max(attempts) FROM messages")
            assert not made.crashes
    assert most == 1
    assert Counter(one.topic for one in slow.tries) == {f"default/ticket:both-{number}": 1 for number in range(ALERTS)}
    assert len({one.id for one in slow.tries}) == ALERTS
    at = [one.at for one in slow.tries]
    # A second holds as many as the rate says, and who was slow to send may be just ahead of the next.
    most_a_second = max(bisect_right(at, start + 1.0) - place for place, start in enumerate(at))
    assert most_a_second <= PER_SECOND + 3
    assert at[-1] - at[0] >= (ALERTS - 3) / PER_SECOND
    # While one waits for an answer, or for the rate, the other may go: each keeps a connection of its own.
    ports = [one.port for one in slow.tries]
    changes = sum(before != after for before, after in pairwise(ports))
    assert changes >= 4
