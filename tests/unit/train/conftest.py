"""A small transformer tier with random heads, to train on."""

import pytest

from smart_support.triage.bundle import save
from smart_support.triage.light import LightModel
from smart_support.triage.transformer import TransformerModel, load_transformer
from tests.unit.triage.conftest import hand_made, hand_made_transformer


@pytest.fixture(scope="session")
def transformer(tmp_path_factory: pytest.TempPathFactory) -> TransformerModel:
    folder = tmp_path_factory.mktemp("model")
    light = LightModel(save(folder / "light", hand_made()))
    save(folder / "transformer", hand_made_transformer())
    return load_transformer(folder / "transformer", light)
