"""`alerts`: messages that went out, or could not; what was given up is tried again, and a sample is sent."""

import time
from pathlib import Path
from typing import Any

import typer

from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, Failure, JsonOption, cell, checked, emit, messages, table
from smart_support.pipeline.messages import MessageState
from smart_support.pipeline.wording import counted
from smart_support.settings import load

app = typer.Typer(
    help="Messages to Slack, mail and others: list them, try them again, send a sample.", no_args_is_help=True
)

_COLUMNS = ("id", "destination", "topic", "state", "at")
_LOOK_SECONDS = 0.2


@app.command("list")
def list_(
    state: list[MessageState] | None = typer.Option(None, help="Only those in this state; may be given again."),
    topic: str | None = typer.Option(None, help="Only those about it, such as ticket:HD-17 or incident:inc-1."),
    limit: int = typer.Option(100, min=1, max=1_000, help="Most messages to list."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """List the messages of alerts and write-backs, the newest first."""
    asked: dict[str, Any] = {"limit": limit, "state": [one.value for one in state or ()]}
    with connection.client(load(data_dir=data_dir), must_exist=True) as api:
        found = checked(api.get("/alerts", params=asked | ({} if topic is None else {"topic": topic}))).json()
    if as_json:
        emit(found)
    elif found:
        _show("Messages", found)
    else:
        messages.print("There is no such message.")


@app.command()
def retry(
    message_ids: list[str] | None = typer.Argument(None, help="Ids, as `alerts list` shows them."),
    everything: bool = typer.Option(False, "--all", help="All that were given up."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Try messages again now that were given up, or that wait for another try."""
    if bool(message_ids) == everything:
        raise Failure("name the messages, or say --all")
    with connection.client(load(data_dir=data_dir), must_exist=True) as api:
        body = {"message_ids": None if everything else message_ids}
        retried = checked(api.post("/alerts/retry", json=body)).json()["retried"]
    if as_json:
        emit({"retried": retried})
    else:
        messages.print(f"Tried again: {counted(len(retried), 'message')}.")
    if left := sorted(set(message_ids or ()) - set(retried)):
        raise Failure(f"neither given up nor waiting for another try: {', '.join(left)}")


@app.command("test")
def sample(
    destination: str | None = typer.Argument(None, help="Where to send it; default: everywhere."),
    wait: float = typer.Option(15.0, min=0.0, max=300.0, help="Seconds to wait for what becomes of it."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Send a sample as an alert would go, and say whether it arrived."""
    with connection.client(load(data_dir=data_dir)) as api:
        sent = checked(api.post("/alerts/test", json={"destination": destination})).json()
        ids, end = {one["id"] for one in sent}, time.monotonic() + wait
        while any(not _is_told(one) for one in sent) and time.monotonic() < end:
            time.sleep(_LOOK_SECONDS)
            found = checked(api.get("/alerts", params={"topic": sent[0]["topic"]})).json()
            sent = [one for one in found if one["id"] in ids]
    if as_json:
        emit(sent)
    else:
        _show("Samples", sent)
    if failed := [f"{one['destination']} ({_why(one)})" for one in sent if one["state"] != MessageState.SENT]:
        raise Failure(f"it has not arrived: {', '.join(failed)}")


def _is_told(message: dict[str, Any]) -> bool:
    """Whether it is known what became of the first try."""
    return message["state"] != MessageState.PENDING or message["last_error"] is not None


def _why(message: dict[str, Any]) -> str:
    if message["last_error"] is None:
        return "not tried yet: the destination is slow, or left in peace for a while"
    outcome = "given up" if message["state"] == MessageState.DEAD else "it is tried again"
    return f"{message['last_error']}; {outcome}"


def _show(title: str, found: list[dict[str, Any]]) -> None:
    table(title, _COLUMNS, ([cell(message[column]) for column in _COLUMNS] for message in found), "id")
    failed = [message for message in found if message["last_error"] is not None]
    if failed:
        rows = ((message["id"], message["attempts"], message["last_error"]) for message in failed)
        table("Failed", ("id", "attempts", "last error"), rows, "id")
