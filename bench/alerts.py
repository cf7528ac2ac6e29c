"""1,000 alerts and a few incidents, sent by a real system to a good receiver, a flaky one and six bad ones on loopback;
and the same while it is killed.
"""

import asyncio
import itertools
import math
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from bench.rows import Row
from bench.system import System, post_all, resident
from tests.receivers import HUGE, Receiver, Receivers

ALERTS, INCIDENTS, KILLED_AT, KILLED_OF = 1_000, 5, 60, 200
_STEPS = (20, 30, 50)  # reports of each incident, whose sum passes a size that is told each time
BAD = ("500", "429", "hangs", "drops", "redirects", "huge")
MOST_BYTES, MOST_GROWTH, MOST_FLAKY_SECONDS, MOST_HELD_UP = 1_000_000, 200.0, 180.0, 3.0
_CONNECTIONS, _GIVE_UP_SECONDS = 8, 420.0
_WORDS = "amber birch cedar delta ember fjord glade haven ivory jetty kiosk lemon maple noble ocean pearl quartz"
_INCIDENT = "default/incident:"
_ENVIRONMENT = {
    "ALLOW_PRIVATE_WEBHOOKS": "1",
    "WEBHOOK_THRESHOLD": "0.5",
    # Only copies make an incident, so that the 1,000 stay 1,000.
    "STORM_BY_MEANING": "0",
    "STORM_SIMILARITY": "0.999",
}
_AT_ONCE = {"alerts": {"group_wait": "0s", "group_interval": "0s"}}


def run(_: Path) -> list[Row]:
    """What arrives where, how often, in which order, how soon, and at what cost."""
    with Receivers(["good"]) as alone:
        by_itself = _sent(alone, ["good"])
    with Receivers(["good", "flaky", *BAD]) as receivers:
        sent = _sent(receivers, ["good", "flaky"])
        return [*_rows(receivers, sent, by_itself), *_killed()]


@dataclass(slots=True)
class Sent:
    """What a run came to: the topics of the tickets' alerts, seconds until each of the receivers that ever did had all,
    and resident memory in MB before and at most."""

    topics: set[str]
    seconds: dict[str, float] = field(default_factory=dict)
    idle: float = 0.0
    most: float = 0.0


def _sent(receivers: Receivers, names: list[str]) -> Sent:
    """Urgent tickets, among them the first reports of incidents; of these more each time the last news has arrived, and
    in the end they are resolved."""
    tickets, copies = _tickets(ALERTS), _copies()
    sent, good = Sent({f"default/ticket:{ticket['ticket_id']}" for ticket in tickets}), receivers["good"]
    first = random.Random(7).sample([*tickets, *copies[: _STEPS[0] * INCIDENTS]], ALERTS + _STEPS[0] * INCIDENTS)
    given = {"DESTINATIONS": receivers.destinations(per_second=1_000), **_ENVIRONMENT}
    with System(**given) as system, httpx.Client(base_url=system.url, trust_env=False, timeout=30.0) as api:
        api.put("/config/routing", json=_AT_ONCE).raise_for_status()
        time.sleep(1.5)  # until the rules hold
        sent.idle = system.memory()
        with _watched(system.pid) as most:
            began = time.monotonic()
            for told in range(1, len(_STEPS) + 1):
                more = copies[sum(_STEPS[: told - 1]) * INCIDENTS : sum(_STEPS[:told]) * INCIDENTS]
                asyncio.run(post_all(system.port, "/v2/tickets", first if told == 1 else more, _CONNECTIONS))
                _wait_for(good, told)
            for incident in api.get("/incidents").raise_for_status().json():
                path = f"/incidents/{incident['id']}/resolve"
                api.post(path, json={"members": "answer"}).raise_for_status()
            _wait_for(good, len(_STEPS) + 1)
            for name in names:
                if _until(partial(_has_all, system, receivers[name], name, sent.topics)):
                    sent.seconds[name] = _last(receivers[name], sent.topics) - began
        sent.most = max(most)
    return sent


