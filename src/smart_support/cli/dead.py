"""`dead`: tickets that were given up, listed and tried again."""

from pathlib import Path

import typer

from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, Failure, JsonOption, cell, checked, emit, messages, table
from smart_support.pipeline.wording import counted
from smart_support.settings import load

app = typer.Typer(help="Tickets that were given up: list them, let them try again.", no_args_is_help=True)

_FIELDS = {"ticket": "ticket_id", "step": "step", "failures": "failures", "reason": "reason", "accepted": "accepted_at"}
"""What a column shows."""


@app.command("list")
def list_(
    limit: int = typer.Option(100, min=1, max=1_000, help="Most tickets to list."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """List the tickets that triage or dispatch gave up, the oldest first, each with its reason."""
    with connection.client(load(data_dir=data_dir), must_exist=True) as api:
        dead = checked(api.get("/dead", params={"limit": limit})).json()
    if as_json:
        emit(dead)
    elif dead:
        table("Given up", _FIELDS, ([cell(ticket[field]) for field in _FIELDS.values()] for ticket in dead))
    else:
        messages.print("No ticket was given up.")


@app.command()
def retry(
    ticket_ids: list[str] | None = typer.Argument(None, help="Ids, as `dead list` shows them."),
    everything: bool = typer.Option(False, "--all", help="All of them."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Let tickets take the step again that gave them up."""
    if bool(ticket_ids) == everything:
        raise Failure("name the tickets, or say --all")
    with connection.client(load(data_dir=data_dir), must_exist=True) as api:
        body = {"ticket_ids": None if everything else ticket_ids}
        retried = checked(api.post("/dead/retry", json=body)).json()["retried"]
    if as_json:
        emit({"retried": retried})
    else:
        messages.print(f"Tried again: {counted(len(retried), 'ticket')}.")
    if left := sorted(set(ticket_ids or ()) - set(retried)):
        raise Failure(f"not among the tickets that were given up: {', '.join(left)}")
