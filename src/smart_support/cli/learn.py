"""`train` and `evaluate`: a model from the user's own tickets, and what a model is worth on them."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, Failure, JsonOption, bar, checked, emit, messages, table
from smart_support.domain.triage import Model
from smart_support.settings import load
from smart_support.train.data import FEWEST, Rows, read_map, read_rows
from smart_support.train.evaluate import CategoryFigures, Evaluation, UrgencyFigures, evaluate_bundle
from smart_support.train.feedback import corrected_rows, learnable, with_corrections
from smart_support.train.train import Trained, TrainedTransformer, train_bundle, train_model
from smart_support.triage.models import SHIPPED, load_models
from smart_support.triage.transformer import TransformerModel

_DATA = "CSV with a header (its commas, semicolons or tabs are recognised), or JSON lines (.jsonl). UTF-8."
_TEXT = "Text columns, joined by commas; the first of several is the subject."
_LABEL = "The column that holds the category."
UrgencyOption = typer.Option(
    None,
    "--urgency",
    help="Column with a priority (low, medium, high, critical; P1, the most urgent, to P4; 2 - High) or a number in 0 "
    "to 1.",
)
MapOption = typer.Option(None, "--map", help="JSON or TOML file that maps labels to categories, corrected ones too.")
GroupOption = typer.Option(
    None, "--group", help="Column that names groups of near-copies, kept together in every split."
)


def train(
    out: Path = typer.Option(..., "--out", help="Folder for the model; `models add` takes it, or MODEL_DIR names it."),
    data: Path | None = typer.Option(None, "--data", help=_DATA),
    text: str | None = typer.Option(None, "--text", help=_TEXT),
    label: str | None = typer.Option(None, "--label", help=_LABEL),
    urgency: str | None = UrgencyOption,
    map_file: Path | None = MapOption,
    group: str | None = GroupOption,
    from_feedback: bool = typer.Option(
        False, "--from-feedback", help="Learn from corrected tickets, alone or beside --data, where each counts thrice."
    ),
    light_only: bool = typer.Option(False, "--light-only", help="Train the light tier alone: a bundle, in seconds."),
    encoder: Path = typer.Option(
        SHIPPED,
        "--encoder",
        help="Model or Hugging Face folder with the encoder to use.",
        show_default="the shipped one",
    ),
    seed: int = typer.Option(0, help="Equal seeds on equal data give equal bundles."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Train a model on your own tickets; its figures are measured on tickets held out from training."""
    rows = None
    if data is not None:
        if text is None or label is None:
            raise typer.BadParameter("it needs --text and --label, the columns to learn from", param_hint="--data")
        rows = read_rows(data, _columns(text), label, urgency, map_file, group, tell=_say)
    if from_feedback:
        corrected = _corrected(data_dir, map_file, rows)
        rows = corrected if rows is None else with_corrections(rows, corrected)
    if rows is None:
        raise typer.BadParameter("nothing to learn from: give it, --from-feedback or both", param_hint="--data")
    tiers: dict[str, Trained | TrainedTransformer] = {}
    if light_only:
        with bar("Training") as tell:
            tiers["light"] = train_bundle(rows, out, seed, tell)
    else:
        base = _base(encoder)
        with bar("Training") as tell:
            trained = train_model(rows, out, base, seed, tell)
        tiers = {"transformer": trained.transformer, "light": trained.light}
    if as_json:
        _emit_tiers({name: {**asdict(tier), "path": str(tier.path)} for name, tier in tiers.items()}, path=str(out))
        return
    for tier in tiers.values():
        _show(f"{tier.version}, held out from training", tier.category, tier.urgency)
    messages.print(f"Written to {out}. Use it with MODEL_DIR={out}", highlight=False, soft_wrap=True)
    messages.print(f"or try it beside the one at work: smart-support models add {out}", soft_wrap=True)


def evaluate(
    model: Path = typer.Option(..., "--model", help="Folder of a model, of its light bundle, or of an encoder."),
    data: Path = typer.Option(..., "--data", help=_DATA),
    text: str = typer.Option(..., "--text", help=_TEXT),
    label: str = typer.Option(..., "--label", help=_LABEL),
    urgency: str | None = UrgencyOption,
    map_file: Path | None = MapOption,
    as_json: bool = JsonOption,
) -> None:
    """Measure a model on labelled tickets: accuracy, F1, a table by class, calibration, urgency."""
    rows = read_rows(data, _columns(text), label, urgency, map_file, tell=_say)
    found: dict[str, Evaluation] = {}
    for tier in _tiers(model):
        with bar(f"Evaluating {tier.version}") as tell:
            found[tier.tier.value] = evaluate_bundle(tier, rows, tell)
    if as_json:
        _emit_tiers({name: asdict(evaluation) for name, evaluation in found.items()})
        return
    for evaluation in found.values():
        _show(evaluation.model_version, evaluation.category, evaluation.urgency)


def _base(folder: Path) -> TransformerModel:
    """The model whose encoder is trained on."""
    with bar("Reading the encoder") as tell:
        found = load_models(folder, progress=tell).transformer
    if found is None:
        raise Failure(f"{folder} holds no encoder; name another folder with --encoder, or use --light-only")
    return found


def _tiers(folder: Path) -> list[Model]:
    """The tiers of a model, the best first."""
    with bar("Reading the model") as tell:
        models = load_models(folder, progress=tell)
    return [models.light] if models.transformer is None else [models.transformer, models.light]


def _emit_tiers(tiers: dict[str, dict[str, Any]], **more: Any) -> None:
    """The figures of the first tier, and of each under its name."""
    emit({**next(iter(tiers.values())), **more, "tiers": tiers})


def _corrected(data_dir: Path | None, map_file: Path | None, rows: Rows | None) -> Rows:
    """The corrected tickets of the running system, or of the one whose data lies there, that can be learned from
    beside the rows."""
    categories = read_map(map_file) if map_file else None
    with connection.client(load(data_dir=data_dir)) as api:
        lines = checked(api.get("/v2/feedback/export")).content.splitlines()
        taxonomy = checked(api.get("/config/taxonomy")).json()["taxonomy"]
    corrected = corrected_rows(map(json.loads, lines), categories)
    learned, left_out = learnable(corrected, [category["name"] for category in taxonomy["category"]], rows)
    if left_out:
        which = ", ".join(f"{label} ({count})" for label, count in sorted(left_out.items()))
        _say(
            f"Left out {left_out.total()} corrected categories that are in neither the taxonomy nor the data, or have "
            f"fewer than {FEWEST} rows: {which}"
        )
    return learned


def _say(text: str) -> None:
    messages.print(text, markup=False, highlight=False, soft_wrap=True)


def _columns(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _show(title: str, category: CategoryFigures, urgency: UrgencyFigures | None) -> None:
    columns = ("class", "precision", "recall", "F1", "tickets")
    rows = [
        (row.label, f"{row.precision:.3f}", f"{row.recall:.3f}", f"{row.f1:.3f}", row.support)
        for row in category.classes
    ]
    table(title, columns, rows)
    figures = [
        ("accuracy", category.accuracy),
        ("weighted F1", category.weighted_f1),
        ("macro F1", category.macro_f1),
        ("calibration error", category.calibration_error),
    ]
    if urgency is not None:
        figures += [("urgency RMSE", urgency.rmse), ("urgency MAE", urgency.mae)]
    table(f"{category.rows} tickets", ("figure", "value"), ((name, f"{value:.3f}") for name, value in figures))
