"""Files of tickets to import, CSV or JSON lines: read a record at a time, so that their length does not matter."""

import csv
import hashlib
import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from pydantic import ValidationError

from smart_support.api.problems import first_problem
from smart_support.api.records import RecordIn
from smart_support.cli.console import Failure, json_lines, source_name

_BATCH_TICKETS, _BATCH_BYTES = 500, 200_000
_CUSTOMER = ("id", "email", "name", "tier")
_CSV_COLUMNS = (
    *("ticket_id", "id", "subject", "body", "channel", "received_at", "accepted_at", "tags"),
    *(f"customer_{name}" for name in _CUSTOMER),
)

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A file that can be read as often as needed, and what to call it in messages."""

    path: Path
    name: str

    def records(self) -> Iterator[tuple[int, Record]]:
        """Its records, each with the line where it ends; one without an id gets it from its content, so that a repeated
        import recognises it. Raises Failure at what is no record."""
        read = self._csv if self.name.lower().endswith(".csv") else self._lines
        seen: Counter[bytes] = Counter()
        for number, record in read():
            if "id" in record and "ticket_id" not in record:
                record["ticket_id"] = str(record.pop("id"))
            if "ticket_id" not in record:
                content = _digest(record)[:16]
                seen[content] += 1
                record["ticket_id"] = f"import-{content.hex()}-{seen[content]}"
            yield number, record

    def checked(self) -> Iterator[Record]:
        """Its records, if the API will take them; raises Failure naming the line of the first that it will not."""
        for number, record in self.records():
            try:
                RecordIn.model_validate(record)
            except ValidationError as error:
                raise Failure(f"{self.name}, line {number}: {first_problem(RecordIn, error)}") from error
            yield record

    def _lines(self) -> Iterator[tuple[int, Record]]:
        return json_lines(str(self.path), self.name)

    def _csv(self) -> Iterator[tuple[int, Record]]:
        csv.field_size_limit(10_000_000)
        rows: csv.DictReader[str] | None = None
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                rows = csv.DictReader(file, strict=True)
                self._check_header(rows.fieldnames or ())
                for row in rows:
                    if None in row:
                        raise Failure(
                            f"{self.name}, line {rows.line_num}: more cells than the header has columns; put a text "
                            "with a comma in quotes"
                        )
                    yield rows.line_num, _record(row)
        except OSError as error:
            raise Failure(f"cannot read {self.name}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise Failure(f"{self.name}: not text in UTF-8, as a CSV file has to be") from error
        except csv.Error as error:
            where = f", line {rows.reader.line_num}" if rows is not None else ""
            raise Failure(f"{self.name}{where}: not a CSV file ({error})") from error

    def _check_header(self, names: Sequence[str]) -> None:
        """Raises Failure at a column whose cells would be lost."""
        said = next((f"column {name!r} is unknown" for name in names if name not in _CSV_COLUMNS), None)
        said = said or next((f"two columns are named {name!r}" for name in names if names.count(name) > 1), None)
        if said is None and not {"subject", "body"} & set(names):
            said = "the header needs a column subject or body"
        if said is not None:
            raise Failure(f"{self.name}, line 1: {said}; the columns are {', '.join(_CSV_COLUMNS)}")


def _record(row: Mapping[str, str]) -> Record:
    """The record of a row; an empty cell says nothing."""
    given: Record = {name: cell for name, cell in row.items() if cell}
    customer = {name: given.pop(f"customer_{name}") for name in _CUSTOMER if f"customer_{name}" in given}
    if customer:
        given["customer"] = customer
    if "tags" in given:
        given["tags"] = [tag.strip() for tag in given["tags"].split(";") if tag.strip()]
    return given


@contextmanager
def opened(source: str) -> Iterator[RecordFile]:
    """The file, or all of stdin (`-`), which lies on disk meanwhile: it is read twice."""
    if source != "-":
        yield RecordFile(Path(source), source)
        return
    with NamedTemporaryFile(prefix="smart-support-") as spool:
        shutil.copyfileobj(sys.stdin.buffer, spool)
        spool.flush()
        yield RecordFile(Path(spool.name), source_name(source))


def fingerprint(records: Iterable[Record]) -> tuple[int, str]:
    """How many records these are, and a name for them: those of another file have another."""
    number, whole = 0, hashlib.sha256()
    for record in records:
        whole.update(_digest(record))
        number += 1
    return number, whole.hexdigest()


def batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Batches small enough for one request."""
    batch: list[Record] = []
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


def _digest(record: Record) -> bytes:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).digest()
