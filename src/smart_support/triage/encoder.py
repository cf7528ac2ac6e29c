"""The encoder: texts to unit vectors, with ONNX Runtime and a Hugging Face tokenizer.

A folder is an encoder when it holds what Hugging Face folders hold:

    tokenizer.json             of the Rust `tokenizers`
    encoder.onnx               inputs input_ids, attention_mask and, where the model has it, token_type_ids, int64
      or onnx/model.onnx       [texts, tokens]; its first output is the last hidden state, float32 [texts, tokens, d]
      or model.onnx
    1_Pooling/config.json      optional: "pooling_mode_cls_token": true pools by the first token, else by the mean
      or pooling.json

A text's vector is its pooled states over their length (Reimers & Gurevych, "Sentence-BERT", 2019). Texts of about one
length share a run of the session, so that padding is cheap; padding is masked, and no step of the shipped encoder
looks across texts, so a vector does not depend on its batch mates.
"""

import hashlib
import json
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from tokenizers import Tokenizer

TOKEN_LIMIT = 256
"""Tokens of a text that are read; what stands behind them does not count."""

RUN_TOKENS = 1_024
"""Tokens, padding included, that share a run: about 100 ms on one core."""

STRETCH = 1.3
"""A text that is longer than this many times the shortest of a run goes into another one: padding costs as much as
text, and a run of its own hardly anything."""

EVEN = 2
"""Runs are padded to a multiple of so many tokens: ONNX Runtime takes the rows of a quantised matrix in pairs, and a
last one that is left over by another kernel, which rounds differently."""

CPU = "CPUExecutionProvider"

_MODELS = ("encoder.onnx", "onnx/model.onnx", "model.onnx")
_TOKENIZER = "tokenizer.json"
_POOLING = ("1_Pooling/config.json", "pooling.json")
_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}

Vectors = npt.NDArray[np.float32]


class EncoderError(Exception):
    """A folder is no encoder that can be used here; the message says what is missing and what to do."""


class RunEnded(Exception):
    """A run of the session took longer than its limit and was ended."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """One text as the encoder reads it. `spans` are where each token stands in the text; (0, 0) stands nowhere."""

    ids: list[int]
    spans: list[tuple[int, int]]


# A tokenizer without special tokens finds nothing in an empty text; its padding token stands for it.
_NOTHING = Tokens([0], [(0, 0)])


class Encoder:
    """Safe to call from several threads."""

    def __init__(self, folder: Path, provider: str = CPU, threads: int = 0) -> None:
        """`provider` is one of ONNX Runtime's execution providers; `threads` of 0 takes one for each core.

        Raises EncoderError.
        """
        model, tokenizer = _files(folder)
        if provider not in ort.get_available_providers():
            names = ", ".join(ort.get_available_providers())
            raise EncoderError(f"This ONNX Runtime has no {provider}, only {names}; install its build or choose one.")
        try:
            self._tokenizer = Tokenizer.from_str(tokenizer.decode())
            self._session = ort.InferenceSession(model, _options(threads), providers=[provider])
        except Exception as error:
            raise EncoderError(f"The encoder in {folder} cannot be loaded: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(TOKEN_LIMIT)
        self._inputs = {node.name for node in self._session.get_inputs()}
        output = self._session.get_outputs()[0]
        if not {"input_ids", "attention_mask"} <= self._inputs <= _INPUTS or len(output.shape) != 3:
            raise EncoderError(
                f"The encoder in {folder} has inputs {sorted(self._inputs)} and an output of {len(output.shape)} axes; "
                "it needs input_ids and attention_mask, and the last hidden state as its first output."
            )
        self._output = output.name
        self._first_token = _pools_by_first_token(folder)
        self.dimension = int(output.shape[2])
        self.version = _version(model, tokenizer, self._first_token)

    def tokenize(self, texts: Sequence[str]) -> list[Tokens]:
        """The texts in tokens, at most `TOKEN_LIMIT` of each."""
        # Half a surrogate pair is no text to the tokenizer; its stand-in is one character too, so that spans hold.
        whole = [text.encode("utf-8", "replace").decode() for text in texts]
        return [
            Tokens(found.ids, found.offsets) if found.ids else _NOTHING for found in self._tokenizer.encode_batch(whole)
        ]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of the texts, shape [texts, dimension]."""
        return self._each(texts, self.pool, self.dimension)

    def encode_traits(self, texts: Sequence[str]) -> Vectors:
        """Traits of the texts, shape [texts, 2 * dimension]; the first half of each is its unit vector."""
        return self._each(texts, self.traits, 2 * self.dimension)

    def _each(self, texts: Sequence[str], made: Callable[[Vectors], Vectors], width: int) -> Vectors:
        tokens = self.tokenize(texts)
        found = np.zeros((len(texts), width), dtype=np.float32)
        for places in runs(tokens):
            for place, states in zip(places, self.run([tokens[place] for place in places]), strict=True):
                found[place] = made(states)
        return found

    def run(self, texts: Sequence[Tokens], limit: float | None = None) -> list[Vectors]:
        """One run of the session: the states of each text, shape [tokens, dimension].

        Raises RunEnded where it takes longer than `limit` seconds.
        """
        width = max(len(text.ids) for text in texts)
        width += width % EVEN
        ids = np.zeros((len(texts), width), dtype=np.int64)
        mask = np.zeros((len(texts), width), dtype=np.int64)
        for row, text in enumerate(texts):
            ids[row, : len(text.ids)] = text.ids
            mask[row, : len(text.ids)] = 1
        feed = {"input_ids": ids, "attention_mask": mask}
        if "token_type_ids" in self._inputs:
            feed["token_type_ids"] = np.zeros_like(ids)
        options = ort.RunOptions()
        with _ended_after(options, limit):
            (states,) = self._session.run([self._output], feed, options)
        return [states[row, : len(text.ids)] for row, text in enumerate(texts)]

    def pool(self, states: Vectors) -> Vectors:
        """The unit vector of a text from its states."""
        return _unit(states[0] if self._first_token else states.mean(axis=0))

    def traits(self, states: Vectors) -> Vectors:
        """What heads read of a text: its unit vector, and the unit state of its first token, shape [2 * dimension]."""
        return np.concatenate([self.pool(states), _unit(states[0])])


