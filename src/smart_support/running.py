"""What runs by itself in a process, each step in a thread of its own."""

import random
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from functools import partial

from smart_support.bootstrap import Pipeline
from smart_support.pipeline.heartbeat import BEAT_SECONDS
from smart_support.pipeline.loop import Loop
from smart_support.pipeline.records import Unavailable

_READ_WAIT, _IDLE, _PACE = 0.5, 0.25, 0.02
_FULL = 64  # of so many tickets a batch is worth its transaction
_SWEEP_SECONDS, _LEAD_SECONDS, _LOOK_SECONDS, _RESCORE_SECONDS = 1.0, 0.75, 0.5, 1.0
_AGE_SECONDS, _SLA_SECONDS, _FETCH_SECONDS = 2.0, 1.0, 1.0
_PURGE_SECONDS = 60.0
_STOP_SECONDS = 10.0
_REST = 3.0  # solving for ten thousand tickets again and again would leave no time for anything else
_jitter = random.random


class Part(StrEnum):
    """What runs by itself in a process."""

    PUBLISH = "publish"
    SWEEP = "sweep"
    TRIAGE = "triage"
    RESCORE = "rescore"
    HEARTBEAT = "heartbeat"
    LEAD = "lead"
    DISPATCH = "dispatch"
    ASSIGN = "assign"
    AGE = "age"
    SLA = "sla"
    ALERT = "alert"
    FETCH = "fetch"
    NOTIFY = "notify"
    MODELS = "models"
    SHADOW = "shadow"
    PURGE = "purge"


API = frozenset({Part.PUBLISH, Part.MODELS, Part.HEARTBEAT})
DISPATCHER = frozenset({Part.LEAD, Part.DISPATCH, Part.ASSIGN, Part.AGE, Part.SLA, Part.ALERT, Part.FETCH})
WORKER = frozenset(Part) - DISPATCHER
EVERYTHING = frozenset(Part)


@contextmanager
def running(pipeline: Pipeline, parts: Collection[Part] = EVERYTHING) -> Iterator[None]:
    """Some or all of the steps in threads of their own."""
    steps = {
        Part.PUBLISH: (lambda: pipeline.publish.run_once(_READ_WAIT), 0.0, 0.0),
        Part.SWEEP: (pipeline.sweep.run_once, _SWEEP_SECONDS, 0.0),
        Part.TRIAGE: (lambda: pipeline.triage.run_once(_READ_WAIT), 0.0, _PACE),
        Part.RESCORE: (pipeline.rescore.run_once, _RESCORE_SECONDS, _PACE),
        Part.HEARTBEAT: (lambda: pipeline.heartbeat.run_once(sorted(parts)), BEAT_SECONDS, 0.0),
        Part.LEAD: (pipeline.lead.run_once, _LEAD_SECONDS, 0.0),
        Part.DISPATCH: (lambda: pipeline.dispatch.run_once(_READ_WAIT), 0.0, _PACE),
        Part.ASSIGN: (pipeline.assign.run_once, _IDLE, _PACE),
        Part.AGE: (pipeline.age.run_once, _AGE_SECONDS, 0.0),
        Part.SLA: (pipeline.sla.run_once, _SLA_SECONDS, _PACE),
        Part.ALERT: (pipeline.alerting.run_once, _IDLE, _PACE),
        Part.FETCH: (pipeline.settle.run_once, _IDLE, _PACE),
        Part.MODELS: (pipeline.follow.run_once, _LOOK_SECONDS, 0.0),
        Part.PURGE: (pipeline.purge.run_once, _PURGE_SECONDS, _PACE),
        Part.SHADOW: (lambda: pipeline.shadow.run_once(_READ_WAIT), _LOOK_SECONDS, 0.0),
    }
    loop = partial(Loop, jitter=_jitter, metrics=pipeline.watch.metrics)
    loops = [
        loop(part.value, step, idle=idle, pace=pace, full=_FULL, rest=_REST if part is Part.ASSIGN else 0.0)
        for part, (step, idle, pace) in steps.items()
        if part in parts
    ]
    if Part.NOTIFY in parts:  # a thread for each destination, so that one that hangs holds up nobody else
        loops += [
            loop(f"notify {one.destination}", one.run_once, idle=_IDLE, pace=one.pause) for one in pipeline.notify
        ]
    if not {Part.TRIAGE, Part.MODELS}.isdisjoint(parts):
        with suppress(Unavailable):  # then there are no tickets either, and the loop asks again
            pipeline.look.refresh()
    with suppress(Unavailable):
        pipeline.rules.refresh()
    loops.append(loop("taxonomy", pipeline.look.refresh, idle=_LOOK_SECONDS))
    loops.append(loop("routing", pipeline.rules.refresh, idle=_LOOK_SECONDS))
    if Part.FETCH in parts:  # one each, so that one that hangs holds up nobody
        loops += [loop(f"feed:{feed.name}", feed.run_once, idle=_FETCH_SECONDS) for feed in pipeline.fetch]
    for one in loops:
        one.start()
    try:
        yield
    finally:
        for one in loops:
            one.stop()
        end = time.monotonic() + _STOP_SECONDS
        for one in loops:
            one.join(max(0.0, end - time.monotonic()))
        with suppress(Unavailable):  # then it shows as stale for a day
            pipeline.heartbeat.end()
        with suppress(Unavailable):  # then another leads once the lease is over
            pipeline.lead.resign()
        with suppress(Unavailable):  # then the sweeper does it
            pipeline.publish.run_once(0)
