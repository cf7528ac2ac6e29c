"""How good triage is: both tiers beside a plain recipe in the same run.

Out of the box: hand-written tickets that trained nothing, and bug reports of real people. After `train`: tickets28k,
banking77 and clinc150 (in scope), fitted on their training part and judged on the other. The recipe is fitted on
tickets28k where it has nothing else to learn from. Nothing of these sets goes into the shipped model, but for the
training part of clinc150 in the contrastive loss of its encoder.
"""

import csv
import json
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import mean

import numpy as np

from bench.light_quality import SEEDS, mapped_rows, split_off
from bench.recipe import Recipe
from bench.rows import CORPUS, DataAbsent, Row, clinc150, data_file, or_absent
from smart_support.domain.taxonomy import Category, Taxonomy
from smart_support.domain.triage import Model, Text
from smart_support.train.card import Figures, measure
from smart_support.train.corpus import Authored, read_tickets
from smart_support.train.data import Rows
from smart_support.train.evaluate import CategoryFigures, evaluate_bundle
from smart_support.train.train import train_model
from smart_support.triage.models import ModelSet, load_models
from smart_support.triage.taxonomy import TaxonomyModel
from smart_support.triage.transformer import TransformerModel

DESCRIPTION = 500
"""Characters of a bug report's description that are read beside its title."""

EXAMPLES = 8
"""Of each category in a taxonomy file."""

Models = Mapping[str, Model]
Asked = tuple[str, Callable[[float], bool]]

TIERS = ("transformer", "light", "recipe")


def run(data_dir: Path) -> list[Row]:
    """Every figure that the data on this machine gives; the others say what is absent."""
    shipped = load_models()
    if shipped.transformer is None:
        raise RuntimeError("the shipped model has no transformer; make model makes it")
    base = shipped.transformer
    boxed: dict[str, Model] = {"transformer": base, "light": shipped.light}
    with suppress(DataAbsent):
        everything = mapped_rows(data_dir)
        boxed["recipe"] = Recipe(everything.texts, everything.labels)
    parts: dict[str, Callable[[], list[Row]]] = {
        "gold_dev": lambda: _gold(boxed, _tickets(data_file(data_dir, "gold_dev.jsonl"))),
        "corpus, held out": lambda: _held_out(boxed),
        "gitbugs": lambda: _gitbugs(boxed, data_file(data_dir, "gitbugs/hadoop_bugs.csv")),
        "tickets28k": lambda: _tickets28k(base, mapped_rows(data_dir)),
        "banking77": lambda: [_learnt("banking77", 0.94, base, *_banking77(data_dir))],
        "banking77, few-shot": lambda: [_few_shot(base, *_banking77(data_dir))],
        "clinc150": lambda: [_learnt("clinc150", 0.965, base, *_clinc150(data_dir))],
    }
    return [row for name, part in parts.items() for row in or_absent(name, part)]


def _gold(models: Models, tickets: Sequence[Authored]) -> list[Row]:
    found = {name: measure(model, tickets) for name, model in models.items()}
    light = found["light"].accuracy
    return [
        *_figures(f"gold_dev, {len(tickets)} tickets", found, _OUT_OF_THE_BOX),
        Row("  category accuracy, light tier", ">= 0.91", f"{light:.3f}", "", light >= 0.91),
    ]


def _held_out(models: Models) -> list[Row]:
    tickets = [ticket for found in read_tickets(CORPUS, held_out=True).values() for ticket in found]
    found = {name: measure(model, tickets) for name, model in models.items()}
    return _figures(f"corpus held out, {len(tickets)} tickets", found, {})


_OUT_OF_THE_BOX: Mapping[str, tuple[str, Callable[[float], bool]]] = {
    "accuracy": (">= 0.95", lambda value: value >= 0.95),
    "accuracy_not_english": (">= 0.92", lambda value: value >= 0.92),
    "critical_caught": (">= 0.95", lambda value: value >= 0.95),
    "calm_alerted": ("<= 0.02", lambda value: value <= 0.02),
    "spearman": (">= 0.87", lambda value: value >= 0.87),
    "calibration_error": ("<= 0.08", lambda value: value <= 0.08),
}
_NAMES = {
    "accuracy": "category accuracy",
    "accuracy_not_english": "category accuracy, not English",
    "critical_caught": "critical tickets with S > 0.8",
    "calm_alerted": "tickets of level 0 and 1 with S > 0.8",
    "spearman": "rank correlation of S and level",
    "calibration_error": "calibration error of the confidence",
}


def _figures(title: str, found: Mapping[str, Figures], asked: Mapping[str, Asked]) -> list[Row]:
    rows = [Row(title, "", "")]
    for name, shown in _NAMES.items():
        values = {tier: float(getattr(figures, name)) for tier, figures in found.items()}
        if name == "calibration_error":
            values.pop("recipe", None)  # it has no confidence
        limit, holds = asked.get(name, ("-", None))
        rows.append(_row(f"  {shown}", limit, values, holds and holds(values["transformer"])))
    return rows


def _row(figure: str, asked: str, values: Mapping[str, float], holds: bool | None) -> Row:
    beside = ", ".join(f"{tier} {value:.3f}" for tier, value in values.items() if tier != "transformer")
    return Row(figure, asked, f"{values['transformer']:.3f}", beside, holds)


