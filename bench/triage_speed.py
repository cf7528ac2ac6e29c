"""Speed of the transformer tier beside raw runs of its ONNX model, on the same tokens in the same batches.

One thread. Both take turns, `ROUNDS` times: what else the machine does then hits both alike. Texts are sentences of the
corpus, put together until they are as long as asked.
"""

import itertools
import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnxruntime as ort

from bench.rows import CORPUS, Row
from smart_support.domain.triage import Text
from smart_support.train.corpus import read_tickets
from smart_support.triage import features
from smart_support.triage.encoder import Tokens, runs
from smart_support.triage.models import SHIPPED, TRANSFORMER, load_models
from smart_support.triage.transformer import TransformerModel

RATIO = 0.85
LENGTHS = ((100, 45), (25, 250))
"""Tokens of a text, and how many such a core is asked for in a second."""

ROUNDS = 9
BATCH = 128


def run(_data_dir: Path) -> list[Row]:
    """Tickets a second on one thread and their share of raw runs; then on all cores."""
    one, every = _model(1), _model(0)
    rows = []
    for tokens, least in LENGTHS:
        texts = _texts(one, tokens)
        raw = _raw_runs(one, texts)
        seconds = _turns(partial(one.triage, texts), raw)
        rate = BATCH / median(tier for tier, _ in seconds)
        ratio = median(alone / tier for tier, alone in seconds)
        beside = f"raw {BATCH / median(alone for _, alone in seconds):,.0f}"
        rows += [
            Row(f"tickets a second on one core, {tokens} tokens", f">= {least}", f"{rate:,.0f}", beside, rate >= least),
            Row("  share of raw runs", f">= {RATIO:.0%}", f"{ratio:.0%}", "", ratio >= RATIO),
        ]
        seconds = _turns(partial(every.triage, texts), lambda: None)
        rows.append(Row("  on all cores", "-", f"{BATCH / median(tier for tier, _ in seconds):,.0f}"))
    return rows


def _model(threads: int) -> TransformerModel:
    found = load_models(threads=threads).transformer
    if found is None:
        raise RuntimeError("the shipped model has no transformer; make model makes it")
    return found


def _texts(model: TransformerModel, tokens: int) -> list[Text]:
    """Different texts of exactly so many tokens."""
    said = [ticket.text for found in read_tickets(CORPUS).values() for ticket in found]
    words = itertools.chain.from_iterable(features.read(text).split() for text in random.Random(5).sample(said, 2_000))
    texts: list[Text] = []
    text = ""
    while len(texts) < BATCH:
        longer = f"{text} {next(words)}".strip()
        found = len(model.encoder.tokenize([longer])[0].ids)
        text = longer if found <= tokens else ""
        if found == tokens:
            texts.append(Text("", text))
            text = ""
    return texts


def _raw_runs(model: TransformerModel, texts: Sequence[Text]) -> Callable[[], object]:
    """The forward passes of these texts and nothing else."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(SHIPPED / TRANSFORMER / "encoder.onnx", options, providers=["CPUExecutionProvider"])
    tokens = [reading.tokens for reading in model.read(texts)]
    feeds = [_feed([tokens[place] for place in places]) for places in runs(tokens)]
    return lambda: [session.run(None, feed) for feed in feeds]


def _feed(texts: Sequence[Tokens]) -> dict[str, Any]:
    ids = np.array([text.ids for text in texts], dtype=np.int64)
    return {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def _turns(tier: Callable[[], object], raw: Callable[[], object]) -> list[tuple[float, float]]:
    """Seconds of both, turn by turn, after one turn that does not count."""
    return [(_seconds(tier), _seconds(raw)) for _ in range(ROUNDS + 1)][1:]


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
