"""`config`: check settings and files, apply a taxonomy file, show the one that holds."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer

from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, JsonOption, cell, checked, emit, messages, table
from smart_support.cli.taxonomy import usable
from smart_support.domain.taxonomy import Taxonomy
from smart_support.settings import Settings, load
from smart_support.triage.models import SHIPPED, load_models
from smart_support.triage.taxonomy import TaxonomyModel
from smart_support.triage.taxonomy_file import TaxonomyContent
from smart_support.triage.taxonomy_file import load as load_taxonomy

app = typer.Typer(help="Settings and the taxonomy.", no_args_is_help=True)


@app.command()
def check(
    file: Path | None = typer.Argument(None, help="A taxonomy file, TOML or JSON, to check as well."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Show every setting as it holds, and check that the model, and the file if one is given, are sound."""
    settings = load(data_dir=data_dir)
    models = load_models(settings.model_dir or SHIPPED, settings.execution_provider, light_only=settings.model_fallback)
    model = models.transformer or models.light
    taxonomy = load_taxonomy()
    if file is not None:
        taxonomy = usable(file, TaxonomyModel(model, lambda: models.light.labels, taxonomy))
    shown = settings.shown()
    if as_json:
        emit({"settings": shown, "model": model.version, "categories": list(taxonomy.names), "ok": True})
        return
    rows = (
        (name.upper(), "-" if value is None else value, Settings.model_fields[name].description)
        for name, value in shown.items()
    )
    table("Settings", ("name", "value", "meaning"), rows)
    messages.print(f"Model {model.version} is sound. All settings hold.")
    if file is not None:
        messages.print(f"{file} is sound: {_size(taxonomy)}.", markup=False, highlight=False, soft_wrap=True)


@app.command()
def apply(
    file: Path = typer.Argument(help="A taxonomy file: TOML, or JSON where its name ends in .json."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Check everything, and change nothing."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Triage by this taxonomy from now on. Applying the same again changes nothing."""
    taxonomy = load_taxonomy(file)
    content = TaxonomyContent.of(taxonomy).model_dump()
    with connection.client(load(data_dir=data_dir)) as api:
        answer = api.put("/config/taxonomy", json=content, params={"dry_run": "true"} if dry_run else None)
        applied = checked(answer).json()
        models = checked(api.get("/models")).json()
    if taxonomy.is_own and any(model["at_work"] and taxonomy.fits(model["labels"]) for model in models):
        messages.print(
            "The examples are not used: the model at work was trained on exactly these categories.", soft_wrap=True
        )
    if as_json:
        emit({name: applied[name] for name in ("version", "changed")} | {"dry_run": dry_run})
    elif not applied["changed"]:
        messages.print(f"Nothing changes: version {applied['version']} says the same.")
    else:
        holds = "would hold" if dry_run else "holds"
        messages.print(f"Version {applied['version']} of the taxonomy {holds}: {_size(taxonomy)}.")


@app.command()
def show(data_dir: Path | None = DataDirOption, as_json: bool = JsonOption) -> None:
    """Show the taxonomy that holds; its JSON is a file for `config apply`."""
    with connection.client(load(data_dir=data_dir)) as api:
        held = checked(api.get("/config/taxonomy")).json()
    taxonomy = held["taxonomy"]
    if as_json:
        emit(taxonomy)
        return
    columns = ("name", "description", "examples", "first response", "resolution", "skills")
    table("Taxonomy", columns, map(_row, taxonomy["category"]))
    since = f"Version {held['version']}, since {cell(held['at'])}" if held["version"] else "The shipped taxonomy"
    messages.print(f"{since}. Below a confidence of {taxonomy['review_below']} a ticket is {taxonomy['fallback']!r}.")


def _row(category: dict[str, Any]) -> Iterable[object]:
    sla = category["sla"]
    skills = ", ".join(f"{name} {level:g}" for name, level in category["skills"].items())
    yield from (category["name"], category["description"], len(category["examples"]))
    for minutes in (sla["first_response_minutes"], sla["resolution_minutes"]):
        yield "-" if minutes is None else f"{minutes} min"
    yield skills or "-"


def _size(taxonomy: Taxonomy) -> str:
    examples = sum(len(category.examples) for category in taxonomy.categories)
    return f"{len(taxonomy.categories)} categories, {examples} examples"
