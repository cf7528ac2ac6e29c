"""What `train_bundle` learns from tickets28k beside a plain recipe.

Both fit the same 85 % and are judged on the same 15 %: of rows at random (near-copies leak), and of whole groups of
near-copies (honest). Means over `SEEDS`. Nothing of this set goes into the shipped bundle.
"""

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from bench.recipe import category, fit_recipe
from bench.rows import Row, tickets28k_path
from smart_support.train.data import Rows, read_rows
from smart_support.train.evaluate import CategoryFigures, category_figures, evaluate_bundle
from smart_support.train.train import train_bundle
from smart_support.triage.light import load_light

HELD_OUT = 0.15
SEEDS = (0, 1, 2)


def run(data_dir: Path) -> list[Row]:
    """Accuracy and F1 on both splits; raises DataAbsent."""
    rows = mapped_rows(data_dir)
    found = []
    for name in ("random", "grouped"):
        ours, recipe = [], []
        for seed in SEEDS:
            train, judged = split_off(rows, seed, grouped=name == "grouped")
            ours.append(_ours(train, judged, seed))
            recipe.append(_recipe(train, judged))
        figure = f"trained on tickets28k, {name} split: accuracy / weighted F1 / macro F1"
        found.append(Row(figure, "-", _line(ours), f"plain recipe {_line(recipe)}"))
    return found


def mapped_rows(data_dir: Path) -> Rows:
    """tickets28k with four categories; raises DataAbsent."""
    read = read_rows(tickets28k_path(data_dir), ["text"], "queue", group_column="group")
    return Rows(read.texts, tuple(map(category, read.labels)), groups=read.groups)


def split_off(rows: Rows, seed: int, *, grouped: bool) -> tuple[Rows, Rows]:
    """85 % to train and 15 % to judge: of rows, or of whole groups."""
    keys = rows.groups if grouped else tuple(map(str, range(len(rows.texts))))
    order = sorted(set(keys))
    random.Random(seed).shuffle(order)
    held_out = set(order[: round(HELD_OUT * len(order))])
    judged = [place for place, key in enumerate(keys) if key in held_out]
    train = [place for place, key in enumerate(keys) if key not in held_out]
    return rows.take(train), rows.take(judged)


def _ours(train: Rows, judged: Rows, seed: int) -> CategoryFigures:
    with tempfile.TemporaryDirectory() as folder:
        trained = train_bundle(train, Path(folder) / "bundle", seed)
        return evaluate_bundle(load_light(trained.path), judged).category


def _recipe(train: Rows, judged: Rows) -> CategoryFigures:
    fitted = fit_recipe([text.body for text in train.texts], train.labels)
    said = fitted.predict([text.body for text in judged.texts]).tolist()
    return category_figures(judged.labels, said, [1.0] * len(said))


def _line(figures: Sequence[CategoryFigures]) -> str:
    parts = (mean(getattr(one, name) for one in figures) for name in ("accuracy", "weighted_f1", "macro_f1"))
    return " / ".join(f"{part:.3f}" for part in parts)