def _rows(receivers: Receivers, sent: Sent, alone: Sent) -> list[Row]:
    good, flaky = receivers["good"], receivers["flaky"]
    seconds, lone = (run.seconds.get("good", math.nan) for run in (sent, alone))
    late = sent.seconds.get("flaky")
    tries = Counter(Counter(one.id for one in flaky.tries if one.topic in sent.topics).values())
    strayed = len(receivers["elsewhere"].tries)
    read = sorted(receivers["huge"].sent + flaky.sent)
    return [
        Row(
            f"{ALERTS:,} alerts and those of {INCIDENTS} incidents, to 8 receivers: arrived at the good one",
            f"{ALERTS:,}",
            _arrived(good, sent.topics),
            _tried(good),
            "good" in sent.seconds,
        ),
        Row(
            "  and at the flaky one (one try in ten: 500, 429, drop, redirect, 10 MB, hang) in the end",
            f"{ALERTS:,}",
            _arrived(flaky, sent.topics),
            ", ".join(f"{number} in {times}" for times, number in sorted(tries.items())) + " tries",
            late is not None,
        ),
        Row(
            "  messages that came under two ids, at any of the 8",
            "0",
            str(sum(_several(receivers[name]) for name in ("good", "flaky", *BAD))),
            f"{sum(len(receivers[name].tries) for name in ('good', 'flaky', *BAD)):,} tries",
            not any(_several(receivers[name]) for name in ("good", "flaky", *BAD)),
        ),
        Row(
            "  messages out of order of their topic, at any of the 8",
            "0",
            str(sum(_disordered(receivers[name]) for name in ("good", "flaky", *BAD))),
            f"{INCIDENTS} incidents, told of in {_of_incidents(good)} messages",
            not any(_disordered(receivers[name]) for name in ("good", "flaky", *BAD)) and _told(good, len(_STEPS) + 1),
        ),
        Row(
            "  seconds from the first ticket until the good one had all",
            f"<= {MOST_HELD_UP:.0f}x as alone",
            f"{seconds:.1f} s",
            f"{lone:.1f} s where it is the only one: {seconds / lone:.2f}x; three of 8 take all that is sent",
            seconds <= MOST_HELD_UP * lone,
        ),
        Row(
            "  and the flaky one",
            f"<= {MOST_FLAKY_SECONDS:.0f} s",
            "never" if late is None else f"{late:.1f} s",
            "",
            late is not None and late <= MOST_FLAKY_SECONDS,
        ),
        Row("  redirects to 127.0.0.1 that were followed", "0", str(strayed), "", strayed == 0),
        Row(
            f"  bytes of an answer of {HUGE:,} that were got rid of, at most",
            f"<= {MOST_BYTES:,}",
            f"{read[-1]:,}",
            f"64 KiB are read, the rest is in the system's buffers; {len(read)} answers",
            read[-1] <= MOST_BYTES,
        ),
        Row(
            "  growth of resident memory, at most",
            f"<= {MOST_GROWTH:.0f} MB",
            f"{sent.most - sent.idle:.0f} MB",
            f"{alone.most - alone.idle:.0f} MB where the good one is the only one",
            sent.most - sent.idle <= MOST_GROWTH,
        ),
    ]


def _killed() -> list[Row]:
    """Killed while a receiver has taken a message and not said so yet, and started again."""
    tickets = _tickets(KILLED_OF)
    topics = {f"default/ticket:{ticket['ticket_id']}" for ticket in tickets}
    with Receivers(["slow"]) as receivers:
        slow = receivers["slow"]
        with System(DESTINATIONS=receivers.destinations(), **_ENVIRONMENT) as system:
            asyncio.run(post_all(system.port, "/v2/tickets", tickets, _CONNECTIONS))
            _until(lambda: len(slow.taken) >= KILLED_AT)
            system.kill()
            before = len(slow.taken)
            system.start()
            began = time.monotonic()
            _until(lambda: _has_all(system, slow, "slow", topics))
    times = Counter(one.id for one in slow.taken)
    repeated = sum(number > 1 for number in times.values())
    again = f"{slow.taken[-1].at - began:.0f} s after the start: a lease is 60 s" if repeated else "none was underway"
    return [
        Row(
            f"kill -9 after {before} of {KILLED_OF} alerts: arrived in the end",
            f"{KILLED_OF}",
            _arrived(slow, topics),
            f"the last new one {_last(slow, topics) - began:.0f} s after the start",
            {one.topic for one in slow.taken} >= topics,
        ),
        Row(
            "  that came twice, under the same id: the one underway",
            "<= 1",
            str(repeated),
            f"{again}; under two ids: {_several(slow)}",
            repeated <= 1 and max(times.values()) <= 2 and not _several(slow),
        ),
    ]


