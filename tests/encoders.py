"""Small encoders with random weights, made by the same export as the shipped one."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from smart_support.train.export import export

WIDTH, INNER, LAYERS, PLACES = 384, 384, 2, 300
WORDS = ["invoice", "refund", "server", "crash", "contract", "court", "thanks", "all", "users", "the", "is", "down"]
Array = npt.NDArray[np.float32]


def tokenizer() -> Tokenizer:
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS, *"abcdefghijklmnopqrstuvwxyz0123456789.,!?"]
    pieces += [f"##{piece}" for piece in "abcdefghijklmnopqrstuvwxyz0123456789"]
    made = Tokenizer(models.WordPiece({piece: place for place, piece in enumerate(pieces)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return made


def weights(seed: int = 0) -> dict[str, Array]:
    rng = np.random.default_rng(seed)

    def normal(*shape: int) -> Array:
        return rng.normal(0, 0.2, shape).astype(np.float32)

    found = {
        "embeddings.word_embeddings.weight": normal(tokenizer().get_vocab_size(), WIDTH),
        "embeddings.position_embeddings.weight": normal(PLACES, WIDTH),
        "embeddings.token_type_embeddings.weight": normal(2, WIDTH),
    }
    dense: Mapping[str, tuple[int, int]] = {
        "attention.self.query": (WIDTH, WIDTH),
        "attention.self.key": (WIDTH, WIDTH),
        "attention.self.value": (WIDTH, WIDTH),
        "attention.output.dense": (WIDTH, WIDTH),
        "intermediate.dense": (INNER, WIDTH),
        "output.dense": (WIDTH, INNER),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        for part, shape in dense.items():
            found[f"{name}.{part}.weight"] = normal(*shape)
            found[f"{name}.{part}.bias"] = normal(shape[0])
        norms += [f"{name}.attention.output.LayerNorm", f"{name}.output.LayerNorm"]
    for norm in norms:
        found[f"{norm}.weight"] = 1 + normal(WIDTH)
        found[f"{norm}.bias"] = normal(WIDTH)
    return found


def encoder_files(seed: int = 0, *, quantised: bool = True) -> dict[str, bytes]:
    """The content of an encoder folder."""
    return {
        "encoder.onnx": export(weights(seed), quantised=quantised),
        "tokenizer.json": tokenizer().to_str().encode(),
    }


def encoder_folder(folder: Path, seed: int = 0, *, quantised: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in encoder_files(seed, quantised=quantised).items():
        (folder / name).write_bytes(content)
    return folder
