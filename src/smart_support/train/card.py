"""The model card: what a model was made from, what it is worth on tickets held out from training, and its limits."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from smart_support.domain.triage import Model
from smart_support.train.corpus import Authored, rows
from smart_support.train.evaluate import category_figures, urgency_figures
from smart_support.triage.models import ModelSet
from smart_support.triage.urgency_mix import ALERT

CARD = "README.md"

_FIGURE = "figure"
_TEMPLATE = """\
# Model card

Made by `make model`; do not edit. What triage in Smart-Support uses until it is given a model of your own.

{versions}

**Transformer tier**: all-MiniLM-L6-v2 (Wang et al., 2020; sentence-transformers, Apache-2.0), fine-tuned for category,
urgency, sentiment and "same incident" at once, in 8-bit weights for ONNX Runtime; the light model is mixed in.
**Light tier**: a linear model over hashed words and character n-grams, for when the transformer is too slow.

## Meant for

Support tickets of any trade in English, German, Spanish, French, Portuguese, and with less practice Italian and Dutch:
which of four desks has to act (Billing, Technical, Legal, General) and what happens if nobody reads it until tomorrow.
Not meant for decisions about people, and no substitute for an emergency line.

## Figures

On `corpus/held_out*.jsonl`, which trained nothing. What each figure means stands in `smart_support.train.card`.

{figures}

## Data

{sources}

The corpus was written for this project, in large part by a language model at its makers' direction, one ticket at a
time; no customer's text is in it. The held-out tickets were written apart from the training tickets, but by the same
kind of writer: expect less on yours, measure with `smart-support evaluate`, and train on your own tickets.

## Limits

- It reads the first 256 word pieces, after quoted history and signatures are taken away.
- Other languages than those above are guesses; so is irony.
- S ranks situations as the corpus does: people and business stopped, data or money at risk, a hard deadline today.
  What is critical to you alone, it cannot know before it is trained on your tickets.
- A ticket about several matters gets one category.
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a tier says of tickets that it was not trained on.

    `critical_caught` is the share of level 3 with S above 0.8, `calm_alerted` that of levels 0 and 1; `spearman` ranks
    S against the level; `pairs_in_order` is the share of tone pairs (an angry trifle, a calm disaster) of which the
    second alone has S above 0.8.
    """

    tickets: int
    accuracy: float
    accuracy_not_english: float
    macro_f1: float
    calibration_error: float
    critical_caught: float
    calm_alerted: float
    spearman: float
    pairs_in_order: float


def measure(model: Model, tickets: Sequence[Authored]) -> Figures:
    """The figures of one tier, rounded to three places. Raises ValueError on no tickets."""
    said = model.triage([ticket.text for ticket in tickets])
    asked = rows(tickets)
    category = category_figures(asked.labels, [one.category for one in said], [one.confidence for one in said])
    urgency = urgency_figures([float(ticket.level) for ticket in tickets], [one.urgency for one in said])
    level = np.array([ticket.level for ticket in tickets])
    alert = np.array([one.urgency > ALERT for one in said])
    right = np.array([one.category == ticket.category for one, ticket in zip(said, tickets, strict=True)])
    foreign = np.array([ticket.language != "en" for ticket in tickets])
    of_pair: dict[str, dict[bool, bool]] = {}
    for ticket, alerts in zip(tickets, alert.tolist(), strict=True):
        if ticket.pair:
            of_pair.setdefault(ticket.pair, {})[ticket.level == 3] = alerts
    ordered = [found == {True: True, False: False} for found in of_pair.values()]
    return Figures(
        tickets=len(tickets),
        accuracy=_share(right),
        accuracy_not_english=_share(right[foreign]),
        macro_f1=round(category.macro_f1, 3),
        calibration_error=round(category.calibration_error, 3),
        critical_caught=_share(alert[level == 3]),
        calm_alerted=_share(alert[level < 2]),
        spearman=round(urgency.spearman, 3),
        pairs_in_order=_share(np.array(ordered)),
    )


def figures(models: ModelSet, tickets: Sequence[Authored]) -> dict[str, Figures]:
    """The figures of both tiers by name."""
    tiers: dict[str, Model] = {"light": models.light}
    if models.transformer is not None:
        tiers["transformer"] = models.transformer
    return {name: measure(model, tickets) for name, model in tiers.items()}


def read(folder: Path) -> dict[str, dict[str, float]]:
    """The figures that the card in `folder` gives, by tier and name."""
    lines = (folder / CARD).read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    start = next(place for place, row in enumerate(rows) if row[0] == _FIGURE)
    tiers = rows[start][1:]
    names = {field.name for field in fields(Figures)}
    found: dict[str, dict[str, float]] = {tier: {} for tier in tiers}
    for name, *values in rows[start + 1 :]:
        if name in names:
            for tier, value in zip(tiers, values, strict=True):
                found[tier][name] = float(value)
    return found


def write(folder: Path, models: ModelSet, held_out: Sequence[Authored]) -> None:
    """Writes the card of the model in `folder`, measuring it on `held_out`."""
    found = figures(models, held_out)
    table = [f"| {_FIGURE} | {' | '.join(found)} |", f"| --- |{' ---: |' * len(found)}"]
    table += [
        f"| `{field.name}` | {' | '.join(f'{getattr(one, field.name):g}' for one in found.values())} |"
        for field in fields(Figures)
    ]
    data = models.light.data
    versions = [f"- `{models.light.version}` in `light/`"]
    if models.transformer is not None:
        data = models.transformer.data
        cosine = models.transformer.figures["cosine_to_fp32"]
        versions.append(
            f"- `{models.transformer.version}` in `transformer/`, vectors `{models.transformer.encoder.version}`; "
            f"cosine of its 8-bit vectors to fp32: mean {cosine['mean']:.4f}, smallest {cosine['smallest']:.4f}"
        )
    sources = ["| data | rows | licence | note |", "| --- | ---: | --- | --- |"]
    sources += [f"| {one.name} | {one.rows:,} | {one.licence} | {one.note} |" for one in data]
    parts = {"versions": versions, "figures": table, "sources": sources}
    text = _TEMPLATE.format(**{name: "\n".join(lines) for name, lines in parts.items()})
    (folder / CARD).write_text(text, encoding="utf-8")


def _share(found: npt.NDArray[np.bool_]) -> float:
    return round(float(found.mean()), 3) if len(found) else 0.0
