"""A worker whose model says the same of every ticket at no cost: `python -m bench.dispatch_worker`.

Prints tickets a second from its first batch to the last acknowledged one; the environment names the servers.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from smart_support import bootstrap, running
from smart_support.domain.batch import BatchSize
from smart_support.domain.triage import Text, Tier, Triage
from smart_support.pipeline.records import Step
from smart_support.pipeline.triage import TriageStep
from smart_support.pipeline.watch import Watch
from smart_support.settings import load

_SAID = Triage("Technical", 0.9, 0.5, Tier.LIGHT, "constant")


class ConstantModel:
    """The port Model; `started` is when it was first asked."""

    tier = Tier.LIGHT
    version = "constant"
    started = 0.0

    def triage(self, texts: Sequence[Text]) -> list[Triage]:
        self.started = self.started or time.perf_counter()
        return [_SAID] * len(texts)


def main(tickets: int) -> None:
    """Triage what waits, as `smart-support worker` does, and stop."""
    model, settings = ConstantModel(), load()
    with bootstrap.open_pipeline(settings) as made:
        size = BatchSize(settings.triage_batch, settings.circuit_breaker_fast_ms / 2_000)
        triage = TriageStep(made.store, made.broker, made.publish, lambda _: model, made.clock, Watch(), size)
        pipeline = replace(made, triage=triage)
        with running.running(pipeline, running.WORKER):
            while pipeline.broker.lag(Step.TRIAGE):
                time.sleep(0.005)
            seconds = time.perf_counter() - model.started
    print(tickets / seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]))
