"""Fits the transformer tier: heads on a frozen encoder, and how they are joined with the light tier.

What labels cannot teach (sentiment, and levels where no urgencies are known) is taken over from the base: the model
that the encoder comes from. What joins both tiers is fitted on outputs that are held out from the training of both.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from smart_support.train import heads
from smart_support.train.data import Rows
from smart_support.train.evaluate import CategoryFigures, UrgencyFigures, logit_figures, urgency_figures
from smart_support.train.heads import Floats, Head, Ints, Material, Traits
from smart_support.train.light import MIN_URGENCY_ROWS, UNKNOWN, LightFit, Tell, targets
from smart_support.triage import features
from smart_support.triage.bundle import Array, DataSource, Draft
from smart_support.triage.calibrate import alert_line, fit_mix, fit_tilt, fit_urgency
from smart_support.triage.encoder import Encoder, encoder_files
from smart_support.triage.storm_rule import USUAL
from smart_support.triage.transformer import KIND, TransformerModel, parts
from smart_support.triage.urgency_mix import UrgencyMix

_CHUNK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What heads say of rows that they were not fitted on: logits of `category` [rows, labels] and `levels` [rows, 3],
    and `sentiment` [rows] in [-1, 1]."""

    category: Floats
    levels: Floats
    sentiment: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Teacher:
    """Whose S is to be met where no urgencies are known: its `raw` sum [rows], and the `alert_line` that bends it."""

    raw: Floats
    alert_line: float


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """How both tiers are joined, as `triage.transformer` has it, with figures on the same held-out rows.

    `tilt` [labels] is to be added to the mixed logits. `of_urgency` is None where no urgencies are known.
    """

    mix: Floats
    tilt: Floats
    urgency: Floats
    alert_line: float
    of_category: CategoryFigures
    of_urgency: UrgencyFigures | None


@dataclass(frozen=True, slots=True, eq=False)
class TransformerFit:
    """A fitted transformer tier; the figures are on rows that it was not fitted on."""

    draft: Draft
    joint: Joint


def steps(rows: int, folds: int) -> int:
    """How often `fit_transformer` tells."""
    return -(-rows // _CHUNK) + heads.steps(folds)


def fit_transformer(
    rows: Rows,
    names: tuple[str, ...],
    folds: Sequence[Ints],
    light: LightFit,
    base: TransformerModel,
    tell: Tell,
    data: Sequence[DataSource] = (),
) -> TransformerFit:
    """Fits the tier on the encoder of `base`; `light` is fitted on the same rows and folds. Each text is encoded once.

    Raises EncoderError where the encoder's files cannot be read again.
    """
    traits = _read(base.encoder, rows, tell)
    material = Material(traits, np.array(rows.weights), folds)
    category = heads.fit_category(material, targets(rows, names), len(names), tell)
    sentiment = _taken_over(base, "sentiment")
    felt = np.tanh(sentiment(traits)[:, 0])
    if (~np.isnan(rows.asked)).sum() >= MIN_URGENCY_ROWS:
        fitted = heads.fit_levels(material, rows.asked, tell)
        levels, of_levels, teacher = fitted.head, fitted.held_out, None
    else:
        levels = _taken_over(base, "levels")
        of_levels = levels(traits)
        teacher = _teacher(base, rows, of_levels, felt)
    joint = join(rows, names, Outputs(category.held_out, of_levels, felt), light, teacher)
    if joint.mix[0] > 0.0:
        category = replace(category, head=category.head.plus(joint.tilt / joint.mix[0]))
    arrays: dict[str, Array] = {"mix": joint.mix, "urgency": joint.urgency}
    for name, head in (("category", category.head), ("levels", levels), ("sentiment", sentiment)):
        arrays |= {name: head.weight, f"{name}_bias": head.bias}
    if USUAL in base.bundle.arrays:  # the vectors are those of the base, and so is what goes with them
        arrays[USUAL] = base.bundle.arrays[USUAL]
    draft = Draft(
        kind=KIND,
        labels=names,
        settings={**base.bundle.settings, "alert_line": joint.alert_line},
        arrays=arrays,
        figures={
            "held_out": asdict(joint.of_category),
            "urgency_held_out": asdict(joint.of_urgency) if joint.of_urgency else None,
            "rows": len(rows.texts),
            "strength": category.strengths[0],
            "base": base.version,
        },
        data=(*base.bundle.data, *data),
        files=encoder_files(base.bundle.path),
    )
    return TransformerFit(draft, joint)


def join(
    rows: Rows, names: tuple[str, ...], outputs: Outputs, light: LightFit, teacher: Teacher | None = None
) -> Joint:
    """Joins heads with a light tier, both by what they say of rows that they were not fitted on.

    S comes as near as it can to the urgencies of the rows, or to a teacher's.
    """
    target = targets(rows, names)
    labelled = np.flatnonzero(target != UNKNOWN)
    mix = fit_mix(outputs.category[labelled], light.logits[labelled], target[labelled])
    mixed = outputs.category * mix[0] + light.logits * mix[1]
    tilt = fit_tilt(mixed[labelled], target[labelled])
    of_urgency = parts(outputs.levels, light.urgency, light.by_rule, outputs.sentiment)
    known = np.flatnonzero(~np.isnan(rows.asked))
    asked = rows.asked[known]
    if teacher is None:
        urgency = fit_urgency(of_urgency[known], asked)
        line = alert_line(asked, of_urgency[known] @ urgency)
    else:
        urgency, line = fit_urgency(of_urgency, teacher.raw), teacher.alert_line
    bend = UrgencyMix(0.0, 0.0, 0.0, line).bend
    scores = [bend(raw) for raw in (of_urgency[known] @ urgency).tolist()]
    return Joint(
        mix=mix,
        tilt=tilt,
        urgency=urgency,
        alert_line=line,
        of_category=logit_figures(mixed + tilt, rows.labels, names),
        of_urgency=urgency_figures(asked.tolist(), scores) if len(known) else None,
    )


def _read(encoder: Encoder, rows: Rows, tell: Tell) -> Traits:
    found = []
    for start in range(0, len(rows.texts), _CHUNK):
        found.append(encoder.encode_traits([features.read(text) for text in rows.texts[start : start + _CHUNK]]))
        tell("read by the encoder")
    return np.concatenate(found)


def _taken_over(base: TransformerModel, name: str) -> Head:
    return Head(base.bundle.arrays[name], base.bundle.arrays[f"{name}_bias"])


def _teacher(base: TransformerModel, rows: Rows, levels: Floats, sentiment: Floats) -> Teacher:
    light = base.light.assess([features.read(text) for text in rows.texts])
    urgency = np.array([found.urgency for found in light])
    by_rule = np.array([found.by_rule for found in light])
    raw = parts(levels, urgency, by_rule, sentiment) @ base.bundle.arrays["urgency"]
    return Teacher(raw, float(base.bundle.settings["alert_line"]))
