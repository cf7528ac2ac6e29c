from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_support.domain.triage import ReasonOf, Text, Tier
from smart_support.triage.bundle import BundleError, save
from smart_support.triage.encoder import RunEnded
from smart_support.triage.light import LightModel
from smart_support.triage.transformer import PARTS, TransformerModel, load_transformer
from tests.encoders import WIDTH, WORDS
from tests.examples import examples
from tests.unit.triage.conftest import LABELS, hand_made_transformer

words = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


@pytest.fixture(scope="module")
def transformer(tmp_path_factory: pytest.TempPathFactory, light: LightModel) -> TransformerModel:
    folder = tmp_path_factory.mktemp("model") / "transformer"
    save(folder, hand_made_transformer())
    return load_transformer(folder, light)


@settings(max_examples=examples(0.2))
@given(st.lists(st.builds(Text, words, words), max_size=8))
def test_results_are_in_order_and_do_not_depend_on_batch_mates(
    transformer: TransformerModel, texts: list[Text]
) -> None:
    together = transformer.triage(texts)
    assert len(together) == len(texts)
    for text, found in zip(texts, together, strict=True):
        [alone] = transformer.triage([text])
        assert found.category == alone.category
        assert found.tier is Tier.TRANSFORMER
        assert found.model_version == transformer.version
        assert 0 <= found.urgency <= 1
        assert 0 < found.confidence <= 1
        assert -1 <= found.sentiment <= 1
        assert found.urgency == pytest.approx(alone.urgency, abs=1e-5)
        assert found.confidence == pytest.approx(alone.confidence, abs=1e-5)
        whole = f"{text.subject}\n{text.body}"
        assert all(reason.quote in whole for reason in found.reasons)


def test_a_result_carries_its_vector(transformer: TransformerModel) -> None:
    [found] = transformer.triage([Text("refund", "the invoice is down")])
    assert found.vector_version == transformer.encoder.version
    assert np.allclose(found.vector, transformer.encoder.encode(["refund\nthe invoice is down"])[0], atol=1e-6)
    assert ReasonOf.CATEGORY in {reason.of for reason in found.reasons}


def test_the_light_model_is_mixed_in(tmp_path: Path, light: LightModel) -> None:
    save(tmp_path / "light", hand_made_transformer(mix=np.array([0.0, 1.0])))
    only_light = load_transformer(tmp_path / "light", light)
    text = Text("refund", "invoice of the server")
    [found], [asked] = only_light.triage([text]), light.triage([text])
    assert (found.category, found.confidence) == (asked.category, pytest.approx(asked.confidence))


def test_a_run_that_takes_too_long_is_ended(transformer: TransformerModel) -> None:
    readings = transformer.read([Text("", "the server is down " * 60)] * 20)
    with pytest.raises(RunEnded):
        transformer.score(readings, 0.001)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"urgency": np.zeros(PARTS - 1)}, "urgency"),
        ({"category": np.zeros((WIDTH, len(LABELS)))}, "category"),
        ({"mix": np.array([np.nan, 1.0])}, "not finite"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, light: LightModel, arrays: dict[str, np.ndarray], message: str
) -> None:
    save(tmp_path / "bundle", hand_made_transformer(**arrays))
    with pytest.raises(BundleError, match=message):
        load_transformer(tmp_path / "bundle", light)


def test_an_encoder_that_was_changed_is_refused(tmp_path: Path, light: LightModel) -> None:
    save(tmp_path / "bundle", hand_made_transformer())
    model = tmp_path / "bundle" / "encoder.onnx"
    model.write_bytes(model.read_bytes()[:-1] + b"x")
    with pytest.raises(BundleError, match=r"encoder\.onnx does not fit its SHA-256"):
        load_transformer(tmp_path / "bundle", light)
