"""An encoder without heads becomes a transformer tier."""

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from smart_support.domain.triage import Text, Tier
from smart_support.triage.adopt import adopt, fit
from smart_support.triage.bundle import BundleError
from smart_support.triage.encoder import Encoder, EncoderError
from smart_support.triage.examples import Examples, read_examples
from smart_support.triage.light import LightModel, load_light
from smart_support.triage.models import load_models
from tests.encoders import encoder_folder
from tests.unit.triage.conftest import LABELS

SAYS = {"Billing": "refund", "Technical": "server", "Legal": "court"}


def lines(count: int) -> list[dict[str, object]]:
    """Tickets whose category and urgency show in their words; the light model knows nothing."""
    chance = random.Random(1)
    found: list[dict[str, object]] = [{"labels": LABELS, "light": "light-test"}]
    for _ in range(count):
        label, grave = chance.choice(LABELS), chance.random() < 0.3
        words = [SAYS[label], "down" if grave else "thanks", *chance.sample(["all", "users", "the", "is"], 2)]
        found.append(
            {
                "subject": "",
                "body": " ".join(chance.sample(words, len(words))),
                "category": label,
                "urgency": 0.95 if grave else 0.1,
                "sentiment": chance.choice([-1.0, None]) if grave else 1.0,
                "light_logits": [0.0, 0.0, 0.0],
                "light_urgency": 0.4,
            }
        )
    return found


def packed(path: Path, found: list[dict[str, object]]) -> Path:
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, found)).encode()))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As Hugging Face lays it out."""
    made = encoder_folder(tmp_path_factory.mktemp("theirs"), quantised=False)
    (made / "onnx").mkdir()
    (made / "encoder.onnx").rename(made / "onnx" / "model.onnx")
    return made


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    return read_examples(packed(tmp_path_factory.mktemp("examples") / "e.gz", lines(150)))


def test_heads_are_fitted_to_it(folder: Path, light: LightModel, examples: Examples) -> None:
    told: list[tuple[int, int]] = []
    model = adopt(folder, light, progress=lambda *step: told.append(step), examples=examples)
    texts = [Text("", "all users thanks the refund"), Text("", "the server is down"), Text("", "court is down all")]
    found = model.triage(texts)
    assert [one.category for one in found] == ["Billing", "Technical", "Legal"]
    assert found[0].urgency < 0.4 < 0.6 < min(found[1].urgency, found[2].urgency)
    assert found[0].sentiment > 0 > found[1].sentiment
    assert {one.tier for one in found} == {Tier.TRANSFORMER}
    assert model.figures["held_out"]["accuracy"] > 0.75
    assert told[-1] == (150, 150)


def test_its_version_is_that_of_what_it_was_made_from(folder: Path, light: LightModel, examples: Examples) -> None:
    one, other = (adopt(folder, light, examples=found) for found in (examples, replace(examples, sha256="another")))
    assert one.version != other.version
    assert one.encoder.version == other.encoder.version


def test_what_is_left_out_is_judged_by_the_others(folder: Path, examples: Examples) -> None:
    """The closed form of leaving one out is what fitting without that one gives."""
    chance = random.Random(2)
    traits = Encoder(folder).encode_traits(examples.texts).astype(np.float64)
    shuffled = np.array(chance.sample(examples.category.tolist(), len(examples.category)))
    _, _, accuracy = fit(traits, replace(examples, category=shuffled))
    assert accuracy < 0.55


def test_the_folder_is_a_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = read_examples()
    few = {name: getattr(shipped, name)[::12] for name in ("texts", "category", "urgency", "sentiment")}
    few |= {name: getattr(shipped, name)[::12] for name in ("light_logits", "light_urgency")}
    monkeypatch.setattr("smart_support.triage.adopt.read_examples", lambda: replace(shipped, **few))
    models = load_models(folder)
    assert models.light.version == load_light().version
    assert models.transformer.labels == models.light.labels
    [found] = models.transformer.triage([Text("Refund", "I was charged twice.")])
    assert found.vector_version == models.transformer.encoder.version == Encoder(folder).version


def test_a_part_of_an_encoder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(EncoderError, match=r"onnx/model\.onnx"):
        load_models(tmp_path)


def test_categories_must_be_those_of_the_examples(folder: Path, light: LightModel, examples: Examples) -> None:
    with pytest.raises(BundleError, match="categories"):
        adopt(folder, light, examples=replace(examples, labels=("a", "b", "c")))


@pytest.mark.parametrize("content", [b"", b"no gzip", gzip.compress(b"no json"), gzip.compress(b'{"labels": []}')])
def test_damaged_examples_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "examples.gz"
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"examples\.gz cannot be read"):
        read_examples(path)


def test_the_examples_that_ship_fit_the_light_model_that_ships() -> None:
    """Else `make model` was not run to its end."""
    examples, light = read_examples(), load_light()
    assert (examples.light, examples.labels) == (light.version, light.labels)
    assert len(examples.texts) >= 1_000
    assert (examples.light_logits.argmax(axis=1) == examples.category).mean() > 0.7
