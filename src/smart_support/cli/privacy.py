"""`privacy`: a person's data shown and erased, and what was kept for long enough let go."""

from collections import Counter
from pathlib import Path
from typing import Any

import typer

from smart_support.cli import connection
from smart_support.cli.console import DataDirOption, Failure, JsonOption, checked, emit, messages
from smart_support.data_dir import replaced_folders
from smart_support.settings import load

app = typer.Typer(help="A person's data: show, erase; purge what is too old.", no_args_is_help=True)

CustomerOption = typer.Option(None, "--customer", help="The customer's id, as tickets came with it.")
EmailOption = typer.Option(None, "--email", help="The customer's mail address, in either case.")
TicketOption = typer.Option([], "--ticket", help="A ticket that is his, by its id; as often as there are such.")
_DAYS = {"text": "words", "customer": "customers' names", "vectors": "vectors", "events": "events"}


@app.command()
def export(
    out: Path = typer.Option(..., help="File to write: JSON."),
    customer: str | None = CustomerOption,
    email: str | None = EmailOption,
    ticket: list[str] = TicketOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Write everything that is kept of a person into a file."""
    draft, number = out.with_name(out.name + ".part"), 0
    with (
        connection.client(load(data_dir=data_dir)) as api,
        api.stream("POST", "/v2/privacy/export", json=_person(customer, email, ticket)) as answer,
    ):
        if not answer.is_success:
            answer.read()
        checked(answer)
        draft.touch(mode=0o600)  # nobody else's to read
        with draft.open("w", encoding="utf-8") as file:
            file.write("[")
            for line in answer.iter_lines():  # JSON as it comes has no line breaks of its own, of no kind
                file.write(f"{',' if number else ''}\n{line}")
                number += 1
            file.write("\n]\n")
    draft.replace(out)
    messages.print(f"{number} records written to {out}.")


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
    with connection.client(settings) as api:
        erased = checked(api.post("/v2/privacy/erase", json=person, timeout=None)).json()
    if as_json:
        emit(erased)
    else:
        messages.print(f"Erased {erased['tickets']} tickets, and {erased['replies']} replies to those of others.")
    if not erased["scrubbed"]:
        messages.print(
            "The files could not be written anew yet (they are read, or the disk is full): it is tried again by itself."
        )
    if folders := replaced_folders(settings.data_dir):
        messages.print(
            f"Not erased from what a restore moved aside: remove {' and '.join(map(str, folders))}.",
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
    with connection.client(load(data_dir=data_dir)) as api:
        while True:
            done: dict[str, Any] = checked(api.post("/v2/privacy/purge", params={"dry_run": dry_run})).json()
            found = {name: number for name, number in done.items() if number is not None}
            total.update(found)
            if dry_run or not any(found.values()):
                break
    if as_json:
        emit(dict(total))
    elif not total:
        messages.print("Everything is kept for ever: no RETENTION_..._DAYS is set.")
    else:
        verb = "Would purge" if dry_run else "Purged"
        said = ", ".join(
            f"{_DAYS[name]} of {n} tickets" if name != "events" else f"{n} events" for name, n in total.items()
        )
        messages.print(f"{verb}: {said}.")


def _person(customer: str | None, email: str | None, tickets: list[str]) -> dict[str, Any]:
    if customer is None and email is None and not tickets:
        raise Failure("say who: --customer ID, --email MAIL, --ticket ID, or several of them")
    return {name: said for name, said in (("customer", customer), ("email", email), ("tickets", tickets)) if said}
