"""`simulate`: made-up tickets for the running system, or for a file that says what each of them is."""

import json
import math
import secrets
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import typer

from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, Failure, JsonOption, checked, emit, messages, progress, table
from smart_support.cli.sending import send
from smart_support.pipeline.wording import counted
from smart_support.settings import load
from smart_support.simulator import traffic
from smart_support.simulator.families import Family, families
from smart_support.simulator.traffic import Arrival

app = typer.Typer(
    help="Send made-up tickets to the running system: a flood about one incident, or a day with several.",
    no_args_is_help=True,
)

_MOST = 100_000
_COLUMNS = ("family", "kind", "sent", "refused")


def _number(value: float) -> float:
    if math.isnan(value):  # no range excludes it
        raise typer.BadParameter("a number is needed")
    return value


SeedOption = typer.Option(1, min=0, help="The same seed gives the same tickets at the same times.")
SpeedOption = typer.Option(0.0, min=0.0, callback=_number, help="Times real time; 0 goes as fast as it can.")
LookAlikesOption = typer.Option(6, min=0, max=_MOST, help="Tickets in the words of an incident, about something else.")
OutOption = typer.Option(None, help="File of labelled JSON lines to write, for `replay`; nothing is sent.")


@app.command()
def flood(
    family: str | None = typer.Option(None, help="The incident (see --list); default: one that the seed chooses."),
    seed: int = SeedOption,
    reports: int = typer.Option(60, min=1, max=_MOST, help="Reports of the incident, in different words."),
    copies: int = typer.Option(10, min=0, max=_MOST, help="Exact copies of such reports, beside them."),
    look_alikes: int = LookAlikesOption,
    rate: float = typer.Option(120.0, min=0.0, max=_MOST, callback=_number, help="Other tickets an hour."),
    minutes: float = typer.Option(30.0, min=0.1, max=1_440.0, callback=_number, help="How long all this takes."),
    speed: float = SpeedOption,
    out: Path | None = OutOption,
    list_: bool = typer.Option(False, "--list", help="List the incidents instead."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """One incident that many people report, in even traffic.

    A system finds it by what it has seen more than five minutes ago: a new one finds the first flood late, and another
    right behind it not at all. Send `simulate day --storms 0` first, and wait five minutes.
    """
    if list_:
        _list(as_json)
        return
    arrivals = traffic.flood(
        seed,
        None if family is None else _known(family),
        reports=reports,
        seconds=60.0 * minutes,
        others_per_hour=rate,
        look_alikes=look_alikes,
        copies=copies,
    )
    _deliver(arrivals, speed, out, data_dir, as_json)


@app.command()
def day(
    seed: int = SeedOption,
    hours: float = typer.Option(24.0, min=0.1, max=168.0, callback=_number, help="How long, from midnight on."),
    storms: int = typer.Option(3, min=0, help="Incidents, each at any time: they may overlap."),
    reports: int = typer.Option(40, min=1, max=_MOST, help="Reports of each incident, give or take half of them."),
    copies: int = typer.Option(5, min=0, max=_MOST, help="Exact copies of reports of each incident, beside them."),
    look_alikes: int = LookAlikesOption,
    rate: float = typer.Option(
        40.0, min=0.0, max=_MOST, callback=_number, help="Other tickets an hour, in the mean; most at 14:00."
    ),
    speed: float = SpeedOption,
    out: Path | None = OutOption,
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """A day's traffic in its rhythm, with incidents that come up and ebb away."""
    try:
        arrivals = traffic.day(
            seed,
            hours=hours,
            storms=storms,
            reports=reports,
            others_per_hour=rate,
            look_alikes=look_alikes,
            copies=copies,
        )
    except ValueError as error:
        raise Failure(str(error)) from error
    _deliver(arrivals, speed, out, data_dir, as_json)


def _known(name: str) -> Family:
    """The family of this name; raises Failure with those that are spelled like it."""
    known = {family.name: family for family in families()}
    if name not in known:
        close = ", ".join(get_close_matches(name, known, cutoff=0.4))
        raise Failure(f"there is no family {name!r}: {f'did you mean {close}?' if close else '--list shows them all'}")
    return known[name]


def _list(as_json: bool) -> None:
    if as_json:
        emit([{"family": f.name, "reports": len(f.reports), "look_alikes": len(f.look_alikes)} for f in families()])
    else:
        rows = ((f.name, len(f.reports), len(f.look_alikes), f.reports[0].text) for f in families())
        table("Incidents", ("family", "reports", "look-alikes", "one of its reports"), rows, whole="family")


def _deliver(arrivals: list[Arrival], speed: float, out: Path | None, data_dir: Path | None, as_json: bool) -> None:
    if out is None:
        _send(arrivals, speed, data_dir, as_json)
        return
    with out.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in traffic.labelled(arrivals))
    if as_json:
        emit({"written": len(arrivals)})
    else:
        messages.print(f"{counted(len(arrivals), 'ticket')} written to {out}.")


def _send(arrivals: Sequence[Arrival], speed: float, data_dir: Path | None, as_json: bool) -> None:
    """Send all to the running system, and tell what became of them; raises Failure where some were refused, or where
    real tickets come."""
    run = secrets.token_hex(4)  # the same seed again is new tickets, while one sent again is the same
    tickets = [
        (arrival.at, {"ticket_id": f"sim-{run}-{n:06}", "subject": arrival.subject, "body": arrival.body})
        for n, arrival in enumerate(arrivals, 1)
    ]
    with connection.client(load(data_dir=data_dir), must_run=True) as api:
        if checked(api.get("/session")).json()["production"]:
            raise Failure(
                "real tickets come to this system (it has API keys, or PRODUCTION says so), and people are called: "
                "start one to play with by `smart-support up --data-dir play --port 8001`, or say PRODUCTION=false"
            )
        with progress() as bar:
            task = bar.add_task("Sending", total=len(tickets))
            answers = send(api, tickets, speed, lambda: bar.advance(task))
        status = checked(api.get("/v2/tickets/status")).json()
    _tell(arrivals, [answer.is_success for answer in answers], status, as_json)
    for answer in answers:
        checked(answer)


def _tell(arrivals: Sequence[Arrival], taken: list[bool], status: dict[str, Any], as_json: bool) -> None:
    sent: Counter[tuple[str | None, str]] = Counter()
    refused: Counter[tuple[str | None, str]] = Counter()
    for arrival, ok in zip(arrivals, taken, strict=True):
        (sent if ok else refused)[arrival.family, arrival.kind] += 1
    of = sorted({*sent, *refused}, key=lambda which: (which[0] or "", which[1]))
    rows = [(family, kind, sent[family, kind], refused[family, kind]) for family, kind in of]
    if as_json:
        tickets = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
        emit({"sent": sent.total(), "refused": refused.total(), "tickets": tickets, "status": status})
        return
    total = ("all", "", sent.total(), refused.total())
    table(f"{len(arrivals)} tickets", _COLUMNS, ((family or "-", *row) for family, *row in (*rows, total)))
    table("GET /v2/tickets/status", status, [status.values()])
