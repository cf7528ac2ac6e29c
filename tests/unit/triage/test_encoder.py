import json
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_support.train.export import EPSILON, HEADS
from smart_support.triage.encoder import RUN_TOKENS, STRETCH, TOKEN_LIMIT, Encoder, EncoderError, RunEnded, Tokens, runs
from tests.encoders import LAYERS, WIDTH, WORDS, encoder_folder, weights
from tests.examples import examples

Array = npt.NDArray[np.float64]
texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return Encoder(encoder_folder(tmp_path_factory.mktemp("exact"), quantised=False))


@pytest.fixture(scope="module")
def quantised(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return Encoder(encoder_folder(tmp_path_factory.mktemp("quantised")))


def bert(ids: list[int]) -> Array:
    """BERT from its paper, in NumPy: the states of one text."""
    w = {name: array.astype(np.float64) for name, array in weights().items()}

    def dense(x: Array, name: str) -> Array:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(x: Array, name: str) -> Array:
        centred = x - x.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + EPSILON)
        return scaled * w[f"{name}.weight"] + w[f"{name}.bias"]

    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    size = WIDTH // HEADS
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        q, k, v = (dense(x, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        heads = []
        for head in range(HEADS):
            part = slice(head * size, (head + 1) * size)
            score = np.exp(q[:, part] @ k[:, part].T / math.sqrt(size))
            heads.append(score / score.sum(axis=1, keepdims=True) @ v[:, part])
        attended = dense(np.concatenate(heads, axis=1), f"{name}.attention.output.dense")
        x = norm(attended + x, f"{name}.attention.output.LayerNorm")
        inner = dense(x, f"{name}.intermediate.dense")
        gelu = 0.5 * inner * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        x = norm(dense(gelu, f"{name}.output.dense") + x, f"{name}.output.LayerNorm")
    return x


def test_the_exported_graph_is_bert(exact: Encoder) -> None:
    [tokens] = exact.tokenize(["the server is down, all users crash"])
    [states] = exact.run([tokens])
    assert np.allclose(states, bert(tokens.ids), atol=2e-4)


def test_eight_bits_stay_near_it(exact: Encoder, quantised: Encoder) -> None:
    said = [" ".join(WORDS[place:] + WORDS[:place]) for place in range(len(WORDS))]
    cosines = (exact.encode(said) * quantised.encode(said)).sum(axis=1)
    assert cosines.mean() > 0.99
    assert exact.version != quantised.version


@settings(max_examples=examples(0.2))
@given(texts)
def test_a_vector_does_not_depend_on_its_batch_mates(quantised: Encoder, said: list[str]) -> None:
    together = quantised.encode(said)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for text, vector in zip(said, together, strict=True):
        assert np.allclose(quantised.encode([text])[0], vector, atol=1e-6)


def test_traits_are_the_vector_and_the_first_token(quantised: Encoder) -> None:
    [tokens] = quantised.tokenize(["refund"])
    [states] = quantised.run([tokens])
    traits = quantised.traits(states)
    assert np.allclose(traits[:WIDTH], quantised.encode(["refund"])[0], atol=1e-6)
    assert np.allclose(traits[WIDTH:], states[0] / np.linalg.norm(states[0]))


@given(st.lists(st.integers(1, TOKEN_LIMIT), max_size=200))
def test_runs_hold_each_text_once_and_are_bounded(lengths: list[int]) -> None:
    found = runs([Tokens([0] * length, []) for length in lengths])
    assert sorted(place for places in found for place in places) == list(range(len(lengths)))
    for places in found:
        longest, shortest = max(lengths[place] for place in places), min(lengths[place] for place in places)
        assert len(places) == 1 or (len(places) * longest <= RUN_TOKENS and longest <= STRETCH * shortest)


def test_long_texts_are_cut_and_spans_point_into_the_text(quantised: Encoder) -> None:
    text = "Invoice, refund! " * 1_000
    [tokens] = quantised.tokenize([text])
    assert len(tokens.ids) == len(tokens.spans) == TOKEN_LIMIT
    start, end = tokens.spans[1]
    assert text[start:end] == "Invoice"


def test_a_run_ends_after_its_limit(quantised: Encoder) -> None:
    long = quantised.tokenize(["the server is down " * 100] * 40)
    with pytest.raises(RunEnded, match=r"within 0\.001 s"):
        quantised.run(long, 0.001)
    assert len(quantised.run(long[:1], 60.0)) == 1


@pytest.mark.parametrize("missing", ["encoder.onnx", "tokenizer.json"])
def test_a_folder_that_lacks_a_file_is_refused(tmp_path: Path, missing: str) -> None:
    folder = encoder_folder(tmp_path / "encoder")
    (folder / missing).unlink()
    with pytest.raises(EncoderError, match=missing):
        Encoder(folder)


def test_a_damaged_model_and_an_unknown_provider_are_refused(tmp_path: Path) -> None:
    folder = encoder_folder(tmp_path / "encoder")
    with pytest.raises(EncoderError, match="no NoSuchProvider, only"):
        Encoder(folder, "NoSuchProvider")
    (folder / "encoder.onnx").write_bytes(b"no graph")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        Encoder(folder)


def test_hugging_face_folders_pool_as_they_say(tmp_path: Path) -> None:
    folder = encoder_folder(tmp_path / "encoder")
    (folder / "onnx").mkdir()
    (folder / "encoder.onnx").rename(folder / "onnx" / "model.onnx")
    mean = Encoder(folder)
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    first = Encoder(folder)
    [states] = first.run(first.tokenize(["refund the invoice"]))
    assert np.allclose(first.pool(states), states[0] / np.linalg.norm(states[0]))
    assert mean.version != first.version