def is_encoder(folder: Path) -> bool:
    """Whether the folder holds an encoder, or a part of one."""
    return any((folder / name).is_file() for name in (_TOKENIZER, *_MODELS))


def encoder_files(folder: Path) -> dict[str, bytes]:
    """The files of the encoder in `folder` by the plain names under which a bundle holds them: one of the same version.

    Raises EncoderError.
    """
    model, tokenizer = _files(folder)
    found = {_MODELS[0]: model, _TOKENIZER: tokenizer}
    if _pools_by_first_token(folder):
        found[_POOLING[-1]] = json.dumps({"pooling_mode_cls_token": True}).encode()
    return found


def runs(texts: Sequence[Tokens]) -> list[list[int]]:
    """Which texts share a run: places in `texts`, the shortest texts first."""
    found: list[list[int]] = []
    for place in sorted(range(len(texts)), key=lambda place: len(texts[place].ids)):
        length = len(texts[place].ids)
        if found and (len(found[-1]) + 1) * length <= RUN_TOKENS and length <= STRETCH * len(texts[found[-1][0]].ids):
            found[-1].append(place)
        else:
            found.append([place])
    return found


def _unit(vector: Vectors) -> Vectors:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)


@contextmanager
def _ended_after(options: ort.RunOptions, limit: float | None) -> Iterator[None]:
    """Ends the run with `options` after `limit` seconds."""
    if limit is None or math.isinf(limit):
        yield
        return

    def end() -> None:
        options.terminate = True

    timer = threading.Timer(limit, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if options.terminate:
            raise RunEnded(f"the encoder did not answer within {limit:g} s") from error
        raise
    finally:
        timer.cancel()


def _options(threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that wait must not burn the cores that the API and the database need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _files(folder: Path) -> tuple[bytes, bytes]:
    model = next((folder / name for name in _MODELS if (folder / name).is_file()), None)
    tokenizer = folder / _TOKENIZER
    if model is None or not tokenizer.is_file():
        missing = _TOKENIZER if model else " or ".join(_MODELS)
        raise EncoderError(
            f"{folder} is no encoder: {missing} is missing. A Hugging Face folder needs its ONNX export beside "
            "tokenizer.json (optimum-cli export onnx --task feature-extraction)."
        )
    try:
        return model.read_bytes(), tokenizer.read_bytes()
    except OSError as error:
        raise EncoderError(f"The encoder in {folder} cannot be read: {error}.") from error


def _pools_by_first_token(folder: Path) -> bool:
    path = next((folder / name for name in _POOLING if (folder / name).is_file()), None)
    try:
        return path is not None and bool(json.loads(path.read_bytes()).get("pooling_mode_cls_token"))
    except (ValueError, AttributeError, OSError) as error:
        raise EncoderError(f"{path} cannot be read: {error}.") from error


def _version(model: bytes, tokenizer: bytes, first_token: bool) -> str:
    """Names the vectors: two encoders of one version give the same ones."""
    parts = (hashlib.sha256(part).hexdigest() for part in (model, tokenizer))
    whole = "".join((*parts, str(first_token), str(TOKEN_LIMIT)))
    return f"encoder-{hashlib.sha256(whole.encode()).hexdigest()[:12]}"
