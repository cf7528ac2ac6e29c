"""Makes the model that ships with the package, from the corpus and the base encoder."""

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from smart_support.domain.triage import Text
from smart_support.train import finetune, network
from smart_support.train.corpus import Authored, Incident, rows
from smart_support.train.evaluate import CategoryFigures, UrgencyFigures, logit_figures, urgency_figures
from smart_support.train.export import export
from smart_support.train.train import train_bundle
from smart_support.triage import features
from smart_support.triage.bundle import DataSource, Draft, load, save
from smart_support.triage.calibrate import alert_line, fit_mix, fit_urgency
from smart_support.triage.encoder import Encoder
from smart_support.triage.light import KIND as LIGHT_KIND
from smart_support.triage.light import LightModel, UrgencyMix, load_light
from smart_support.triage.models import LIGHT, TRANSFORMER
from smart_support.triage.transformer import KIND, parts

CALIBRATION_SHARE = 10
"""One ticket in so many calibrates and does not train the encoder."""

COPY = 0.9
"""The seeds' cosine, above which a ticket is a copy of another."""

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
    """What the model learns from. `groups` are for the contrastive loss, `incidents` those of them that make the
    thresholds."""

    tickets: Sequence[Authored]
    groups: Sequence[Incident]
    incidents: Sequence[Incident]
    sources: Sequence[DataSource]


def calibrates(ticket: Authored) -> bool:
    """Whether a ticket is among those that calibrate: by its pair or its id, so that it does not depend on the rest."""
    name = ticket.pair or ticket.id
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % CALIBRATION_SHARE == 0


def make_light(material: Material, labels: Sequence[str], out: Path) -> None:
    """Writes the light bundle to `out`/light, with thresholds for its vectors."""
    train_bundle(rows(material.tickets), out / LIGHT, labels=labels, data=material.sources)
    made, light = load(out / LIGHT, LIGHT_KIND), load_light(out / LIGHT)

    def encode(texts: Sequence[str]) -> Floats:
        said = light.triage([Text("", text) for text in texts])
        return np.stack([found.vector for found in said if found.vector is not None])

    settings = {**made.settings, "thresholds": thresholds(encode, material.incidents)}
    save(out / LIGHT, Draft(made.kind, made.labels, settings, made.arrays, made.figures, made.data))


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
        found = thresholds(encoder.encode, material.incidents)
    draft = Draft(
        kind=KIND,
        labels=tuple(labels),
        settings={"alert_line": joint.alert_line, "thresholds": found},
        arrays={**heads.weight, **{f"{name}_bias": bias for name, bias in heads.bias.items()}}
        | {"mix": joint.mix, "urgency": joint.urgency},
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


def thresholds(encode: Callable[[Sequence[str]], Floats], incidents: Sequence[Incident]) -> dict[str, float]:
    """Cosines for vectors of one version: `copy` is the seeds' own; above `incident` lies one in a hundred pairs of
    reports of different incidents, or of a report and its look-alike."""
    vectors = [encode(incident.reports) for incident in incidents]
    near = [
        found @ encode(incident.look_alikes).T
        for found, incident in zip(vectors, incidents, strict=True)
        if incident.look_alikes
    ]
    other = [vectors[one] @ vectors[two].T for one in range(len(vectors)) for two in range(one)]
    apart = np.concatenate([np.zeros(1), *(found.ravel() for found in (*near, *other))])
    return {"copy": COPY, "incident": round(float(np.quantile(apart, 0.99)), 3)}


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
