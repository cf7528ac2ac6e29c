"""`import` and `export`: tickets in bulk, as CSV or JSON lines."""

import csv
import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import httpx
import typer
from pydantic import ValidationError

from smart_support.api.problems import first_problem
from smart_support.api.records import RecordIn
from smart_support.cli import connection
from smart_support.cli.console import (
    DataDirOption,
    Failure,
    JsonOption,
    checked,
    emit,
    json_lines,
    messages,
    progress,
    source_name,
)
from smart_support.settings import load

_BATCH_TICKETS, _BATCH_BYTES = 500, 200_000
_CSV_COLUMNS = ("ticket_id", "id", "subject", "body", "channel", "received_at")


def import_(
    file: str = typer.Argument(help="A .csv file with a header, a file of JSON lines, or - for JSON lines on stdin."),
    live: bool = typer.Option(False, "--live", help="Treat the tickets as arriving now: they may alert."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Import tickets of the past: kept and triaged, alerting nobody. Repeating an import adds nothing twice."""
    records = list(_read_csv(file) if file.lower().endswith(".csv") else _read_lines(file))
    total: Counter[str] = Counter(imported=0, known=0)
    conflicts: list[str] = []
    with connection.client(load(data_dir=data_dir)) as api, progress() as bar:
        task = bar.add_task("Importing", total=len(records))
        for batch in _batches(records):
            answer = checked(_post(api, batch, live)).json()
            total.update(imported=answer["imported"], known=answer["known"])
            conflicts += answer["conflicts"]
            bar.advance(task, len(batch))
    if as_json:
        emit({**total, "conflicts": conflicts})
    else:
        messages.print(f"Imported {total['imported']}, known already {total['known']}, in conflict {len(conflicts)}.")
        messages.print("A running system triages them.")
    if conflicts:
        shown = ", ".join(conflicts[:5])
        raise Failure(f"left out, as their ids belong to tickets with another content ({len(conflicts)}): {shown}")


def _post(api: httpx.Client, batch: list[dict[str, Any]], live: bool) -> httpx.Response:
    """The answer to a batch, once the system has room for it."""
    while True:
        answer = api.post("/v2/import", params={"live": live}, json={"tickets": batch})
        if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
            return answer
        time.sleep(float(answer.headers["Retry-After"]))


def export(
    out: Path | None = typer.Option(None, help="File to write; default: stdout."),
    data_dir: Path | None = DataDirOption,
) -> None:
    """Export all tickets as JSON lines, by time of acceptance."""
    draft = out.with_name(out.name + ".part") if out else None
    number = 0
    with connection.client(load(data_dir=data_dir)) as api, api.stream("GET", "/v2/export") as answer:
        if not answer.is_success:
            answer.read()
        checked(answer)
        with draft.open("wb") if draft else nullcontext(sys.stdout.buffer) as file:
            for chunk in answer.iter_bytes():  # not lines: text may hold other line breaks than ours
                file.write(chunk)
                number += chunk.count(b"\n")
    if out and draft:
        draft.replace(out)  # an export that breaks off leaves the one before it
    messages.print(f"{number} tickets exported.")


def _read_lines(source: str) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for number, record in json_lines(source):
        if "id" in record and "ticket_id" not in record:
            record["ticket_id"] = str(record.pop("id"))
        yield _checked(f"{source_name(source)}, line {number}", _identified(record, seen))


def _read_csv(source: str) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    csv.field_size_limit(10_000_000)
    try:
        with Path(source).open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not {"subject", "body"} & set(rows.fieldnames or ()):
                raise Failure(f"{source}: the header needs a column subject or body; it has {rows.fieldnames}")
            for row in rows:
                record = {name: row[name] for name in _CSV_COLUMNS if row.get(name)}
                if "id" in record:
                    record.setdefault("ticket_id", record["id"])
                    del record["id"]
                yield _checked(f"{source}, line {rows.line_num}", _identified(record, seen))
    except OSError as error:
        raise Failure(f"cannot read {source}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise Failure(f"{source}: not a CSV file in UTF-8 ({error})") from error


def _identified(record: dict[str, Any], seen: Counter[str]) -> dict[str, Any]:
    """The record with an id; one without gets it from its content, so that a repeated import recognises it."""
    if "ticket_id" not in record:
        content = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:32]
        seen[content] += 1
        record["ticket_id"] = f"import-{content}-{seen[content]}"
    return record


def _checked(where: str, record: dict[str, Any]) -> dict[str, Any]:
    """The record, if the API will take it; raises Failure naming its line, before anything is sent."""
    try:
        RecordIn.model_validate(record)
    except ValidationError as error:
        raise Failure(f"{where}: {first_problem(error)}") from error
    return record


def _batches(records: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Batches small enough for one request."""
    batch: list[dict[str, Any]] = []
    size = 0
    for record in records:
        length = len(json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        if batch and (len(batch) >= _BATCH_TICKETS or size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += length
    if batch:
        yield batch
