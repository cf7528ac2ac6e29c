"""A small light bundle made by hand: no training, so that these tests need NumPy alone."""

from pathlib import Path

import numpy as np
import pytest

from smart_support.triage import features
from smart_support.triage.bundle import DataSource, Draft, save
from smart_support.triage.light import KIND, LightModel

BITS = 12
LABELS = ("Billing", "Technical", "Legal")
WORDS = {"invoice": 0, "refund": 0, "server": 1, "crashed": 1, "contract": 2, "gdpr": 2}


def hand_made(urgency: dict[str, float] | None = None) -> Draft:
    """Each of `WORDS` speaks for its label with 1; every feature known has weight 1."""
    outputs = len(LABELS) + (urgency is not None)
    table = np.zeros((features.KINDS * 2**BITS + 1, outputs + 1), dtype=np.int16)
    hashed = features.hash_words(list(WORDS), BITS)
    words = list(WORDS.values())
    for bucket, owner in zip(hashed.buckets.tolist(), hashed.owners.tolist(), strict=True):
        table[bucket, words[owner]] += 100
        table[bucket, -1] = 1
    return Draft(
        kind=KIND,
        labels=LABELS,
        settings={"bits": BITS, "temperature": 1.0, "urgency": urgency},
        arrays={"table": table, "scale": np.array([0.01] * outputs + [1.0]), "bias": np.zeros(outputs)},
        figures={"held_out": {"accuracy": 0.5}},
        data=(DataSource("by hand", 6, "MIT"),),
    )


@pytest.fixture
def draft() -> Draft:
    return hand_made()


@pytest.fixture
def model(tmp_path: Path, draft: Draft) -> LightModel:
    return LightModel(save(tmp_path / "bundle", draft))


@pytest.fixture(scope="session")
def light(tmp_path_factory: pytest.TempPathFactory) -> LightModel:
    return LightModel(save(tmp_path_factory.mktemp("light") / "bundle", hand_made()))
