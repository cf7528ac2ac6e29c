"""Random faults under load: whatever they are, what was promised holds.

CHAOS_RUNS is how many runs there are, CHAOS_SEED the seed of the first. A run that is repeated has the same faults at
the same times; what they meet is up to the machine.
"""

import os
import random

import pytest

from tests.chaos.conftest import Standing
from tests.chaos.faults import inflict, plan
from tests.chaos.load import load
from tests.chaos.promises import check

RUNS = int(os.environ.get("CHAOS_RUNS", "2"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))
_TICKETS, _SECONDS = 300, 3.0


@pytest.mark.parametrize("seed", range(SEED, SEED + RUNS))
def test_run(standing: Standing, seed: int):
    rng = random.Random(seed)
    faults = plan(rng, _SECONDS)
    try:
        with standing.lent() as cluster:
            mark = cluster.mark()
            with load(cluster.url, f"run{seed}", _TICKETS, _SECONDS, rng) as answers:
                inflict(cluster, faults)
            check(cluster, f"run{seed}", answers, len(faults), mark)
    except BaseException as error:
        error.add_note(f"faults: {', '.join(map(str, faults))}")
        error.add_note(f"to repeat it: make chaos RUNS=1 SEED={seed} ARGS='-k test_run'")
        raise
