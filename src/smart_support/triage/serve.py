"""The engine as it serves: the tiers of a model from its folder, warm, and the language of what they read."""

import os
from pathlib import Path
from time import monotonic, time

from smart_support.domain.breaker import BreakerLimits
from smart_support.domain.triage import Text
from smart_support.triage import features
from smart_support.triage.engine import Engine
from smart_support.triage.language import detect
from smart_support.triage.models import ModelSet
from smart_support.triage.transformer import Reading

_TEXT = Text("Checkout is down", "No customer can pay since 9:00.")


def make_engine(models: ModelSet, limits: BreakerLimits, run_seconds: float, threads: int = 0) -> Engine[Reading]:
    """The engine over the tiers of a model.

    `threads` runs of the encoder, which take one thread each, may be under way at once; 0 is one for each core.
    """
    engine = Engine(
        models.light, models.transformer, _language, limits, monotonic, time, run_seconds, threads or _cores()
    )
    engine.storm_models = models.storm_models
    # The first call costs more than the next ones; no ticket is to wait for it, nor the breaker to see it.
    models.light.triage([_TEXT])
    if models.transformer is not None:
        models.transformer.triage([_TEXT])
    _language(_TEXT)
    return engine


def _language(text: Text) -> str | None:
    return detect(features.read(text))


def _cores() -> int:
    """The cores that this process may use: its affinity, and the quota of its control group."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1, min(cores, int(quota) // int(period)))
    except (OSError, ValueError):  # no control group, or no quota ("max")
        return cores
