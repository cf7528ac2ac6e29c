"""`train` and `evaluate`: a model from the user's own tickets, and what a model is worth on them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import typer

from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, Failure, JsonOption, checked, emit, messages, progress, table
from smart_support.settings import load
from smart_support.train.data import Rows, read_rows
from smart_support.train.evaluate import CategoryFigures, UrgencyFigures, evaluate_bundle
from smart_support.train.feedback import corrected_rows, with_corrections
from smart_support.train.train import train_bundle
from smart_support.triage.light import load_light

_DATA = "CSV with a header, or JSON lines (.jsonl)."
_TEXT = "Text columns, joined by commas; the first of several is the subject."
_LABEL = "The column that holds the category."
UrgencyOption = typer.Option(
    None, "--urgency", help="Column with a priority (low, medium, high) or a number in 0 to 1."
)
MapOption = typer.Option(None, "--map", help="JSON or TOML file that maps labels to categories.")
GroupOption = typer.Option(
    None, "--group", help="Column that names groups of near-copies, kept together in every split."
)


def train(
    out: Path = typer.Option(..., "--out", help="Folder for the bundle; `models add` takes it, or MODEL_DIR names it."),
    data: Path | None = typer.Option(None, "--data", help=_DATA),
    text: str | None = typer.Option(None, "--text", help=_TEXT),
    label: str | None = typer.Option(None, "--label", help=_LABEL),
    urgency: str | None = UrgencyOption,
    map_file: Path | None = MapOption,
    group: str | None = GroupOption,
    from_feedback: bool = typer.Option(
        False, "--from-feedback", help="Learn from corrected tickets, alone or beside --data, where each counts thrice."
    ),
    seed: int = typer.Option(0, help="Equal seeds on equal data give equal bundles."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Train a light model on your own tickets; its figures are measured on tickets held out from training."""
    rows = None
    if data is not None:
        if text is None or label is None:
            raise Failure("--data needs --text and --label, the columns to learn from")
        rows = read_rows(data, _columns(text), label, urgency, map_file, group)
    if from_feedback:
        corrected = _corrected(data_dir)
        rows = corrected if rows is None else with_corrections(rows, corrected)
    if rows is None:
        raise Failure("nothing to learn from: give --data, --from-feedback or both")
    with _bar("Training") as tell:
        trained = train_bundle(rows, out, seed, tell)
    if as_json:
        emit({**asdict(trained), "path": str(trained.path)})
        return
    _show(f"{trained.version}, held out from training", trained.category, trained.urgency)
    messages.print(f"Written to {trained.path}. Use it with MODEL_DIR={trained.path}", highlight=False, soft_wrap=True)
    messages.print(f"or try it beside the one at work: smart-support models add {trained.path}", soft_wrap=True)


def evaluate(
    model: Path = typer.Option(..., "--model", help="Folder of a model bundle."),
    data: Path = typer.Option(..., "--data", help=_DATA),
    text: str = typer.Option(..., "--text", help=_TEXT),
    label: str = typer.Option(..., "--label", help=_LABEL),
    urgency: str | None = UrgencyOption,
    map_file: Path | None = MapOption,
    as_json: bool = JsonOption,
) -> None:
    """Measure a model on labelled tickets: accuracy, F1, a table by class, calibration, urgency."""
    rows = read_rows(data, _columns(text), label, urgency, map_file)
    loaded = load_light(model)
    with _bar("Evaluating") as tell:
        found = evaluate_bundle(loaded, rows, tell)
    if as_json:
        emit(asdict(found))
    else:
        _show(found.model_version, found.category, found.urgency)


def _corrected(data_dir: Path | None) -> Rows:
    """The corrected tickets of the running system, or of the one whose data lies there."""
    with connection.client(load(data_dir=data_dir)) as api:
        lines = checked(api.get("/v2/feedback/export")).content.splitlines()
    return corrected_rows(map(json.loads, lines))


def _columns(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


@contextmanager
def _bar(title: str) -> Iterator[Callable[..., None]]:
    """A progress bar fed by calls with (steps done, steps in all, ...)."""
    with progress() as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total, *_: bar.update(task, completed=done, total=total)


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
