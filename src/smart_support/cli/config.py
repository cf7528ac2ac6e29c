"""`config`: check settings and files, apply a file, show what holds."""

import time
from collections.abc import Iterable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer

from smart_support.cli import connection
from smart_support.cli.agents import held_agents, read_agents
from smart_support.cli.console import DataDirOption, Failure, JsonOption, cell, checked, emit, messages, table
from smart_support.cli.files import read_content
from smart_support.cli.routing import (
    content_of,
    held_taxonomy,
    is_routing,
    read_routing,
    show_findings,
    show_routing,
    size,
    with_labels,
)
from smart_support.cli.taxonomy import usable
from smart_support.domain.alerting.check import alert_findings
from smart_support.domain.routing.check import findings
from smart_support.domain.routing.finding import Finding, Severity
from smart_support.domain.taxonomy import Taxonomy
from smart_support.outside import open_outside
from smart_support.settings import Settings, load
from smart_support.settings.names import listed, unknown_names
from smart_support.triage.models import SHIPPED, load_models
from smart_support.triage.taxonomy import TaxonomyModel
from smart_support.triage.taxonomy_file import TaxonomyContent, taxonomy_of
from smart_support.triage.taxonomy_file import load as load_taxonomy

app = typer.Typer(help="Settings, the taxonomy, and the rules of routing.", no_args_is_help=True)


class Kind(StrEnum):
    """What there is to configure by file."""

    TAXONOMY = "taxonomy"
    ROUTING = "routing"


@app.command()
def check(
    file: Path | None = typer.Argument(None, help="A taxonomy, or routing rules, TOML or JSON, to check as well."),
    agents: Path | None = typer.Option(None, help="For routing rules: a file of agents; default: all there are."),
    taxonomy: Path | None = typer.Option(None, help="For routing rules: a taxonomy file; default: the one that holds."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Show every setting as it holds, and check that the model, and the file if one is given, are sound.

    Nothing outside is asked whether it is there: `alerts test` does that."""
    settings = load(data_dir=data_dir)
    with open_outside(settings, time.time):
        pass
    models = load_models(settings.model_dir or SHIPPED, settings.execution_provider, light_only=settings.model_fallback)
    model = TaxonomyModel(models.transformer or models.light, lambda: models.light.labels, load_taxonomy())
    kind = None if file is None else _kind(file)
    held, found = model.taxonomy, list[Finding]()
    if file is not None and kind is Kind.TAXONOMY:
        held = usable(file, model)
    elif file is not None:
        rules = read_routing(file)
        held = held_taxonomy(settings) if taxonomy is None else with_labels(usable(taxonomy, model), model.categories)
        found = [
            *findings(rules, held_agents(settings) if agents is None else read_agents(agents), held),
            *alert_findings(rules.alerts, settings.alert_destinations, held, time.time()),
        ]
    ok = not any(one.severity is Severity.ERROR for one in found)
    if as_json:
        shown = {"settings": settings.shown(), "model": model.version, "categories": list(held.names)}
        shown["unknown"] = list(unknown_names())
        told = {"findings": [asdict(one) for one in found]} if kind is Kind.ROUTING else {}
        emit(shown | told | {"ok": ok})
    else:
        _show_settings(settings)
        messages.print(f"Model {model.version} is sound.", highlight=False)
        if unknown := unknown_names():
            says = f".env sets what is no setting: {listed(unknown)}. The others hold; docs/settings.md lists all."
            messages.print(says, markup=False, highlight=False, soft_wrap=True)
        else:
            messages.print("All settings hold.")
        if file is not None and kind is Kind.TAXONOMY:
            messages.print(f"{file} is sound: {_size(held)}.", markup=False, highlight=False, soft_wrap=True)
        elif file is not None:
            show_findings(file, found)
    if not ok:
        raise typer.Exit(1)


@app.command()
def apply(
    file: Path = typer.Argument(help="A taxonomy, or routing rules: TOML, or JSON where its name ends in .json."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Check everything, and change nothing."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Triage by this taxonomy, or route by these rules, from now on. Applying the same again changes nothing."""
    kind, content, said = _declared(file)
    with connection.client(load(data_dir=data_dir)) as api:
        answer = api.put(f"/config/{kind}", json=content, params={"dry_run": "true"} if dry_run else None)
        applied = checked(answer).json()
        if kind is Kind.TAXONOMY:
            _tell_of_unused(taxonomy_of(content), checked(api.get("/models")).json())
    if as_json:
        emit({name: applied[name] for name in ("version", "changed")} | {"dry_run": dry_run})
    elif not applied["changed"]:
        messages.print(f"Nothing changes: version {applied['version']} says the same.")
    else:
        holds = "would hold" if dry_run else "holds"
        messages.print(f"Version {applied['version']} of the {kind} {holds}: {said}.")


@app.command()
def show(
    kind: Kind = typer.Argument(Kind.TAXONOMY, help="What to show."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Show the taxonomy, or the routing, that holds; its JSON is a file for `config apply`."""
    with connection.client(load(data_dir=data_dir)) as api:
        held = checked(api.get(f"/config/{kind}")).json()
    if as_json:
        emit(held[kind])
    elif kind is Kind.ROUTING:
        show_routing(held)
    else:
        _show_taxonomy(held)


def _kind(file: Path) -> Kind:
    """What the file declares; raises Failure."""
    content = read_content(file)
    if is_routing(content):
        return Kind.ROUTING
    if content.keys() & TaxonomyContent.model_fields.keys():
        return Kind.TAXONOMY
    raise Failure(
        f"{file}: neither a taxonomy ([[category]]) nor routing rules ([[rule]], [[sla]], [assignment], [alerts])"
    )


def _declared(file: Path) -> tuple[Kind, dict[str, Any], str]:
    """What the API takes, and how much it is."""
    if _kind(file) is Kind.ROUTING:
        rules = content_of(file)
        return Kind.ROUTING, rules.model_dump(mode="json"), size(rules)
    taxonomy = load_taxonomy(file)
    return Kind.TAXONOMY, TaxonomyContent.of(taxonomy).model_dump(), _size(taxonomy)


def _tell_of_unused(taxonomy: Taxonomy, models: Iterable[dict[str, Any]]) -> None:
    if taxonomy.is_own and any(model["at_work"] and taxonomy.fits(model["labels"]) for model in models):
        messages.print(
            "The examples are not used: the model at work was trained on exactly these categories.", soft_wrap=True
        )


def _show_settings(settings: Settings) -> None:
    rows = (
        (name.upper(), "-" if value is None else value, Settings.model_fields[name].description)
        for name, value in settings.shown().items()
    )
    table("Settings", ("name", "value", "meaning"), rows, whole="name")


def _show_taxonomy(held: dict[str, Any]) -> None:
    taxonomy = held["taxonomy"]
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
