"""`keys`: API keys, made and revoked."""

import re
from pathlib import Path
from typing import Any

import typer

from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, Failure, JsonOption, cell, checked, emit, messages, table
from smart_support.cli.workspaces import workspace_id
from smart_support.domain.access import KEY_ID_PATTERN, Scope
from smart_support.domain.ticket import DEFAULT_WORKSPACE
from smart_support.settings import load

app = typer.Typer(help="API keys: make, list, revoke.", no_args_is_help=True)


@app.command()
def create(
    name: str = typer.Option(..., help="What the key is for."),
    scope: list[Scope] = typer.Option(..., help="What it opens; may be given several times."),
    days: float | None = typer.Option(None, min=0.001, max=36_500, help="Days until it expires; default: never."),
    agent: str | None = typer.Option(
        None, help="The id of the agent whose key it is: unless it is an admin's, it opens his own tickets alone."
    ),
    workspace: str | None = typer.Option(
        None, callback=workspace_id, help="The workspace that it opens; default: WORKSPACE, else default."
    ),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Make a key and print its token, which cannot be shown again."""
    body = {"name": name, "scopes": sorted(scope), "expires_in_days": days, "agent_id": agent, "workspace": workspace}
    with connection.client(load(data_dir=data_dir), everywhere=workspace is not None) as api:
        # It is asked for in `default`, which alone sees those of all workspaces.
        is_first = not checked(api.get("/keys", headers={"X-Workspace": DEFAULT_WORKSPACE})).json()
        key = checked(api.post("/keys", json=body)).json()
    if as_json:
        emit(key)
    else:
        if is_first:
            messages.print(
                "This is the first key: from now on every call to the API needs one, on this machine too, but for "
                "commands that may read the data directory.",
                soft_wrap=True,
            )
        messages.print("Keep this token; it is shown only now:")
        print(key["token"])


@app.command("list")
def list_(data_dir: Path | None = DataDirOption, as_json: bool = JsonOption) -> None:
    """List the keys of a workspace, of `default` those of all, without their secrets."""
    with connection.client(load(data_dir=data_dir), must_exist=True) as api:
        keys = checked(api.get("/keys")).json()
    if as_json:
        emit(keys)
        return
    if not keys:
        messages.print("There are no keys yet: `smart-support keys create` makes one.")
        return
    fields = {"id": "id", "name": "name", "scopes": "scopes", "workspace": "workspace"}
    if any(key["agent_id"] is not None for key in keys):  # of few, and a narrow terminal has no room for it
        fields["agent"] = "agent_id"
    fields |= {"created": "created_at", "last used": "last_used_at"}
    rows = ([*(cell(key[field]) for field in fields.values()), _end(key)] for key in keys)
    table("API keys", (*fields, "ends"), rows, whole="id")


@app.command()
def revoke(
    key_id: str = typer.Argument(help="The id, as `keys list` shows it."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Revoke a key; it opens nothing from then on."""
    if not re.fullmatch(KEY_ID_PATTERN, key_id):
        raise Failure(f"{key_id!r} is no id of a key; `smart-support keys list` shows them")
    with connection.client(load(data_dir=data_dir), must_exist=True) as api:
        checked(api.delete(f"/keys/{key_id}"))
    if as_json:
        emit({"revoked": key_id})
    else:
        messages.print(f"Key {key_id} is revoked.")


def _end(key: dict[str, Any]) -> str:
    return cell(key["expires_at"]) if key["revoked_at"] is None else f"{cell(key['revoked_at'])} (revoked)"
