"""`workspaces`: made and listed."""

import re
from pathlib import Path

import typer

from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, Failure, JsonOption, cell, checked, emit, messages, table
from smart_support.domain.workspace import WORKSPACE_ID_PATTERN
from smart_support.settings import load

app = typer.Typer(
    help="Workspaces, each with tickets, agents, rules and keys of its own: make, list.", no_args_is_help=True
)


def workspace_id(text: str | None) -> str | None:
    """The same text; raises Failure where it can be no id of a workspace."""
    if text is not None and not re.fullmatch(WORKSPACE_ID_PATTERN, text):
        raise Failure(
            f"{text!r} is no id of a workspace: use up to 64 lower-case letters, digits, _ and -, and begin with a "
            "letter or digit"
        )
    return text


@app.command()
def create(
    workspace: str = typer.Argument(
        metavar="ID", callback=workspace_id, help="Lower-case letters, digits, _ and -; it stays for good."
    ),
    name: str | None = typer.Option(None, help="What people call it; default: the id."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Make a workspace. A key of it (`keys create --workspace ID`) opens it and nothing else."""
    with connection.client(load(data_dir=data_dir), everywhere=True) as api:
        made = checked(api.post("/workspaces", json={"id": workspace, "name": name})).json()
    if as_json:
        emit(made)
    else:
        messages.print(f"There is a workspace {made['id']} now.", highlight=False)


@app.command("list")
def list_(data_dir: Path | None = DataDirOption, as_json: bool = JsonOption) -> None:
    """List the workspaces."""
    with connection.client(load(data_dir=data_dir), everywhere=True) as api:
        found = checked(api.get("/workspaces")).json()
    if as_json:
        emit(found)
        return
    rows = ([cell(one[field]) for field in ("id", "name", "created_at")] for one in found)
    table("Workspaces", ("id", "name", "created"), rows)