def _gitbugs(models: Models, path: Path) -> list[Row]:
    grave, texts = [], []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["Priority"] in {"Blocker", "Critical", "Minor", "Trivial"}:
                grave.append(row["Priority"] in {"Blocker", "Critical"})
                texts.append(Text(row["Summary"], (row["Description"] or "")[:DESCRIPTION]))
    values = {
        name: area_under_curve(grave, [one.urgency for one in model.triage(texts)]) for name, model in models.items()
    }
    figure = f"gitbugs, {len(texts)} reports: S ranks Blocker and Critical above Minor and Trivial (ROC AUC)"
    return [_row(figure, ">= 0.70", values, values["transformer"] >= 0.70)]


def area_under_curve(positive: Sequence[bool], scores: Sequence[float]) -> float:
    """The chance that a positive has a higher score than a negative; ties count half."""
    is_positive, score = np.array(positive), np.array(scores)
    above = score[is_positive][:, None] - score[~is_positive][None, :]
    return float(((above > 0) + 0.5 * (above == 0)).mean())


def _tickets28k(base: TransformerModel, rows: Rows) -> list[Row]:
    found = []
    for name, gain in (("random", 0.06), ("grouped", 0.03)):
        figures: dict[str, list[CategoryFigures]] = {tier: [] for tier in TIERS}
        for seed in SEEDS:
            train, judged = split_off(rows, seed, grouped=name == "grouped")
            if name == "random":
                # Who splits at random does not know of the groups.
                train = Rows(train.texts, train.labels)
            for tier, one in _trained(base, train, judged, seed).items():
                figures[tier].append(one)
        accuracy = {tier: mean(one.accuracy for one in of_tier) for tier, of_tier in figures.items()}
        macro_f1 = {tier: mean(one.macro_f1 for one in of_tier) for tier, of_tier in figures.items()}
        found += [
            _row(
                f"tickets28k, {name} split: accuracy",
                "> recipe",
                accuracy,
                accuracy["transformer"] > accuracy["recipe"],
            ),
            _row(
                f"tickets28k, {name} split: macro F1",
                f"recipe + {gain}",
                macro_f1,
                macro_f1["transformer"] >= macro_f1["recipe"] + gain,
            ),
        ]
    return found


def _learnt(name: str, least: float, base: TransformerModel, train: Rows, judged: Rows) -> Row:
    accuracy = {tier: one.accuracy for tier, one in _trained(base, train, judged, 0).items()}
    figure = f"{name}, {len(train.texts):,} to train, {len(judged.texts):,} to judge: accuracy"
    return _row(figure, f">= {least}", accuracy, accuracy["transformer"] >= least)


def _few_shot(base: TransformerModel, train: Rows, judged: Rows) -> Row:
    """A taxonomy file with a few examples of each category, and no training; the mean of some draws."""
    texts: dict[str, list[str]] = {}
    for text, label in zip(train.texts, train.labels, strict=True):
        texts.setdefault(label, []).append(text.body)
    found = []
    for seed in SEEDS:
        chance = random.Random(seed)
        drawn = tuple(Category(label, "", tuple(chance.sample(own, EXAMPLES))) for label, own in sorted(texts.items()))
        model = TaxonomyModel(base, lambda: base.labels, Taxonomy(drawn, review_below=0.0))
        found.append(evaluate_bundle(model, judged).category.accuracy)
    figure = f"banking77, a taxonomy of {EXAMPLES} examples a class: accuracy"
    beside = "draws " + ", ".join(f"{accuracy:.3f}" for accuracy in found)
    return Row(figure, ">= 0.86", f"{mean(found):.3f}", beside, mean(found) >= 0.86)


def _trained(base: TransformerModel, train: Rows, judged: Rows, seed: int) -> dict[str, CategoryFigures]:
    with tempfile.TemporaryDirectory() as folder:
        made: ModelSet = load_models(train_model(train, Path(folder) / "model", base, seed).path)
    models = (made.transformer, made.light, Recipe(train.texts, train.labels))
    return {
        tier: evaluate_bundle(model, judged).category
        for tier, model in zip(TIERS, models, strict=True)
        if model is not None
    }


def _banking77(data_dir: Path) -> Iterator[Rows]:
    for part in ("train", "test"):
        with data_file(data_dir, f"banking77/{part}.csv").open(encoding="utf-8", newline="") as file:
            read = list(csv.DictReader(file))
        yield Rows(tuple(Text("", row["text"]) for row in read), tuple(row["category"] for row in read))


def _clinc150(data_dir: Path) -> Iterator[Rows]:
    read = [row for row in clinc150(data_dir) if row["intent"] != "oos"]
    for part in ("train", "test"):
        chosen = [row for row in read if row["split"] == part]
        yield Rows(tuple(Text("", row["text"]) for row in chosen), tuple(row["intent"] for row in chosen))


def _tickets(path: Path) -> list[Authored]:
    with path.open(encoding="utf-8") as file:
        lines = map(json.loads, file)
        return [
            Authored(
                id=line["id"],
                text=Text(line["subject"], line["body"]),
                category=line["category"],
                level=line["urgency_level"],
                language=line["language"],
            )
            for line in lines
        ]