def _tickets(number: int) -> list[dict[str, str]]:
    """So many urgent tickets, none a copy of another."""
    draw = random.Random(7)
    cases = draw.sample(list(itertools.permutations(_WORDS.split(), 4)), number)
    return [
        {
            "ticket_id": f"t{at}",
            "subject": f"Production is down at {' '.join(words[:2])}",
            "body": f"URGENT: {' and '.join(words)} fail, no customer can pay, we are losing money every minute.",
        }
        for at, words in enumerate(cases)
    ]


def _copies() -> list[dict[str, str]]:
    """Reports of the incidents in turns, nothing urgent: only the incidents alert."""
    about = ("colour", "language", "signature", "zone", "picture")
    return [
        {"ticket_id": f"c{number}-{word}", "body": f"How do I change the {word} of my profile? There is no hurry."}
        for number in range(sum(_STEPS))
        for word in about
    ]


def _has_all(system: System, receiver: Receiver, name: str, topics: set[str]) -> bool:
    """Whether it took something about each topic, and nothing waits for it any more."""
    if not topics <= {one.topic for one in receiver.taken}:
        return False
    waits = "SELECT EXISTS (SELECT 1 FROM messages WHERE destination = ? AND state <> 'sent')"
    raised = "SELECT EXISTS (SELECT 1 FROM alerts WHERE routed_at IS NULL)"
    database = sqlite3.connect(f"file:{system.data_dir / 'smart-support.db'}?mode=ro", uri=True)
    try:
        return not (database.execute(waits, [name]).fetchone()[0] or database.execute(raised).fetchone()[0])
    finally:
        database.close()


def _until(met: Callable[[], bool]) -> bool:
    """Wait for it; false where it does not come."""
    end = time.monotonic() + _GIVE_UP_SECONDS
    while not met():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


@contextmanager
def _watched(pid: int) -> Iterator[list[float]]:
    """The resident memory of a process, in MB, looked at ten times a second."""
    seen, ended = [resident(pid)], threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            seen.append(resident(pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()


def _arrived(receiver: Receiver, topics: set[str]) -> str:
    return f"{len(topics & {one.topic for one in receiver.taken}):,}"


def _tried(receiver: Receiver) -> str:
    return f"{len(receiver.tries):,} tries of {len({one.id for one in receiver.tries}):,} messages"


def _several(receiver: Receiver) -> int:
    """Messages that came under more than one id, and ids of more than one message."""
    ids = Counter(id_ for found in receiver.ids.values() for id_ in found)
    return sum(len(found) > 1 for found in receiver.ids.values()) + sum(number > 1 for number in ids.values())


def _disordered(receiver: Receiver) -> int:
    """Tries of a message before the one ahead of it in its topic was taken, or after a later one was tried."""
    tried, taken, wrong = dict[str, int](), dict[str, int](), 0
    for one in receiver.tries:
        ahead = taken.get(one.topic, 0)
        wrong += one.ordinal > ahead + 1 or one.ordinal < tried.get(one.topic, 0)
        tried[one.topic] = max(one.ordinal, tried.get(one.topic, 0))
        if one.taken:
            taken[one.topic] = max(ahead, one.ordinal)
    return wrong


def _of_incidents(receiver: Receiver) -> int:
    return len({(one.topic, one.ordinal) for one in receiver.taken if one.topic.startswith(_INCIDENT)})


def _told(receiver: Receiver, times: int) -> bool:
    """Whether it has so many messages of every incident."""
    return (
        len({one.topic for one in receiver.taken if one.topic.startswith(_INCIDENT) and one.ordinal >= times})
        == INCIDENTS
    )


def _wait_for(receiver: Receiver, times: int) -> None:
    if not _until(partial(_told, receiver, times)):
        raise RuntimeError(f"not all incidents were told of in {times} messages")


def _last(receiver: Receiver, topics: set[str]) -> float:
    """When the last of the topics had arrived."""
    first = dict[str, float]()
    for one in receiver.taken:
        first.setdefault(one.topic, one.at)
    return max(at for topic, at in first.items() if topic in topics)
