"""`privacy`: a person's data shown and erased, and what was kept for long enough let go."""

from collections import Counter
from pathlib import Path
from typing import Any

import typer

from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, Failure, ForceOption, JsonOption, checked, emit, messages
from smart_support.cli.files import output
from smart_support.data_dir import unreached_folders
from smart_support.pipeline.wording import counted
from smart_support.settings import load

app = typer.Typer(help="A person's data: show, erase; purge what is too old.", no_args_is_help=True)

CustomerOption = typer.Option(None, "--customer", help="The customer's id, as tickets came with it.")
EmailOption = typer.Option(None, "--email", help="The customer's mail address, in either case.")
TicketOption = typer.Option([], "--ticket", help="A ticket that is his, by its id; as often as there are such.")
_LABELS = {"text": "words", "customer": "customers' names", "vectors": "vectors"}
"""What is taken from tickets, as people call it; events are counted by themselves."""


@app.command()
def export(
    out: Path = typer.Option(..., help="File to write: JSON; - writes to stdout."),
    customer: str | None = CustomerOption,
    email: str | None = EmailOption,
    ticket: list[str] = TicketOption,
    force: bool = ForceOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Write everything that is kept of a person into a file."""
    person, number = _person(customer, email, ticket), 0
    with (
        output(out, force) as file,
        connection.client(load(data_dir=data_dir), must_exist=True) as api,
        api.stream("POST", "/v2/privacy/export", json=person) as answer,
    ):
        if not answer.is_success:
            answer.read()
        checked(answer)
        file.write(b"[")
        for line in answer.iter_lines():  # JSON as it comes has no line breaks of its own, of no kind
            file.write(f"{',' if number else ''}\n{line}".encode())
            number += 1
        file.write(b"\n]\n")
    messages.print(f"{counted(number, 'record')} written to {out}.")


@app.command()
def erase(
    customer: str | None = CustomerOption,
    email: str | None = EmailOption,
    ticket: list[str] = TicketOption,
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Erase everything that came from a person until now. It cannot be undone."""
    person = _person(customer, email, ticket)
    who = " or ".join(filter(None, [customer, email, *ticket]))
    if not yes:
        typer.confirm(f"Erase everything that came from {who}? It cannot be undone.", abort=True, err=True)
    settings = load(data_dir=data_dir)
    with connection.client(settings, must_exist=True) as api:
        erased = checked(api.post("/v2/privacy/erase", json=person, timeout=None)).json()
    if as_json:
        emit(erased)
    else:
        replies = counted(erased["replies"], "reply", "replies")
        messages.print(f"Erased {counted(erased['tickets'], 'ticket')}, and {replies} to those of others.")
    if not erased["tickets"] and not erased["replies"]:
        messages.print(
            "Nothing there was his. Tickets that came without a name, or were written to after they were erased, are "
            "named by --ticket.",
            soft_wrap=True,
        )
    if not erased["scrubbed"]:
        messages.print(
            "The files could not be written anew yet (they are read, or the disk is full): it is tried again by itself."
        )
    if folders := unreached_folders(settings.data_dir):
        messages.print(
            f"Not erased from what a restore left there: remove {' and '.join(map(str, folders))}.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


@app.command()
def purge(
    dry_run: bool = typer.Option(False, "--dry-run", help="Only show what would go."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Take from finished tickets what RETENTION_..._DAYS no longer let them keep. A running system does so hourly."""
    total: Counter[str] = Counter()
    with connection.client(load(data_dir=data_dir), must_exist=True) as api:
        while True:
            done: dict[str, Any] = checked(api.post("/v2/privacy/purge", params={"dry_run": dry_run})).json()
            found = {name: number for name, number in done.items() if number is not None}
            total.update(found)
            if dry_run or not any(found.values()):
                break
    if as_json:
        emit(dict(total))
    elif not total:
        messages.print(
            "Finished tickets keep everything: none of RETENTION_TEXT_DAYS, RETENTION_CUSTOMER_DAYS, "
            "RETENTION_VECTORS_DAYS and RETENTION_EVENTS_DAYS is set. A running system lets messages go after "
            "RETENTION_MESSAGES_DAYS.",
            soft_wrap=True,
        )
    else:
        verb = "Would purge" if dry_run else "Purged"
        said = ", ".join(
            counted(n, "event") if name == "events" else f"{_LABELS[name]} of {counted(n, 'ticket')}"
            for name, n in total.items()
        )
        messages.print(f"{verb}: {said}.")


def _person(customer: str | None, email: str | None, tickets: list[str]) -> dict[str, Any]:
    if customer is None and email is None and not tickets:
        raise Failure("say who: --customer ID, --email MAIL, --ticket ID, or several of them")
    return {name: said for name, said in (("customer", customer), ("email", email), ("tickets", tickets)) if said}
