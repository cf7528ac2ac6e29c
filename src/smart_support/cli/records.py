"""`import` and `export`: tickets in bulk, as CSV or JSON lines."""

import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import typer

from smart_support.cli import connection
from smart_support.cli.console import (
    DataDirOption,
    Failure,
    ForceOption,
    JsonOption,
    checked,
    emit,
    messages,
    progress,
)
from smart_support.cli.files import output
from smart_support.cli.import_note import Note, Progress
from smart_support.cli.record_files import Record, RecordFile, batches, fingerprint, opened
from smart_support.pipeline.wording import counted
from smart_support.settings import load

_LOOK_EVERY = 1_000


def import_(
    file: str = typer.Argument(help="A .csv file with a header, a file of JSON lines, or - for JSON lines on stdin."),
    live: bool = typer.Option(False, "--live", help="Treat the tickets as arriving now: they may alert."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Import tickets of the past: kept and triaged, alerting nobody.

    Everything is checked before anything is sent. One that breaks off goes on where it was when it is repeated, and
    repeating one that is done adds nothing twice.
    """
    settings = load(data_dir=data_dir)
    with opened(file) as source, progress() as bar:
        looking = bar.add_task("Checking", total=None)
        number, name = fingerprint(_counted(source.checked(), lambda done: bar.update(looking, completed=done)))
        bar.remove_task(looking)
        note = Note.of(settings.data_dir, name, settings.shown_database, "live" if live else "past")
        with connection.client(settings) as api:
            task = bar.add_task("Importing", total=number)
            total = _send(api, source, live, note, lambda done: bar.update(task, completed=done))
        note.remove()
    if as_json:
        emit({"imported": total.imported, "known": total.known, "conflicts": total.conflicts})
    else:
        messages.print(f"Imported {total.imported}, known already {total.known}, in conflict {len(total.conflicts)}.")
        messages.print("A running system triages them.")
    if total.conflicts:
        shown = ", ".join(total.conflicts[:5])
        raise Failure(
            f"left out, as their ids belong to tickets with another content ({len(total.conflicts)}): {shown}"
        )


def _send(api: httpx.Client, source: RecordFile, live: bool, note: Note, show: Callable[[int], None]) -> Progress:
    """What became of all records, those that an earlier run took in among them."""
    total = note.read() or Progress()
    records = (record for _, record in source.records())
    if total.done:
        last = list(islice(records, total.last, total.done))
        if any(_post(api, batch, live)["imported"] for batch in batches(last)):
            note.remove()  # that run was with another system, or this one was set back since
            return _send(api, source, live, note, show)
        messages.print(f"Going on after {total.done} tickets, which an earlier run imported.")
    for batch in batches(records):
        show(total.done)
        answer = _post(api, batch, live)
        total.add(len(batch), answer["imported"], answer["known"], answer["conflicts"])
        note.write(total)
    show(total.done)
    return total


def _post(api: httpx.Client, batch: list[Record], live: bool) -> Any:
    """What became of a batch, once the system had room for it."""
    while True:
        answer = api.post("/v2/import", params={"live": live}, json={"tickets": batch})
        if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
            return checked(answer).json()
        time.sleep(float(answer.headers["Retry-After"]))


def _counted(records: Iterator[Record], look: Callable[[int], None]) -> Iterator[Record]:
    """The same, while somebody looks on."""
    for number, record in enumerate(records):
        if number % _LOOK_EVERY == 0:
            look(number)
        yield record


def export(
    out: Path | None = typer.Option(None, help="File to write; default: stdout."),
    force: bool = ForceOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Export all tickets as JSON lines, by time of acceptance."""
    number = 0
    with (
        output(out, force) as file,
        connection.client(load(data_dir=data_dir), must_exist=True) as api,
        api.stream("GET", "/v2/export") as answer,
    ):
        if not answer.is_success:
            answer.read()
        checked(answer)
        for chunk in answer.iter_bytes():  # not lines: text may hold other line breaks than ours
            file.write(chunk)
            number += chunk.count(b"\n")
    messages.print(f"{counted(number, 'ticket')} exported.")
