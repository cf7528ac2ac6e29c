"""`keys`: API keys, made and revoked."""

import re
from pathlib import Path

import typer

from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, Failure, JsonOption, cell, checked, emit, messages, table
from smart_support.domain.access import Scope
from smart_support.settings import load

app = typer.Typer(help="API keys: make, list, revoke.", no_args_is_help=True)


@app.command()
def create(
    name: str = typer.Option(..., help="What the key is for."),
    scope: list[Scope] = typer.Option(..., help="What it opens; may be given several times."),
    days: float | None = typer.Option(None, min=0.001, help="Days until it expires; default: never."),
    agent: str | None = typer.Option(
        None, help="The id of the agent whose key it is: unless it is an admin's, it opens his own tickets alone."
    ),
    workspace: str | None = typer.Option(None, help="The workspace that it opens; default: WORKSPACE, else default."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Make a key and print its token, which cannot be shown again."""
    body = {"name": name, "scopes": sorted(scope), "expires_in_days": days, "agent_id": agent, "workspace": workspace}
    with connection.client(load(data_dir=data_dir), everywhere=workspace is not None) as api:
        key = checked(api.post("/keys", json=body)).json()
    if as_json:
        emit(key)
    else:
        messages.print("Keep this token; it is shown only now:")
        print(key["token"])


@app.command("list")
def list_(data_dir: Path | None = DataDirOption, as_json: bool = JsonOption) -> None:
    """List the keys of a workspace, of `default` those of all, without their secrets."""
    with connection.client(load(data_dir=data_dir)) as api:
        keys = checked(api.get("/keys")).json()
    if as_json:
        emit(keys)
        return
    if not keys:
        messages.print("There are no keys yet: `smart-support keys create` makes one.")
        return
    columns = (
        *("id", "workspace", "name", "scopes", "created_at", "last_used_at", "expires_at", "revoked_at", "agent_id"),
    )
    rows = ([cell(key[column]) for column in columns] for key in keys)
    table("API keys", columns, rows)


@app.command()
def revoke(
    key_id: str = typer.Argument(help="The id, as `keys list` shows it."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Revoke a key; it opens nothing from then on."""
    if not re.fullmatch("[0-9a-f]{1,32}", key_id):
        raise Failure(f"{key_id!r} is no id of a key; `smart-support keys list` shows them")
    with connection.client(load(data_dir=data_dir)) as api:
        checked(api.delete(f"/keys/{key_id}"))
    if as_json:
        emit({"revoked": key_id})
    else:
        messages.print(f"Key {key_id} is revoked.")
