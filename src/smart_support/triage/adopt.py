"""Any Hugging Face encoder as the transformer tier: its heads are fitted when it is loaded, with NumPy alone.

They learn from `examples`, by ridge regression: one solution of a linear system, and with it what each ticket would get
had it been left out (Allen, "The Relationship between Variable Selection and Data Augmentation", 1974). Those left-out
outputs choose the penalty and join the heads with the light tier.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import structlog

from smart_support.domain import urgency
from smart_support.triage.bundle import Array, Bundle, BundleError
from smart_support.triage.calibrate import alert_line, fit_mix, fit_temperature, fit_urgency
from smart_support.triage.encoder import CPU, Encoder
from smart_support.triage.examples import Examples, Floats, read_examples
from smart_support.triage.light import LightModel
from smart_support.triage.transformer import KIND, LEVEL_LINES, TransformerModel, parts

log = structlog.get_logger(__name__)

_PENALTIES = np.geomspace(0.01, 30.0, 15).tolist()
_CHUNK = 64

Progress = Callable[[int, int], None]
"""Called with (texts read, texts in all)."""


def adopt(
    folder: Path,
    light: LightModel,
    provider: str = CPU,
    threads: int = 0,
    progress: Progress | None = None,
    examples: Examples | None = None,
) -> TransformerModel:
    """The transformer tier on the encoder in `folder`, by default from the examples that come with the package.

    Reads all examples, which takes some ten seconds. Raises EncoderError where the encoder cannot be run, BundleError
    where the examples fit another light model.
    """
    examples = examples or read_examples()
    if examples.labels != light.labels:
        raise BundleError(
            f"The encoder in {folder} has no heads, and the categories of the light model are not those of the "
            "examples that they could be fitted to."
        )
    encoder = Encoder(folder, provider, threads)
    log.info("fitting heads to an encoder that has none", folder=str(folder), examples=len(examples.texts))
    began = time.perf_counter()
    arrays, line, accuracy = fit(_encode(encoder, examples, progress), examples)
    log.info("heads fitted", folder=str(folder), seconds=round(time.perf_counter() - began, 1), accuracy=accuracy)
    whole = f"{encoder.version} {light.version} {examples.sha256}"
    bundle = Bundle(
        path=folder,
        kind=KIND,
        version=f"{KIND}-{hashlib.sha256(whole.encode()).hexdigest()[:12]}",
        labels=examples.labels,
        settings={"alert_line": line},
        arrays=arrays,
        figures={"held_out": {"rows": len(examples.texts), "accuracy": accuracy}},
        data=(),
    )
    return TransformerModel(bundle, encoder, light)


def fit(traits: Floats, examples: Examples) -> tuple[dict[str, Array], float, float]:
    """From the traits of the examples, [examples, d]: the arrays of a transformer bundle, its alert line, and its
    accuracy on tickets left out."""
    category = _ridge(traits, np.eye(len(examples.labels))[examples.category])
    category = category.over(fit_temperature(category.left_out, examples.category))
    above = (examples.urgency[:, None] > np.array(LEVEL_LINES)).astype(np.int64)
    levels = _ridge(traits, np.where(above, 1.0, -1.0))
    levels = levels.over([_temperature(said, asked) for said, asked in zip(levels.left_out.T, above.T, strict=True)])
    # Sentiment is a tanh, whose ends no sum reaches.
    felt = np.arctanh(0.9 * examples.sentiment)
    known = ~np.isnan(felt)
    sentiment = _ridge(traits[known], felt[known, None])
    felt = traits @ sentiment.weight[:, 0] + sentiment.bias
    felt[known] = sentiment.left_out[:, 0]

    mix = fit_mix(category.left_out, examples.light_logits, examples.category)
    by_rule = np.array([urgency.score(text)[0] for text in examples.texts])
    of_urgency = parts(levels.left_out, examples.light_urgency, by_rule, np.tanh(felt))
    weights = fit_urgency(of_urgency, examples.urgency)
    arrays: dict[str, Array] = {"mix": mix, "urgency": weights}
    for name, head in (("category", category), ("levels", levels), ("sentiment", sentiment)):
        arrays |= {name: head.weight, f"{name}_bias": head.bias}
    said = (category.left_out * mix[0] + examples.light_logits * mix[1]).argmax(axis=1)
    accuracy = float((said == examples.category).mean())
    return arrays, alert_line(examples.urgency, of_urgency @ weights), accuracy


@dataclass(frozen=True, slots=True, eq=False)
class _Head:
    """A linear head, and what it says of each row when that is left out: [rows, outputs]."""

    weight: Floats
    bias: Floats
    left_out: Floats

    def over(self, scale: float | list[float]) -> "_Head":
        return _Head(self.weight / scale, self.bias / scale, self.left_out / scale)


def _ridge(traits: Floats, wanted: Floats) -> _Head:
    """The head nearest to `wanted` [rows, outputs], its penalty the one with the least error on rows left out."""
    centre, mean = traits.mean(axis=0), wanted.mean(axis=0)
    centred = traits - centre
    values, axes = np.linalg.eigh(centred.T @ centred)
    turned = centred @ axes

    def solve(penalty: float) -> _Head:
        shrunk = turned / (np.maximum(values, 0.0) + penalty)
        weight = axes @ (shrunk.T @ (wanted - mean))
        leverage = (shrunk * turned).sum(axis=1, keepdims=True) + 1.0 / len(traits)
        wrong = (wanted - mean - centred @ weight) / (1.0 - leverage)
        return _Head(weight, mean - centre @ weight, wanted - wrong)

    return min(map(solve, _PENALTIES), key=lambda head: float(((wanted - head.left_out) ** 2).mean()))


def _temperature(logits: Floats, above: npt.NDArray[np.int64]) -> float:
    return fit_temperature(np.column_stack([np.zeros(len(logits)), logits]), above)


def _encode(encoder: Encoder, examples: Examples, progress: Progress | None) -> Floats:
    found = []
    for start in range(0, len(examples.texts), _CHUNK):
        found.append(encoder.encode_traits(examples.texts[start : start + _CHUNK]))
        if progress is not None:
            progress(min(start + _CHUNK, len(examples.texts)), len(examples.texts))
    return np.concatenate(found).astype(np.float64)
