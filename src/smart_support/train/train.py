"""`train`: a model of both tiers, or of the light tier alone, from labelled rows.

Deterministic: the same rows, seed and encoder give the same bytes. All figures are measured on held-out folds of the
rows, so no row judges a model that saw it. Needs scikit-learn, the extra `fit`; it is imported when training starts.
"""

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from smart_support.train import light, transformer
from smart_support.train.data import FEWEST, Rows
from smart_support.train.evaluate import CategoryFigures, UrgencyFigures
from smart_support.train.folds import split
from smart_support.train.heads import Ints
from smart_support.train.light import LightFit, fit_light
from smart_support.train.transformer import TransformerFit, fit_transformer
from smart_support.triage import bundle
from smart_support.triage.bundle import Bundle, DataSource
from smart_support.triage.models import check_free, save_models
from smart_support.triage.transformer import TransformerModel

FOLDS = 5
MANY_ROWS = 10_000
"""From this many rows on, three folds are enough."""

Progress = Callable[[int, int, str], None]
"""Called with (steps done, steps in all, what was just done)."""


class TrainingError(Exception):
    """These rows cannot be trained on, or scikit-learn is missing; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A light bundle that was written, and what it does on rows it was not fitted on (folds of the training rows).

    `urgency` is about S as the bundle makes it, `urgency_by_rule` about the rule alone; None without urgencies.
    """

    path: Path
    version: str
    strength: float
    temperature: float
    category: CategoryFigures
    urgency: UrgencyFigures | None
    urgency_by_rule: UrgencyFigures | None
    head: bool


@dataclass(frozen=True, slots=True)
class TrainedTransformer:
    """A transformer bundle that was written, and what it does on rows it was not fitted on."""

    path: Path
    version: str
    mix: tuple[float, ...]
    category: CategoryFigures
    urgency: UrgencyFigures | None


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model folder that was written."""

    path: Path
    light: Trained
    transformer: TrainedTransformer


def train_bundle(
    rows: Rows,
    out_dir: Path,
    seed: int = 0,
    progress: Progress | None = None,
    *,
    labels: Sequence[str] | None = None,
    data: Sequence[DataSource] = (),
) -> Trained:
    """Trains the light tier on `rows` and writes its bundle to `out_dir`, all or nothing.

    `labels` sets the order of the categories (default: by name). `data` is recorded in the bundle.

    Raises TrainingError when scikit-learn is missing, there are fewer than two categories, one has fewer than two
    rows, or a label is not in `labels`; bundle.BundleError when `out_dir` cannot be written.
    """
    names = _names(rows, labels)
    folds = folds_of(rows, seed)
    tell = _Steps(progress, light.steps(len(folds)) + 1)
    fit = fit_light(rows, names, folds, seed, tell, data)
    saved = bundle.save(out_dir, fit.draft)
    tell("saved")
    return _trained(fit, saved)


def train_model(
    rows: Rows,
    out_dir: Path,
    base: TransformerModel,
    seed: int = 0,
    progress: Progress | None = None,
    *,
    labels: Sequence[str] | None = None,
    data: Sequence[DataSource] = (),
) -> TrainedModel:
    """Trains both tiers on `rows`, the transformer on the encoder of `base`, and writes a model folder, all or nothing.

    Otherwise as `train_bundle`; raises EncoderError too, where the encoder's files cannot be read.
    """
    check_free(out_dir)
    names = _names(rows, labels)
    folds = folds_of(rows, seed)
    count = light.steps(len(folds)) + transformer.steps(len(rows.texts), len(folds)) + 1
    tell = _Steps(progress, count)
    of_light = fit_light(rows, names, folds, seed, tell, data)
    of_transformer = fit_transformer(rows, names, folds, of_light, base, tell, data)
    saved_light, saved = save_models(out_dir, of_light.draft, of_transformer.draft)
    tell("saved")
    return TrainedModel(out_dir, _trained(of_light, saved_light), _trained_transformer(of_transformer, saved))


def folds_of(rows: Rows, seed: int) -> list[Ints]:
    """The folds that a training with this seed holds out. Raises TrainingError where the groups do not allow any."""
    smallest = min((rows.labels.count(label) for label in set(rows.labels) - {""}), default=2)
    count = max(2, min(FOLDS if len(rows.texts) < MANY_ROWS else 3, smallest))
    folds = split(rows.labels, rows.groups, count, seed)
    for held_out in (set(fold.tolist()) for fold in folds):
        if len({label for row, label in enumerate(rows.labels) if label and row not in held_out}) < 2:
            raise TrainingError("The groups leave fewer than two categories to train on: make them smaller.")
    return folds


class _Steps:
    """Counts the steps of a training for the progress callback."""

    def __init__(self, progress: Progress | None, count: int) -> None:
        self._progress = progress
        self._done = 0
        self._all = count

    def __call__(self, what: str) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._all, what)


def _trained(fit: LightFit, saved: Bundle) -> Trained:
    return Trained(
        path=saved.path,
        version=saved.version,
        strength=fit.strength,
        temperature=fit.temperature,
        category=fit.of_category,
        urgency=fit.of_urgency,
        urgency_by_rule=fit.of_rule,
        head=fit.head,
    )


def _trained_transformer(fit: TransformerFit, saved: Bundle) -> TrainedTransformer:
    joint = fit.joint
    return TrainedTransformer(saved.path, saved.version, tuple(joint.mix.tolist()), joint.of_category, joint.of_urgency)


def _names(rows: Rows, labels: Sequence[str] | None) -> tuple[str, ...]:
    if importlib.util.find_spec("sklearn") is None:
        raise TrainingError("Training needs scikit-learn: pip install 'smart-support[fit]'.")
    found = sorted(set(rows.labels) - {""})
    names = tuple(labels) if labels is not None else tuple(found)
    unknown = sorted(set(found) - set(names))
    if unknown:
        raise TrainingError(f"These labels are not among the categories {', '.join(names)}: {', '.join(unknown)}.")
    few = [name for name in names if rows.labels.count(name) < FEWEST]
    if few:
        raise TrainingError(f"Each category needs at least two rows; these have fewer: {', '.join(few)}.")
    if len(names) < 2:
        raise TrainingError(f"Training needs at least two categories; the rows have {len(names)}.")
    return names
