"""`models`: add a model, try it in shadow, compare it, promote it, go back."""

from pathlib import Path
from typing import Any

import httpx
import typer

from smart_support.adapters.model_folder import ModelFolder, best
from smart_support.api.model_figures import headline
from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, Failure, JsonOption, cell, checked, emit, messages, table
from smart_support.settings import load

app = typer.Typer(help="Models: try one on live tickets, compare it, promote it, go back.", no_args_is_help=True)

VersionArgument = typer.Argument(help="As `models list` shows it, or how it begins.")
_SHOWN = 10


@app.command("list")
def list_(data_dir: Path | None = DataDirOption, as_json: bool = JsonOption) -> None:
    """List the models there are, with their roles and the figures of their best tier; the one at work first."""
    with connection.client(load(data_dir=data_dir)) as api:
        found = checked(api.get("/models")).json()
    if as_json:
        emit(found)
        return
    models = _models(found)
    columns = ("model", "role", "at work", "accuracy", "macro F1", "added")
    table("Models", columns, map(_row, models.values()), whole="model")
    for bundle in models.values():
        if bundle["problem"]:
            messages.print(f"{bundle['model']}: {bundle['problem']}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def add(
    folder: Path = typer.Argument(help="A folder that `train` wrote, or one with light/ and transformer/ in it."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Check a model and copy it into the data directory; it has no role yet."""
    settings = load(data_dir=data_dir)
    with connection.client(settings) as api:
        info = ModelFolder(settings.model_folder, best).add(folder)
        added = checked(api.post("/models", json={"version": info.version})).json()
    if as_json:
        emit(added)
    else:
        messages.print(f"Added {added['model']}. Try it: smart-support models shadow {added['model']}", soft_wrap=True)


@app.command()
def shadow(
    version: str = VersionArgument,
    stop: bool = typer.Option(False, "--stop", help="Try it no more."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Try a model on live tickets, beside the active one and without any effect."""
    with connection.client(load(data_dir=data_dir)) as api:
        chosen = _chosen(api, version)
        _told(api.request("DELETE" if stop else "POST", f"/models/{chosen}/shadow"), as_json)


@app.command()
def compare(data_dir: Path | None = DataDirOption, as_json: bool = JsonOption) -> None:
    """Compare the model in shadow with the active one, on the tickets that both have seen."""
    with connection.client(load(data_dir=data_dir)) as api:
        found = checked(api.get("/models/compare")).json()
    if as_json:
        emit(found)
    else:
        _show(found)


@app.command()
def promote(
    version: str | None = typer.Argument(
        None, help="As `models list` shows it, or how it begins; default: the one in shadow."
    ),
    force: bool = typer.Option(False, "--force", help="Also where it was compared on too few tickets."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Let a model triage; every process does so within a second or so."""
    with connection.client(load(data_dir=data_dir)) as api:
        chosen = _chosen(api, version) if version else _in_shadow(api)
        _told(api.post(f"/models/{chosen}/promote", params={"force": force}), as_json)


@app.command()
def rollback(data_dir: Path | None = DataDirOption, as_json: bool = JsonOption) -> None:
    """Let the model triage that did so before the last promotion; at first, the one that comes with the program."""
    with connection.client(load(data_dir=data_dir)) as api:
        _told(api.post("/models/rollback"), as_json)


def _models(bundles: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Each model by its version, in their order, as its best bundle says (m2 where there is one)."""
    best: dict[str, dict[str, Any]] = {}
    for bundle in bundles:
        if bundle["name"] >= best.setdefault(bundle["model"], bundle)["name"]:
            best[bundle["model"]] = bundle
    return best


def _chosen(api: httpx.Client, given: str) -> str:
    """The one model whose version begins so."""
    known = list(dict.fromkeys(bundle["model"] for bundle in checked(api.get("/models")).json()))
    found = [given] if given in known else [version for version in known if version.startswith(given)]
    if not found:
        raise Failure(f"no model's version begins with {given!r}; `models list` shows those there are")
    if len(found) > 1:
        raise Failure(f"{given!r} may be any of {', '.join(found)}; say more of it")
    return str(found[0])


def _in_shadow(api: httpx.Client) -> str:
    for bundle in checked(api.get("/models")).json():
        if bundle["role"] == "shadow":
            return str(bundle["model"])
    raise Failure("no model is in shadow; name the one to promote")


def _told(answer: httpx.Response, as_json: bool) -> None:
    roles = checked(answer).json()
    if as_json:
        emit(roles)
        return
    for role in ("active", "shadow", "previous"):
        of_none = "the one that comes with the program" if role == "active" else "-"
        messages.print(f"  {role:<9} {roles[role] or of_none}", highlight=False, soft_wrap=True)


def _row(bundle: dict[str, Any]) -> list[str]:
    figures = headline(bundle["figures"])
    measured = (f"{figures[name]:.3f}" if name in figures else "-" for name in ("accuracy", "macro_f1"))
    return [
        bundle["model"],
        cell(bundle["role"]),
        "yes" if bundle["at_work"] else "-",
        *measured,
        cell(bundle["added_at"]),
    ]


def _show(found: dict[str, Any]) -> None:
    agreement, gap = ("-" if found[name] is None else f"{found[name]:.3f}" for name in ("agreement", "urgency_gap"))
    both = [("tickets", found["tickets"]), ("same category", agreement), ("mean |dS|", gap)]
    table("Both have seen", ("figure", "value"), both)
    each = [("model", found["active"], found["shadow"]), ("alerts", found["active_alerts"], found["shadow_alerts"])]
    for name in ("category", "urgency"):
        score = found[name]
        each.append((f"{name}: alone right ({score['tied']} tied)", score["active"], score["shadow"]))
    table("Each by itself", ("figure", "active", "shadow"), each)
    if found["disagreements"]:
        pairs = found["disagreements"][:_SHOWN]
        columns = ("active", "shadow", "tickets")
        table("Most frequent disagreements", columns, ([pair[column] for column in columns] for pair in pairs))
    if not found["enough"]:
        messages.print("Too few tickets to judge by: `promote` needs --force.")
