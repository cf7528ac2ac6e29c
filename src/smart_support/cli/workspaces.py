"""`workspaces`: made and listed."""

from pathlib import Path

import typer

from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, JsonOption, cell, checked, emit, messages, table
from smart_support.settings import load

app = typer.Typer(
    help="Workspaces, each with tickets, agents, rules and keys of its own: make, list.", no_args_is_help=True
)


@app.command()
def create(
    workspace: str = typer.Argument(metavar="ID", help="Lower-case letters, digits, _ and -; it stays for good."),
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
