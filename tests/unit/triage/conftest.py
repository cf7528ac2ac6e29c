"""Small bundles made by hand: no training, so that these tests need NumPy alone."""

from pathlib import Path

import numpy as np
import pytest

from smart_support.triage import features, transformer
from smart_support.triage.bundle import DataSource, Draft, save
from smart_support.triage.light import KIND, LightModel
from tests.encoders import WIDTH, encoder_files

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


def hand_made_transformer(**arrays: np.ndarray) -> Draft:
    """Heads of random weights on a small encoder; `arrays` take the place of those of the same name."""
    rng = np.random.default_rng(1)
    width, outputs = 2 * WIDTH, {"category": len(LABELS), "levels": 3, "sentiment": 1}
    heads = {name: rng.normal(0, 1, (width, count)) for name, count in outputs.items()}
    biases = {f"{name}_bias": rng.normal(0, 0.1, count) for name, count in outputs.items()}
    settings = {"alert_line": 0.7, "storm_near": 0.3, "storm_core": 0.4, "storm_join": 0.4}
    mix = {"mix": np.array([1.0, 0.5]), "urgency": np.array([0.3, 0.3, 0.3, 0.1, 0.1, 0.0, 0.0])}
    return Draft(transformer.KIND, LABELS, settings, heads | biases | mix | arrays, files=encoder_files())


@pytest.fixture
def draft() -> Draft:
    return hand_made()


@pytest.fixture
def model(tmp_path: Path, draft: Draft) -> LightModel:
    return LightModel(save(tmp_path / "bundle", draft))


@pytest.fixture(scope="session")
def light(tmp_path_factory: pytest.TempPathFactory) -> LightModel:
    return LightModel(save(tmp_path_factory.mktemp("light") / "bundle", hand_made()))
