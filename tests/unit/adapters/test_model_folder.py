"""Models in a folder: copied as a whole, checked whenever they are loaded."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from smart_support.adapters.model_folder import ModelFolder, best
from smart_support.domain.triage import Text, Tier
from smart_support.pipeline.models import ModelUnusable
from smart_support.triage.bundle import WEIGHTS, save
from smart_support.triage.models import load_models
from tests.unit.triage.conftest import hand_made, hand_made_transformer


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A light bundle, as `train` leaves one."""
    return save(tmp_path / "made", hand_made()).path


@pytest.fixture
def models(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "models", best)


def test_a_bundle_becomes_a_model_under_its_version(models: ModelFolder, made: Path, tmp_path: Path):
    info = models.add(made)
    assert info.version.startswith("light-")
    assert [entry.name for entry in (tmp_path / "models").iterdir()] == [info.version]
    assert info == models.info(info.version)
    assert [(bundle.tier, bundle.version) for bundle in info.bundles] == [(Tier.LIGHT, info.version)]
    shutil.rmtree(made)
    for loaded in (models.active(info.version), models.shadow(info.version)):
        assert loaded.info == info
        (result,) = loaded.model.triage([Text("", "my invoice")])
        assert (result.category, result.model_version) == ("Billing", info.version)


def test_a_folder_of_bundles_is_the_same_model(models: ModelFolder, made: Path, tmp_path: Path):
    version = models.add(made).version
    made.rename(tmp_path / "light")
    (tmp_path / "whole").mkdir()
    (tmp_path / "light").rename(tmp_path / "whole" / "light")
    assert models.add(tmp_path / "whole").version == version


def test_without_its_encoder_it_is_the_same_model(models: ModelFolder, tmp_path: Path):
    save(tmp_path / "whole" / "light", hand_made())
    save(tmp_path / "whole" / "transformer", hand_made_transformer())
    info = models.add(tmp_path / "whole")
    assert [bundle.tier for bundle in info.bundles] == [Tier.TRANSFORMER, Tier.LIGHT]
    (tmp_path / "models" / info.version / "transformer" / "encoder.onnx").unlink()
    with pytest.raises(ModelUnusable):
        models.active(info.version)
    light = ModelFolder(tmp_path / "models", best, read=partial(load_models, light_only=True))
    loaded = light.active(info.version)
    assert (loaded.info, loaded.model.tier) == (info, Tier.LIGHT)
    assert light.info(info.version) == info


def test_another_content_is_another_model(models: ModelFolder, made: Path, tmp_path: Path):
    other = save(tmp_path / "other", replace(hand_made(), figures={"held_out": {"accuracy": 0.6}})).path
    assert models.add(made).version != models.add(other).version


def test_added_by_many_at_once_it_is_there_once_and_sound(models: ModelFolder, made: Path, tmp_path: Path):
    with ThreadPoolExecutor(4) as pool:
        (version,) = {info.version for info in pool.map(models.add, [made] * 8)}
    assert [entry.name for entry in (tmp_path / "models").iterdir()] == [version]
    assert models.info(version).version == version


def test_what_is_damaged_is_refused_until_it_is_added_again(models: ModelFolder, made: Path, tmp_path: Path):
    version = models.add(made).version
    weights = tmp_path / "models" / version / "light" / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-1])
    for load in (models.info, models.active, models.shadow):
        with pytest.raises(ModelUnusable, match="SHA-256"):
            load(version)
    models.add(made)
    assert models.info(version).version == version


def test_what_is_no_model_is_refused_and_leaves_nothing(models: ModelFolder, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "missing"):
        with pytest.raises(ModelUnusable):
            models.add(folder)
    assert not (tmp_path / "models").exists()
    with pytest.raises(ModelUnusable, match="models add"):
        models.active("light-000000000000")


def test_a_model_under_the_name_of_another_is_refused(models: ModelFolder, made: Path, tmp_path: Path):
    version = models.add(made).version
    (tmp_path / "models" / version).rename(tmp_path / "models" / "light-000000000000")
    with pytest.raises(ModelUnusable, match=version):
        models.active("light-000000000000")


def test_its_own_model_is_the_shipped_one_or_the_one_chosen(models: ModelFolder, made: Path, tmp_path: Path):
    assert not models.chosen
    assert models.info(None) == models.active(None).info
    chosen = ModelFolder(tmp_path / "models", best, made)
    assert chosen.chosen
    assert chosen.active(None).info.version == models.add(made).version
