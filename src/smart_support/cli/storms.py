"""`storms`: what other limits would do."""

import re
from datetime import datetime
from pathlib import Path

import typer

from smart_support.cli.connection import client
from smart_support.cli.console import DataDirOption, Failure, JsonOption, checked, emit, table
from smart_support.settings import load

app = typer.Typer(help="Tickets of one cause: see what other limits would do.", no_args_is_help=True)

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_SHOWN = 20


@app.callback()
def _root() -> None:
    pass


@app.command()
def preview(
    similarity: float | None = typer.Option(None, min=0.0, max=1.0, help="Cosine above which tickets are copies."),
    threshold: int | None = typer.Option(None, min=1, help="More copies than this open an incident."),
    last: str = typer.Option("24h", help="How far back to look: 90s, 30m, 24h, 7d."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Go through stored tickets by other limits and show which would move; nothing is changed."""
    given = {"similarity": similarity, "threshold": threshold, "seconds": _seconds(last)}
    with client(load(data_dir=data_dir)) as api:
        wanted = {name: value for name, value in given.items() if value is not None}
        found = checked(api.get("/incidents/preview", params=wanted)).json()
    if as_json:
        emit(found)
        return
    rows = [(place, _clock(one["opened_at"]), len(one["tickets"])) for place, one in enumerate(found["groups"])]
    table(f"Incidents that {found['tickets']} tickets would make", ("group", "opens", "tickets"), rows)
    moves = [(move["ticket_id"], move["incident_id"] or "none", _name(move["group"])) for move in found["moves"]]
    left = len(moves) - _SHOWN
    table(
        f"{len(moves)} tickets would move" + (f"; {left} more with --json" if left > 0 else ""),
        ("ticket", "from", "to group"),
        moves[:_SHOWN],
    )


def _clock(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%d %b %H:%M:%S")


def _name(group: int | None) -> str:
    return "none" if group is None else str(group)


def _seconds(text: str) -> float:
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise Failure(f"--last {text}: give a number with s, m, h or d behind it, such as 24h")
    return float(found[1]) * _UNITS[found[2]]
