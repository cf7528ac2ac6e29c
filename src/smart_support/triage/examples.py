"""Labelled tickets that come with the package, for encoders whose heads are fitted when they are loaded.

A gzip file of JSON lines, the first of which says what the others rest on:

    {"labels": [...], "light": VERSION}
    {"subject", "body", "category", "urgency", "sentiment", "light_logits": [...], "light_urgency"}

`urgency` is in [0, 1], `sentiment` in [-1, 1] or null. `light_logits` (tempered) and `light_urgency` are what the light
model of that version says of a ticket that it was not fitted on.
"""

import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from smart_support.domain.triage import Text
from smart_support.triage import features
from smart_support.triage.bundle import BundleError

EXAMPLES = Path(__file__).parent.parent / "models" / "examples.jsonl.gz"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """All fields but `labels`, `light` and `sha256` (of the file) have an entry for each ticket.

    `texts` are as `features.read` gives them, `category` places in `labels`, `sentiment` NaN where unknown.
    """

    labels: tuple[str, ...]
    light: str
    sha256: str
    texts: tuple[str, ...]
    category: npt.NDArray[np.int64]
    urgency: Floats
    sentiment: Floats
    light_logits: Floats
    light_urgency: Floats


def read_examples(path: Path = EXAMPLES) -> Examples:
    """The tickets of a file. Raises BundleError where it is damaged or absent."""
    try:
        content = path.read_bytes()
        head, *lines = map(json.loads, gzip.decompress(content).decode().splitlines())
        labels = tuple(head["labels"])
        return Examples(
            labels=labels,
            light=str(head["light"]),
            sha256=hashlib.sha256(content).hexdigest(),
            texts=tuple(features.read(Text(line["subject"], line["body"])) for line in lines),
            category=np.array([labels.index(line["category"]) for line in lines], dtype=np.int64),
            urgency=np.array([line["urgency"] for line in lines], dtype=np.float64),
            sentiment=np.array([line["sentiment"] for line in lines], dtype=np.float64),
            light_logits=np.array([line["light_logits"] for line in lines], dtype=np.float64),
            light_urgency=np.array([line["light_urgency"] for line in lines], dtype=np.float64),
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"The examples {path} cannot be read ({error}): install smart-support again.") from error
