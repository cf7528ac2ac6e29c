"""A model of both tiers from labelled rows."""

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from smart_support.domain.triage import Text
from smart_support.train.data import Rows
from smart_support.train.evaluate import evaluate_bundle
from smart_support.train.priority import LEVELS
from smart_support.train.train import TrainedModel, TrainingError, train_model
from smart_support.triage.bundle import BundleError
from smart_support.triage.models import ModelSet, load_models
from smart_support.triage.transformer import TransformerModel
from tests.encoders import WORDS

CALM, GRAVE = "thanks", "down"


def made_up(count: int, seed: int, *, urgency: bool = True) -> Rows:
    """Tickets whose label and level show in their words."""
    chance = random.Random(seed)
    texts, labels, levels = [], [], []
    for _ in range(count):
        label, level = chance.choice(["invoice", "server"]), chance.choice([0, 3])
        words = [label, GRAVE if level else CALM, *chance.sample(["all", "users", "the", "is"], 2)]
        texts.append(Text("", " ".join(chance.sample(words, len(words)))))
        labels.append(label)
        levels.append(LEVELS[level])
    return Rows(tuple(texts), tuple(labels), tuple(levels) if urgency else ())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, transformer: TransformerModel) -> TrainedModel:
    return train_model(made_up(160, 1), tmp_path_factory.mktemp("train") / "model", transformer)


@pytest.fixture(scope="module")
def models(trained: TrainedModel) -> ModelSet:
    return load_models(trained.path)


def test_both_tiers_learn(models: ModelSet) -> None:
    rows = made_up(60, 2)
    for tier in (models.light, models.transformer):
        found = evaluate_bundle(tier, rows)
        assert found.category.accuracy >= 0.95
        assert found.urgency.spearman > 0.8


def test_the_encoder_goes_with_the_model(models: ModelSet, transformer: TransformerModel) -> None:
    assert models.transformer.encoder.version == transformer.encoder.version
    assert models.transformer.storm_rule[0] == transformer.storm_rule[0]
    for name in ("sentiment", "sentiment_bias"):
        assert np.array_equal(models.transformer.bundle.arrays[name], transformer.bundle.arrays[name])


def test_figures_are_held_out_and_in_the_bundles(trained: TrainedModel, models: ModelSet) -> None:
    for tier, loaded in ((trained.light, models.light), (trained.transformer, models.transformer)):
        assert tier.category.rows == 160
        assert loaded.version == tier.version
        assert loaded.figures["held_out"]["accuracy"] == tier.category.accuracy
        assert loaded.figures["urgency_held_out"]["rmse"] == tier.urgency.rmse
    noise = json.loads((trained.path / "transformer" / "bundle.json").read_text())
    assert noise["labels"] == ["invoice", "server"]


def test_the_same_rows_and_seed_give_the_same_model(
    trained: TrainedModel, transformer: TransformerModel, tmp_path: Path
) -> None:
    again = train_model(made_up(160, 1), tmp_path / "model", transformer)
    assert (again.light.version, again.transformer.version) == (trained.light.version, trained.transformer.version)


def test_labels_that_mean_nothing_are_not_found(transformer: TransformerModel, tmp_path: Path) -> None:
    rows = made_up(100, 3)
    chance = random.Random(4)
    shuffled = replace(rows, labels=tuple(chance.sample(rows.labels, len(rows.labels))))
    found = train_model(shuffled, tmp_path / "model", transformer)
    assert found.transformer.category.accuracy < 0.7


def test_without_urgencies_they_are_taken_from_the_base(transformer: TransformerModel, tmp_path: Path) -> None:
    rows = made_up(80, 5, urgency=False)
    found = train_model(rows, tmp_path / "model", transformer)
    assert found.transformer.urgency is None
    made = load_models(found.path).transformer
    assert np.array_equal(made.bundle.arrays["levels"], transformer.bundle.arrays["levels"])
    said = [[one.urgency for one in model.triage(rows.texts)] for model in (made, transformer)]
    assert np.abs(np.subtract(*said)).mean() < 0.05


def test_rows_that_speak_of_urgency_alone_teach_urgency(transformer: TransformerModel, tmp_path: Path) -> None:
    rows = made_up(120, 6)
    half = replace(rows, labels=tuple(label if n % 2 else "" for n, label in enumerate(rows.labels)))
    found = train_model(half, tmp_path / "model", transformer)
    assert (found.transformer.category.rows, found.transformer.urgency.rows) == (60, 120)


def test_progress_goes_from_one_to_all(transformer: TransformerModel, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    train_model(made_up(60, 1), tmp_path / "model", transformer, 0, lambda *step: steps.append(step[:2]))
    assert [done for done, _ in steps] == list(range(1, len(steps) + 1))
    assert steps[-1][0] == steps[-1][1]


def test_a_model_is_replaced_and_anything_else_left_alone(transformer: TransformerModel, tmp_path: Path) -> None:
    out = tmp_path / "model"
    rows = made_up(40, 1)
    train_model(rows, out, transformer)
    assert train_model(rows, out, transformer).path == out
    (out / "notes.txt").write_text("mine")
    with pytest.raises(BundleError, match="is no model"):
        train_model(rows, out, transformer)
    assert {entry.name for entry in out.iterdir()} == {"light", "transformer", "notes.txt"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]


def test_rows_that_cannot_train_are_refused(transformer: TransformerModel, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="at least two categories"):
        train_model(Rows((Text("", WORDS[0]),) * 4, ("a",) * 4), tmp_path / "model", transformer)
    assert list(tmp_path.iterdir()) == []
