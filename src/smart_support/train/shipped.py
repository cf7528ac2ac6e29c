"""Makes the model that ships with the package, from the corpus and the base encoder."""

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from smart_support.train import finetune, network
from smart_support.train.corpus import Authored, Incident, rows
from smart_support.train.evaluate import CategoryFigures, UrgencyFigures, logit_figures, urgency_figures
from smart_support.train.export import export
from smart_support.train.train import train_bundle
from smart_support.triage import features
from smart_support.triage.bundle import DataSource, Draft, save
from smart_support.triage.calibrate import alert_line, fit_mix, fit_urgency
from smart_support.triage.encoder import Encoder
from smart_support.triage.light import LightModel, load_light
from smart_support.triage.models import LIGHT, TRANSFORMER
from smart_support.triage.storm_rule import USUAL
from smart_support.triage.transformer import KIND, parts
from smart_support.triage.urgency_mix import UrgencyMix

CALIBRATION_SHARE = 10
"""One ticket in so many calibrates and does not train the encoder."""

STORMS = {"storm_near": 0.33, "storm_core": 0.45, "storm_join": 0.38}
"""Likenesses (`domain.storm.rule`) for the transformer's vectors, chosen on the simulator's families that are not held
out. The light model's vectors know words and no meaning: by them only copies belong together."""

MODEL, TOKENIZER = "encoder.onnx", "tokenizer.json"

Floats = npt.NDArray[np.floating]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Base:
    """The encoder to start from: a safetensors file of a BERT and the tokenizer beside it."""

    weights: Path
    tokenizer: Path


@dataclass(frozen=True, slots=True)
class Material:
    """What the model learns from. `groups` are for the contrastive loss."""

    tickets: Sequence[Authored]
    groups: Sequence[Incident]
    sources: Sequence[DataSource]


def calibrates(ticket: Authored) -> bool:
    """Whether a ticket is among those that calibrate: by its pair or its id, so that it does not depend on the rest."""
    name = ticket.pair or ticket.id
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % CALIBRATION_SHARE == 0


def make_light(material: Material, labels: Sequence[str], out: Path) -> None:
    """Writes the light bundle to `out`/light."""
    train_bundle(rows(material.tickets), out / LIGHT, labels=labels, data=material.sources)


def make_transformer(
    base: Base,
    material: Material,
    labels: Sequence[str],
    out: Path,
    plan: finetune.Plan,
    progress: Progress | None = None,
) -> None:
    """Writes the transformer bundle to `out`/transformer.

    The encoder and a second light model train on the tickets that do not calibrate; the others, which neither saw,
    say how the two are mixed and where S alerts.
    """
    chosen = [ticket for ticket in material.tickets if not calibrates(ticket)]
    left = [ticket for ticket in material.tickets if calibrates(ticket)]
    trained = network.read_weights(base.weights)
    tokenizer = Tokenizer.from_file(str(base.tokenizer))
    heads = finetune.finetune(trained, tokenizer, chosen, labels, material.groups, plan, progress)
    weights = network.named_weights(trained)
    files = {MODEL: export(weights, quantised=True), TOKENIZER: base.tokenizer.read_bytes()}
    exact = {**files, MODEL: export(weights, quantised=False)}
    with tempfile.TemporaryDirectory() as folder:
        encoder = _encoder(Path(folder) / "8bit", files)
        train_bundle(rows(chosen), Path(folder) / LIGHT, labels=labels)
        joint = _calibrate(encoder, heads, load_light(Path(folder) / LIGHT), left, labels)
        texts = [features.read(ticket.text) for ticket in left]
        cosines = (_encoder(Path(folder) / "fp32", exact).encode(texts) * encoder.encode(texts)).sum(axis=1)
        mean = usual(encoder.encode, left)
    draft = Draft(
        kind=KIND,
        labels=tuple(labels),
        settings={"alert_line": joint.alert_line, **STORMS},
        arrays={**heads.weight, **{f"{name}_bias": bias for name, bias in heads.bias.items()}}
        | {"mix": joint.mix, "urgency": joint.urgency, USUAL: mean},
        figures={
            "held_out": asdict(joint.category),
            "urgency_held_out": asdict(joint.of_urgency),
            "rows": len(chosen),
            "seed": plan.seed,
            "cosine_to_fp32": {"mean": float(cosines.mean()), "smallest": float(cosines.min())},
        },
        data=tuple(material.sources),
        files=files,
    )
    save(out / TRANSFORMER, draft)


def usual(encode: Callable[[Sequence[str]], Floats], tickets: Sequence[Authored]) -> Floats:
    """The mean [d] of unit vectors of all sorts of tickets."""
    found: Floats = encode([features.read(ticket.text) for ticket in tickets]).astype(np.float64).mean(axis=0)
    return found


def _encoder(folder: Path, files: Mapping[str, bytes]) -> Encoder:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return Encoder(folder)


@dataclass(frozen=True, slots=True, eq=False)
class _Joint:
    """How heads and light model are joined, and what they say together of the tickets that said so."""

    mix: Floats
    urgency: Floats
    alert_line: float
    category: CategoryFigures
    of_urgency: UrgencyFigures


def _calibrate(
    encoder: Encoder, heads: finetune.Heads, light: LightModel, tickets: Sequence[Authored], labels: Sequence[str]
) -> _Joint:
    asked = rows(tickets)
    texts = [features.read(text) for text in asked.texts]
    found = light.assess(texts)
    traits = encoder.encode_traits(texts)
    raw = {name: traits @ heads.weight[name] + heads.bias[name] for name in heads.weight}
    target = np.array([labels.index(label) for label in asked.labels])
    logits = np.stack([one.logits for one in found])
    mix = fit_mix(raw["category"], logits, target)
    urgencies, by_rule = (np.array([getattr(one, name) for one in found]) for name in ("urgency", "by_rule"))
    known = parts(raw["levels"], urgencies, by_rule, np.tanh(raw["sentiment"][:, 0]))
    urgency = fit_urgency(known, asked.asked)
    line = alert_line(asked.asked, known @ urgency)
    bend = UrgencyMix(0.0, 0.0, 0.0, line).bend
    said = [bend(score) for score in (known @ urgency).tolist()]
    return _Joint(
        mix,
        urgency,
        line,
        logit_figures(raw["category"] * mix[0] + logits * mix[1], asked.labels, tuple(labels)),
        urgency_figures(asked.asked.tolist(), said),
    )
